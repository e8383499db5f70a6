/* A history, part of the time by part: as much of it at once as few MiB hold of
 * all GPUs. */
#ifndef GPU_COLLECT_HISTORY_SLICES_H
#define GPU_COLLECT_HISTORY_SLICES_H

#include "gpu/collect/history_gpus.h"
#include "gpu/collect/history_groups.h"
#include "gpu/collect/history_plan.h"

struct history_slicing {
	const struct collector *collector;
	const struct history_need *need;
	const struct detection *found;
	const struct history_wanted *wanted;
	size_t gpu_count; /* about as many are wanted */
	struct call *call;
	/* So many points before and behind its own a slice has as well, where
	 * there are any. */
	size_t overlap;
	/* Points from the first on that were taken before: see
	 * history_slices_take. */
	size_t taken;
};

struct history_slice {
	struct history_need need; /* of its points */
	size_t first;		  /* its first point's number among all */
	size_t own, own_end; /* which of its points are not those of others */
	struct arena arena;
	struct fleet fleet;
	struct history_plan plan;
};

/* Takes what a slice was told; it is forgotten afterwards. */
typedef enum err_code (*history_slice_taker)(void *context,
					     const struct history_slicing *s,
					     struct history_slice *slice,
					     struct err *e);

/* All slices behind what was taken, in their order; what then is, too, is
 * counted. While one is taken the next one is asked for. */
enum err_code history_slices_take(struct history_slicing *s,
				  history_slice_taker take, void *context,
				  struct err *e);

/* Whether it may be tried again with smaller slices, which it then has: what
 * failed by that error was too much at once. */
bool history_slices_shrink(struct history_slicing *s, struct err *e);

/* Waits for what the slice was told, and finds out whose it is: history_gpus.
 * The listener may be NULL. */
enum err_code history_slice_gpus(const struct history_slicing *s,
				 struct history_slice *slice,
				 const struct history_listener *listener,
				 struct history_gpus *out, struct err *e);

/* Adds all of them to the groups, which are those of the need. */
enum err_code history_slices_group(struct history_slicing *s,
				   struct history_groups *groups,
				   struct err *e);

#endif
