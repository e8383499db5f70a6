/*
 * From "these fields are needed" to a fleet: has the queries planned, runs them
 * in parallel, joins what they bring.
 */
#ifndef GPU_COLLECT_COLLECT_H
#define GPU_COLLECT_COLLECT_H

#include <stddef.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/collect/plan.h"
#include "gpu/collect/problems.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/process.h"
#include "gpu/fleet/workload.h"
#include "gpu/profile/prices.h"
#include "gpu/site/detect.h"
#include "prom/pool.h"

/* What a history may be asked for. */
struct history_settings {
	int64_t gap_s; /* what was measured so long before a point is its */
	int64_t min_step_s, max_range_s;
	size_t max_points; /* of all lines */
};

struct collector {
	struct pool *pool;
	struct detector *detector;
	struct memory *memory; /* or NULL */
	size_t max_series;     /* of one answer */
	struct workload_idle idle;
	/* Below that a GPU counts as free. */
	double available_memory_used_bytes;
	struct history_settings history;
	struct price_list *prices;    /* or NULL */
	const struct xid_table *xids; /* or NULL */
	struct problems_keeper *problems;
};

/*
 * Fills the fleet, which lives in the call's arena; it is to be returned with
 * fleet_fini either way. A required metric that fails, fails the call, and so
 * does it if every metric fails; otherwise one that fails becomes a warning,
 * and a log line. If no exporter is found the fleet is empty, and a warning
 * says so.
 */
enum err_code collect_fleet(const struct collector *c,
			    const struct plan_need *need, struct call *call,
			    struct fleet *out, struct err *e);

/*
 * The same for the processes, and the GPUs that they run on: process_fini.
 * Their memory on the GPU is required. names: as in the need.
 */
enum err_code collect_processes(const struct collector *c,
				const struct few_names *names,
				struct call *call, struct process_table *out,
				struct err *e);

/*
 * The same for who has the GPUs, and what is needed beside that:
 * workload_fini. What tells that is required; what kube-state-metrics tells is
 * not.
 */
enum err_code collect_workloads(const struct collector *c,
				const struct plan_need *need, struct call *call,
				struct workload_table *out, struct err *e);

/*
 * The same for what is wrong: problem_fini. Which cards there are, and who has
 * them, is required; of what tells of problems one query at least.
 */
enum err_code collect_problems(const struct collector *c,
			       const struct problems_settings *settings,
			       struct call *call, struct problem_table *out,
			       struct err *e);

#endif
