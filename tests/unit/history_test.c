/* What the parameters of /api/v1/gpu/history ask for. */
#include "api/history.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/suite.h"
#include "web/query.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { ARENA_BYTES = 1 << 20, HOUR_S = 3600, DAY_S = 86400 };

/* 2026-01-02T03:04:05.5Z */
static const double now_s = 1767323045.5;

static const struct history_settings settings = {.gap_s = 90,
						 .min_step_s = 15,
						 .max_range_s = 31 * DAY_S,
						 .max_points = 1000000};
static struct budget budget;
static struct arena arena;
static struct params params;
static struct err err;

/* The parameters are right by themselves, or *is_read is false. */
static enum err_code
read_need(const char *query, struct history_need *out, bool *is_read)
{
	const struct request r = {.path = endpoint_history.path,
				  .query = query};
	struct column_list columns;
	struct params_table table =
	    endpoint_params(&endpoint_history, &columns);

	memset(&err, 0, sizeof(err));
	arena_fini(&arena);
	budget_init(&budget, ARENA_BYTES);
	arena_init(&arena, &budget);
	*is_read = query_read(&r, &table, &arena, &params, &err) == ERR_OK;
	return *is_read
		   ? history_read(&params, &settings, now_s, &arena, out, &err)
		   : err.code;
}

static struct history_need
need_of(const char *query)
{
	struct history_need need = {.limit = 0};
	bool is_read;

	if (read_need(query, &need, &is_read) != ERR_OK)
		printf("# %s: %s\n", query, err.text);
	CU_ASSERT_EQUAL(err.code, ERR_OK);
	return need;
}

static void
has_defaults(void)
{
	struct history_need need = need_of("");

	CU_ASSERT_EQUAL(need.field, FIELD_UTILIZATION);
	CU_ASSERT_EQUAL(need.by, HISTORY_BY_CLUSTER);
	CU_ASSERT_EQUAL(need.of_step, HISTORY_SAMPLE);
	CU_ASSERT_EQUAL(need.timeline.step_s, 15);
	CU_ASSERT_EQUAL(need.timeline.end_s, 1767323040);
	CU_ASSERT_EQUAL(need.timeline.count, 241);
	CU_ASSERT_EQUAL(need.limit, 1000);
	CU_ASSERT_EQUAL(need.offset, 0);
	CU_ASSERT_EQUAL(need.gap_s, 90);
	CU_ASSERT_PTR_NULL(need.filter.passes);
	need = need_of("by=gpu");
	CU_ASSERT_EQUAL(need.of_step, HISTORY_AVG);
	CU_ASSERT_EQUAL(need.limit, 64);
}

/* Those who ask within one step ask for the same. */
static void
reads_times(void)
{
	static const struct {
		const char *query;
		int64_t start_s, end_s, step_s;
	} cases[] = {
	    {"range=24h", 1767236400, 1767322800, 300},
	    {"range=7d&points=2000", 1766718000, 1767322800, 600},
	    {"range=60", 1767322980, 1767323040, 15},
	    {"range=1h&step=7m", 1767319260, 1767323040, 420},
	    {"start=2026-01-02T00:00:00Z&end=2026-01-02T01:00:00Z&step=600",
	     1767312000, 1767315600, 600},
	    {"start=1767312000&end=1767315600.999&step=10m", 1767312000,
	     1767315600, 600},
	    {"end=2099-01-01T00:00:00Z&range=1h", 1767319440, 1767323040, 15},
	    {"end=2026-01-01T00:00:00Z&range=1d", 1767139200, 1767225600, 300},
	    {"range=10m&step=10m", 1767322200, 1767322800, 600},
	    {"field=energy_joules&range=1h", 1767319440, 1767323040, 60}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct history_need need = need_of(cases[i].query);

		if (need.timeline.start_s != cases[i].start_s ||
		    need.timeline.end_s != cases[i].end_s)
			printf("# %s: %lld to %lld\n", cases[i].query,
			       (long long)need.timeline.start_s,
			       (long long)need.timeline.end_s);
		CU_ASSERT_EQUAL(need.timeline.start_s, cases[i].start_s);
		CU_ASSERT_EQUAL(need.timeline.end_s, cases[i].end_s);
		CU_ASSERT_EQUAL(need.timeline.step_s, cases[i].step_s);
	}
}

static void
reads_filters(void)
{
	struct history_need need =
	    need_of("by=gpu&node_name=n1,n2*,%22&uuid=GPU-AB&gpu_name=*H100*");

	CU_ASSERT_PTR_NOT_NULL(need.filter.passes);
	CU_ASSERT_FALSE(need.filter.is_of_parts);
	CU_ASSERT_EQUAL_FATAL(need.filter.node_count, 1);
	SUITE_EQUAL(need.filter.nodes[0], "n1");
	CU_ASSERT_EQUAL_FATAL(need.filter.uuid_count, 1);
	SUITE_EQUAL(need.filter.uuids[0], "ab");
	need = need_of("by=node&node_name=n*&cluster=a");
	need = need_of("by=gpu&node_name=n1&gpu_index=0..3&mig_instance_id=1");
	CU_ASSERT_TRUE(need.filter.is_of_parts);
}

/* A choice for each field that is told but for the last error, by its key. */
static void
takes_every_field(void)
{
	for (int i = 0; i < FIELD__MAX; i++) {
		char query[64];

		if ((FIELDS_TOLD & FIELD_BIT(i)) == 0 || i == FIELD_XID)
			continue;
		snprintf(query, sizeof(query), "field=%s", field_table[i].key);
		CU_ASSERT_EQUAL(need_of(query).field, i);
	}
}

