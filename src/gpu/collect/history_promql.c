#include "gpu/collect/history_promql.h"

#include <inttypes.h>

#include "prom/promql.h"

/* --- one GPU's points ------------------------------------------------------
 */

static bool
is_of_extremes(const struct history_need *need)
{
	return need->of_step == HISTORY_MIN || need->of_step == HISTORY_MAX;
}

/* Steps that may have no sample of their own. */
static bool
has_short_steps(const struct history_need *need)
{
	return need->timeline.step_s <= need->gap_s;
}

/* Whether a point has the last of its samples: a mean of the few in a short
 * step would cost more than it tells. */
static bool
takes_last(const struct history_need *need)
{
	return need->of_step == HISTORY_SAMPLE ||
	       (need->of_step == HISTORY_AVG && has_short_steps(need));
}

bool
history_is_growth(const struct history_need *need)
{
	return field_table[need->field].of_step == STEP_INCREASE;
}

bool
history_takes_means(const struct history_need *need)
{
	return !history_is_growth(need) && !takes_last(need) &&
	       need->of_step == HISTORY_AVG;
}

/* What is made of a series' samples. */
struct lookback {
	const char *function;
	int64_t length_s;
};

/* A mean is told in two parts: so it is the same whoever stores the samples,
 * and a GPU's may be put together of several series. */
static struct lookback
lookback_of(const struct history_query *q)
{
	const struct history_need *need = q->need;
	struct lookback l = {"last_over_time", need->timeline.step_s};

	if (history_is_growth(need) || takes_last(need))
		l.length_s = need->gap_s;
	else if (need->of_step == HISTORY_AVG)
		l.function =
		    q->is_of_counts ? "count_over_time" : "sum_over_time";
	else
		l.function = need->of_step == HISTORY_MIN ? "min_over_time"
							  : "max_over_time";
	return l;
}

/* F(S), of the series that an arm selects; NULL: of all. */
static void
add_arm(struct buf *out, const struct lookback *l,
	const struct profile_metric *m, const char *arm)
{
	struct buf conditions;

	buf_init(&conditions, out->max_bytes);
	buf_append_text(&conditions, m->conditions);
	if (arm != NULL && *m->conditions != '\0')
		buf_append_text(&conditions, ",");
	buf_append_text(&conditions, arm != NULL ? arm : "");
	buf_append(&conditions, "", 1);
	buf_append_text(out, l->function);
	buf_append_text(out, "(");
	if (buf_status(&conditions) == ERR_OK)
		promql_add_selector(out, &m->name, 1, conditions.data);
	else
		out->status = buf_status(&conditions);
	buf_append_format(out, "[%" PRId64 "s])", l->length_s);
	buf_fini(&conditions);
}

static void
add_series(struct buf *out, const struct history_query *q,
	   const struct lookback *l)
{
	if (q->arms == NULL)
		add_arm(out, l, q->metric, NULL);
	for (size_t i = 0; q->arms != NULL && i < q->arms->count; i++) {
		buf_append_text(out, i > 0 ? " or " : "");
		add_arm(out, l, q->metric, q->arms->conditions[i]);
	}
}

void
history_add_query(struct buf *out, const struct history_query *q)
{
	const struct lookback of_step = lookback_of(q);
	const struct lookback last = {"last_over_time", q->need->gap_s};

	add_series(out, q, &of_step);
	if (history_is_growth(q->need) || !is_of_extremes(q->need) ||
	    !has_short_steps(q->need))
		return;
	/* Where a short step has no sample the last one before it counts. */
	buf_append_text(out, " or ");
	add_series(out, q, &last);
}
