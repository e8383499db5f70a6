/* The groups of a history, part of the time by part: as much of it at once as
 * few MiB hold of all their GPUs. */
#ifndef GPU_COLLECT_HISTORY_SLICES_H
#define GPU_COLLECT_HISTORY_SLICES_H

#include "gpu/collect/history_groups.h"
#include "gpu/collect/history_plan.h"

struct history_slicing {
	const struct collector *collector;
	const struct history_need *need;
	const struct detection *found;
	const struct history_wanted *wanted;
	size_t gpu_count; /* about as many are wanted */
	struct call *call;
};

/* Adds all of them to the groups, which are those of the need. */
enum err_code history_slices_group(const struct history_slicing *s,
				   struct history_groups *groups,
				   struct err *e);

#endif
