/*
 * Answers of Prometheus that are unusual but right, or right in part: as much
 * as possible becomes an answer, and warnings say what is missing.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/file.h"
#include "support/fleet_expect.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define METRICS	    "/api/v1/gpu/metrics"
#define NODES	    "/api/v1/gpu/nodes"
#define UTILIZATION "/api/v1/gpu/utilization"

static const struct fleet_expect fleet = {.nodes = 2, .gpus = 2};

/* All of that fleet was there a moment ago. */
#define MISSING_ON(node)                                                       \
	"\"GPUs missing on " node ", silent for less than ten minutes: 0, 1\""
#define ALL_MISSING MISSING_ON("node-1") "," MISSING_ON("node-2")
static struct source fake;
static struct responder responder, hasty_responder;
static struct nginx nginx, hasty_nginx;
/* The default deadline, but for the test of what is slow. */
static const struct nginx *used = &nginx;

static void
get(struct http_reply *r, const char *behaviour, const char *path)
{
	source_set_fake(&fake, behaviour);
	http_get(r, nginx_url(used, path));
	source_set_fake(&fake, "ok");
}

static void
expect_text(const char *behaviour, const char *path, const char *text)
{
	struct http_reply r;

	get(&r, behaviour, path);
	body_expect(&r, text, BODY_ANY_TIME);
	http_free(&r);
}

static void
expect_metrics(const char *behaviour, const struct fleet_expect *expected)
{
	char *text = fleet_expect_metrics(expected);

	expect_text(behaviour, METRICS, text);
	free(text);
}

/* The rows of /utilization for four values, and warnings or "". */
static void
expect_utilization(const char *behaviour, const char *const values[4],
		   const char *warnings)
{
	char text[2048], *at = text;

	at += sprintf(at, "{\"success\":true,\"data\":[");
	for (unsigned i = 0; i < 4; i++)
		at += sprintf(at,
			      "%s{\"node_name\":\"node-%u\",\"gpu_index\":%u,"
			      "\"utilization\":%s,\"timestamp\":\"T\","
			      "\"mig_instance_id\":null,\"uuid\":null,"
			      "\"cluster\":null,\"measured_at\":\"T\"}",
			      i > 0 ? "," : "", i / 2 + 1, i % 2, values[i]);
	sprintf(at,
		"],\"message\":\"GPU utilization retrieved successfully\","
		"\"error\":null%s}",
		warnings);
	expect_text(behaviour, UTILIZATION, text);
}

static void
correct(void)
{
	expect_metrics("ok", &fleet);
	expect_metrics("chunked", &fleet);
	expect_metrics("key_order", &fleet);
	expect_metrics("drip&ms=0", &fleet);
}

/* The time is Prometheus', not this machine's. */
static void
time_of_prometheus(void)
{
	struct http_reply r;

	get(&r, "ok", UTILIZATION);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(r.body, "\"timestamp\":\"2026-01-01T00:00:00.500Z\""));
	http_free(&r);
}

static void
no_series(void)
{
	expect_metrics("empty",
		       &(struct fleet_expect){.nodes = 0,
					      .warnings = "[" ALL_MISSING "]"});
	expect_text("empty", NODES,
		    "{\"success\":true,\"data\":[],\"message\":"
		    "\"GPU nodes retrieved successfully\",\"error\":null,"
		    "\"warnings\":[" ALL_MISSING "]}");
}

/* The same from all eight queries: once. */
static void
warnings_are_passed_on(void)
{
	struct fleet_expect warned = fleet;

	warned.warnings = "[\"partial response: store-7 unavailable\"]";
	expect_metrics("warnings", &warned);
}

static void
infos_are_not_warnings(void)
{
	expect_metrics("infos", &fleet);
}

/* What stays is not touched by what comes and goes. */
static void
fleet_that_changes(void)
{
	char *expected = fleet_expect_metrics(&fleet), *last = expected;
	size_t length;

	for (int row = 0; row < 4; row++)
		last = strstr(last + 1, "{\"node_name\"");
	length = (size_t)(last - 1 - expected);
	for (int i = 0; i < 20; i++) {
		struct http_reply r;
		char *masked;

		get(&r, "changing", METRICS);
		CU_ASSERT_EQUAL(r.status, 200);
		CU_ASSERT_TRUE(body_is_json(r.body, r.length));
		masked = body_mask(r.body, BODY_ANY_TIME);
		CU_ASSERT_EQUAL(strncmp(masked, expected, length), 0);
		free(masked);
		http_free(&r);
	}
	free(expected);
}

static void
not_a_number(void)
{
	static const char *const values[] = {"null", "null", "null", "63"};

	expect_utilization("nan", values, "");
}

