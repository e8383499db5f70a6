/* Which cards, as exporters see them, a resource of a node stands for. */
#ifndef GPU_FLEET_CAPACITY_CARDS_H
#define GPU_FLEET_CAPACITY_CARDS_H

#include <stdbool.h>

#include "gpu/fleet/capacity.h"
#include "gpu/fleet/workload.h"

/* Counts the resource's cards, and how many whole ones a pod could get: what
 * pods hold is known by then. */
void capacity_cards_count(const struct workload_table *t,
			  struct capacity_row *row);

/* Whether that row of the fleet, of the resource's node, is one of those that
 * it stands for: a whole card, or an instance. */
bool capacity_cards_has(const struct fleet *fleet,
			const struct capacity_row *row,
			const struct fleet_gpu *gpu);

/* Whether it is of the vendor whose cards the resource stands for, as far as is
 * known. */
bool capacity_cards_is_vendors(const struct fleet *fleet,
			       const struct capacity_row *row,
			       const struct fleet_gpu *gpu);

/* Whether there is none of it, and the node hands out the same cards as
 * something else. */
bool capacity_cards_is_leftover(const struct fleet *fleet,
				const struct capacity_row *row);

#endif
