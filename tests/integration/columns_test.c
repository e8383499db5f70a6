/*
 * Fewer columns are no other rows: with every exporter in one Prometheus, and
 * with each alone, each column that is asked for alone says what it says among
 * all.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/exporters.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/responder.h"
#include "support/suite.h"

static struct source simulator, prometheus;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = exporters_all};

static const char *const paths[] = {
    "/api/v1/gpu/metrics",   "/api/v1/gpu/nodes",     "/api/v1/gpu/utilization",
    "/api/v1/gpu/processes", "/api/v1/gpu/workloads", "/api/v1/gpu/namespaces",
    "/api/v1/gpu/capacity",  "/api/v1/gpu/available", "/api/v1/gpu/problems"};

static struct json_object *
ask(const struct responder *r, const char *path)
{
	char *text = fcgi_client_fetch(r->socket, path);
	struct json_object *answer;

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 ", 12), 0);
	answer = json_tokener_parse(strstr(text, "\r\n\r\n") + 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	free(text);
	return answer;
}

/* The column of all rows, in their order. */
static struct json_object *
column_of(struct json_object *answer, const char *name)
{
	struct json_object *rows = json_object_object_get(answer, "data");
	struct json_object *column = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		json_object_array_add(
		    column, json_object_get(json_object_object_get(
				json_object_array_get_idx(rows, i), name)));
	return column;
}

static void
compare(const struct responder *r, const char *path, struct json_object *all,
	const char *name)
{
	char narrow[256];
	struct json_object *some, *left, *right;
	bool is_same;

	snprintf(narrow, sizeof(narrow), "%s?fields=%s", path, name);
	some = ask(r, narrow);
	left = column_of(all, name);
	right = column_of(some, name);
	is_same = json_object_equal(left, right) &&
		  json_object_equal(json_object_object_get(all, "warnings"),
				    json_object_object_get(some, "warnings"));
	CU_ASSERT_TRUE(is_same);
	if (!is_same)
		printf("# %s: %s\n# not %s\n", narrow,
		       json_object_to_json_string(some),
		       json_object_to_json_string(left));
	json_object_put(left);
	json_object_put(right);
	json_object_put(some);
}

/* Times are of each request, or scrape. */
static void
expect_columns(const struct responder *r, const char *path)
{
	struct json_object *all = ask(r, path);
	struct json_object *rows = json_object_object_get(all, "data");

	if (json_object_array_length(rows) > 0) {
		json_object_object_foreach(json_object_array_get_idx(rows, 0),
					   name, value)
		{
			(void)value;
			if (strcmp(name, "timestamp") != 0 &&
			    strcmp(name, "measured_at") != 0)
				compare(r, path, all, name);
		}
	}
	json_object_put(all);
}

static void
expect_all(const char *profiles)
{
	char setting[RESPONDER_VALUE_BYTES];
	const char *const settings[] = {setting, NULL};
	struct responder r;

	snprintf(setting, sizeof(setting), "GPU_PROFILES=%s", profiles);
	responder_start(&r, prometheus.url, settings);
	/* With what is there, and again with what was read. */
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
			expect_columns(&r, paths[i]);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
all_exporters(void)
{
	expect_all("auto");
}

static void
each_alone(void)
{
	for (size_t i = 0; exporters_profiles[i] != NULL; i++)
		expect_all(exporters_profiles[i]);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"all exporters", all_exporters},
	    {"each exporter alone", each_alone},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	exporters_wait(&prometheus, &site);
	return suite_run("columns", tests);
}
