/* The text of a query over a span of time. */
#ifndef GPU_COLLECT_HISTORY_PROMQL_H
#define GPU_COLLECT_HISTORY_PROMQL_H

#include <stdbool.h>

#include "base/buf.h"
#include "gpu/collect/history.h"
#include "gpu/collect/history_match.h"
#include "gpu/profile/profile.h"

struct history_query {
	const struct history_need *need;
	const struct profile_metric *metric;
	const struct history_arms *arms; /* NULL: whatever there is */
	/* Of a mean: how often it was measured, and not the sum of it. */
	bool is_of_counts;
};

/*
 * The series as they are, whoever is looked at: to tell GPUs apart takes
 * Prometheus several times as long as all else, since it looks at all labels of
 * each series for each point.
 */
void history_add_query(struct buf *out, const struct history_query *q);

/* Whether a point has what a counter has grown by since the one before. The
 * counter itself is asked for, from one point before the first on. */
bool history_is_growth(const struct history_need *need);

/* Whether a point has the mean of what was measured in its step: it takes the
 * sum of it, and how often that was. */
bool history_takes_means(const struct history_need *need);

#endif
