/*
 * What a request asks for in its query string: which rows, in which order, how
 * many, which columns, as what.
 */
#ifndef API_PARAMS_H
#define API_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/column.h"
#include "base/arena.h"
#include "base/err.h"

enum {
	PARAMS_MAX = 32,
	PARAMS_SORT_MAX = 8,
	PARAMS_LIMIT_MAX = 100000,
	PARAMS_OFFSET_MAX = 1000000
};

/* What the query string of an endpoint without rows may have, once:
 * NAME=NUMBER, a whole one. */
struct endpoint_parameter {
	const char *name;
	long long min, max; /* min is not negative */
	long long standard; /* of a query string without it */
};

enum { ENDPOINT_PARAMETERS_MAX = 4 };

/* NAME=VALUE */
struct params_pair {
	struct cell_text name;		  /* decoded */
	struct cell_text raw_name, value; /* as they came */
};

/* Of rows whose column says what one of these texts does, or a number or a time
 * in that range, ends included. */
struct params_filter {
	size_t column;
	struct cell_text *texts; /* each may have *, which is any characters */
	size_t text_count;
	double min, max;
};

struct params {
	struct params_filter filters[PARAMS_MAX];
	size_t filter_count;
	struct {
		size_t column;
		bool descends;
	} sort[PARAMS_SORT_MAX];
	size_t sort_count;
	column_set fields; /* to be told */
	bool has_fields;   /* not all of them, maybe */
	bool has_page;
	long long limit; /* -1: all */
	long long offset;
	bool is_csv;
	/* None was given. */
	bool are_none;
	/* Of an endpoint without rows, in the order of its own. */
	long long values[ENDPOINT_PARAMETERS_MAX];
};

/* What it takes: a list that ends without a name, or NULL, and columns, or
 * NULL. */
struct params_table {
	const char *path;
	const struct endpoint_parameter *parameters;
	const struct column_list *columns;
};

/*
 * Reads the pairs; what is kept lives in the arena. ERR_QUERY for the first
 * that is unknown, malformed, or there a second time: the text is for the
 * client, names it, and says what it takes.
 */
enum err_code params_read(const struct params_table *table,
			  const struct params_pair *pairs, size_t count,
			  struct arena *arena, struct params *out,
			  struct err *e);

/* Of nothing. */
void params_init(struct params *p, const struct params_table *table);

/* What the columns that are told, filtered or sorted by come from, and whether
 * one of them is when it was measured. */
field_set params_need(const struct params *p, const struct column_list *list,
		      bool *needs_times);

/* What else than its columns' names each endpoint with rows takes. */
struct params_word {
	const char *name;
	const char *takes; /* "names of columns, ..." */
};
extern const struct params_word params_words[];
extern const size_t params_word_count;

#endif
