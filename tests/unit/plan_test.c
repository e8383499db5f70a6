/* plan: which queries are asked, depending on what is known to be there. */
#include "gpu/collect/plan.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/suite.h"

enum { UNKNOWN = -1 };

/* In the profiles "cards". */
static const char *const always[] = {"split_busy", "split_used_mib",
				     "split_free_mib", NULL};
static const char *const more[] = {"split_watts", "split_clock_mhz",
				   "split_xid_seconds", NULL};

static const struct plan_need light = {.required =
					   FIELD_BIT(FIELD_UTILIZATION)};
static const struct plan_need all = {.required = FIELD_BIT(FIELD_UTILIZATION) |
						 FIELD_BIT(FIELD_MEMORY_USED) |
						 FIELD_BIT(FIELD_MEMORY_TOTAL),
				     .optional = (field_set)-1};
static const struct plan_need processes = {.processes = true};
static const struct plan_need roll_call = {.roll_call = true};

#define GPU "gpu!=\"\",tile=\"\""

static struct canned_call call;

/* What the last plan asks for the times. */
static char times[1024];

/* That metric has one series less than others; or NULL. */
static const char *rare;

static bool
is_in(const char *const *names, const char *name)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/*
 * The queries that are planned for the first of the profiles, where each of
 * these metrics has so many series, or it is not known; "!" marks those without
 * which there is no answer.
 */
static const char *
plan_for(const char *profiles, const struct plan_need *need,
	 const char *const *names, int series_each)
{
	uint64_t series[PROFILE_METRICS_MAX] = {0};
	const uint64_t *known = series_each == UNKNOWN ? NULL : series;
	bool is_silent = false;
	struct detection found = {
	    .count = 1, .series = &known, .is_silent = &is_silent};
	struct err e = {.code = ERR_OK};
	static char text[4096];
	size_t length = 0;
	struct intern strings;
	struct plan p;

	canned_call_init(&call, profiles, NULL, CANNED_AMPLE_BYTES);
	found.profiles = (const struct profile **)call.profiles.profiles;
	for (size_t i = 0; i < found.profiles[0]->metric_count; i++) {
		const char *name = found.profiles[0]->metrics[i].name;

		if (is_in(always, name) || is_in(names, name))
			series[i] = (uint64_t)series_each -
				    (rare != NULL && strcmp(rare, name) == 0);
	}
	intern_init(&strings, &call.budget);
	CU_ASSERT_EQUAL_FATAL(
	    plan_init(
		&p, &(struct plan_context){.found = &found, .max_series = 1000},
		need, &call.call.collect, &strings, &e),
	    ERR_OK);
	text[0] = '\0';
	times[0] = '\0';
	for (size_t i = 0; i < p.ask.count; i++) {
		if (p.queries[i].source.metrics[0]->kind == PROFILE_TIME) {
			/* The first asks for the times. */
			CU_ASSERT_EQUAL(i, 0);
			CU_ASSERT_FALSE(p.queries[i].is_required);
			snprintf(times, sizeof(times), "%s",
				 p.ask.jobs[i].query.promql);
			continue;
		}
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%s%s%s", length > 0 ? " " : "",
					   p.ask.jobs[i].query.promql,
					   p.queries[i].is_required ? "!" : "");
	}
	plan_fini(&p);
	intern_fini(&strings);
	canned_call_fini(&call);
	return text;
}

static const char *
plan(const struct plan_need *need, const char *const *names, int series_each)
{
	return plan_for(CANNED_CARDS, need, names, series_each);
}

static void
asks_few_series_together(void)
{
	SUITE_EQUAL(plan(&light, always, 6), "split_busy{" GPU ",slice=\"\"}!");
	/* Conditions of their own, or a label that is the value, set a metric
	 * apart. */
	SUITE_EQUAL(
	    plan(&all, more, 6),
	    "split_busy{" GPU ",slice=\"\"}! "
	    "{__name__=~\"split_used_mib|split_free_mib|split_watts\"," GPU
	    "}! "
	    "split_clock_mhz{" GPU ",clock=\"sm\"} "
	    "split_clock_mhz{" GPU ",clock=\"memory\"} "
	    "split_xid_seconds{" GPU "}");
}

/* By the metric that each of the kind has, or that has the most series. */
static void
asks_when_it_was_measured(void)
{
	plan(&light, always, 6);
	SUITE_EQUAL(times, "timestamp(split_used_mib{" GPU "})");
	plan(&light, always, UNKNOWN);
	SUITE_EQUAL(times, "timestamp(split_used_mib{" GPU "})");
}

static void
asks_many_series_in_parallel(void)
{
	SUITE_EQUAL(plan(&all, more, PLAN_TOGETHER_MAX_SERIES),
		    "split_busy{" GPU ",slice=\"\"}! "
		    "{__name__=~\"split_used_mib|split_free_mib\"," GPU
		    "}! split_watts{" GPU "} "
		    "split_clock_mhz{" GPU ",clock=\"sm\"} "
		    "split_clock_mhz{" GPU ",clock=\"memory\"} "
		    "split_xid_seconds{" GPU "}");
}

