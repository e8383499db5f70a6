/* What is to be known of the exporters once they are found. */
#ifndef GPU_DETAILS_H
#define GPU_DETAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/nodemap.h"
#include "gpu/profile.h"
#include "prom/pool.h"

/* What was found; does not change once it is complete. */
struct detection {
	const struct profile **profiles; /* in the order of the set */
	uint64_t *gpu_counts;		 /* of each; 0: it is not known */
	size_t count;
	const struct nodemap *nodes;
	/* Of each profile's metrics, as inventory_read has them; NULL for a
	 * profile for which they are not known. */
	const uint64_t **series;
};

/*
 * Asks about the profiles of found: which of their metrics are there, into
 * found->series, in that arena, and on which nodes, into nodes, which is empty
 * and stays so if nodes_outcome is a failure. An inventory without an answer
 * stays unknown: requests then ask for all there may be. The answers' warnings
 * become the call's.
 */
enum err_code details_find(struct detection *found, struct pool *pool,
			   size_t max_series, struct call *call,
			   struct arena *arena, struct nodemap *nodes,
			   struct err *nodes_outcome, struct err *e);

#endif
