/* The text of a query over a span of time. */
#ifndef GPU_COLLECT_HISTORY_PROMQL_H
#define GPU_COLLECT_HISTORY_PROMQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "gpu/collect/history.h"
#include "gpu/collect/history_match.h"
#include "gpu/profile/profile.h"
#include "prom/element.h"

struct history_query {
	const struct history_need *need;
	const struct profile_metric *metric;
	const struct history_arms *arms; /* NULL: whatever there is */
	/* What tells the GPUs apart. */
	const struct element_label *labels;
	size_t label_count;
};

/*
 * Samples as they are. Of single GPUs with a series for each set of the labels;
 * of groups, where the last sample counts, the series themselves: many GPUs are
 * put together here in a tenth of the time that Prometheus takes, which looks
 * at all labels of each for each point.
 */
void history_add_query(struct buf *out, const struct history_query *q);

/* Whether a point has what a counter has grown by since the one before. The
 * counter itself is asked for, from one point before the first on. */
bool history_is_growth(const struct history_need *need);

/* Whether a point has the mean of what was measured in its step. */
bool history_takes_means(const struct history_need *need);

#endif
