/* The queries of a history, text by text. */
#include "gpu/collect/history_promql.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

static const struct profile_metric busy = {.kind = PROFILE_FIELD,
					   .field = FIELD_UTILIZATION,
					   .name = "busy",
					   .conditions = "gpu!=\"\"",
					   .scale = 1};
static const struct profile_metric energy = {.kind = PROFILE_FIELD,
					     .field = FIELD_ENERGY,
					     .name = "mj",
					     .conditions = "",
					     .scale = 0.001};
static const struct history_arms two_arms = {
    .conditions = {"uuid=~\"a|b\"", "node=~\"c\""}, .count = 2};

static struct history_need
need_of(enum field field, enum history_of_step of_step, int64_t step_s)
{
	return (struct history_need){.field = field,
				     .of_step = of_step,
				     .timeline = {.step_s = step_s},
				     .gap_s = 90};
}

static void
expect(struct history_need need, const struct profile_metric *metric,
       const struct history_arms *arms, bool is_of_counts, const char *expected)
{
	struct history_query q = {.need = &need,
				  .metric = metric,
				  .arms = arms,
				  .is_of_counts = is_of_counts};
	char text[4096];
	struct buf out;

	buf_use(&out, text, sizeof(text) - 1);
	history_add_query(&out, &q);
	text[out.length] = '\0';
	CU_ASSERT_EQUAL(buf_status(&out), ERR_OK);
	SUITE_EQUAL(text, expected);
}

static void
asks_for_each_series(void)
{
	expect(need_of(FIELD_UTILIZATION, HISTORY_AVG, 60), &busy, NULL, false,
	       "last_over_time(busy{gpu!=\"\"}[90s])");
	expect(need_of(FIELD_UTILIZATION, HISTORY_SAMPLE, 3600), &busy, NULL,
	       false, "last_over_time(busy{gpu!=\"\"}[90s])");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MIN, 3600), &busy, NULL,
	       false, "min_over_time(busy{gpu!=\"\"}[3600s])");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MAX, 3600), &busy, &two_arms,
	       false,
	       "max_over_time(busy{gpu!=\"\",uuid=~\"a|b\"}[3600s]) or "
	       "max_over_time(busy{gpu!=\"\",node=~\"c\"}[3600s])");
	/* The counter itself: it may be another series' at the next point. */
	expect(need_of(FIELD_ENERGY, HISTORY_AVG, 3600), &energy, NULL, false,
	       "last_over_time(mj[90s])");
}

/* In two parts: a card may have several series in a step. */
static void
asks_for_means(void)
{
	expect(need_of(FIELD_UTILIZATION, HISTORY_AVG, 3600), &busy, NULL,
	       false, "sum_over_time(busy{gpu!=\"\"}[3600s])");
	expect(need_of(FIELD_UTILIZATION, HISTORY_AVG, 3600), &busy, NULL, true,
	       "count_over_time(busy{gpu!=\"\"}[3600s])");
}

/* A short step's own, as far as it has any. */
static void
asks_for_the_last_of_short_steps(void)
{
	expect(need_of(FIELD_UTILIZATION, HISTORY_MAX, 60), &busy, NULL, false,
	       "max_over_time(busy{gpu!=\"\"}[60s]) or "
	       "last_over_time(busy{gpu!=\"\"}[90s])");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MIN, 90), &busy, NULL, false,
	       "min_over_time(busy{gpu!=\"\"}[90s]) or "
	       "last_over_time(busy{gpu!=\"\"}[90s])");
}

static void
says_what_a_point_is(void)
{
	struct history_need need =
	    need_of(FIELD_UTILIZATION, HISTORY_AVG, 3600);

	CU_ASSERT_TRUE(history_takes_means(&need));
	need.timeline.step_s = 90;
	CU_ASSERT_FALSE(history_takes_means(&need));
	need = need_of(FIELD_ENERGY, HISTORY_AVG, 3600);
	CU_ASSERT_FALSE(history_takes_means(&need));
	CU_ASSERT_TRUE(history_is_growth(&need));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks for each series", asks_for_each_series},
	    {"asks for means", asks_for_means},
	    {"asks for the last of short steps",
	     asks_for_the_last_of_short_steps},
	    {"says what a point is", says_what_a_point_is},
	    {NULL, NULL}};

	return suite_run("history_promql", tests);
}
