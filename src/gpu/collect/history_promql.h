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
	/* Of one field: the first has precedence. */
	const struct profile_metric *const *metrics;
	size_t metric_count;
	const struct history_arms *arms; /* NULL: whatever there is */
	/* What tells the GPUs apart. */
	const struct element_label *labels;
	size_t label_count;
	/* NULL: a series for each of them. Else what they come to, "sum", "max"
	 * or "count", for each set of these labels. */
	const char *aggregate;
	const struct element_label *group_labels;
	size_t group_label_count;
};

/*
 * Of GPUs, samples as they are. Of groups, values in the field's unit, without
 * those that stand for "unknown"; but where the metric's name does not
 * tell percent from ratios, on its own scale.
 */
void history_add_query(struct buf *out, const struct history_query *q);

/* Whether a point has what a counter has grown by since the one before. Of GPUs
 * the counter itself is asked for, from one point before the first on. */
bool history_is_growth(const struct history_need *need);

/* Whether a point has the mean of what was measured in its step. */
bool history_takes_means(const struct history_need *need);

#endif
