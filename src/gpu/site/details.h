/* What is to be known of the exporters once they are found. */
#ifndef GPU_SITE_DETAILS_H
#define GPU_SITE_DETAILS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/site/site.h"
#include "prom/pool.h"

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
