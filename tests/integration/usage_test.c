/*
 * A month of who had which GPU: what is told of it is what the month's own log
 * comes to, whoever is asked for, within one step of each time that somebody
 * had a GPU.
 */
#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fcgi_client.h"
#include "support/harness.h"
#include "support/responder.h"
#include "support/suite.h"
#include "support/tenancy.h"

static struct source prometheus;

enum { WHOLE, SLICED, RESPONDERS };
static struct responder responders[RESPONDERS];

/* --- what is answered ----------------------------------------------------- */

static struct json_object *
fetch(int responder, const char *query, unsigned status)
{
	char path[400];

	snprintf(path, sizeof(path), "/api/v1/gpu/usage?%s", query);
	return fcgi_client_fetch_json(responders[responder].socket, path,
				      status);
}

static double
number_of(struct json_object *row, const char *key)
{
	struct json_object *value = json_object_object_get(row, key);

	return value != NULL ? json_object_get_double(value) : NAN;
}

static const char *
text_of(struct json_object *row, const char *key)
{
	struct json_object *value = json_object_object_get(row, key);

	return value != NULL ? json_object_get_string(value) : "";
}

/* --- what is true --------------------------------------------------------- */

/* Runs that a row is of: by its kind's key. */
struct key {
	const char *by, *value;
};

static int
counts(const struct tenancy_run *run, const void *context)
{
	const struct key *key = context;
	const struct tenancy_unit *u = &tenancy_units[run->unit];
	int is_job = u->style == TENANCY_SLURM;
	const char *value;

	if (strcmp(key->by, "namespace") == 0)
		value = run->namespace;
	else if (strcmp(key->by, "pod") == 0)
		value = is_job ? "" : run->name;
	else if (strcmp(key->by, "job") == 0)
		value = is_job ? run->name : "";
	else if (strcmp(key->by, "node") == 0)
		value = u->node;
	else
		value = u->model;
	return strcmp(value, key->value) == 0;
}

static const char *
column_of(const char *by)
{
	static const char *const columns[][2] = {{"namespace", "namespace"},
						 {"pod", "pod"},
						 {"job", "job_id"},
						 {"node", "node_name"},
						 {"model", "gpu_name"}};
	size_t i = 0;

	while (strcmp(columns[i][0], by) != 0)
		i++;
	return columns[i][1];
}

struct span {
	int64_t start_s, end_s, step_s;
};

/* Each run may be told too long or too short; and of the power that of who was
 * there before may be told for a moment. */
static void
expect_row(struct json_object *row, const struct key *key,
	   const struct tenancy_sums *true_sums, double tolerance_h)
{
	double power_off_kwh =
	    0.24 * 2 * (double)true_sums->runs * TENANCY_SCRAPE_S / 3600;
	const struct {
		const char *column;
		double is, tolerance;
	} sums[] = {
	    {"gpu_hours", true_sums->hours, tolerance_h},
	    {"busy_gpu_hours", true_sums->busy_hours, tolerance_h},
	    {"idle_gpu_hours", true_sums->idle_hours, tolerance_h},
	    {"gpu_memory_gib_hours", true_sums->gib_hours, 16 * tolerance_h},
	    {"energy_kwh", true_sums->kwh, 0.3 * tolerance_h + power_off_kwh}};

	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		double told = number_of(row, sums[i].column);
		double most = sums[i].tolerance + 0.0011;

		if (fabs(told - sums[i].is) <= most)
			continue;
		printf("# %s of %s \"%s\": %g, not %g\n", sums[i].column,
		       key->by, key->value, told, sums[i].is);
		CU_FAIL("a sum is not the log's");
	}
}

/* How much a row may be off in all, and for each of its runs. */
struct off {
	double row_s, run_s;
};

