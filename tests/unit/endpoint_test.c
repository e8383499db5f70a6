/* The endpoints: whole envelopes, byte for byte, in tests/golden/api/. */
#include "api/endpoint.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/suite.h"

#define UTILIZATION "nvidia_gpu_utilization_percent"
#define USED	    "nvidia_gpu_used_memory_bytes"
#define TOTAL	    "nvidia_gpu_total_memory_bytes"
#define FREE	    "nvidia_gpu_free_memory_bytes"
#define TEMPERATURE "nvidia_gpu_temperature_celsius"
#define POWER_DRAW  "nvidia_gpu_power_draw_watts"
#define POWER_LIMIT "nvidia_gpu_power_limit_watts"
#define CONTROLLER  "nvidia_gpu_memory_utilization_percent"

#define A100 "NVIDIA A100-SXM4-80GB"
#define H100 "NVIDIA H100 80GB HBM3"
#define NOW  "1700000000.123"

/* node-10 in the documented style, node-2 in that of the field. */
#define N2(gpu, value)                                                         \
	CANNED_SERIES(CANNED_FIELD_GPU("node-2", gpu, A100), NOW, value)
#define N10(gpu, model, value)                                                 \
	CANNED_SERIES(CANNED_GPU("node-10", gpu, model), NOW, value)
#define THREE(a, b, c)                                                         \
	CANNED_VECTOR(N10("0", H100, c) "," N2("1", b) "," N2("0", a))

#define ANSWER(promql, body)	      {promql, body, ERR_OK, NULL}
#define FAILURE(promql, code, detail) {promql, NULL, code, detail}
#define LAST_ANSWER		      {NULL, NULL, ERR_OK, NULL}

static const struct canned_answer full[] = {
    ANSWER(UTILIZATION, THREE("87.456", "0", "100")),
    ANSWER(USED, THREE("42949672960", "0", "85899345920")),
    ANSWER(TOTAL, THREE("85899345920", "85899345920", "85899345920")),
    ANSWER(FREE, THREE("42412801024", "85362474496", "0")),
    ANSWER(TEMPERATURE, THREE("61.04", "34", "79.96")),
    ANSWER(POWER_DRAW, THREE("287.128", "61.5", "699.999")),
    ANSWER(POWER_LIMIT, THREE("400", "400", "700")),
    ANSWER(CONTROLLER, THREE("33.333333", "0", "99.996")),
    LAST_ANSWER};

/* Here and there something is missing, unmeasured or not a number. */
static const struct canned_answer partial[] = {
    ANSWER(UTILIZATION, CANNED_VECTOR(N2("0", "50") "," N2("1", "NaN"))),
    ANSWER(USED, CANNED_VECTOR(N2("0", "1073741824") "," N2("1", "5"))),
    ANSWER(TOTAL, CANNED_VECTOR(N2("0", "4294967296") "," N2("1", "0"))),
    ANSWER(TEMPERATURE, CANNED_VECTOR(N2("1", "55") "," N10("0", "", "+Inf"))),
    ANSWER(POWER_DRAW,
	   CANNED_VECTOR(CANNED_SERIES(
	       CANNED_LABEL("node", "node-10") "," CANNED_LABEL("gpu", "1"),
	       "1700000007", "70.006"))),
    LAST_ANSWER};

/* Two clusters and one without a name, each with a node-1 and a node-2; of
 * cluster a's node-2 nothing but the power is known. */
#define IN(cluster, node, value)                                               \
	CANNED_SERIES(CANNED_TWO(CANNED_LABEL("cluster", cluster),             \
				 CANNED_GPU(node, "0", A100)),                 \
		      NOW, value)
#define NOWHERE(node, value)                                                   \
	CANNED_SERIES(CANNED_GPU(node, "0", A100), NOW, value)

static const struct canned_answer clusters[] = {
    ANSWER(UTILIZATION, CANNED_VECTOR(CANNED_FIVE(
			    IN("b-10", "node-1", "95"),
			    IN("b-10", "node-2", "7"), NOWHERE("node-2", "1"),
			    IN("a", "node-1", "5"), NOWHERE("node-1", "2")))),
    ANSWER(USED,
	   CANNED_VECTOR(CANNED_TWO(IN("a", "node-1", "1073741824"),
				    IN("b-10", "node-1", "84825604096")))),
    ANSWER(TOTAL,
	   CANNED_VECTOR(CANNED_TWO(IN("a", "node-1", "85899345920"),
				    IN("b-10", "node-1", "85899345920")))),
    ANSWER(POWER_DRAW, CANNED_VECTOR(IN("a", "node-2", "70"))), LAST_ANSWER};

