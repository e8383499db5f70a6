/*
 * Requests for some rows, some columns, in some order, as CSV: each is compared
 * with what the whole answer says, from a real Prometheus, through spawn-fcgi
 * and nginx; and how often Prometheus is asked for them.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/body.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define METRICS	  "/api/v1/gpu/metrics"
#define NODES_OF  "/api/v1/gpu/nodes"
#define PROCESSES "/api/v1/gpu/processes"

enum { NODES = 12, GPUS = 2, REQUESTS = 200, CELL_BYTES = 512 };

static struct source simulator, prometheus, fake;
static struct responder responder, sharing, of_many;
static struct nginx nginx;

/* --- JSON ------------------------------------------------------------------
 */

static struct json_object *
ask(const char *path, const char *query)
{
	char url[1024];
	struct http_reply r;
	struct json_object *answer;

	snprintf(url, sizeof(url), "%s%s%s", path, *query != '\0' ? "?" : "",
		 query);
	http_get(&r, nginx_url(&nginx, url));
	CU_ASSERT_EQUAL(r.status, 200);
	if (r.status != 200)
		printf("# %s: %s\n", url, r.body);
	CU_ASSERT_TRUE(body_is_json(r.body, r.length));
	answer = json_tokener_parse(r.body);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	http_free(&r);
	return answer;
}

static struct json_object *
rows_of(struct json_object *answer)
{
	return json_object_object_get(answer, "data");
}

static struct json_object *
cell(struct json_object *rows, size_t row, const char *name)
{
	return json_object_object_get(json_object_array_get_idx(rows, row),
				      name);
}

/* Without times, which are of each request, or scrape. */
static bool
is_same_row(struct json_object *a, struct json_object *b)
{
	static const char *const times[] = {"timestamp", "measured_at"};

	for (size_t i = 0; i < 2; i++) {
		json_object_object_del(a, times[i]);
		json_object_object_del(b, times[i]);
	}
	return json_object_equal(a, b);
}

/* --- filters ----------------------------------------------------------------
 */

static bool
is_on_first_nodes(struct json_object *rows, size_t i)
{
	return strncmp(json_object_get_string(cell(rows, i, "node_name")),
		       "node-1", 6) == 0;
}

static bool
is_busy(struct json_object *rows, size_t i)
{
	return json_object_get_double(cell(rows, i, "utilization")) >= 50;
}

static bool
is_second(struct json_object *rows, size_t i)
{
	return json_object_get_int(cell(rows, i, "gpu_index")) == 1;
}

static bool
is_busy_second(struct json_object *rows, size_t i)
{
	return is_busy(rows, i) && is_second(rows, i);
}

static bool
has_a100(struct json_object *rows, size_t i)
{
	return strstr(json_object_to_json_string(cell(rows, i, "gpu_models")),
		      "A100") != NULL;
}

static bool
is_any(struct json_object *rows, size_t i)
{
	(void)rows, (void)i;
	return true;
}

static bool
is_none(struct json_object *rows, size_t i)
{
	(void)rows, (void)i;
	return false;
}

/* The same rows, in the same order, as the whole answer has. */
static void
expect_rows(const char *path, const char *query,
	    bool (*is_wanted)(struct json_object *rows, size_t i))
{
	struct json_object *all = ask(path, ""), *some = ask(path, query);
	struct json_object *rows = rows_of(all), *got = rows_of(some);
	size_t at = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		if (!is_wanted(rows, i))
			continue;
		if (at < json_object_array_length(got))
			CU_ASSERT_TRUE(
			    is_same_row(json_object_array_get_idx(rows, i),
					json_object_array_get_idx(got, at)));
		at++;
	}
	CU_ASSERT_EQUAL(at, json_object_array_length(got));
	if (at != json_object_array_length(got))
		printf("# %s?%s: %zu rows of %zu\n", path, query,
		       json_object_array_length(got), at);
	CU_ASSERT_PTR_NULL(json_object_object_get(some, "page"));
	json_object_put(all);
	json_object_put(some);
}

