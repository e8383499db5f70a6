/*
 * What is free now, for whoever looks for GPUs: which ones, on which nodes, and
 * how many jobs of some size would fit.
 */
#ifndef GPU_FLEET_AVAILABLE_H
#define GPU_FLEET_AVAILABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/available_gpus.h"
#include "gpu/fleet/workload.h"

/* What has a row of its own. */
enum available_by {
	AVAILABLE_BY_GPU,
	AVAILABLE_BY_NODE,
	AVAILABLE_BY_MODEL /* also if none of it is free */
};

/* What is looked for. */
struct available_need {
	enum available_by by;
	/* Instances; else whole cards, and by GPU both, each for itself. */
	bool of_instances;
	bool with_held; /* whoever has them */
	/* Now, and of the table's window the most, if that is needed: below
	 * what is idle, or within a range of what is told; percent. */
	bool wants_idle;
	double idle_utilization, utilization_min, utilization_max;
	bool needs_window;
	/* Those that do not work, whatever their last Xid; or NULL. */
	const struct sick_cards *sick;
	/* What nobody has uses less: bytes. */
	double memory_used_max;
	/* So much is to be left of the memory, also where partitions share it:
	 * bytes; 0. */
	double memory_free_min;
	size_t count;	/* on one node; of which fewer are free has none */
	bool is_spread; /* nodes with the most come first, not the fewest */

	/* Which GPUs it is about, and which of these are good enough. */
	bool (*concerns)(const void *context, const struct available_gpu *gpu);
	bool (*suits)(const void *context, const struct available_gpu *gpu);
	const void *context;
};

/* Jobs of 1, 2, 4 and 8 GPUs on one node. */
enum { AVAILABLE_FITS = 4 };
extern const size_t available_fit_sizes[AVAILABLE_FITS];

/* A GPU; or those of a node or a model. */
struct available_row {
	const struct fleet_gpu *gpu;	/* it, or one of them */
	const struct available_gpu *of; /* the same */
	size_t gpu_count;		/* all that it is about */
	/* Of which so many are free, as far as Kubernetes lets them be had, ...
	 */
	size_t free_count;
	size_t node_count; /* ... on so many nodes */
	size_t fits[AVAILABLE_FITS];
	/* Of a node's, which may be more than Kubernetes has left: */
	struct fleet_models models;
	const uint32_t *indexes; /* each once, ascending as the fleet's rows */
	size_t index_count;
	double memory_free_min; /* bytes; NaN: of one of them nobody knows */
	double timestamp_s;	/* the newest */
	double measured_s;	/* the oldest; 0 */

	/* Private. */
	size_t free_on_node;
};

/* That of the GPU alone. */
struct available_row available_row_of(const struct available_gpu *g);

struct available {
	/* By how many are free on the node, then as the fleet's rows; models by
	 * their names. */
	const struct available_row **rows;
	size_t count;

	/* Of all GPUs: those that count as free, if they are idle, though
	 * nobody knows whether they are somebody's; */
	size_t maybe_held_count;
	/* those that would, if they were not broken; */
	size_t broken_count;
	/* and those that do not count, since it is not known what their node
	 * has left, how much memory they use, or how busy they are. */
	size_t unknown_node_count, unknown_memory_count, unknown_use_count;
	size_t misplaced_count; /* of which it is not known whose node it is */
};

/* Of a finished table, with its capacity; in the arena. */
enum err_code available_list(const struct workload_table *t,
			     const struct available_need *need,
			     struct arena *arena, struct available *out,
			     struct err *e);

#endif
