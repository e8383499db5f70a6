/* Several queries asked at once, and their answers as vectors. */
#ifndef GPU_ASK_H
#define GPU_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "gpu/call.h"
#include "prom/pool.h"
#include "prom/vector.h"

enum { ASK_QUERY_MAX_BYTES = 12 * 1024 };

/* One query; its number is that of its job. */
struct ask_question {
	struct arena arena; /* the answer's; used by its query thread alone */
	struct vector vector;
};

/* The two arrays run side by side. */
struct ask {
	struct ask_question *questions;
	struct pool_job *jobs;
	size_t count, capacity;
	struct arena *arena;
	size_t max_series; /* of one answer */
};

/* For that many questions; all of it lives in the arena until ask_fini. */
enum err_code ask_init(struct ask *a, size_t capacity, struct arena *arena,
		       size_t max_series, struct err *e);

/* Safe on a zeroed ask. */
void ask_fini(struct ask *a);

/*
 * Adds a query, whose text is copied; the labels, of which the vector keeps
 * those, are borrowed until ask_fini.
 */
enum err_code ask_add(struct ask *a, const struct buf *promql,
		      const struct element_label *labels, size_t label_count,
		      size_t slot_count, struct err *e);

/* Asks all at once and checks that each answer is whole. */
void ask_run(struct ask *a, struct pool *pool, struct call *call);

/* How it went. */
const struct err *ask_outcome(const struct ask *a, size_t number);

/* Passes on the warnings that came with an answer. */
void ask_warn(const struct ask *a, size_t number, struct call *call);

/* A log line about one query. */
void ask_log(const struct ask *a, size_t number, const struct call *call,
	     enum log_level level);

/* An answer is needed no more: returns its memory. */
void ask_drop(struct ask *a, size_t number);

#endif
