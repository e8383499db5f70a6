/* One request, as what collects for it sees it. */
#ifndef GPU_CALL_H
#define GPU_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/progress.h"
#include "gpu/stage.h"

enum { CALL_WARNINGS_MAX = 16 };

struct call {
	/* Set by the caller. */
	struct arena *arena;
	const char *request_id;	   /* for the log */
	int64_t deadline_ms;	   /* clock_now_ms */
	struct progress *progress; /* or NULL */

	/* Set on the way; the texts live in the arena. */
	const char *warnings[CALL_WARNINGS_MAX];
	size_t warning_count;
	bool lacks_warning; /* there was no memory for one */
	size_t query_count;
	int64_t decode_us; /* that of all query threads, added up */
};

/*
 * Adds a warning for the client, unless it has been given or there are too
 * many.
 */
void call_warn(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
