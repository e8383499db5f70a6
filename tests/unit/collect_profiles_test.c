/* collect: several exporters at once, and how many GPUs each reports. */
#include "gpu/collect.h"

#include <CUnit/CUnit.h>
#include <math.h>

#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

#define RACK(node, value)                                                      \
	CANNED_VECTOR(CANNED_SERIES(                                           \
	    CANNED_LABEL("host", node) "," CANNED_LABEL(                       \
		"slot", "0") "," CANNED_LABEL("product", "MI300X"),            \
	    "1700000000", value))
#define BENCH(node, value)                                                     \
	CANNED_VECTOR(CANNED_SERIES(                                           \
	    CANNED_LABEL("node", node) "," CANNED_LABEL("gpu", "0"),           \
	    "1700000001", value))
#define COUNT(value) CANNED_VECTOR(CANNED_SERIES("", "1700000000", value))

static struct canned_call call;

static void
start(const char *profiles, const struct canned_answer *answers)
{
	canned_call_init(&call, profiles, answers, CANNED_AMPLE_BYTES);
}

static void
asks_every_exporter(void)
{
	start(CANNED_SEVERAL, NULL);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	/* Each only for what it has: field by field, file by file. */
	SUITE_EQUAL(canned_pool_asked(),
		    "rack_gpu_busy_ratio rack_gpu_memory_used_mib "
		    "rack_gpu_memory_mib rack_gpu_power_milliwatts "
		    "bench:gpu:busy bench_gpu_celsius");
	CU_ASSERT_EQUAL(call.call.collect.query_count, 6);
	canned_call_fini(&call);
	start(CANNED_SEVERAL, NULL);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_OK);
	SUITE_EQUAL(canned_pool_asked(), "rack_gpu_busy_ratio bench:gpu:busy");
	canned_call_fini(&call);
}

static void
joins_every_exporter(void)
{
	static const struct canned_answer answers[] = {
	    {"rack_gpu_busy_ratio", RACK("b", "0.5"), ERR_OK, NULL},
	    {"rack_gpu_memory_used_mib", RACK("b", "256"), ERR_OK, NULL},
	    {"rack_gpu_memory_mib", RACK("b", "1024"), ERR_OK, NULL},
	    {"rack_gpu_power_milliwatts", RACK("b", "250000"), ERR_OK, NULL},
	    {"bench:gpu:busy", BENCH("a", "30"), ERR_OK, NULL},
	    {"bench_gpu_celsius", BENCH("b", "61"), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	const struct fleet_gpu *a, *b;

	start(CANNED_SEVERAL, answers);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 2);
	a = call.fleet.sorted[0];
	b = call.fleet.sorted[1];
	SUITE_EQUAL(a->node, "a");
	CU_ASSERT_PTR_NULL(a->model);
	CU_ASSERT_EQUAL(fleet_value(a, FIELD_UTILIZATION), 30);
	CU_ASSERT_TRUE(isnan(fleet_value(a, FIELD_TEMPERATURE)));
	SUITE_EQUAL(b->node, "b");
	SUITE_EQUAL(b->model, "MI300X");
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_UTILIZATION), 50);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_MEMORY_USED), 268435456);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_MEMORY_UTILIZATION), 25);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_POWER_DRAW), 250);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_TEMPERATURE), 61);
	CU_ASSERT_EQUAL(b->timestamp_s, 1700000001);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	canned_call_fini(&call);
}

/* The profile may say that the exporter does well without it. */
static void
lets_a_profile_make_a_metric_optional(void)
{
	static const struct canned_answer fails[] = {
	    {"rack_gpu_busy_ratio", RACK("b", "0.5"), ERR_OK, NULL},
	    {"bench:gpu:busy", NULL, ERR_UPSTREAM, "reset"},
	    {NULL, NULL, ERR_OK, NULL}};
	static const struct canned_answer required_fails[] = {
	    {"rack_gpu_busy_ratio", NULL, ERR_UPSTREAM, "refused"},
	    {"bench:gpu:busy", BENCH("a", "30"), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	start(CANNED_SEVERAL, fails);
	capture_start();
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_OK);
	capture_end();
	CU_ASSERT_EQUAL(call.fleet.count, 1);
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, 1);
	SUITE_EQUAL(call.call.collect.warnings[0],
		    "The query for utilization failed (upstream)");
	canned_call_fini(&call);
	start(CANNED_SEVERAL, required_fails);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_UPSTREAM);
	SUITE_EQUAL(call.err.text, "refused");
	canned_call_fini(&call);
}