static void
filters(void)
{
	expect_rows(METRICS, "node_name=node-1*", is_on_first_nodes);
	expect_rows(METRICS, "utilization=50..", is_busy);
	expect_rows(METRICS, "gpu_index=1", is_second);
	expect_rows(METRICS, "gpu_index=1&utilization=50..100", is_busy_second);
	expect_rows(METRICS, "vendor=NVIDIA", is_any);
	expect_rows(METRICS, "uuid=*", is_none);
	expect_rows(METRICS, "fan_speed=0..", is_none);
	expect_rows(METRICS, "cluster=a,b", is_none);
	expect_rows("/api/v1/gpu/utilization", "utilization=50..", is_busy);
	expect_rows(NODES_OF, "node_name=node-1*", is_on_first_nodes);
	expect_rows(NODES_OF, "gpu_models=*A100*", has_a100);
	expect_rows(NODES_OF, "gpu_count=3..", is_none);
}

/* --- order and pages
 * ---------------------------------------------------------- */

static void
sorts(void)
{
	struct json_object *answer =
	    ask(METRICS, "sort=-utilization,-node_name");
	struct json_object *rows = rows_of(answer);
	size_t count = json_object_array_length(rows);

	CU_ASSERT_EQUAL(count, NODES * GPUS);
	for (size_t i = 1; i < count; i++)
		CU_ASSERT_TRUE(
		    json_object_get_double(cell(rows, i - 1, "utilization")) >=
		    json_object_get_double(cell(rows, i, "utilization")));
	json_object_put(answer);
	answer = ask(NODES_OF, "sort=-node_name&limit=1&fields=node_name");
	SUITE_EQUAL(json_object_to_json_string_ext(rows_of(answer),
						   JSON_C_TO_STRING_PLAIN),
		    "[{\"node_name\":\"node-12\"}]");
	json_object_put(answer);
}

/* All pages together are the whole. */
static void
pages(void)
{
	struct json_object *all = ask(METRICS, ""), *rows = rows_of(all);
	size_t seen = 0;

	for (long offset = 0; offset >= 0;) {
		char query[64];
		struct json_object *answer, *page, *got, *next;

		snprintf(query, sizeof(query), "limit=7&offset=%ld", offset);
		answer = ask(METRICS, query);
		page = json_object_object_get(answer, "page");
		got = rows_of(answer);
		for (size_t i = 0; i < json_object_array_length(got); i++)
			CU_ASSERT_TRUE(
			    is_same_row(json_object_array_get_idx(rows, seen++),
					json_object_array_get_idx(got, i)));
		CU_ASSERT_EQUAL(
		    json_object_get_int(json_object_object_get(page, "total")),
		    NODES * GPUS);
		next = json_object_object_get(page, "next_offset");
		offset = next != NULL ? json_object_get_int(next) : -1;
		json_object_put(answer);
	}
	CU_ASSERT_EQUAL(seen, NODES * GPUS);
	json_object_put(all);
}

/* --- CSV
 * ---------------------------------------------------------------------- */

/* The next cell of RFC 4180, into out; true if it ends its line. */
static bool
next_cell(const char **at, char out[static CELL_BYTES])
{
	bool is_quoted = **at == '"';
	size_t length = 0;

	*at += is_quoted;
	while (is_quoted ? **at != '"' || (*at)[1] == '"'
			 : **at != ',' && **at != '\r') {
		CU_ASSERT_TRUE_FATAL(length + 1 < CELL_BYTES && **at != '\0');
		*at += is_quoted && **at == '"';
		out[length++] = *(*at)++;
	}
	out[length] = '\0';
	*at += is_quoted;
	if (**at == ',') {
		++*at;
		return false;
	}
	CU_ASSERT_EQUAL_FATAL(strncmp(*at, "\r\n", 2), 0);
	*at += 2;
	return true;
}