static void
counts_the_series_of_all(void)
{
	/* Just as many, and one more. */
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(plan(&all, more, PLAN_TOGETHER_MAX_SERIES / 7),
		   "split_free_mib|split_watts"));
	CU_ASSERT_PTR_NULL(
	    strstr(plan(&all, more, PLAN_TOGETHER_MAX_SERIES / 7 + 1),
		   "split_free_mib|split_watts"));
}

static void
asks_for_all_if_nothing_is_known(void)
{
	const char *asked = plan(&all, always, UNKNOWN);

	CU_ASSERT_PTR_NOT_NULL(strstr(asked, "split_active{"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(asked, "{__name__=~\"split_watts|split_average_watts\","));
	CU_ASSERT_PTR_NOT_NULL(strstr(asked, "split_xid_seconds{"));
}

/* An exporter that starts at the moment is there before its metrics are. */
static void
asks_for_what_must_be_there(void)
{
	SUITE_EQUAL(plan(&light, always, 0),
		    "split_busy{" GPU ",slice=\"\"}! split_used_mib{" GPU "}!");
}

/* A card that lacks the metric is to have its row. */
static void
asks_for_what_tells_of_all_cards(void)
{
	rare = "split_busy";
	SUITE_EQUAL(plan(&light, always, 6),
		    "split_busy{" GPU ",slice=\"\"}! split_used_mib{" GPU "}!");
	SUITE_EQUAL(plan(&light, always, 1000),
		    "split_busy{" GPU ",slice=\"\"}! split_used_mib{" GPU "}!");
	/* Not of what has none of it. */
	rare = "split_used_mib";
	SUITE_EQUAL(plan(&light, always, 6), "split_busy{" GPU ",slice=\"\"}!");
	rare = NULL;
}

static void
asks_for_processes_apart(void)
{
	static const char *const names[] = {"split_process_mib", NULL};

	SUITE_EQUAL(plan(&processes, names, 6), "split_process_mib{" GPU "}");
	/* Nothing else is needed, and there are none. */
	SUITE_EQUAL(plan(&processes, always, 6), "");
}

/* By the metric with the most series, and nothing else: nobody wants to know
 * when that was. */
static void
calls_the_roll(void)
{
	SUITE_EQUAL(plan(&roll_call, always, 6), "split_used_mib{" GPU "}!");
	SUITE_EQUAL(times, "");
	SUITE_EQUAL(plan(&roll_call, more, UNKNOWN),
		    "split_used_mib{" GPU "}!");
	rare = "split_used_mib";
	SUITE_EQUAL(plan(&roll_call, always, 1000), "split_free_mib{" GPU "}!");
	rare = NULL;
}

/* Free memory is not total minus used where some is reserved. */
static void
asks_what_free_memory_is_computed_from(void)
{
	static const char *const without[] = {
	    "DCGM_FI_DEV_FB_CAPACITY_BYTES", "DCGM_FI_DEV_FB_USED_BYTES",
	    "DCGM_FI_DEV_FB_RESERVED_BYTES", NULL};
	static const char *const with[] = {
	    "DCGM_FI_DEV_FB_CAPACITY_BYTES", "DCGM_FI_DEV_FB_USED_BYTES",
	    "DCGM_FI_DEV_FB_RESERVED_BYTES", "DCGM_FI_DEV_FB_FREE_BYTES", NULL};
	static const struct plan_need memory = {
	    .required = FIELD_BIT(FIELD_MEMORY_TOTAL),
	    .optional = FIELD_BIT(FIELD_MEMORY_FREE)};

	CU_ASSERT_PTR_NOT_NULL(strstr(
	    plan_for("conf/profiles", &memory, without, 1), "FB_RESERVED"));
	CU_ASSERT_PTR_NULL(
	    strstr(plan_for("conf/profiles", &memory, with, 1), "FB_RESERVED"));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks few series together", asks_few_series_together},
	    {"asks when it was measured", asks_when_it_was_measured},
	    {"asks many series in parallel", asks_many_series_in_parallel},
	    {"counts the series of all", counts_the_series_of_all},
	    {"asks for all if nothing is known",
	     asks_for_all_if_nothing_is_known},
	    {"asks for what must be there", asks_for_what_must_be_there},
	    {"asks what free memory is computed from",
	     asks_what_free_memory_is_computed_from},
	    {"asks for what tells of all cards",
	     asks_for_what_tells_of_all_cards},
	    {"asks for processes apart", asks_for_processes_apart},
	    {"calls the roll", calls_the_roll},
	    {NULL, NULL}};

	return suite_run("plan", tests);
}
