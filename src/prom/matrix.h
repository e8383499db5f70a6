/*
 * Decodes the answer to a query over a range of time while its bytes arrive:
 * twin of prom/vector. Each series becomes a row with a value for each point of
 * the range, and is handed on; neither a body nor a series that was handed on
 * is kept. The memory is one row's, plus at most a piece of the text.
 *
 * {"metric":{"label":"value",...},"values":[[1700000000,"42"],...]}
 */
#ifndef PROM_MATRIX_H
#define PROM_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "prom/element.h"
#include "prom/query.h"
#include "prom/result.h"

/* One series, all of which has been read. */
struct matrix_series {
	/* By slot: numbers of the matrix's strings; INTERN_NONE where absent.
	 */
	const uint32_t *label;
	uint32_t source, rank; /* as of struct sample */
	/* query_points of them. NaN: there is none, or it is not finite. */
	const double *values;
};

/* Who takes the series. */
struct matrix_sink {
	/*
	 * Before the first bytes, and again if the query is asked anew: what
	 * was taken before does not count. NULL: there is nothing to forget.
	 */
	enum err_code (*begin)(void *context, struct err *e);
	/*
	 * The series and its values are the matrix's, and valid until this
	 * returns. Any other result than ERR_OK is the query's outcome.
	 */
	enum err_code (*take)(void *context, const struct matrix_series *series,
			      struct err *e);
	void *context;
};

struct matrix {
	struct result result;	/* what was said besides */
	struct intern *strings; /* of the series' labels */

	/* Private from here on. */
	struct element_reader reader;
	const struct query_range *range;
	const struct matrix_sink *sink;
	size_t series_count, max_series;
	bool has_begun;

	/* The series that is being read. */
	int state;
	struct element element;
	bool has_values;
	double *row; /* point_count of them; NULL: there is no memory */
	size_t point_count;
	size_t next_point; /* the first that its next value may be of */
	int64_t next_s;	   /* when that is */
};

/*
 * All but the matrix is borrowed until matrix_fini; other matrices may add to
 * the same strings meanwhile. More than max_series series are refused.
 * slot_count is at most ELEMENT_SLOTS_MAX.
 */
void matrix_init(struct matrix *m, struct arena *arena, struct intern *strings,
		 const struct element_label *labels, size_t label_count,
		 size_t slot_count, size_t max_series,
		 const struct query_range *range,
		 const struct matrix_sink *sink);

/* Frees what is not the arena's. Safe on a zeroed matrix. */
void matrix_fini(struct matrix *m);

/*
 * Takes the next bytes, cut anywhere. ERR_PROM: not JSON, not a matrix, or a
 * value whose time is none of the range's points, to 1 ms, or not behind the
 * one before it; ERR_TOO_BIG: too many series; ERR_MEMORY; or what the sink
 * says. Not to be called again after a failure.
 */
enum err_code matrix_feed(struct matrix *m, const char *bytes, size_t length,
			  struct err *e) __attribute__((warn_unused_result));

/* The body is complete. As vector_end. */
enum err_code matrix_end(struct matrix *m, struct err *e)
    __attribute__((warn_unused_result));

#endif