static void
greatest_of_duplicates(void)
{
	static const char *const values[] = {"18", "47", "35", "64"};

	expect_utilization("duplicates", values, "");
}

static void
series_of_nobody(void)
{
	static const char text[] =
	    "{\"success\":true,\"data\":[],\"message\":"
	    "\"GPU utilization retrieved successfully\",\"error\":null,"
	    "\"warnings\":[\"4 series of nvidia_gpu_utilization_percent do "
	    "not tell which GPU they are of\"," ALL_MISSING "]}";

	expect_text("no_labels", UTILIZATION, text);
	expect_text("bad_index", UTILIZATION, text);
}

static void
long_label(void)
{
	struct http_reply r;

	get(&r, "huge_label", METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_TRUE(r.length > 1 << 20);
	CU_ASSERT_TRUE(body_is_json(r.body, r.length));
	http_free(&r);
}

/* One node's name begins so; nothing of it may act in a browser or a log. */
static void
hostile_labels(void)
{
	static const char row[] = "{\"node_name\":\"node\\\"\\\\\\n\\u003c/"
				  "script\\u003e\\u001b[31m";
	struct http_reply r;
	char *line;
	size_t raw = 0;

	get(&r, "hostile_labels", METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_TRUE(body_is_json(r.body, r.length));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.body, row));
	CU_ASSERT_PTR_NULL(strchr(r.body, '<'));
	CU_ASSERT_PTR_NULL(http_header(&r, "Set-Cookie"));
	for (size_t i = 0; i < r.length; i++)
		raw += (unsigned char)r.body[i] < 0x20;
	CU_ASSERT_EQUAL(raw, 0);
	line = responder_log_line(&responder, http_header(&r, "X-Request-Id"));
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	http_free(&r);
}

static void
expect_without(enum fleet_metric metric, const char *failure,
	       const char *warnings)
{
	struct fleet_expect holed = fleet;
	char behaviour[128];

	holed.has_hole = true;
	holed.hole_metric = metric;
	holed.warnings = warnings;
	snprintf(behaviour, sizeof(behaviour), "%s&metric=%s", failure,
		 fleet_metric_name(metric));
	expect_metrics(behaviour, &holed);
}

/* Null there, the rest right, and a warning. */
static void
optional_metric_fails(void)
{
	expect_without(FLEET_TEMPERATURE, "status_422",
		       "[\"The query for temperature failed (upstream)\"]");
	expect_without(FLEET_POWER_DRAW, "reset",
		       "[\"The query for power_draw failed (upstream)\"]");
}

static void
optional_metric_is_slow(void)
{
	used = &hasty_nginx;
	expect_without(FLEET_POWER_LIMIT, "slow_header",
		       "[\"The query for power_limit failed (timeout)\"]");
	used = &nginx;
}

/* The details of a warning are in the log, under the request's id. */
static void
optional_failure_is_logged(void)
{
	char text[128], *line;
	struct http_reply r;

	get(&r, "status_500&metric=nvidia_gpu_temperature_celsius", NODES);
	CU_ASSERT_EQUAL(r.status, 200);
	snprintf(text, sizeof(text), " msg=query request_id=%s ",
		 http_header(&r, "X-Request-Id"));
	line = file_wait_line(responder.process->log, " level=warn ", text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, "promql=\"nvidia_gpu_temperature_celsius{"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "answered 500"));
	free(line);
	http_free(&r);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"chunks, single bytes, other orders of keys", correct},
	    {"timestamps are Prometheus' own", time_of_prometheus},
	    {"no series: []", no_series},
	    {"warnings are passed on, once", warnings_are_passed_on},
	    {"infos are no warnings", infos_are_not_warnings},
	    {"a fleet that changes between two queries", fleet_that_changes},
	    {"NaN and infinities: null", not_a_number},
	    {"duplicate series: the greatest value", greatest_of_duplicates},
	    {"series without node or index: left out, with a warning",
	     series_of_nobody},
	    {"a label of 1 MB", long_label},
	    {"labels full of quotes, markup and escapes", hostile_labels},
	    {"an optional metric that fails: null and a warning",
	     optional_metric_fails},
	    {"an optional metric that is too slow: the same",
	     optional_metric_is_slow},
	    {"an optional metric that fails: the reason is logged",
	     optional_failure_is_logged},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	static const char *const settings[] = {"REQUEST_TIMEOUT_MS=3000", NULL};

	harness_start();
	source_start_fake(&fake, NULL);
	responder_start(&responder, fake.url, NULL);
	responder_start(&hasty_responder, fake.url, settings);
	nginx_start_plain(&hasty_nginx, hasty_responder.socket);
	nginx_start_plain(&nginx, responder.socket);
	return suite_run("answers", tests);
}
