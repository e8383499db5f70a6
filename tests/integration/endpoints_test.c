/*
 * Every endpoint, from a real Prometheus that scrapes a fleet of 12 nodes,
 * through spawn-fcgi and nginx.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/fleet_expect.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

enum { NODES = 12, GPUS = 2 };

static const struct fleet_expect fleet = {.nodes = NODES, .gpus = GPUS};
static struct source simulator, prometheus;
static struct responder responder;
static struct nginx nginx;

/* Nodes come as node-1, node-2, ..., node-10: in natural order. */
static void
expect_endpoint(const char *path, char *(*expect)(const struct fleet_expect *))
{
	char *expected = expect(&fleet);
	struct http_reply r;

	http_get(&r, nginx_url(&nginx, path));
	body_expect(&r, expected, BODY_NOW);
	SUITE_EQUAL(http_header(&r, "Cache-Control"),
		    "max-age=1, stale-while-revalidate=1, stale-if-error=60");
	http_free(&r);
	free(expected);
}

static void
metrics_of_each_gpu(void)
{
	expect_endpoint("/api/v1/gpu/metrics", fleet_expect_metrics);
}

static void
nodes_with_aggregates(void)
{
	expect_endpoint("/api/v1/gpu/nodes", fleet_expect_nodes);
}

static void
utilization_of_each_gpu(void)
{
	expect_endpoint("/api/v1/gpu/utilization", fleet_expect_utilization);
}

/* The first row spelled out, so that no formula is trusted blindly. */
static void
metrics_row_is_as_documented(void)
{
	static const char start[] =
	    "{\"success\":true,\"data\":[{\"node_name\":\"node-1\","
	    "\"gpu_index\":0,\"gpu_name\":\"NVIDIA A100-SXM4-80GB\","
	    "\"utilization\":17,\"memory_used\":28.8,\"memory_total\":80,"
	    "\"memory_free\":51.2,\"memory_utilization\":36,"
	    "\"temperature\":38,\"power_draw\":101.2,\"power_limit\":400,"
	    "\"timestamp\":\"T\",\"uuid\":null,"
	    "\"exporter\":\"nvidia-gpu-list-exporter\","
	    "\"mig_instance_id\":null,\"mig_profile\":null,"
	    "\"vendor\":\"NVIDIA\",\"sm_clock_mhz\":null,"
	    "\"memory_clock_mhz\":null,\"fan_speed\":null,"
	    "\"memory_temperature\":null,\"energy_joules\":null,"
	    "\"xid\":null,\"memory_controller_utilization\":10,"
	    "\"cluster\":null,\"measured_at\":\"T\"},"
	    "{\"node_name\":\"node-1\",\"gpu_index\":1,";
	struct http_reply r;
	char *masked;

	http_get(&r, nginx_url(&nginx, "/api/v1/gpu/metrics"));
	masked = body_mask(r.body, BODY_NOW);
	masked[sizeof(start) - 1] = '\0';
	body_equal(masked, start, "the first row");
	free(masked);
	http_free(&r);
}

static void
nodes_are_in_natural_order(void)
{
	struct http_reply r;
	const char *two, *nine, *ten;

	http_get(&r, nginx_url(&nginx, "/api/v1/gpu/nodes"));
	two = strstr(r.body, "\"node-2\"");
	nine = strstr(r.body, "\"node-9\"");
	ten = strstr(r.body, "\"node-10\"");
	CU_ASSERT_FATAL(two != NULL && nine != NULL && ten != NULL);
	CU_ASSERT_TRUE(two < nine && nine < ten);
	http_free(&r);
}