/* node-10 has two models; node-2's second GPU reports nothing but power. */
static const struct canned_answer mixed[] = {
    ANSWER(UTILIZATION,
	   CANNED_VECTOR(N10("2", H100, "90") "," N10("0", A100, "10") "," N10(
	       "1", H100, "20.01") "," N2("0", "33.336"))),
    ANSWER(USED, CANNED_VECTOR(N10("0", A100, "1073741824") "," N10(
		     "1", H100, "2147483648"))),
    ANSWER(TOTAL, CANNED_VECTOR(N10("0", A100, "4294967296") "," N10(
		      "2", H100, "4294967296"))),
    ANSWER(POWER_DRAW, CANNED_VECTOR(N2("1", "75.25") "," N10(
			   "0", A100, "100") "," N10("2", H100, "200"))),
    ANSWER(TEMPERATURE, CANNED_VECTOR(CANNED_SERIES(
			    CANNED_GPU("node-10", "0", A100), "1700000060",
			    "40") "," N10("2", H100, "45.5"))),
    LAST_ANSWER};

/* What labels may hold; bodies write it in JSON's escapes. */
#define HOSTILE(gpu, node, model, value)                                       \
	CANNED_SERIES(CANNED_GPU(node, gpu, model), NOW, value)
static const struct canned_answer hostile[] = {
    ANSWER(
	UTILIZATION,
	CANNED_VECTOR(HOSTILE(
	    "0", "<script>alert('&')</script>", "a\\\"b\\\\c",
	    "1") "," HOSTILE("1", "line\\nbreak\\r\\t\\u0001\\u001f", "\\u007f",
			     "2") "," HOSTILE("2", "k\xc3\xb6ln \xe2\x82\xac",
					      "\\ud83d\\ude00",
					      "3") "," HOSTILE("3",
							       "{\\\"node\\\":"
							       "1}",
							       "\\u2028",
							       "-4.5"))),
    LAST_ANSWER};

static const struct canned_answer warned[] = {
    ANSWER(UTILIZATION,
	   CANNED_WARNING("\"one store of <2> did not answer\"",
			  N2("0", "12.5") "," CANNED_SERIES("", NOW, "1"))),
    FAILURE(TEMPERATURE, ERR_TIMEOUT, "no answer from http://10.0.0.1:9090"),
    LAST_ANSWER};

/* Of VictoriaMetrics' cluster: nothing but this key says so. */
static const struct canned_answer in_part[] = {
    ANSWER(UTILIZATION, CANNED_PARTIAL(N2("0", "12.5"))),
    ANSWER(TEMPERATURE, CANNED_PARTIAL("")), LAST_ANSWER};

/* Extreme values are numbers all the same. */
static const struct canned_answer extreme[] = {
    ANSWER(UTILIZATION, THREE("1e-9", "-0.001", "123456.789")),
    ANSWER(USED, THREE("1", "536870", "1e30")),
    ANSWER(TOTAL, THREE("1e15", "1099511627776", "1e30")),
    ANSWER(TEMPERATURE, THREE("-40.26", "0.04", "1e300")),
    ANSWER(POWER_DRAW, THREE("0.006", "0.0049", "99999.994")),
    LAST_ANSWER};

static const struct canned_answer refused[] = {
    FAILURE(UTILIZATION, ERR_PROM,
	    "Could not connect to http://10.0.0.1:9090: refused"),
    LAST_ANSWER};

static const struct canned_answer too_many[] = {
    FAILURE(UTILIZATION, ERR_TOO_BIG,
	    "One metric has more than 5 series; MAX_SERIES sets this limit"),
    LAST_ANSWER};

