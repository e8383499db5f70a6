/*
 * Requests of the same endpoint share an answer: those that come while it is
 * made wait for it, those that come in the same second get it again. However
 * many clients a web server lets through at once, Prometheus is asked once.
 */
#ifndef WEB_SHARE_H
#define WEB_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "web/caching.h"

/* What came of it; does not change any more. */
struct share_answer {
	struct err err; /* ERR_OK: there is a body */
	struct buf body;
	struct caching caching;

	/* Private. */
	unsigned references;
};

struct share;

/* For that many kinds of answers. */
enum err_code share_new(size_t kinds, struct share **out, struct err *e);

/* Nobody may hold an answer. NULL is fine. */
void share_free(struct share *s);

/*
 * An answer of that kind, to be returned with share_release; waits for one that
 * is being made, until the deadline (clock_now_ms). NULL: the caller is to make
 * it, and to call share_end if is_maker says so.
 */
struct share_answer *share_begin(struct share *s, size_t kind,
				 int64_t deadline_ms, bool *is_maker);

/*
 * The answer, on the heap, belongs to the share from now on, with one reference
 * for the caller. NULL: nobody else gets this one.
 */
void share_end(struct share *s, size_t kind, struct share_answer *made);

/* What is kept at this moment. */
struct share_state {
	size_t answers, bytes;
};
struct share_state share_state(struct share *s);

/* NULL is fine. */
void share_release(struct share *s, struct share_answer *a);

#endif
