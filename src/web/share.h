/*
 * Who makes an answer, and who waits for it: bytes, or a snapshot of which
 * bytes are made. Requests of the same kind share one: those that come while it
 * is made wait for it, those that come in the same second get it again. And no
 * more than some answers are made at once, of whatever kind: each takes a seat,
 * and who finds none waits for one.
 *
 * Nobody waits on a thread for that: a request that has to wait is left here,
 * and comes back out of share_next, to whichever thread is free by then.
 */
#ifndef WEB_SHARE_H
#define WEB_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "gpu/collect/snapshot.h"
#include "web/caching.h"

/* What came of it; does not change any more. */
struct share_answer {
	struct err err; /* ERR_OK: there is a body, or a snapshot */
	struct buf body;
	struct snapshot *snapshot; /* or NULL */
	int64_t made_s;		   /* Unix time */
	int64_t lasts_s;	   /* for how many seconds after that one */
	size_t warning_count;
	struct caching caching; /* if the endpoint is cacheable */

	/* Private. */
	unsigned references;
	struct share_answer *next; /* of those that nobody has any more */
};

struct share_settings {
	size_t kinds;	     /* of answers that are shared: numbers from 0 on */
	size_t loose_kinds;  /* and of any other numbers, so many at a time */
	size_t keyed_kinds;  /* and of any that have a text, so many */
	unsigned seats;	     /* answers that are made at once, at least 1 */
	unsigned slow_seats; /* those of them for slow ones; 0: all */
	size_t waiting_max;
};

struct share;

/* What a thread has of the seats. */
enum share_seat { SHARE_NO_SEAT, SHARE_SEAT, SHARE_SLOW_SEAT };

enum err_code share_new(const struct share_settings *settings,
			struct share **out, struct err *e);

/* Nobody may wait, or hold an answer. NULL is fine. */
void share_free(struct share *s);

/* Of an answer that is for one request alone. */
#define SHARE_ALONE SIZE_MAX

/* One request's part. */
struct share_request {
	size_t kind; /* or SHARE_ALONE */
	/* Or NULL: of that kind are those with the same text, and no others.
	 * It is needed no longer than share_begin takes. */
	const char *key;
	/* The one that serves as well, which it becomes where that is there, or
	 * there is no room for another loose one; or SHARE_ALONE. */
	size_t wider;
	/* Makes something of a snapshot that it takes, for which it needs a
	 * seat, too. */
	bool works_on_it;
	bool is_slow; /* lest others wait behind it: slow_seats */
	int fd; /* of the connection on which it waits; 0: it never leaves */
	bool may_wait;	     /* if it has to, ... */
	int64_t deadline_ms; /* ... for a seat until then; clock_now_ms */
	struct share_answer *answer; /* to be returned with share_release */

	enum share_seat seat; /* with SHARE_MAKE */

	/* Private. */
	struct share_request *next;
};

enum share_turn {
	SHARE_TAKE, /* r->answer is there */
	SHARE_WORK, /* the same, and r->seat to make of it what is wanted */
	SHARE_MAKE, /* make it, on r->seat, which comes with this; share_end */
	SHARE_WAIT, /* r is not the caller's until share_next returns it */
	SHARE_FULL  /* it may not wait, or too many do already */
};

/* An answer of that kind if there is one of this second, without waiting for
 * it; to be returned with share_release. */
struct share_answer *share_peek(struct share *s, size_t kind);

/* Once a second: lets go what is of seconds that are over. */
void share_tick(struct share *s);

/* All up to r->answer is set. The caller has no seat. */
enum share_turn share_begin(struct share *s, struct share_request *r);

/*
 * After SHARE_MAKE, or for what share_next returned without an answer. What was
 * made, on the heap, belongs to the share from now on, and is r->answer; those
 * who wait for it get it, be it a failure or of a second that is over: it is
 * what they waited for. NULL: there is none for others; the first who waits
 * makes the next. The seat stays the caller's.
 */
void share_end(struct share *s, struct share_request *r,
	       struct share_answer *made);

/*
 * Whether somebody still waits for the answer that is made for r: its own
 * connection, or that of one who waits for the same.
 */
bool share_is_wanted(struct share *s, const struct share_request *r);

/*
 * One that has waited, the first first: with its answer, or, once all of those
 * are taken, one that waited for a seat, with an answer to work on or without
 * one, to be made. NULL: none, and the caller has no seat now. Each thread that
 * has a seat has to call this until then; a thread without one may, when it is
 * free. If no seat is, it gets one whose deadline is over, on which nobody is
 * to work any more: share_end with NULL, if it has no answer.
 */
struct share_request *share_next(struct share *s, enum share_seat *seat);

/* What is kept, and who works and waits, at this moment. */
struct share_state {
	size_t answers, bytes;
	size_t seats_taken, waiting;
	uint64_t waited; /* how many have, up to now */
};
struct share_state share_state(struct share *s);

/* NULL is fine. */
void share_release(struct share *s, struct share_answer *a);

#endif
