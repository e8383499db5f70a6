/* From what a history is to tell to queries: each exporter is asked for the
 * series of each GPU. */
#ifndef GPU_COLLECT_HISTORY_PLAN_H
#define GPU_COLLECT_HISTORY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/collect/history.h"
#include "gpu/collect/history_match.h"
#include "gpu/collect/history_rows.h"
#include "prom/ask.h"

struct history_question {
	unsigned rank; /* of the exporter */
	const struct profile_metric *metric;
	bool is_of_counts; /* of what the question before it sums up */
	unsigned char slots[PROFILE_LABEL__MAX];
	struct history_rows rows;
};

/* Its questions and those of the ask run side by side. */
struct history_plan {
	const struct history_need *need;
	const struct detection *found;
	struct call *call;
	struct arena *arena;
	struct history_question *questions;
	struct ask ask;
	struct query_range range;
};

/* What of the roster is asked for. */
struct history_wanted {
	const struct card *const *cards; /* in the roster's order */
	size_t count;
	bool are_all; /* whatever else there is is wanted, too */
};

/* Plans, and asks nothing yet. All is borrowed until history_plan_fini; the
 * answers' strings go to the set, and the rest into the arena. */
enum err_code history_plan_init(struct history_plan *p,
				const struct detection *found,
				const struct history_need *need,
				const struct history_wanted *wanted,
				size_t max_series, struct call *call,
				struct intern *strings, struct arena *arena,
				struct err *e);

/* Safe on a zeroed one. */
void history_plan_fini(struct history_plan *p);

#endif