static double
expect_rows(int responder, const char *by, const struct span *span,
	    const struct off *off)
{
	char query[200];
	struct json_object *envelope, *rows;
	double total = 0;

	snprintf(query, sizeof(query), "by=%s&start=%" PRId64 "&end=%" PRId64,
		 by, span->start_s, span->end_s);
	envelope = fetch(responder, query, 200);
	CU_ASSERT_PTR_NULL(json_object_object_get(envelope, "warnings"));
	rows = json_object_object_get(envelope, "data");
	CU_ASSERT_TRUE(json_object_array_length(rows) > 0);
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		const struct key key = {by, text_of(row, column_of(by))};
		struct tenancy_sums sums =
		    tenancy_sum(counts, &key, span->start_s, span->end_s);

		CU_ASSERT_EQUAL(number_of(row, "step_s"), span->step_s);
		expect_row(row, &key, &sums,
			   (off->row_s + off->run_s * (double)sums.runs) /
			       3600);
		total += number_of(row, "gpu_hours");
	}
	json_object_put(envelope);
	return total;
}

static int
all(const struct tenancy_run *run, const void *context)
{
	(void)run, (void)context;
	return 1;
}

/* --- tests ---------------------------------------------------------------- */

/* Steps as long as scrapes are apart: right to one of them for each GPU, at the
 * end, where nobody can tell yet whose it is from then on. */
static void
day(void)
{
	const struct off off = {.row_s = TENANCY_SCRAPE_S *
					 (double)tenancy_unit_count};
	static const char *const kinds[] = {"namespace", "pod", "job", "node",
					    "model"};
	const struct span days[] = {
	    {tenancy_end_s - TENANCY_DAY_S, tenancy_end_s, 300},
	    {tenancy_end_s - 20 * TENANCY_DAY_S,
	     tenancy_end_s - 18 * TENANCY_DAY_S, 300}};

	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		struct tenancy_sums sums =
		    tenancy_sum(all, NULL, days[i].start_s, days[i].end_s);

		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
			CU_ASSERT_DOUBLE_EQUAL(
			    expect_rows(WHOLE, kinds[k], &days[i], &off),
			    sums.hours, 0.2);
	}
}

static void
month(void)
{
	const struct span span = {tenancy_end_s - TENANCY_MONTH_S,
				  tenancy_end_s, 900};
	/* What was seen last may be as old as the gap. */
	const struct off off = {.run_s = 900 + TENANCY_GAP_S};
	struct tenancy_sums sums =
	    tenancy_sum(all, NULL, span.start_s, span.end_s);
	double total = expect_rows(WHOLE, "namespace", &span, &off);

	/* Of many runs what is too much and too little is about the same. */
	CU_ASSERT_DOUBLE_EQUAL(total, sums.hours, sums.hours / 100);
	CU_ASSERT_DOUBLE_EQUAL(expect_rows(WHOLE, "pod", &span, &off), total,
			       1);
	CU_ASSERT_DOUBLE_EQUAL(expect_rows(WHOLE, "node", &span, &off), total,
			       0.1);
}

/* Slices of few points each give the very rows. */
static void
slices(void)
{
	char query[200];
	struct json_object *whole, *sliced;

	snprintf(query, sizeof(query), "by=pod&start=%" PRId64 "&end=%" PRId64,
		 tenancy_end_s - 2 * TENANCY_DAY_S, tenancy_end_s);
	whole = fetch(WHOLE, query, 200);
	sliced = fetch(SLICED, query, 200);
	SUITE_EQUAL(json_object_to_json_string(sliced),
		    json_object_to_json_string(whole));
	json_object_put(whole);
	json_object_put(sliced);
}

