/* /api/health and /api/livez: what changes is replaced by a placeholder. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/golden.h"
#include "support/suite.h"

#define COUNTED                                                                \
	"label_replace(count(count by "                                        \
	"(cluster,node,hostname,gpu,gpu_id,instance) ("                        \
	"nvidia_gpu_utilization_percent)),\"exporter\","                       \
	"\"nvidia-gpu-list-exporter\",\"\",\"\")"
#define BOTH_COUNTED                                                           \
	"label_replace(count(count by (cluster,host,slot,instance) ("          \
	"rack_gpu_busy_ratio{slot!=\"\"})),\"exporter\",\"rack-exporter\","    \
	"\"\",\"\") or label_replace(count(count by "                          \
	"(cluster,node,gpu,instance) ("                                        \
	"{__name__=~\"bench_gpu_celsius|bench:gpu:busy\"})),\"exporter\","     \
	"\"bench-exporter\",\"\",\"\")"
#define DATED                                                                  \
	"label_replace(min(timestamp(nvidia_gpu_utilization_percent)),"        \
	"\"exporter\",\"nvidia-gpu-list-exporter\",\"\",\"\")"
#define BOTH_DATED                                                             \
	"label_replace(min(timestamp(rack_gpu_busy_ratio{slot!=\"\"})),"       \
	"\"exporter\",\"rack-exporter\",\"\",\"\") or label_replace(min("      \
	"timestamp(bench_gpu_celsius) or timestamp(bench:gpu:busy)),"          \
	"\"exporter\",\"bench-exporter\",\"\",\"\")"
#define FOUND(exporter, value)                                                 \
	CANNED_SERIES(CANNED_LABEL("exporter", exporter), "1700000000", value)

static struct canned_call call;
static char text[4096];

static void
answer(const char *profiles, const struct canned_answer *answers,
       const struct endpoint *endpoint, enum err_code expected)
{
	canned_call_init(&call, profiles, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_answer(&call, endpoint, 1 << 16), expected);
	CU_ASSERT_TRUE_FATAL(call.body.length < sizeof(text));
	memcpy(text, call.body.data, call.body.length);
	text[call.body.length] = '\0';
	canned_call_fini(&call);
}

/*
 * Replaces the value behind the key, which has to consist of these characters
 * only, by the placeholder.
 */
static void
replace(const char *key, const char *allowed, const char *placeholder)
{
	char *value = strstr(text, key), rest[sizeof(text)];
	size_t length;

	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	value += strlen(key);
	length = strspn(value, allowed);
	CU_ASSERT_TRUE(length > 0);
	strcpy(rest, value + length);
	strcpy(value, placeholder);
	strcat(value, rest);
}

static void
replace_what_changes(void)
{
	/* "2026-01-02T03:04:05.678Z" */
	replace("\"timestamp\":\"", "0123456789-T:.Z", "TIME");
	replace("\"version\":\"" PACKAGE_VERSION, "\"", "\"");
	replace("\"version\":\"", "0123456789.", "VERSION");
}

static void
is_alive_without_prometheus(void)
{
	static const struct canned_answer answers[] = {
	    {COUNTED, NULL, ERR_PROM, "refused"}, {NULL, NULL, ERR_OK, NULL}};

	answer(CANNED_ONE, answers, &endpoint_livez, ERR_OK);
	SUITE_EQUAL(canned_pool_asked(), "");
	CU_ASSERT_EQUAL(call.call.collect.query_count, 0);
	replace_what_changes();
	GOLDEN_EQUAL("api/livez.json", text, strlen(text));
}