/* As CSV has it, from JSON. */
static void
write_expected(struct json_object *value, char out[static CELL_BYTES])
{
	*out = '\0';
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			snprintf(out + strlen(out), CELL_BYTES - strlen(out),
				 "%s%s", i > 0 ? ";" : "",
				 json_object_get_string(
				     json_object_array_get_idx(value, i)));
		return;
	}
	if (value != NULL)
		snprintf(out, CELL_BYTES, "%s", json_object_get_string(value));
}

static void
expect_csv(const char *path, const char *query)
{
	char url[512], got[CELL_BYTES], expected[CELL_BYTES];
	struct json_object *answer = ask(path, query), *rows = rows_of(answer);
	struct http_reply r;
	const char *at;

	snprintf(url, sizeof(url), "%s?%s&format=csv", path, query);
	http_get(&r, nginx_url(&nginx, url));
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "Content-Type"),
		    "text/csv; charset=utf-8; header=present");
	at = r.body;
	json_object_object_foreach(json_object_array_get_idx(rows, 0), key,
				   first)
	{
		(void)first;
		next_cell(&at, got);
		SUITE_EQUAL(got, key);
	}
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		json_object_object_foreach(json_object_array_get_idx(rows, i),
					   name, value)
		{
			next_cell(&at, got);
			write_expected(value, expected);
			if (strcmp(name, "timestamp") != 0 &&
			    strcmp(name, "measured_at") != 0)
				SUITE_EQUAL(got, expected);
		}
	}
	SUITE_EQUAL(at, "");
	http_free(&r);
	json_object_put(answer);
}

static void
csv_is_the_same(void)
{
	expect_csv(METRICS, "offset=0");
	expect_csv(METRICS, "sort=-temperature&limit=5");
	expect_csv(METRICS, "fields=node_name,gpu_index,utilization");
	expect_csv(NODES_OF, "offset=0");
	expect_csv("/api/v1/gpu/utilization", "offset=0");
}

static void
heads_and_errors(void)
{
	const struct http_call head = {
	    .url = nginx_url(&nginx, METRICS "?format=csv"), .is_head = true};
	struct http_reply r;

	http_do(&r, &head);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_EQUAL(r.length, 0);
	CU_ASSERT_TRUE(atol(http_header(&r, "Content-Length")) > 1000);
	http_free(&r);
	http_get(&r, nginx_url(&nginx, METRICS "?format=csv&limit=0"));
	body_expect_error(&r, 400,
			  "Query parameter \\\"limit\\\" is \\\"0\\\": it "
			  "takes a whole number from 1 to 100000");
	SUITE_EQUAL(http_header(&r, "Content-Type"), "application/json");
	http_free(&r);
}

/* --- what Prometheus is asked
 * --------------------------------------------------- */

static void
fetch(const struct responder *r, const char *path)
{
	char *answer = fcgi_client_fetch(r->socket, path);

	CU_ASSERT_EQUAL(strncmp(answer, "Status: 200 OK\r\n", 16), 0);
	free(answer);
}

/* So many requests are in the log: the line comes behind the answer. */
static void
wait_for_lines(const struct responder *r, size_t count)
{
	for (int i = 0; i < PROCESS_LIMIT_MS &&
			file_count(r->process->log, "msg=request ") < count;
	     i++)
		usleep(1000);
}

/* How many queries that takes, of a fleet that is too large for one of all. */
static int
queries_of(const char *path)
{
	size_t before = file_count(of_many.process->log, "msg=request ");
	const char *at;
	char *log;
	int queries;

	fetch(&of_many, path);
	wait_for_lines(&of_many, before + 1);
	log = file_read(of_many.process->log);
	at = log;
	for (const char *next; (next = strstr(at + 1, " queries=")) != NULL;)
		at = next;
	queries = atoi(at + strlen(" queries="));
	free(log);
	return queries;
}