static void
filters_and_columns(void)
{
	char query[300];
	struct json_object *envelope, *rows, *row;
	double hours = INFINITY;

	snprintf(query, sizeof(query),
		 "by=pod&namespace=research&node_name=node-1&end=%" PRId64
		 "&gpu_hours=0.5..&sort=-gpu_hours&limit=3&fields=namespace,"
		 "pod,gpu_hours",
		 tenancy_end_s);
	envelope = fetch(WHOLE, query, 200);
	rows = json_object_object_get(envelope, "data");
	CU_ASSERT_EQUAL(json_object_array_length(rows), 3);
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		CU_ASSERT_EQUAL(json_object_object_length(row), 3);
		CU_ASSERT_STRING_EQUAL(text_of(row, "namespace"), "research");
		CU_ASSERT_TRUE(number_of(row, "gpu_hours") >= 0.5);
		CU_ASSERT_TRUE(number_of(row, "gpu_hours") <= hours);
		hours = number_of(row, "gpu_hours");
	}
	CU_ASSERT_PTR_NOT_NULL(json_object_object_get(envelope, "page"));
	json_object_put(envelope);
}

/* --- over time ------------------------------------------------------------ */

/* The columns of a history's series; *envelope is to be put. */
static struct json_object *
history_columns(const char *query, struct json_object **envelope)
{
	char path[300];

	snprintf(
	    path, sizeof(path),
	    "/api/v1/gpu/history?%s&field=power_draw&step=5m&start=%" PRId64
	    "&end=%" PRId64,
	    query, tenancy_end_s - TENANCY_DAY_S, tenancy_end_s);
	*envelope = fcgi_client_fetch_json(responders[WHOLE].socket, path, 200);
	return json_object_object_get(json_object_object_get(*envelope, "data"),
				      "columns");
}

static double
sum_at(struct json_object *columns, size_t point)
{
	double sum = 0;

	for (size_t i = 1; i < json_object_array_length(columns); i++)
		sum += json_object_get_double(json_object_array_get_idx(
		    json_object_array_get_idx(columns, i), point));
	return sum;
}

/* What namespaces had of GPUs that one at a time has, and what nobody had, is
 * all there is, at each point. */
static void
namespaces_over_time(void)
{
	static const char nodes[] = "node_name=node-1,node-2";
	struct json_object *of_all, *of_each, *all, *each;
	char query[100];
	size_t points;

	snprintf(query, sizeof(query), "by=all&%s", nodes);
	all = history_columns(query, &of_all);
	snprintf(query, sizeof(query), "by=namespace&%s", nodes);
	each = history_columns(query, &of_each);
	points = json_object_array_length(json_object_array_get_idx(all, 0));
	CU_ASSERT_EQUAL(points, TENANCY_DAY_S / 300 + 1);
	/* Four, and what nobody had. */
	CU_ASSERT_EQUAL(json_object_array_length(each), 1 + 5);
	for (size_t i = 0; i < points; i++)
		CU_ASSERT_DOUBLE_EQUAL(sum_at(each, i), sum_at(all, i), 1e-6);
	json_object_put(of_all);
	json_object_put(of_each);
}

static void
refuses_what_cannot_be(void)
{
	static const char *const queries[] = {"range=32d",
					      "range=59m",
					      "by=gpu",
					      "fields=pod",
					      "sort=pod",
					      "start=1&end=2",
					      "by=pod&fields=vendor",
					      "step=4m",
					      "step=2d",
					      "range=31d&step=5m"};

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
		json_object_put(fetch(WHOLE, queries[i], 400));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"a day, within one step", day},
	    {"a month, within a step of each run", month},
	    {"the same in slices of the time", slices},
	    {"filters, order and columns", filters_and_columns},
	    {"namespaces over time", namespaces_over_time},
	    {"what cannot be is refused", refuses_what_cannot_be},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	static const char *const settings[] = {"HISTORY_GAP_S=600", NULL};
	static const char *const sliced[] = {"HISTORY_GAP_S=600",
					     "HISTORY_MAX_POINTS=1000", NULL};

	harness_start();
	tenancy_start(&prometheus);
	responder_start(&responders[WHOLE], prometheus.url, settings);
	responder_start(&responders[SLICED], prometheus.url, sliced);
	return suite_run("usage", tests);
}