static void
is_healthy_with_prometheus(void)
{
	static const struct canned_answer one[] = {
	    {COUNTED, CANNED_VECTOR(FOUND("nvidia-gpu-list-exporter", "10000")),
	     ERR_OK, NULL},
	    {DATED,
	     CANNED_VECTOR(FOUND("nvidia-gpu-list-exporter", "1699999985.25")),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const struct canned_answer in_part[] = {
	    {COUNTED, CANNED_PARTIAL(FOUND("nvidia-gpu-list-exporter", "3")),
	     ERR_OK, NULL},
	    {DATED, NULL, ERR_TIMEOUT, "took too long"},
	    {NULL, NULL, ERR_OK, NULL}};
	static const struct canned_answer several[] = {
	    {BOTH_COUNTED,
	     CANNED_VECTOR(
		 FOUND("bench-exporter", "4") "," FOUND("rack-exporter", "3")),
	     ERR_OK, NULL},
	    {BOTH_DATED,
	     CANNED_VECTOR(FOUND("rack-exporter", "1699999940") "," FOUND(
		 "bench-exporter", "1699999999")),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const struct {
		const char *golden, *profiles;
		const struct canned_answer *answers;
		const char *asked;
	} cases[] = {
	    {"api/health.json", CANNED_ONE, one, COUNTED " " DATED},
	    /* No GPU is no reason to be unhealthy. */
	    {"api/health_empty.json", CANNED_ONE, NULL, COUNTED},
	    {"api/health_in_part.json", CANNED_ONE, in_part, COUNTED " " DATED},
	    {"api/health_several.json", CANNED_SEVERAL, several,
	     BOTH_COUNTED " " BOTH_DATED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		answer(cases[i].profiles, cases[i].answers, &endpoint_health,
		       ERR_OK);
		SUITE_EQUAL(canned_pool_asked(), cases[i].asked);
		replace_what_changes();
		replace("\"prometheus_latency_ms\":", "0123456789.", "0");
		GOLDEN_EQUAL(cases[i].golden, text, strlen(text));
	}
}

static void
is_unhealthy_without_prometheus(void)
{
	static const enum err_code codes[] = {ERR_PROM, ERR_TIMEOUT,
					      ERR_NOT_READY};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct canned_answer answers[] = {
		    {COUNTED, NULL, codes[i], "http://10.0.0.1:9090"},
		    {NULL, NULL, ERR_OK, NULL}};

		answer(CANNED_ONE, answers, &endpoint_health, ERR_NOT_READY);
		/* What it was stays in the log. */
		SUITE_EQUAL(call.err.text, "http://10.0.0.1:9090");
		GOLDEN_EQUAL("api/health_failed.json", text, strlen(text));
	}
}

/* What the settings forbid is not Prometheus' fault, and says so. */
static void
says_what_the_settings_forbid(void)
{
	static const enum err_code codes[] = {ERR_TOO_BIG, ERR_MEMORY};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct canned_answer answers[] = {
		    {COUNTED, NULL, codes[i], "MAX_X sets this limit"},
		    {NULL, NULL, ERR_OK, NULL}};

		answer(CANNED_ONE, answers, &endpoint_health, codes[i]);
		SUITE_EQUAL(text,
			    "{\"success\":false,\"data\":null,\"message\":null,"
			    "\"error\":\"MAX_X sets this limit\"}");
	}
}

static void
is_unhealthy_with_a_broken_answer(void)
{
	static const char *const bodies[] = {"", "<html></html>",
					     "{\"status\":\"success\"}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct canned_answer answers[] = {
		    {COUNTED, bodies[i], ERR_OK, NULL},
		    {NULL, NULL, ERR_OK, NULL}};

		answer(CANNED_ONE, answers, &endpoint_health, ERR_NOT_READY);
		GOLDEN_EQUAL("api/health_failed.json", text, strlen(text));
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"is alive without Prometheus", is_alive_without_prometheus},
	    {"is healthy with Prometheus", is_healthy_with_prometheus},
	    {"is unhealthy without Prometheus",
	     is_unhealthy_without_prometheus},
	    {"says what the settings forbid", says_what_the_settings_forbid},
	    {"is unhealthy with a broken answer",
	     is_unhealthy_with_a_broken_answer},
	    {NULL, NULL}};

	return suite_run("health", tests);
}
