/* Where the samples of a request's queries go: to a fleet, and the table that
 * it is of. */
#ifndef GPU_COLLECT_GOAL_H
#define GPU_COLLECT_GOAL_H

#include "base/err.h"
#include "gpu/collect/problem_ask.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/process.h"
#include "gpu/fleet/workload.h"

struct goal {
	struct fleet *fleet;
	struct process_table *processes; /* or NULL, all of them */
	struct workload_table *workloads;
	struct problem_table *problems; /* which those are of */
	const struct problems_settings *settings;
};

/* All is there. */
enum err_code goal_finish(const struct goal *goal, struct err *e);

/* What was collected is not what is needed: there is nothing, in that arena. */
void goal_start_again(const struct goal *goal, struct arena *arena);

#endif
