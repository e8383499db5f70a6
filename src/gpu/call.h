/* One request, as what collects for it sees it. */
#ifndef GPU_CALL_H
#define GPU_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/progress.h"
#include "gpu/stage.h"
#include "prom/ask.h"

enum { CALL_WARNINGS_MAX = 16 };

struct call {
	/* Set by the caller. */
	struct arena *arena;
	const char *request_id;		 /* for the log */
	int64_t deadline_ms;		 /* clock_now_ms */
	struct progress *progress;	 /* or NULL */
	const struct interest *interest; /* as of struct ask_asker; or NULL */

	/* Set on the way; the texts live in the arena. */
	const char *warnings[CALL_WARNINGS_MAX];
	size_t warning_count;
	bool lacks_warning; /* there was no memory for one */
	size_t query_count;
	int64_t decode_us;    /* that of all query threads, added up */
	int64_t next_look_ms; /* private: see call_go_on */
};

/*
 * Adds a warning for the client, unless it has been given or there are too
 * many.
 */
void call_warn(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The same, of a count and what it is of: "2 series do not ...". Of several
 * that differ by their counts alone, as of parts of the time, the greatest is
 * given.
 */
void call_warn_of_some(struct call *call, size_t count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ask_init, on the call's behalf. */
enum err_code call_ask(struct call *call, struct ask *ask, size_t capacity,
		       struct intern *strings, size_t max_series,
		       struct err *e);

/* ask_start; the call counts the queries. */
void call_start(struct call *call, struct ask *ask, struct pool *pool);

/* ask_await; the call's progress and times show it. */
const struct err *call_await(struct call *call, struct ask *ask, size_t number);

/* Whether whoever works on an answer is to go on: ERR_TIMEOUT once the call's
 * time is over, ERR_GONE when nobody waits for it any more, which is looked for
 * a few times a second. */
enum err_code call_go_on(struct call *call, struct err *e);

/* The warnings that came with an answer become the call's. */
void call_take_warnings(struct call *call, const struct ask *ask,
			size_t number);

#endif
