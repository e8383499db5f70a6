/*
 * Who had which GPU at which point of a span of time: what the labels of each
 * series say, of whose samples these are there.
 *
 * A point is told the last sample of each series that is not older than
 * HISTORY_GAP_S: so where a GPU goes from one to the next both may be seen for
 * a moment. Whose series has ended then, while that of another has just begun,
 * or one of nobody, has left it: it is never counted twice, and nobody has it
 * for longer than he had.
 */
#ifndef GPU_COLLECT_USAGE_HOLDERS_H
#define GPU_COLLECT_USAGE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/collect/history_gpus.h"
#include "gpu/collect/join_workloads.h"
#include "gpu/collect/usage_points.h"
#include "gpu/collect/usage_turns.h"
#include "gpu/fleet/workload.h"

struct usage_own;

/* One who had a GPU: a pod, or a job. */
struct usage_holder {
	struct workload_name name; /* of no container */
	usage_points *points;	   /* when */
	/* What is told of the GPU with its name: see usage_value. */
	const struct usage_own *const *owns;
	size_t own_count;

	/* Private: the same, as it came. */
	struct usage_own *told;
};

/* Those who had one GPU, or one instance, each at some time. */
struct usage_holding {
	const struct fleet_gpu *gpu;
	struct usage_holder *list;
	size_t count;
	struct usage_holder nobody; /* what is told with no name, and no more */
};

struct usage_note;

struct usage_holders {
	struct workload_join join; /* of which the own pods are to be read */
	struct history_listener listener;
	size_t point_count;
	size_t linger; /* at so many points a sample may be seen */
	struct arena *arena;
	struct usage_note *notes;
	size_t note_count, note_capacity;
	struct usage_holding *holdings;
	size_t count;

	/* Private: which GPU, from 1 on, last had one of that name, by the
	 * texts' numbers. */
	uint32_t *heard_of;
	struct usage_turns turns;
};

/* Knows nothing yet; lives in the arena, but for what usage_holders_fini
 * returns. It listens by its listener, while it stays where it is. */
void usage_holders_init(struct usage_holders *h,
			const struct history_need *need, struct arena *arena);

/* Safe on a zeroed one. */
void usage_holders_fini(struct usage_holders *h);

/* Once all series were told of, with those texts, and the fleet is finished. */
enum err_code usage_holders_finish(struct usage_holders *h,
				   const struct intern *texts,
				   struct call *call, struct err *e);

/* Those of that row of the fleet, or NULL: it had none. */
const struct usage_holding *usage_holders_find(const struct usage_holders *h,
					       const struct fleet_gpu *gpu);

#endif
