/*
 * The queries that README.md compares the API with, asked of a real Prometheus:
 * together they find the free memory of each GPU, which the API has in one
 * answer.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/exporters.h"
#include "support/http.h"
#include "support/readme.h"
#include "support/suite.h"

enum { URL_MAX_BYTES = 1024, QUERIES = 3 };

static const double gib_step = 0.001; /* what the API rounds to */

static const struct exporters_target targets[] = {
    {"dcgm-classic", "job: dcgm-exporter, instance: '10.1.2.3:9400'", false},
    {"nvidia-gpu-exporter-rtx4080",
     "job: nvidia_gpu_exporter, instance: 'desk-4.example.org:9835'", false},
    {"amd-spx", "job: amd-gpu, instance: '10.42.1.220:5000'", true},
    {NULL, NULL, false}};

static struct source simulator, prometheus;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = targets};

/* The values of one query, as a JSON document that the caller puts. */
static struct json_object *
ask(const char *promql)
{
	char url[URL_MAX_BYTES], *escaped = curl_easy_escape(NULL, promql, 0);
	struct json_object *answer;
	struct http_reply reply;

	CU_ASSERT_PTR_NOT_NULL_FATAL(escaped);
	snprintf(url, sizeof(url), "%s/api/v1/query?query=%s", prometheus.url,
		 escaped);
	curl_free(escaped);
	http_get(&reply, url);
	if (reply.status != 200)
		printf("# %s\n%s\n", promql, reply.body);
	CU_ASSERT_EQUAL_FATAL(reply.status, 200);
	answer = json_tokener_parse(reply.body);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	http_free(&reply);
	return answer;
}

static struct json_object *
member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	CU_ASSERT_TRUE_FATAL(json_object_object_get_ex(object, key, &value));
	return value;
}

/* True if a row of the API has that free memory. */
static bool
has_row(struct json_object *rows, double gib)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (fabs(json_object_get_double(member(row, "memory_free")) -
			 gib) <= gib_step)
			return true;
	}
	printf("# no row has %f GiB\n", gib);
	return false;
}

/* How many GPUs the query finds. */
static size_t
check_query(const char *promql, struct json_object *rows)
{
	struct json_object *answer = ask(promql);
	struct json_object *result = member(member(answer, "data"), "result");
	size_t count = json_object_array_length(result);

	if (count == 0)
		printf("# finds nothing: %s\n", promql);
	CU_ASSERT_TRUE(count > 0);
	for (size_t i = 0; i < count; i++) {
		struct json_object *sample =
		    member(json_object_array_get_idx(result, i), "value");
		const char *value = json_object_get_string(
		    json_object_array_get_idx(sample, 1));

		CU_ASSERT_TRUE(has_row(rows, strtod(value, NULL)));
	}
	json_object_put(answer);
	return count;
}

static struct json_object *
ask_the_api(void)
{
	struct json_object *answer;
	struct responder r;
	char *body;

	responder_start(&r, prometheus.url, NULL);
	body = exporters_body(&r, "/api/v1/gpu/metrics");
	answer = json_tokener_parse(body);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	free(body);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	return answer;
}

/* A query ends where the next one's comment begins. */
static void
find_what_the_api_finds(void)
{
	static const char next[] = "\n#";
	char *readme = readme_read("README.md"), *text, *query, *end;
	struct json_object *answer, *rows;
	size_t length, count = 0, queries = 0;
	const char *part;

	exporters_wait(&prometheus, &site);
	answer = ask_the_api();
	rows = member(answer, "data");
	part = readme_part(readme, "```promql\n", "```", &length);
	text = strndup(part, length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (query = text; query != NULL; query = end) {
		end = strstr(query, next);
		if (end != NULL)
			*end++ = '\0';
		count += check_query(query, rows);
		queries++;
	}
	CU_ASSERT_EQUAL(queries, QUERIES);
	CU_ASSERT_EQUAL(count, json_object_array_length(rows));
	json_object_put(answer);
	free(text);
	free(readme);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"the queries find what the API finds", find_what_the_api_finds},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	return suite_run("readme_promql", tests);
}