static void
health_names_the_exporter(void)
{
	struct http_reply r;

	http_get(&r, nginx_url(&nginx, "/api/health"));
	body_expect(&r,
		    "{\"success\":true,\"data\":{\"status\":\"healthy\","
		    "\"timestamp\":\"T\",\"version\":\"" PACKAGE_VERSION
		    "\",\"prometheus_latency_ms\":0,\"exporters\":["
		    "{\"name\":\"nvidia-gpu-list-exporter\",\"gpu_count\":24,"
		    "\"measured_at\":\"T\",\"fields\":[\"utilization\","
		    "\"memory_used\",\"memory_total\",\"memory_free\","
		    "\"temperature\",\"power_draw\",\"power_limit\","
		    "\"memory_controller_utilization\"],"
		    "\"missing_fields\":[]}]},"
		    "\"message\":\"Service is healthy\",\"error\":null}",
		    BODY_NOW);
	SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
	http_free(&r);
}

static void
livez_says_alive(void)
{
	struct http_reply r;

	http_get(&r, nginx_url(&nginx, "/api/livez"));
	body_expect(&r,
		    "{\"success\":true,\"data\":{\"status\":\"alive\","
		    "\"timestamp\":\"T\",\"version\":\"" PACKAGE_VERSION
		    "\"},\"message\":\"Service is alive\",\"error\":null}",
		    BODY_NOW);
	SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
	http_free(&r);
}

/* The line of the request that a path's answer belongs to, to be freed. */
static char *
log_line_of(const char *path)
{
	struct http_reply r;
	char *line = NULL;

	http_get(&r, nginx_url(&nginx, path));
	if (http_header(&r, "X-Request-Id") != NULL)
		line = responder_log_line(&responder,
					  http_header(&r, "X-Request-Id"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	http_free(&r);
	return line;
}

static void
each_endpoint_asks_what_it_needs(void)
{
	static const struct {
		const char *path, *queries;
	} rows[] = {{"/api/livez", " queries=0 "},
		    /* Two for as many profiles as there are. */
		    {"/api/health", " queries=3 "},
		    /* And when that was measured. */
		    {"/api/v1/gpu/utilization", " queries=2 "},
		    {"/api/v1/gpu/nodes", " queries=2 "},
		    {"/api/v1/gpu/metrics", " queries=2 "}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *line = log_line_of(rows[i].path);

		CU_ASSERT_PTR_NOT_NULL(strstr(line, rows[i].queries));
		free(line);
	}
}

/* logfmt, in this order: what dashboards and people read. */
static void
one_log_line_for_each_request(void)
{
	char *line = log_line_of("/api/livez"), level[8], path[32];
	int status = 0, queries = -1, bytes = 0;
	double duration_ms = -1, queued_ms = -1;

	CU_ASSERT_EQUAL(sscanf(line,
			       "time=%*s level=%7s msg=request request_id=%*s "
			       "method=GET path=%31s status=%d duration_ms=%lf "
			       "queued_ms=%lf queries=%d bytes=%d",
			       level, path, &status, &duration_ms, &queued_ms,
			       &queries, &bytes),
			7);
	SUITE_EQUAL(level, "info");
	SUITE_EQUAL(path, "/api/livez");
	CU_ASSERT_EQUAL(status, 200);
	CU_ASSERT_TRUE(duration_ms >= 0);
	CU_ASSERT_TRUE(queued_ms >= 0);
	CU_ASSERT_EQUAL(queries, 0);
	CU_ASSERT_TRUE(bytes > 100);
	free(line);
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "12", "--gpus", "2",
					   NULL};
	static const struct suite_test tests[] = {
	    {"metrics: every value of every GPU", metrics_of_each_gpu},
	    {"metrics: a row is as documented", metrics_row_is_as_documented},
	    {"nodes: every node with its aggregates", nodes_with_aggregates},
	    {"nodes: node-2 stands before node-10", nodes_are_in_natural_order},
	    {"utilization: every GPU", utilization_of_each_gpu},
	    {"health: names the exporter and its GPUs",
	     health_names_the_exporter},
	    {"livez: says alive", livez_says_alive},
	    {"each endpoint asks no more than it needs",
	     each_endpoint_asks_what_it_needs},
	    {"one log line for each request", one_log_line_for_each_request},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_wait_series(&prometheus, NODES * GPUS * FLEET_METRIC__MAX);
	responder_start(&responder, prometheus.url, NULL);
	nginx_start_plain(&nginx, responder.socket);
	return suite_run("endpoints", tests);
}
