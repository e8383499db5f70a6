/* collect: which queries are asked, and what becomes of their answers. */
#include "gpu/collect/collect.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

#define UTILIZATION "nvidia_gpu_utilization_percent"
#define USED	    "nvidia_gpu_used_memory_bytes"
#define TOTAL	    "nvidia_gpu_total_memory_bytes"
#define FREE	    "nvidia_gpu_free_memory_bytes"
/* What is of one moment is asked together. */
#define MEMORY	    "{__name__=~\"" USED "|" FREE "\"} " TOTAL
#define TEMPERATURE "nvidia_gpu_temperature_celsius"
#define POWER_DRAW  "nvidia_gpu_power_draw_watts"
#define POWER_LIMIT "nvidia_gpu_power_limit_watts"
#define CONTROLLER  "nvidia_gpu_memory_utilization_percent"

/* When all of that was measured. */
#define MEASURED "timestamp(" UTILIZATION ")"

#define ONE_GPU(value)                                                         \
	CANNED_SERIES(CANNED_GPU("a", "0", "A100"), "1700000000", value)

static struct canned_call call;

static enum err_code
collect(const struct canned_answer *answers, const struct endpoint *endpoint)
{
	canned_call_init(&call, CANNED_ONE, answers, CANNED_AMPLE_BYTES);
	return canned_call_collect(&call, endpoint);
}

static void
check_warnings(const char *const *expected, size_t count)
{
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, count);
	for (size_t i = 0; i < count; i++)
		SUITE_EQUAL(call.call.collect.warnings[i], expected[i]);
}

/* Queries end at the deadline; what comes then must as well. */
static void
ends_at_its_deadline(void)
{
	canned_call_init(&call, CANNED_ONE, NULL, CANNED_AMPLE_BYTES);
	call.call.collect.deadline_ms = clock_now_ms() - 60000;
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics),
			ERR_TIMEOUT);
	SUITE_EQUAL(call.err.text, "no time was left to join the answers");
	canned_call_fini(&call);
}