/* Both exporters' metrics of one field fail for the same reason. */
static void
warns_once_of_one_field(void)
{
	static const struct canned_answer answers[] = {
	    {"rack_gpu_power_milliwatts", NULL, ERR_UPSTREAM, "reset"},
	    {"bench_gpu_celsius", NULL, ERR_UPSTREAM, "reset"},
	    {"bench:gpu:busy", NULL, ERR_UPSTREAM, "reset"},
	    {NULL, NULL, ERR_OK, NULL}};

	start(CANNED_SEVERAL, answers);
	capture_start();
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	capture_end();
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 3);
	canned_call_fini(&call);
}

static void
counts_the_gpus_of_each_exporter(void)
{
	static const struct {
		const char *rack, *bench;
		uint64_t rack_count, bench_count;
	} cases[] = {
	    {COUNT("10000"), COUNT("6"), 10000, 6},
	    {COUNT("1"), CANNED_VECTOR(""), 1, 0},
	    {CANNED_VECTOR(""), CANNED_VECTOR(""), 0, 0},
	    {COUNT("NaN"), COUNT("-1"), 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct canned_answer answers[] = {
		    {"count(rack_gpu_busy_ratio)", cases[i].rack, ERR_OK, NULL},
		    {"count(bench:gpu:busy)", cases[i].bench, ERR_OK, NULL},
		    {NULL, NULL, ERR_OK, NULL}};
		struct collect_seen *seen;

		start(CANNED_SEVERAL, answers);
		CU_ASSERT_EQUAL_FATAL(collect_seen(&call.collector,
						   &call.call.collect, &seen,
						   &call.err),
				      ERR_OK);
		SUITE_EQUAL(canned_pool_asked(), "count(rack_gpu_busy_ratio) "
						 "count(bench:gpu:busy)");
		CU_ASSERT_EQUAL(call.call.collect.query_count, 2);
		SUITE_EQUAL(seen[0].exporter, "rack-exporter");
		CU_ASSERT_EQUAL(seen[0].gpu_count, cases[i].rack_count);
		SUITE_EQUAL(seen[1].exporter, "bench-exporter");
		CU_ASSERT_EQUAL(seen[1].gpu_count, cases[i].bench_count);
		canned_call_fini(&call);
	}
}

/* Infinity is no count, and nothing that an integer could hold. */
static void
counts_no_infinity(void)
{
	static const struct canned_answer answers[] = {
	    {"count(nvidia_gpu_utilization_percent)", COUNT("+Inf"), ERR_OK,
	     NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	struct collect_seen *seen;

	start(CANNED_SHIPPED, answers);
	if (collect_seen(&call.collector, &call.call.collect, &seen,
			 &call.err) == ERR_OK)
		CU_ASSERT_EQUAL(seen[0].gpu_count, 0);
	canned_call_fini(&call);
}

static void
fails_to_count_if_one_fails(void)
{
	static const struct canned_answer answers[] = {
	    {"count(rack_gpu_busy_ratio)", COUNT("5"), ERR_OK, NULL},
	    {"count(bench:gpu:busy)", NULL, ERR_TIMEOUT, "too slow"},
	    {NULL, NULL, ERR_OK, NULL}};
	struct collect_seen *seen;

	start(CANNED_SEVERAL, answers);
	CU_ASSERT_EQUAL(
	    collect_seen(&call.collector, &call.call.collect, &seen, &call.err),
	    ERR_TIMEOUT);
	SUITE_EQUAL(call.err.text, "too slow");
	canned_call_fini(&call);
}

static void
fails_to_count_without_memory(void)
{
	size_t bytes = 0, failures = 0;
	struct collect_seen *seen;
	enum err_code code;

	do {
		canned_call_init(&call, CANNED_SEVERAL, NULL, bytes);
		code = collect_seen(&call.collector, &call.call.collect, &seen,
				    &call.err);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		CU_ASSERT_EQUAL(call.err.code, code);
		canned_call_fini(&call);
		CU_ASSERT_EQUAL(call.budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 64;
	} while (code != ERR_OK && bytes < CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks every exporter", asks_every_exporter},
	    {"joins every exporter", joins_every_exporter},
	    {"lets a profile make a metric optional",
	     lets_a_profile_make_a_metric_optional},
	    {"warns once of one field", warns_once_of_one_field},
	    {"counts the GPUs of each exporter",
	     counts_the_gpus_of_each_exporter},
	    {"counts no infinity", counts_no_infinity},
	    {"fails to count if one fails", fails_to_count_if_one_fails},
	    {"fails to count without memory", fails_to_count_without_memory},
	    {NULL, NULL}};

	return suite_run("collect_profiles", tests);
}
