/*
 * What is asked beside the fleet to know who has it: which pods are the
 * exporters' own, how busy the GPUs were and who was there before, and what
 * kube-state-metrics tells, also of nodes if that is needed.
 */
#ifndef GPU_COLLECT_WORKLOADS_H
#define GPU_COLLECT_WORKLOADS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/collect/join_workloads.h"
#include "gpu/collect/plan.h"
#include "gpu/fleet/workload.h"

struct workloads {
	struct workload_join join;

	/* Private. */
	struct plan *plan;
	struct workloads_past *past; /* a question for each */
	size_t past_count;
	size_t first_target, target_count, first_past, first_kube, first_nodes;
	bool asks_kube;
};

/* How many questions that are, at most. */
size_t workloads_count_questions(const struct detection *found);

/*
 * Adds them behind those of the plan, whose samples go to the join from then
 * on. All is borrowed until workloads_fini, and lives in the call's arena.
 */
enum err_code workloads_ask(struct workloads *w, struct plan *plan,
			    struct workload_table *table, struct err *e);

/* Safe on a zeroed one. */
void workloads_fini(struct workloads *w);

/* Before the fleet's own samples: whose pods are whose. Without that there is
 * no answer. */
enum err_code workloads_begin(struct workloads *w, struct err *e);

/* Once all cards are there: the rest, as far as it was answered. */
enum err_code workloads_end(struct workloads *w, struct err *e);

/* What the finished table lacks. */
void workloads_warn(struct call *call, const struct workload_table *t);

#endif
