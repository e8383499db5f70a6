/*
 * Several queries asked at once, and their answers as vectors: of one server
 * and, once its clock is known, as of one time.
 */
#ifndef PROM_ASK_H
#define PROM_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/interest.h"
#include "base/log.h"
#include "prom/matrix.h"
#include "prom/pool.h"
#include "prom/vector.h"

enum {
	ASK_QUERY_MAX_BYTES = 12 * 1024,
	/* Of a query over a range, which may name many GPUs, several times. */
	ASK_RANGE_MAX_BYTES = 128 * 1024
};

/* One query; its number is that of its job. */
struct ask_question {
	struct arena arena; /* the answer's; used by its query thread alone */
	const struct query_range *range; /* or NULL: an instant query */
	const struct matrix_sink *sink;	 /* of its answer */
	union {
		struct vector vector;
		struct matrix matrix;
	};
	const struct element_label *labels;
	size_t label_count, slot_count;
	size_t metric_count;	   /* that it asks for */
	const char *const *aside;  /* as of vector_set_aside, or NULL */
	const struct known *known; /* as of vector_set_known, or NULL */
	struct known *recorded;	   /* the same */
	bool is_nameless;	   /* the same */
	int64_t decode_us;
	bool is_read; /* the answer has been looked at */
};

/* On whose behalf. */
struct ask_asker {
	struct arena *arena;
	const char *request_id; /* for the log */
	int64_t deadline_ms;	/* clock_now_ms */
	/* Or NULL. Range queries end if it is lost, with ERR_GONE; an instant
	 * one is short, and its answer serves whoever comes within the second.
	 */
	const struct interest *interest;
};

/* The two arrays run side by side. */
struct ask {
	struct ask_question *questions;
	struct pool_job *jobs;
	size_t count, capacity;
	struct ask_asker asker;
	struct intern *strings;
	size_t max_series; /* of one metric */
	struct pool *pool;
	struct pool_batch batch;
	struct round round;
	bool has_begun;
	bool is_settled; /* all answers are one server's */
};

/*
 * For that many questions of the asker, in whose arena all of it lives until
 * ask_fini. The labels' strings go to the set.
 */
enum err_code ask_init(struct ask *a, size_t capacity,
		       const struct ask_asker *asker, struct intern *strings,
		       size_t max_series, struct err *e);

/* Waits for what is under way. Safe on a zeroed ask. */
void ask_fini(struct ask *a);

/*
 * Adds a query, whose text is copied; the labels, of which the vector keeps
 * those, are borrowed until ask_fini.
 */
enum err_code ask_add(struct ask *a, const struct buf *promql,
		      const struct element_label *labels, size_t label_count,
		      size_t slot_count, struct err *e);

/*
 * Adds a query over a range of time; its answer goes to the sink while it
 * arrives, from a query thread, and is whole once ask_await returned ERR_OK.
 * Range and sink are borrowed until ask_fini, too.
 */
enum err_code ask_add_range(struct ask *a, const struct buf *promql,
			    const struct element_label *labels,
			    size_t label_count, size_t slot_count,
			    const struct query_range *range,
			    const struct matrix_sink *sink, struct err *e);

/*
 * Of the query that was added last: how many metrics it asks for, instead of
 * one, and the labels that vector_set_aside is to be told of, borrowed until
 * ask_fini.
 */
void ask_describe(struct ask *a, size_t metric_count, const char *const *aside);

/*
 * Of the query that was added last: what is known of its series, borrowed until
 * ask_fini, and a new set for them, borrowed until ask_await has told how it
 * went, as vector_set_known has it. If it is asked again, nothing is recorded.
 */
void ask_recognise(struct ask *a, const struct known *known,
		   struct known *recorded, bool is_nameless);

/* Asks all at once. */
void ask_start(struct ask *a, struct pool *pool);

/*
 * How it went: waits for the whole answer, and, of several servers, for all
 * answers. If those come from different servers, one is chosen, and what is not
 * its answer is asked there again, once.
 */
const struct err *ask_await(struct ask *a, size_t number);

/* Whether an answer came with a warning: something may be missing in it. */
bool ask_is_partial(const struct ask *a, size_t number);

/*
 * The warnings that came with an answer, one after the other: NULL behind the
 * last. They live until ask_drop.
 */
const char *ask_warning(const struct ask *a, size_t number, size_t i);

/* A log line about one query. */
void ask_log(const struct ask *a, size_t number, enum log_level level);

/* An answer is needed no more: returns its memory. */
void ask_drop(struct ask *a, size_t number);

#endif
