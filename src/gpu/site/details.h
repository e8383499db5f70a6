/* What is to be known of the exporters once they are found. */
#ifndef GPU_SITE_DETAILS_H
#define GPU_SITE_DETAILS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/site/site.h"
#include "prom/pool.h"

struct details_goal;

/*
 * Finds the cards, once all else is known: to the goal's roster, which has none
 * yet. Where it fails, what it leaves there is what is known.
 */
typedef enum err_code details_survey(void *context,
				     const struct details_goal *goal,
				     struct call *call, struct err *e);

/* Where it goes. */
struct details_goal {
	struct detection *found; /* series, in that arena */
	struct arena *arena;
	struct nodemap *nodes; /* stays empty if nodes_outcome is a failure */
	struct err nodes_outcome;
	struct roster *roster;	       /* of no exporter yet, in that arena */
	const struct detection *older; /* or NULL */
	details_survey *survey;	       /* or NULL: no cards are known */
	void *survey_context;
	struct err cards_outcome;
};

/*
 * Asks about the profiles that were found: which of their metrics are there, on
 * which nodes, who is who, and which cards there are. An inventory without an
 * answer stays what it was; where it was not known either, requests ask for all
 * there may be. An exporter in the roster then stays unknown. The answers'
 * warnings become the call's.
 */
enum err_code details_find(struct details_goal *goal, struct pool *pool,
			   size_t max_series, struct call *call, struct err *e);

#endif
