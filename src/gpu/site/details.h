/* What is to be known of the exporters once they are found. */
#ifndef GPU_SITE_DETAILS_H
#define GPU_SITE_DETAILS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/site/site.h"
#include "prom/pool.h"

/* Where it goes. */
struct details_goal {
	struct detection *found; /* series, in that arena */
	struct arena *arena;
	struct nodemap *nodes; /* stays empty if nodes_outcome is a failure */
	struct err nodes_outcome;
	struct roster *roster;	       /* of no exporter yet, in that arena */
	const struct detection *older; /* or NULL */
};

/*
 * Asks about the profiles that were found: which of their metrics are there, on
 * which nodes, and who is who. An inventory without an answer stays what it
 * was; where it was not known either, requests ask for all there may be. An
 * exporter in the roster then stays unknown. The answers' warnings become the
 * call's.
 */
enum err_code details_find(struct details_goal *goal, struct pool *pool,
			   size_t max_series, struct call *call, struct err *e);

#endif