static const struct {
	const char *golden;
	const struct endpoint *endpoint;
	const struct canned_answer *answers;
	enum err_code outcome;
} cases[] = {
    {"metrics_full", &endpoint_metrics, full, ERR_OK},
    {"metrics_partial", &endpoint_metrics, partial, ERR_OK},
    {"metrics_empty", &endpoint_metrics, NULL, ERR_OK},
    {"metrics_hostile", &endpoint_metrics, hostile, ERR_OK},
    {"metrics_warned", &endpoint_metrics, warned, ERR_OK},
    {"metrics_in_part", &endpoint_metrics, in_part, ERR_OK},
    {"metrics_extreme", &endpoint_metrics, extreme, ERR_OK},
    {"metrics_refused", &endpoint_metrics, refused, ERR_PROM},
    {"metrics_too_many", &endpoint_metrics, too_many, ERR_TOO_BIG},
    {"nodes_full", &endpoint_nodes, full, ERR_OK},
    {"nodes_partial", &endpoint_nodes, partial, ERR_OK},
    {"nodes_mixed", &endpoint_nodes, mixed, ERR_OK},
    {"metrics_clusters", &endpoint_metrics, clusters, ERR_OK},
    {"nodes_clusters", &endpoint_nodes, clusters, ERR_OK},
    {"nodes_empty", &endpoint_nodes, NULL, ERR_OK},
    {"nodes_hostile", &endpoint_nodes, hostile, ERR_OK},
    {"nodes_warned", &endpoint_nodes, warned, ERR_OK},
    {"nodes_in_part", &endpoint_nodes, in_part, ERR_OK},
    {"nodes_extreme", &endpoint_nodes, extreme, ERR_OK},
    {"nodes_refused", &endpoint_nodes, refused, ERR_PROM},
    {"utilization_full", &endpoint_utilization, full, ERR_OK},
    {"utilization_partial", &endpoint_utilization, partial, ERR_OK},
    {"utilization_in_part", &endpoint_utilization, in_part, ERR_OK},
    {"utilization_empty", &endpoint_utilization, NULL, ERR_OK},
    {"utilization_hostile", &endpoint_utilization, hostile, ERR_OK},
    {"utilization_refused", &endpoint_utilization, refused, ERR_PROM},
};

static void
answers_as_recorded(void)
{
	struct canned_call call;
	char path[64];

	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		canned_call_init(&call, CANNED_ONE, cases[i].answers,
				 CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, cases[i].endpoint, 1 << 20),
		    cases[i].outcome);
		CU_ASSERT_EQUAL(call.err.code, cases[i].outcome);
		snprintf(path, sizeof(path), "api/%s.json", cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
	}
	capture_end();
}

/* One answer of several exporters with different labels and units. */
static void
answers_for_several_exporters(void)
{
#define RACK(value)                                                            \
	CANNED_VECTOR(CANNED_SERIES(                                           \
	    "\"host\":\"r1\",\"slot\":\"3\",\"product\":\"MI300X\"", NOW,      \
	    value))
	static const struct canned_answer answers[] = {
	    ANSWER("rack_gpu_busy_ratio{slot!=\"\"}", RACK("0.25")),
	    ANSWER("rack_gpu_memory_used_mib{slot!=\"\"}", RACK("512")),
	    ANSWER("rack_gpu_memory_mib{slot!=\"\"}", RACK("2048")),
	    ANSWER("rack_gpu_power_milliwatts{slot!=\"\"}", RACK("123456")),
	    ANSWER("bench_gpu_celsius",
		   CANNED_VECTOR(CANNED_SERIES("\"node\":\"b1\",\"gpu\":\"0\"",
					       NOW, "44"))),
	    LAST_ANSWER};
	struct canned_call call;

	canned_call_init(&call, CANNED_SEVERAL, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_metrics, 1 << 20),
			ERR_OK);
	GOLDEN_EQUAL("api/metrics_several.json", call.body.data,
		     call.body.length);
	canned_call_fini(&call);
}

static void
starts_a_row_as_promised(void)
{
	static const char start[] =
	    "{\"success\":true,\"data\":[{\"node_name\":\"node-2\","
	    "\"gpu_index\":0,\"gpu_name\":\"" A100 "\",\"utilization\":87.46,"
	    "\"memory_used\":40,\"memory_total\":80,\"memory_free\":39.5,"
	    "\"memory_utilization\":50,\"temperature\":61,"
	    "\"power_draw\":287.13,\"power_limit\":400,"
	    "\"timestamp\":\"2023-11-14T22:13:20.123Z\",\"uuid\":null,"
	    "\"exporter\":\"nvidia-gpu-list-exporter\","
	    "\"mig_instance_id\":null,\"mig_profile\":null,"
	    "\"vendor\":\"NVIDIA\",\"sm_clock_mhz\":null,"
	    "\"memory_clock_mhz\":null,\"fan_speed\":null,"
	    "\"memory_temperature\":null,\"energy_joules\":null,"
	    "\"xid\":null,\"memory_controller_utilization\":33.33,"
	    "\"cluster\":null,\"measured_at\":\"2023-11-14T22:13:15.000Z\"},";
	static const char end[] =
	    "],\"message\":\"GPU metrics retrieved successfully\","
	    "\"error\":null}";
	struct canned_call call;

	canned_call_init(&call, CANNED_ONE, full, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_metrics, 1 << 20),
			ERR_OK);
	CU_ASSERT_TRUE_FATAL(call.body.length > sizeof(start) + sizeof(end));
	CU_ASSERT_EQUAL(memcmp(call.body.data, start, sizeof(start) - 1), 0);
	CU_ASSERT_EQUAL(
	    memcmp(call.body.data + call.body.length - (sizeof(end) - 1), end,
		   sizeof(end) - 1),
	    0);
	canned_call_fini(&call);
}

