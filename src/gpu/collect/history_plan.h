/*
 * From what a history is to tell to queries: of each exporter for each GPU, or,
 * where that says as much, for each node or for all of them together.
 */
#ifndef GPU_COLLECT_HISTORY_PLAN_H
#define GPU_COLLECT_HISTORY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/collect/history.h"
#include "gpu/collect/history_match.h"
#include "gpu/collect/history_rows.h"
#include "prom/ask.h"

enum history_level {
	HISTORY_OF_GPUS,
	HISTORY_OF_NODES,
	HISTORY_OF_CLUSTERS /* no label tells a node */
};

struct history_question {
	unsigned rank; /* of the exporter */
	enum history_level level;
	enum field field;
	const struct profile_metric *metric; /* the first of them */
	bool is_count;			     /* of GPUs that have the field */
	unsigned char slots[PROFILE_LABEL__MAX];
	struct history_rows rows;
};

/* Its questions and those of the ask run side by side; by rank and field. */
struct history_plan {
	const struct history_need *need;
	const struct detection *found;
	struct call *call;
	struct history_question *questions;
	struct ask ask;
	struct query_range range, gpu_range; /* of groups, and of GPUs */
	size_t max_rows_points;
	uint64_t shared; /* exporters with nodes that others have, too */
};

/* What of the roster is asked for. */
struct history_wanted {
	const struct card *const *cards; /* in the roster's order */
	size_t count;
	bool are_all; /* whatever else there is is wanted, too */
	/* Not all of a node's cards may be: then nodes tell too little. */
	bool are_whole_nodes;
};

/* Plans, and asks nothing yet. All is borrowed until history_plan_fini; the
 * answers' strings go to the set. */
enum err_code history_plan_init(struct history_plan *p,
				const struct detection *found,
				const struct history_need *need,
				const struct history_wanted *wanted,
				size_t max_series, struct call *call,
				struct intern *strings, struct err *e);

/* Safe on a zeroed one. */
void history_plan_fini(struct history_plan *p);

#endif
