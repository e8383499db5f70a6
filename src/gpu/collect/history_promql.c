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

/* Whether of several series of one GPU the greatest last sample counts. */
static bool
is_of_last(const struct history_need *need)
{
	return history_is_growth(need) || takes_last(need);
}

bool
history_takes_means(const struct history_need *need)
{
	return !history_is_growth(need) && !takes_last(need) &&
	       need->of_step == HISTORY_AVG;
}

/* What is made of each series' samples, and of several series of one GPU: with
 * other labels than before, or by another way. */
struct step {
	const char *of_series, *of_gpu;
	int64_t window_s;
};

static struct step
step_of(const struct history_need *need)
{
	struct step s = {"last_over_time", "max", need->gap_s};

	if (is_of_last(need))
		return s;
	s.window_s = need->timeline.step_s;
	s.of_series =
	    need->of_step == HISTORY_MIN ? "min_over_time" : "max_over_time";
	s.of_gpu = need->of_step == HISTORY_MIN ? "min" : "max";
	return s;
}

/* F(S), of the series that an arm selects; NULL: of all. */
static void
add_arm(struct buf *out, const struct step *step,
	const struct profile_metric *m, const char *arm)
{
	struct buf conditions;

	buf_init(&conditions, out->max_bytes);
	buf_append_text(&conditions, m->conditions);
	if (arm != NULL && *m->conditions != '\0')
		buf_append_text(&conditions, ",");
	buf_append_text(&conditions, arm != NULL ? arm : "");
	buf_append(&conditions, "", 1);
	buf_append_text(out, step->of_series);
	buf_append_text(out, "(");
	if (buf_status(&conditions) == ERR_OK)
		promql_add_selector(out, &m->name, 1, conditions.data);
	else
		out->status = buf_status(&conditions);
	buf_append_format(out, "[%" PRId64 "s])", step->window_s);
	buf_fini(&conditions);
}

static void
add_series(struct buf *out, const struct history_query *q,
	   const struct step *step)
{
	if (q->arms == NULL)
		add_arm(out, step, q->metric, NULL);
	for (size_t i = 0; q->arms != NULL && i < q->arms->count; i++) {
		buf_append_text(out, i > 0 ? " or " : "");
		add_arm(out, step, q->metric, q->arms->conditions[i]);
	}
}

static void
add_step(struct buf *out, const struct history_query *q,
	 const struct step *step)
{
	buf_append_text(out, step->of_gpu);
	promql_add_by(out, q->labels, q->label_count);
	buf_append_text(out, " (");
	add_series(out, q, step);
	buf_append_text(out, ")");
}

/* Weighted: of series that follow each other each counts for its time. */
static void
add_mean(struct buf *out, const struct history_query *q)
{
	struct step step = {"sum_over_time", "sum", q->need->timeline.step_s};

	buf_append_text(out, "(");
	add_step(out, q, &step);
	step.of_series = "count_over_time";
	buf_append_text(out, " / ");
	add_step(out, q, &step);
	buf_append_text(out, ")");
}

/* Where a short step has no sample the last one before it counts. */
static void
add_extreme(struct buf *out, const struct history_query *q)
{
	const struct step of_step = step_of(q->need);
	struct step last = of_step;

	last.of_series = "last_over_time";
	last.window_s = q->need->gap_s;
	buf_append_text(out, "(");
	add_step(out, q, &of_step);
	buf_append_text(out, " or ");
	add_step(out, q, &last);
	buf_append_text(out, ")");
}

void
history_add_query(struct buf *out, const struct history_query *q)
{
	const struct step step = step_of(q->need);

	if (history_takes_means(q->need))
		add_mean(out, q);
	else if (!history_is_growth(q->need) && is_of_extremes(q->need) &&
		 has_short_steps(q->need))
		add_extreme(out, q);
	else if (q->need->by != HISTORY_BY_GPU && is_of_last(q->need))
		add_series(out, q, &step);
	else
		add_step(out, q, &step);
}
