/* The queries of a history, text by text. */
#include "gpu/collect/history_promql.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const struct element_label gpu_labels[] = {{"uuid", 0, NULL, false},
						  {"node", 1, NULL, false}};

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
       const struct history_arms *arms, const char *expected)
{
	struct history_query q = {.need = &need,
				  .metric = metric,
				  .arms = arms,
				  .labels = gpu_labels,
				  .label_count = LENGTH(gpu_labels)};
	char text[4096];
	struct buf out;

	buf_use(&out, text, sizeof(text) - 1);
	history_add_query(&out, &q);
	text[out.length] = '\0';
	CU_ASSERT_EQUAL(buf_status(&out), ERR_OK);
	SUITE_EQUAL(text, expected);
}

static void
asks_for_gpus(void)
{
	expect(need_of(FIELD_UTILIZATION, HISTORY_AVG, 60), &busy, NULL,
	       "max by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s]))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_SAMPLE, 3600), &busy, NULL,
	       "max by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s]))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MIN, 3600), &busy, NULL,
	       "min by (uuid,node) (min_over_time(busy{gpu!=\"\"}[3600s]))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MAX, 3600), &busy, &two_arms,
	       "max by (uuid,node) "
	       "(max_over_time(busy{gpu!=\"\",uuid=~\"a|b\"}[3600s]) or "
	       "max_over_time(busy{gpu!=\"\",node=~\"c\"}[3600s]))");
	/* A short step's own, as far as it has any. */
	expect(need_of(FIELD_UTILIZATION, HISTORY_MAX, 60), &busy, NULL,
	       "(max by (uuid,node) (max_over_time(busy{gpu!=\"\"}[60s])) or "
	       "max by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s])))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MIN, 90), &busy, NULL,
	       "(min by (uuid,node) (min_over_time(busy{gpu!=\"\"}[90s])) or "
	       "min by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s])))");
	/* Weighted by how much of the step each of its series was there. */
	expect(need_of(FIELD_UTILIZATION, HISTORY_AVG, 3600), &busy, NULL,
	       "(sum by (uuid,node) (sum_over_time(busy{gpu!=\"\"}[3600s])) / "
	       "sum by (uuid,node) "
	       "(count_over_time(busy{gpu!=\"\"}[3600s])))");
	/* The counter itself: it may be another series' at the next point. */
	expect(need_of(FIELD_ENERGY, HISTORY_AVG, 3600), &energy, NULL,
	       "max by (uuid,node) (last_over_time(mj[90s]))");
}

/* The GPUs' own series, unless Prometheus has to look at each of their samples.
 */
static void
asks_for_groups(void)
{
	struct history_need need =
	    need_of(FIELD_UTILIZATION, HISTORY_SAMPLE, 3600);

	need.by = HISTORY_BY_NODE;
	expect(need, &busy, NULL, "last_over_time(busy{gpu!=\"\"}[90s])");
	expect(need, &busy, &two_arms,
	       "last_over_time(busy{gpu!=\"\",uuid=~\"a|b\"}[90s]) or "
	       "last_over_time(busy{gpu!=\"\",node=~\"c\"}[90s])");
	need.of_step = HISTORY_MAX;
	expect(need, &busy, NULL,
	       "max by (uuid,node) (max_over_time(busy{gpu!=\"\"}[3600s]))");
	need.of_step = HISTORY_AVG;
	expect(need, &busy, NULL,
	       "(sum by (uuid,node) (sum_over_time(busy{gpu!=\"\"}[3600s])) / "
	       "sum by (uuid,node) "
	       "(count_over_time(busy{gpu!=\"\"}[3600s])))");
	need.field = FIELD_ENERGY;
	expect(need, &energy, NULL, "last_over_time(mj[90s])");
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
	    {"asks for GPUs", asks_for_gpus},
	    {"asks for groups", asks_for_groups},
	    {"says what a point is", says_what_a_point_is},
	    {NULL, NULL}};

	return suite_run("history_promql", tests);
}
