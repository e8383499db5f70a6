/*
 * What is wrong now: with GPUs, with nodes, with exporters.
 */
#ifndef GPU_FLEET_PROBLEM_H
#define GPU_FLEET_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/workload.h"
#include "gpu/problem.h"
#include "gpu/xid.h"

/* One row. Its texts live as long as the table. */
struct problem {
	enum problem_severity severity;
	enum problem_kind kind;
	enum problem_action action;
	/* A row of the fleet, or its card; of a node or an exporter, what is
	 * known of where it is; of an alert, of what its labels tell. */
	const struct fleet_gpu *gpu;
	bool is_of_node;
	uint32_t namespace, pod; /* of whoever has it, if one alone has */
	double since_s;		 /* Unix time; 0: it is not known */
	double value, threshold; /* in unit; NaN */
	const char *unit;	 /* or NULL */
	double code;		 /* an Xid's number; NaN */
	const char *summary;	 /* one sentence */
	const char *alert;	 /* an alert's labels; NULL: it is our own */
	double timestamp_s;
};

/* What is to count as wrong. */
struct problem_limits {
	const struct xid_table *xids;
	double hot, memory_hot; /* degrees Celsius, and more; 0: never */
	double stale_s;
};

struct problem_table {
	/* The most severe first, then as the fleet's rows, by node and index,
	 * and by kind; after problem_finish. */
	const struct problem **sorted;
	size_t count;
	/* What it was found in: with the GPUs that are lost, which no exporter
	 * tells of. */
	struct workload_table workloads;
};

/* How many are of each severity. */
struct problem_count {
	size_t of[PROBLEM_SEVERITY__MAX];
};

/*
 * How many there are, of those rows that concerns, which may be NULL, says are
 * meant.
 */
struct problem_count problem_count(const struct problem_table *t,
				   bool (*concerns)(const void *context,
						    const struct problem *p),
				   const void *context);

/*
 * Those of one card, of an instance of it, or of its node and no card: of a
 * uuid as answers tell it (with or without prefix, in any case), in the order
 * of the table; the list is the arena's.
 */
enum err_code problem_of_card(const struct problem_table *t, const char *uuid,
			      size_t length, struct arena *arena,
			      const struct problem *const **out, size_t *count,
			      struct err *e);

#endif
