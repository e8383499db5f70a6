/*
 * From "these fields are needed" to a fleet: plans the queries, runs them in
 * parallel, joins what they bring.
 */
#ifndef GPU_COLLECT_H
#define GPU_COLLECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/field.h"
#include "gpu/fleet.h"
#include "gpu/profile.h"
#include "prom/pool.h"

enum { COLLECT_WARNINGS_MAX = 16 };

struct collector {
	struct pool *pool;
	const struct profile_set *profiles;
	size_t max_series; /* of one metric */
};

/* Without a required field there is no answer; the others may be missing. */
struct collect_need {
	field_set required;
	field_set optional;
};

/* One request's view of it. */
struct collect_call {
	/* Set by the caller. */
	struct arena *arena;
	const char *request_id; /* for the log */
	int64_t deadline_ms;	/* clock_now_ms */

	/* Set here; the texts live in the arena. */
	const char *warnings[COLLECT_WARNINGS_MAX];
	size_t warning_count;
	size_t query_count;
};

/* What one exporter's profile finds. */
struct collect_seen {
	const char *exporter;
	uint64_t gpu_count;
};

/*
 * Fills the fleet, which lives in the call's arena. A required metric that
 * fails, fails the call; an optional one becomes a warning, and a log line.
 */
enum err_code collect_fleet(const struct collector *c,
			    const struct collect_need *need,
			    struct collect_call *call, struct fleet *out,
			    struct err *e);

/*
 * Asks how many GPUs each profile's exporter reports: the cheapest question
 * that proves that Prometheus answers. *seen has one entry for each profile.
 */
enum err_code collect_seen(const struct collector *c, struct collect_call *call,
			   struct collect_seen **seen, struct err *e);

#endif