/* Of the utilization alone, with that answer: which queries it takes. */
static void
expect_narrow(const char *utilization, const char *asked)
{
	const struct plan_need need = {.required = FIELD_BIT(FIELD_UTILIZATION),
				       .without_times = true,
				       .of_copies = &endpoint_metrics.need};
	const struct canned_answer answers[] = {
	    {UTILIZATION, utilization, ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	canned_call_init(&call, CANNED_ONE, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(collect_fleet(&call.collector, &need,
				      &call.call.collect, &call.fleet,
				      &call.err),
			ERR_OK);
	SUITE_EQUAL(canned_pool_asked(), asked);
	CU_ASSERT_EQUAL(call.fleet.count, 1);
	check_warnings(NULL, 0);
	canned_call_fini(&call);
}

/* Which of two copies counts is decided by all that is known of them. */
static void
asks_all_of_copies(void)
{
#define COPY(replica, value)                                                   \
	CANNED_SERIES(                                                         \
	    CANNED_GPU("a", "0", "A100") "," CANNED_LABEL("replica", replica), \
	    "1700000000", value)
	expect_narrow(CANNED_VECTOR(ONE_GPU("7")), UTILIZATION);
	expect_narrow(CANNED_VECTOR(COPY("a", "7") "," COPY("b", "8")),
		      UTILIZATION " " MEASURED " " UTILIZATION " " MEMORY
				  " " TEMPERATURE " " POWER_DRAW " " POWER_LIMIT
				  " " CONTROLLER);
#undef COPY
}

static void
asks_what_an_endpoint_needs(void)
{
	static const struct {
		const struct endpoint *endpoint;
		const char *asked;
		size_t count;
	} cases[] = {
	    {&endpoint_metrics,
	     MEASURED " " UTILIZATION " " MEMORY " " TEMPERATURE " " POWER_DRAW
		      " " POWER_LIMIT " " CONTROLLER,
	     8},
	    {&endpoint_nodes,
	     MEASURED " " UTILIZATION " " MEMORY " " TEMPERATURE " " POWER_DRAW,
	     6},
	    {&endpoint_utilization, MEASURED " " UTILIZATION, 2},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(collect(NULL, cases[i].endpoint), ERR_OK);
		SUITE_EQUAL(canned_pool_asked(), cases[i].asked);
		CU_ASSERT_EQUAL(call.call.collect.query_count, cases[i].count);
		CU_ASSERT_EQUAL(canned_pool_deadline_ms(), CANNED_DEADLINE_MS);
		CU_ASSERT_EQUAL(call.fleet.count, 0);
		check_warnings(NULL, 0);
		canned_call_fini(&call);
	}
}

static void
joins_the_answers(void)
{
	static const struct canned_answer answers[] = {
	    {UTILIZATION, CANNED_VECTOR(ONE_GPU("10")), ERR_OK, NULL},
	    {USED, CANNED_VECTOR(ONE_GPU("30")), ERR_OK, NULL},
	    {TOTAL, CANNED_VECTOR(ONE_GPU("40")), ERR_OK, NULL},
	    {CONTROLLER, CANNED_VECTOR(ONE_GPU("7")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	const struct fleet_gpu *gpu;

	CU_ASSERT_EQUAL_FATAL(collect(answers, &endpoint_metrics), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 1);
	gpu = call.fleet.sorted[0];
	CU_ASSERT_EQUAL(fleet_value(gpu, FIELD_UTILIZATION), 10);
	CU_ASSERT_EQUAL(fleet_value(gpu, FIELD_MEMORY_FREE), 10);
	CU_ASSERT_EQUAL(fleet_value(gpu, FIELD_MEMORY_UTILIZATION), 75);
	CU_ASSERT_EQUAL(fleet_value(gpu, FIELD_MEMORY_CONTROLLER_UTILIZATION),
			7);
	CU_ASSERT_TRUE(isnan(fleet_value(gpu, FIELD_TEMPERATURE)));
	check_warnings(NULL, 0);
	canned_call_fini(&call);
}

static void
fails_with_a_required_metric(void)
{
	static const struct {
		enum err_code code;
		const char *detail;
	} failures[] = {{ERR_PROM, "connection refused"},
			{ERR_TIMEOUT, "no answer within 10 ms"},
			{ERR_NOT_READY, "Prometheus is starting"},
			{ERR_TOO_BIG, "too many bytes"},
			{ERR_MEMORY, "out of memory"}};
	static const char *const required[] = {UTILIZATION, USED, TOTAL};

	for (size_t i = 0; i < 15; i++) {
		struct canned_answer answers[] = {
		    {required[i % 3], CANNED_VECTOR(ONE_GPU("1")),
		     failures[i / 3].code, failures[i / 3].detail},
		    {NULL, NULL, ERR_OK, NULL}};

		CU_ASSERT_EQUAL(collect(answers, &endpoint_metrics),
				failures[i / 3].code);
		CU_ASSERT_EQUAL(call.err.code, failures[i / 3].code);
		SUITE_EQUAL(call.err.text, failures[i / 3].detail);
		CU_ASSERT_EQUAL(call.call.collect.query_count, 8);
		canned_call_fini(&call);
	}
}

/* The answer is complete only if it says so. */
static void
fails_with_a_broken_answer(void)
{
	static const struct {
		const char *body, *text;
		enum err_code code;
	} cases[] = {
	    {"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\"",
	     "Prometheus' answer is cut off", ERR_PROM},
	    {"", "Prometheus' answer is cut off", ERR_PROM},
	    {"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","
	     "\"result\":[]}}",
	     "Prometheus answered a matrix, not a vector", ERR_PROM},
	    {"{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"x\"}",
	     "Prometheus answered an error: timeout: x", ERR_TIMEOUT},
	    {"{\"status\":\"error\",\"errorType\":\"execution\",\"error\":"
	     "\"y\"}",
	     "Prometheus answered an error: execution: y", ERR_PROM},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct canned_answer answers[] = {
		    {UTILIZATION, cases[i].body, ERR_OK, NULL},
		    {NULL, NULL, ERR_OK, NULL}};

		CU_ASSERT_EQUAL(collect(answers, &endpoint_utilization),
				cases[i].code);
		SUITE_EQUAL(call.err.text, cases[i].text);
		canned_call_fini(&call);
	}
}

static void
limits_the_series_of_a_metric(void)
{
	static const struct canned_answer answers[] = {
	    {UTILIZATION, CANNED_VECTOR(ONE_GPU("1") "," ONE_GPU("2")), ERR_OK,
	     NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	canned_call_init(&call, CANNED_ONE, answers, CANNED_AMPLE_BYTES);
	call.collector.max_series = 1;
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_TOO_BIG);
	SUITE_EQUAL(call.err.text, "One metric has more than 1 series; "
				   "MAX_SERIES sets this limit");
	canned_call_fini(&call);
}

static void
warns_of_an_optional_metric(void)
{
	static const struct canned_answer answers[] = {
	    {UTILIZATION, CANNED_VECTOR(ONE_GPU("10")), ERR_OK, NULL},
	    {POWER_LIMIT, NULL, ERR_TIMEOUT, "too slow"},
	    {TEMPERATURE, CANNED_VECTOR(ONE_GPU("50")), ERR_PROM,
	     "reset by http://10.1.2.3:9090"},
	    {POWER_DRAW, "<html>", ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const char *const warnings[] = {
	    "The query for temperature failed (upstream)",
	    "The query for power_draw failed (upstream)",
	    "The query for power_limit failed (timeout)"};
	const char *log;

	capture_start();
	CU_ASSERT_EQUAL(collect(answers, &endpoint_metrics), ERR_OK);
	log = capture_end();
	check_warnings(warnings, 3);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 1);
	CU_ASSERT_EQUAL(fleet_value(call.fleet.sorted[0], FIELD_UTILIZATION),
			10);
	/* Half an answer is none. */
	CU_ASSERT_TRUE(
	    isnan(fleet_value(call.fleet.sorted[0], FIELD_TEMPERATURE)));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(log, " level=warn msg=query request_id=test-1 "
			"promql=" POWER_LIMIT " duration_ms=0.000 bytes=0 "
			"error=timeout detail=\"too slow\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "error=upstream detail=\"reset by "
					   "http://10.1.2.3:9090\"\n"));
	canned_call_fini(&call);
}

static void
logs_queries_at_debug(void)
{
	const char *log;

	log_set_level(LOG_DEBUG);
	capture_start();
	CU_ASSERT_EQUAL(collect(NULL, &endpoint_utilization), ERR_OK);
	log = capture_end();
	log_set_level(LOG_INFO);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(log, " level=debug msg=query request_id=test-1 "
			"promql=" UTILIZATION " duration_ms="));
	canned_call_fini(&call);
	capture_start();
	CU_ASSERT_EQUAL(collect(NULL, &endpoint_utilization), ERR_OK);
	SUITE_EQUAL(capture_end(), "");
	canned_call_fini(&call);
}

static void
passes_warnings_on_once(void)
{
	static const struct canned_answer answers[] = {
	    {UTILIZATION,
	     CANNED_WARNING("\"store 1 is down\",\"partial\"", ONE_GPU("1")),
	     ERR_OK, NULL},
	    {USED, CANNED_WARNING("\"store 1 is down\"", ""), ERR_OK, NULL},
	    {TOTAL, CANNED_WARNING("\"store 2 is down\"", ""), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const char *const warnings[] = {"store 1 is down", "partial",
					       "store 2 is down"};

	CU_ASSERT_EQUAL(collect(answers, &endpoint_metrics), ERR_OK);
	check_warnings(warnings, 3);
	canned_call_fini(&call);
}

static void
keeps_sixteen_warnings(void)
{
#define TEN(n)                                                                 \
	"\"" n "0\",\"" n "1\",\"" n "2\",\"" n "3\",\"" n "4\",\"" n          \
	"5\",\"" n "6\",\"" n "7\",\"" n "8\",\"" n "9\""
	static const struct canned_answer answers[] = {
	    {UTILIZATION, CANNED_WARNING(TEN("a"), ""), ERR_OK, NULL},
	    {USED, CANNED_WARNING(TEN("b"), ""), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	CU_ASSERT_EQUAL(collect(answers, &endpoint_metrics), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count,
			      CALL_WARNINGS_MAX);
	SUITE_EQUAL(call.call.collect.warnings[0], "a0");
	SUITE_EQUAL(call.call.collect.warnings[15], "b5");
	canned_call_fini(&call);
}

static void
warns_of_series_without_labels(void)
{
	static const struct canned_answer answers[] = {
	    {UTILIZATION,
	     CANNED_VECTOR(CANNED_SERIES("", "1", "1") "," ONE_GPU(
		 "2") "," CANNED_SERIES("\"node\":\"a\"", "1", "3")),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const char *const warnings[] = {
	    "2 series of " UTILIZATION " do not tell which GPU they are of"};

	CU_ASSERT_EQUAL(collect(answers, &endpoint_utilization), ERR_OK);
	check_warnings(warnings, 1);
	CU_ASSERT_EQUAL(call.fleet.count, 1);
	canned_call_fini(&call);
}

static void
fails_when_the_budget_is_spent(void)
{
	static const struct canned_answer answers[] = {
	    {UTILIZATION, CANNED_VECTOR(ONE_GPU("1")), ERR_OK, NULL},
	    {TEMPERATURE, CANNED_VECTOR(ONE_GPU("2")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	size_t bytes = 0, failures = 0;
	enum err_code code;

	capture_start();
	do {
		canned_call_init(&call, CANNED_ONE, answers, bytes);
		code = canned_call_collect(&call, &endpoint_metrics);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		canned_call_fini(&call);
		CU_ASSERT_EQUAL(call.budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 512;
	} while (code != ERR_OK && bytes < CANNED_AMPLE_BYTES);
	capture_end();
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks what an endpoint needs", asks_what_an_endpoint_needs},
	    {"asks all of copies", asks_all_of_copies},
	    {"ends at its deadline", ends_at_its_deadline},
	    {"joins the answers", joins_the_answers},
	    {"fails with a required metric", fails_with_a_required_metric},
	    {"fails with a broken answer", fails_with_a_broken_answer},
	    {"limits the series of a metric", limits_the_series_of_a_metric},
	    {"warns of an optional metric", warns_of_an_optional_metric},
	    {"logs queries at debug", logs_queries_at_debug},
	    {"passes warnings on once", passes_warnings_on_once},
	    {"keeps sixteen warnings", keeps_sixteen_warnings},
	    {"warns of series without labels", warns_of_series_without_labels},
	    {"fails when the budget is spent", fails_when_the_budget_is_spent},
	    {NULL, NULL}};

	return suite_run("collect", tests);
}