static void
fewer_columns_ask_for_fewer_metrics(void)
{
	int all = queries_of(METRICS);
	int one = queries_of(METRICS "?fields=node_name,gpu_index,utilization");

	/* Who is not told when it was measured does not have that asked. */
	CU_ASSERT_EQUAL(one + 1, queries_of("/api/v1/gpu/utilization"));
	CU_ASSERT_EQUAL(
	    one + 1,
	    queries_of(METRICS "?fields=node_name,utilization,measured_at"));
	CU_ASSERT_EQUAL(
	    one + 1,
	    queries_of(METRICS
		       "?fields=node_name,utilization&sort=measured_at"));
	CU_ASSERT_TRUE(all > one);
	CU_ASSERT_TRUE(queries_of(METRICS "?fields=node_name") <= one);
	CU_ASSERT_EQUAL(
	    queries_of(METRICS "?fields=node_name&sort=temperature"),
	    queries_of(METRICS "?fields=node_name,temperature"));
}

/* Filters of all kinds in one second; or in two, if one ends meanwhile. */
static void
many_filters_are_one_plan(void)
{
	size_t before = file_count(sharing.process->log, "msg=request ");
	size_t without = file_count(sharing.process->log, " queries=0 ");

	for (int i = 0; i < REQUESTS; i++) {
		char path[128];

		snprintf(path, sizeof(path),
			 i % 2 == 0 ? METRICS "?node_name=node-%d"
				    : NODES_OF "?utilization_avg=%d..",
			 i);
		fetch(&sharing, path);
	}
	wait_for_lines(&sharing, before + REQUESTS);
	before = file_count(sharing.process->log, "msg=request ") - before;
	without = file_count(sharing.process->log, " queries=0 ") - without;
	CU_ASSERT_EQUAL(before, REQUESTS);
	printf("# %zu of %zu requests asked\n", before - without, before);
	/* A machine that is busy may take more than one. */
	CU_ASSERT_TRUE(before - without <= REQUESTS / 20);
}

/* Of ever other columns, too: some narrow plans a second, then the whole. */
static void
many_choices_are_few_plans(void)
{
	size_t before = file_count(sharing.process->log, "msg=request ");
	size_t without = file_count(sharing.process->log, " queries=0 ");
	static const char *const names[] = {
	    "utilization", "memory_used", "temperature",  "power_draw",
	    "xid",	   "fan_speed",	  "energy_joules"};

	for (unsigned set = 1; set < 1U << 7; set++) {
		char path[256] = METRICS "?limit=1&fields=node_name";

		for (unsigned i = 0; i < 7; i++)
			if ((set & 1U << i) != 0)
				snprintf(path + strlen(path),
					 sizeof(path) - strlen(path), ",%s",
					 names[i]);
		fetch(&sharing, path);
	}
	wait_for_lines(&sharing, before + 127);
	without = file_count(sharing.process->log, " queries=0 ") - without;
	printf("# %zu of 127 requests asked\n", 127 - without);
	/* In one second five, and a machine that is busy takes some of them. */
	CU_ASSERT_TRUE(127 - without <= 30);
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "12", "--gpus", "2",
					   NULL};
	static const char *const many[] = {"--gpus-total", "160",
					   "--gpus-per-node", "8", NULL};
	static const char *const shares[] = {"SHARE_ANSWERS=on", NULL};
	static const struct suite_test tests[] = {
	    {"filters", filters},
	    {"sorts", sorts},
	    {"pages", pages},
	    {"CSV is the same", csv_is_the_same},
	    {"HEAD, and errors", heads_and_errors},
	    {"fewer columns ask for fewer metrics",
	     fewer_columns_ask_for_fewer_metrics},
	    {"many filters are one plan", many_filters_are_one_plan},
	    {"many choices of columns are few plans",
	     many_choices_are_few_plans},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_wait_series(&prometheus, (size_t)NODES * GPUS * 8);
	responder_start(&responder, prometheus.url, NULL);
	responder_start(&sharing, prometheus.url, shares);
	source_start_fake(&fake, many);
	responder_start(&of_many, fake.url, NULL);
	nginx_start_plain(&nginx, responder.socket);
	return suite_run("asking", tests);
}