#define IS(name, value, takes)                                                 \
	"Query parameter \"" name "\" is \"" value "\": it takes " takes
#define SPAN_EXAMPLES ", as 90s, 1h30m, 7d or in whole seconds"
#define OUT_OF_SECONDS                                                         \
	" is more than a hundred years from now: Unix times are in seconds, "  \
	"not in milliseconds"

static void
says_what_is_wrong(void)
{
	static const char *const cases[][2] = {
	    {"by=rack", IS("by", "rack",
			   "one of gpu, node, model, cluster, all, namespace")},
	    {"aggregate=p99",
	     IS("aggregate", "p99", "one of avg, min, max, sample")},
	    {"points=1", IS("points", "1", "a whole number from 2 to 2000")},
	    {"range=10s",
	     IS("range", "10s", "a span of time of 1m or more" SPAN_EXAMPLES)},
	    {"start=yesterday",
	     IS("start", "yesterday",
		"a time, as 2026-01-02T03:04:05Z or in Unix seconds")},
	    {"range=32d",
	     IS("range", "32d", "a span of time from 1m to 31d" SPAN_EXAMPLES)},
	    {"range=99999d", IS("range", "99999d",
				"a span of time from 1m to 31d" SPAN_EXAMPLES)},
	    {"start=1760000000", "Query parameter \"start\" is more than 31d "
				 "before \"end\": take 31d or less"},
	    {"start=1767000000&range=1h",
	     "Query parameter \"range\" is there, and so is \"start\": it "
	     "takes one of them"},
	    {"start=1767323000&end=1767323000",
	     "Query parameter \"start\" is not before \"end\""},
	    {"start=1799999999", "Query parameter \"start\" is in the future"},
	    {"start=1767319445000", "Query parameter \"start\"" OUT_OF_SECONDS},
	    {"start=1767319445&end=1767323045000",
	     "Query parameter \"end\"" OUT_OF_SECONDS},
	    {"start=0", "Query parameter \"start\" is more than ten years ago"},
	    {"start=1&end=1000",
	     "Query parameter \"end\" is more than ten years ago"},
	    {"end=0", "Query parameter \"end\" is more than ten years ago"},
	    {"range=1d&step=1", "Query parameter \"step\" gives 86400 points, "
				"2000 at most: take 44s or more"},
	    {"range=1h&step=1h1s",
	     "Query parameter \"step\" is longer than the time that is asked "
	     "for: take 1h or less"},
	    {"start=1767323000&step=1m",
	     "Query parameter \"step\" is longer than the time that is asked "
	     "for: take 45s or less"},
	    {"step=60&points=60", "Query parameter \"step\" is there, and so "
				  "is \"points\": it takes one of them"},
	    {"field=energy_joules&step=30",
	     "Query parameter \"step\" is too short: of energy_joules it takes "
	     "1m or more"},
	    {"field=energy_joules&aggregate=max",
	     "Query parameter \"aggregate\" is there: of energy_joules it is "
	     "always the increase in each step"},
	    {"by=gpu&limit=257",
	     IS("limit", "257", "a whole number from 1 to 256 with by=gpu")},
	    {"by=node&limit=10001",
	     IS("limit", "10001",
		"a whole number from 1 to 10000, to 256 with by=gpu")},
	    {"limit=0",
	     IS("limit", "0",
		"a whole number from 1 to 10000, to 256 with by=gpu")},
	    {"gpu_index=1", "Query parameter \"gpu_index\" is there: it takes "
			    "one \"node_name\", without *, beside it"},
	    {"gpu_index=1&node_name=n*",
	     "Query parameter \"gpu_index\" is there: it takes one "
	     "\"node_name\", without *, beside it"},
	    {"by=node&by=gpu", "Query parameter \"by\" is there twice: it "
			       "takes one value"},
	    {"sort=avg",
	     "Unknown query parameter \"sort\": /api/v1/gpu/history takes "
	     "field, by, range, start, end, points, step, aggregate, "
	     "node_name, gpu_index, mig_instance_id, uuid, gpu_name, vendor, "
	     "exporter, cluster, limit, offset, format"}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct history_need need;
		bool is_read;

		CU_ASSERT_EQUAL(read_need(cases[i][0], &need, &is_read),
				ERR_QUERY);
		SUITE_EQUAL(err.text, cases[i][1]);
	}
}

static void
expires_with_the_step(void)
{
	/* The next multiple of 15 s; a minute at most; the past is longer. */
	struct history_need need = need_of("range=1h");

	CU_ASSERT_EQUAL(history_expires_s(&need, now_s), 1767323055);
	CU_ASSERT_EQUAL(history_expires_s(&need, 1767323054.999), 1767323055);
	CU_ASSERT_EQUAL(history_expires_s(&need, 1767323055), 1767323070);
	need = need_of("range=24h");
	CU_ASSERT_EQUAL(history_expires_s(&need, now_s), 1767323045 + 55);
	need = need_of("range=31d");
	CU_ASSERT_EQUAL(history_expires_s(&need, now_s), 1767323045 + 60);
	need = need_of("end=2026-01-01T00:00:00Z&range=1h");
	CU_ASSERT_EQUAL(history_expires_s(&need, now_s), 1767323045 + 300);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"has defaults", has_defaults},
	    {"reads times", reads_times},
	    {"reads filters", reads_filters},
	    {"takes every field", takes_every_field},
	    {"says what is wrong", says_what_is_wrong},
	    {"expires with the step", expires_with_the_step},
	    {NULL, NULL}};
	int status = suite_run("history", tests);

	arena_fini(&arena);
	return status;
}
