/* The queries of a history, text by text. */
#include "gpu/collect/history_promql.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const struct element_label gpu_labels[] = {{"uuid", 0, NULL, false},
						  {"node", 1, NULL, false}};
static const struct element_label node_labels[] = {{"node", 0, NULL, false}};

static const struct profile_metric busy = {.kind = PROFILE_FIELD,
					   .field = FIELD_UTILIZATION,
					   .name = "busy",
					   .conditions = "gpu!=\"\"",
					   .scale = 1};
static const struct profile_metric active = {.kind = PROFILE_FIELD,
					     .field = FIELD_UTILIZATION,
					     .name = "active",
					     .conditions = "",
					     .scale = 100,
					     .alternative = 1};
static const struct profile_metric either = {.kind = PROFILE_FIELD,
					     .field = FIELD_UTILIZATION,
					     .name = "either",
					     .conditions = "",
					     .scale = 100,
					     .is_ratio_or_percent = true};
static const struct profile_metric celsius = {.kind = PROFILE_FIELD,
					      .field = FIELD_TEMPERATURE,
					      .name = "celsius",
					      .conditions = "",
					      .scale = 1,
					      .is_negative_unknown = true};
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
expect(struct history_need need, const struct profile_metric *const *metrics,
       size_t count, const struct history_arms *arms, const char *aggregate,
       const char *expected)
{
	struct history_query q = {.need = &need,
				  .metrics = metrics,
				  .metric_count = count,
				  .arms = arms,
				  .labels = gpu_labels,
				  .label_count = LENGTH(gpu_labels),
				  .aggregate = aggregate,
				  .group_labels = node_labels,
				  .group_label_count = LENGTH(node_labels)};
	char text[4096];
	struct buf out;

	buf_use(&out, text, sizeof(text) - 1);
	history_add_query(&out, &q);
	text[out.length] = '\0';
	CU_ASSERT_EQUAL(buf_status(&out), ERR_OK);
	SUITE_EQUAL(text, expected);
}

static const struct profile_metric
    *const one[] = {&busy},
	   *const both[] = {&busy, &active}, *const unsure[] = {&either},
	   *const hot[] = {&celsius}, *const spent[] = {&energy};

static void
asks_for_gpus(void)
{
	expect(need_of(FIELD_UTILIZATION, HISTORY_AVG, 60), one, 1, NULL, NULL,
	       "max by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s]))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_SAMPLE, 3600), one, 1, NULL,
	       NULL,
	       "max by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s]))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MIN, 3600), one, 1, NULL,
	       NULL,
	       "min by (uuid,node) (min_over_time(busy{gpu!=\"\"}[3600s]))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MAX, 3600), one, 1, &two_arms,
	       NULL,
	       "max by (uuid,node) "
	       "(max_over_time(busy{gpu!=\"\",uuid=~\"a|b\"}[3600s]) or "
	       "max_over_time(busy{gpu!=\"\",node=~\"c\"}[3600s]))");
	/* A short step's own, as far as it has any. */
	expect(need_of(FIELD_UTILIZATION, HISTORY_MAX, 60), one, 1, NULL, NULL,
	       "(max by (uuid,node) (max_over_time(busy{gpu!=\"\"}[60s])) or "
	       "max by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s])))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_MIN, 90), one, 1, NULL, NULL,
	       "(min by (uuid,node) (min_over_time(busy{gpu!=\"\"}[90s])) or "
	       "min by (uuid,node) (last_over_time(busy{gpu!=\"\"}[90s])))");
	/* Weighted by how much of the step each of its series was there. */
	expect(need_of(FIELD_UTILIZATION, HISTORY_AVG, 3600), one, 1, NULL,
	       NULL,
	       "(sum by (uuid,node) (sum_over_time(busy{gpu!=\"\"}[3600s])) / "
	       "sum by (uuid,node) "
	       "(count_over_time(busy{gpu!=\"\"}[3600s])))");
	/* The counter itself: it may be another series' at the next point. */
	expect(need_of(FIELD_ENERGY, HISTORY_AVG, 3600), spent, 1, NULL, NULL,
	       "max by (uuid,node) (last_over_time(mj[90s]))");
}

static void
asks_for_groups(void)
{
	expect(need_of(FIELD_UTILIZATION, HISTORY_SAMPLE, 60), one, 1, NULL,
	       "sum",
	       "sum by (node) ((max by (uuid,node) "
	       "(last_over_time(busy{gpu!=\"\"}[90s]))))");
	expect(need_of(FIELD_UTILIZATION, HISTORY_SAMPLE, 60), both, 2, NULL,
	       "count",
	       "count by (node) ((max by (uuid,node) "
	       "(last_over_time(busy{gpu!=\"\"}[90s]))) or "
	       "(max by (uuid,node) (last_over_time(active[90s])) * 100))");
	/* On whichever scale it is. */
	expect(need_of(FIELD_UTILIZATION, HISTORY_SAMPLE, 60), unsure, 1, NULL,
	       "sum",
	       "sum by (node) ((max by (uuid,node) "
	       "(last_over_time(either[90s]))))");
	expect(need_of(FIELD_TEMPERATURE, HISTORY_SAMPLE, 60), hot, 1, NULL,
	       "max",
	       "max by (node) (((max by (uuid,node) "
	       "(last_over_time(celsius[90s])) >= 0) != 0))");
	expect(need_of(FIELD_ENERGY, HISTORY_SAMPLE, 300), spent, 1, NULL,
	       "sum",
	       "sum by (node) ((((max by (uuid,node) "
	       "(last_over_time(mj[90s])) - max by (uuid,node) "
	       "(last_over_time(mj[90s] offset 300s))) >= 0 or (max by "
	       "(uuid,node) (last_over_time(mj[90s])) < max by (uuid,node) "
	       "(last_over_time(mj[90s] offset 300s)))) * 0.001))");
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
