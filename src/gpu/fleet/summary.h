/*
 * All of a fleet, or of some of its cards, in a few numbers: how many there
 * are, of what, how many are busy, and how many are left.
 */
#ifndef GPU_FLEET_SUMMARY_H
#define GPU_FLEET_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/available.h"
#include "gpu/fleet/workload.h"

/* Those of one name; NULL: nobody tells it. */
struct summary_part {
	const char *text;
	size_t length;
	size_t gpu_count;
};

/* By their names in natural order; that of none is the last. */
struct summary_parts {
	struct summary_part *list;
	size_t count;
};

struct summary {
	size_t gpu_count; /* cards, split or not */
	size_t mig_instance_count;
	struct summary_parts models, vendors, exporters;
	/* By how busy they are now. */
	size_t busy_count, idle_count, unknown_count;
	/* Watts, of those of which is also told what they draw; NaN. */
	double power_limit;
	/* Whom a workload has: a split one is if one of its instances is. */
	size_t held_count;
	size_t maybe_held_count; /* nobody knows */
	/* What is free of whole cards, and how many jobs would fit. */
	struct available available;
	size_t free_count;
	size_t fits[AVAILABLE_FITS];
};

/* Some cards of a table's fleet. */
struct summary_cards {
	const struct fleet_gpu *const *list;
	size_t count;
};

/*
 * Of a finished table, with its capacity; in the arena. need: as for
 * available_list, by model, of what is free; which GPUs it is about is filled
 * in.
 */
enum err_code summary_make(const struct workload_table *t,
			   const struct summary_cards *cards,
			   const struct available_need *need,
			   struct arena *arena, struct summary *out,
			   struct err *e);

#endif