static void
lists_every_endpoint(void)
{
	static const struct {
		const char *path, *message, *failure;
		bool is_cacheable;
		enum endpoint_deadline deadline;
	} rows[] = {
	    {"/api/health", "Service is healthy",
	     "Prometheus connection failed", false, ENDPOINT_DEADLINE_HEALTH},
	    {"/api/livez", "Service is alive", "Service failed", false,
	     ENDPOINT_DEADLINE_HEALTH},
	    {"/api/v1/gpu/metrics", "GPU metrics retrieved successfully",
	     "Failed to retrieve GPU metrics", true, ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/nodes", "GPU nodes retrieved successfully",
	     "Failed to retrieve GPU nodes", true, ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/processes", "GPU processes retrieved successfully",
	     "Failed to retrieve GPU processes", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/utilization",
	     "GPU utilization retrieved successfully",
	     "Failed to retrieve GPU utilization", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/metrics", NULL, "Metrics failed", false,
	     ENDPOINT_DEADLINE_HEALTH},
	    {"/debug/vars", "Variables retrieved successfully",
	     "Failed to retrieve variables", false, ENDPOINT_DEADLINE_HEALTH},
	    {"/debug/requests", "Requests retrieved successfully",
	     "Failed to retrieve requests", false, ENDPOINT_DEADLINE_HEALTH},
	    {"/api/openapi.json", NULL, "Failed to describe the API", true,
	     ENDPOINT_DEADLINE_HEALTH},
	    {"/api/v1/gpu/history", "GPU history retrieved successfully",
	     "Failed to retrieve GPU history", true, ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/workloads", "GPU workloads retrieved successfully",
	     "Failed to retrieve GPU workloads", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/namespaces", "GPU namespaces retrieved successfully",
	     "Failed to retrieve GPU namespaces", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/capacity", "GPU capacity retrieved successfully",
	     "Failed to retrieve GPU capacity", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/usage", "GPU usage retrieved successfully",
	     "Failed to retrieve GPU usage", true, ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/available", "Available GPUs retrieved successfully",
	     "Failed to retrieve available GPUs", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/problems", "GPU problems retrieved successfully",
	     "Failed to retrieve GPU problems", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/summary", "GPU summary retrieved successfully",
	     "Failed to retrieve the GPU summary", true,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/metrics/gpus", NULL, "Failed to retrieve GPU metrics", false,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/api/v1/gpu/detail", "GPU detail retrieved successfully",
	     "Failed to retrieve the GPU", true, ENDPOINT_DEADLINE_REQUEST},
#ifdef ENABLE_PROFILING
	    {"/debug/pprof/profile", NULL, "Failed to take a profile", false,
	     ENDPOINT_DEADLINE_REQUEST},
	    {"/debug/pprof/heap", NULL, "Failed to take a profile", false,
	     ENDPOINT_DEADLINE_REQUEST},
#endif
	};

	CU_ASSERT_EQUAL_FATAL(endpoint_count, sizeof(rows) / sizeof(*rows));
	for (size_t i = 0; i < endpoint_count; i++) {
		SUITE_EQUAL(endpoint_table[i]->path, rows[i].path);
		if (rows[i].message != NULL)
			SUITE_EQUAL(endpoint_table[i]->message,
				    rows[i].message);
		CU_ASSERT_EQUAL(endpoint_table[i]->content_type != NULL,
				rows[i].message == NULL);
		SUITE_EQUAL(endpoint_table[i]->failure, rows[i].failure);
		CU_ASSERT_EQUAL(endpoint_table[i]->is_cacheable,
				rows[i].is_cacheable);
		CU_ASSERT_EQUAL(endpoint_table[i]->deadline, rows[i].deadline);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"answers for several exporters", answers_for_several_exporters},
	    {"starts a row as promised", starts_a_row_as_promised},
	    {"lists every endpoint", lists_every_endpoint},
	    {NULL, NULL}};

	return suite_run("endpoint", tests);
}
