/*
 * Set-ups as people run and report them, through a real Prometheus and with the
 * profiles that are shipped: tests/field/README.md.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/exporters.h"
#include "support/suite.h"

#define OPERATOR                                                               \
	"namespace: gpu-operator, container: nvidia-dcgm-exporter, "           \
	"job: nvidia-dcgm-exporter, "

/* All in one site: who is who must come out right among all the others. */
static const struct exporters_target targets[] = {
    {"amd-vf-empty-card-model-a", "job: amd-gpu, instance: '10.0.1.1:5000'",
     true},
    {"amd-vf-empty-card-model-b", "job: amd-gpu, instance: '10.0.1.2:5000'",
     true},
    {"amd-cpx-zero-power", "job: amd-gpu, instance: '10.0.1.3:5000'", true},
    {"dcgm-honored-pod-hostname",
     "job: dcgm-exporter, instance: '10.244.3.17:9400', "
     "namespace: gpu-operator, pod: dcgm-exporter-wwwjh, container: exporter",
     true},
    {"dcgm-honored-pod-hostname-alone",
     "job: dcgm-exporter, instance: '10.244.3.18:9400', "
     "namespace: gpu-operator, pod: dcgm-exporter-x9k2p, container: exporter",
     true},
    {"kube-state-metrics",
     "job: kube-state-metrics, instance: '10.244.0.9:8080'", true},
    {"dcgm-nodename-relabel",
     OPERATOR "instance: '10.244.69.185:9400', "
	      "pod: nvidia-dcgm-exporter-xd8z5, nodename: a100-server-b",
     false},
    {"dcgm-gb10-spark", "job: dcgm, instance: 'spark-1.lan:9400'", false},
    {"dcgm-mig-null-profile", "job: dcgm, instance: 'a100-1:9400'", false},
    {"dcgm-mig-7g-instance-0",
     OPERATOR "instance: '10.128.2.7:9400', pod: nvidia-dcgm-exporter-7wq2k",
     false},
    {"dcgm-mig-partial",
     "job: dcgm-exporter, instance: '10.233.64.9:9400', "
     "namespace: gpu-operator, pod: dcgm-exporter-abcde, container: exporter",
     false},
    {"dcgm-lower-cased-a", "job: dcgm, instance: '10.224.0.5:9400'", false},
    {"dcgm-lower-cased-b", "job: dcgm, instance: '10.224.0.6:9400'", false},
    {"dcgm-lower-cased-c", "job: dcgm, instance: '10.224.0.7:9400'", false},
    {"dcgm-otel-total-suffix", "job: dcgm, instance: 'n1:9400'", false},
    {"dcgm-names-not-nvidia", "job: mt-exporter, instance: '10.0.3.1:9400'",
     false},
    {"telegraf-nvidia-smi",
     "job: telegraf, instance: 'gpu-01.example.org:9273'", false},
    {"nvidia-gpu-exporter-windows-processes",
     "job: nvidia_gpu_exporter, instance: 'DESKTOP-1:9835'", false},
    {"triton", "job: triton, instance: '10.0.5.1:8002', pod: triton-0", false},
    {"cambricon-mlu", "job: mlu-monitoring, instance: '10.0.7.1:30108'", false},
    {NULL, NULL, false}};

static struct source simulator, prometheus;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = targets};
static struct responder responder;
static struct json_object *expected; /* a member for each case */

static struct json_object *
member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

/* What was answered has all that was expected; more is fine. */
static bool
has_all(struct json_object *row, struct json_object *wanted)
{
	json_object_object_foreach(wanted, key, value)
	{
		struct json_object *got = NULL;

		if (!json_object_object_get_ex(row, key, &got) ||
		    !json_object_equal(got, value)) {
			printf("# %s is %s instead of %s\n", key,
			       json_object_to_json_string(got),
			       json_object_to_json_string(value));
			return false;
		}
	}
	return true;
}

/* Whether one of the rows is of that node. */
static bool
has_node(struct json_object *rows, struct json_object *node)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		if (json_object_equal(
			member(json_object_array_get_idx(rows, i), "node_name"),
			node))
			return true;
	return false;
}

/* The rows of those nodes are those that are wanted, in their order. */
static void
check_rows(struct json_object *rows, struct json_object *wanted)
{
	size_t count = json_object_array_length(wanted), seen = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (!has_node(wanted, member(row, "node_name")))
			continue;
		if (seen == count ||
		    !has_all(row, json_object_array_get_idx(wanted, seen))) {
			printf("# in %s\n", json_object_to_json_string(row));
			CU_FAIL("a row is not as expected");
		}
		seen += seen < count;
	}
	CU_ASSERT_EQUAL(seen, count);
}

static void
check_answer(const char *path, struct json_object *wanted)
{
	char *body = exporters_body(&responder, path);
	struct json_object *answer = json_tokener_parse(body);

	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	CU_ASSERT_PTR_NULL(member(answer, "warnings"));
	check_rows(member(answer, "data"), wanted);
	json_object_put(answer);
	free(body);
}

static void
check_case(const char *name)
{
	struct json_object *answers = member(expected, name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(answers);
	json_object_object_foreach(answers, path, wanted)
	    check_answer(path, wanted);
}

/* --- the cases ----------------------------------------------------------- */

#define CASE(function, name)                                                   \
	static void function(void)                                             \
	{                                                                      \
		check_case(name);                                              \
	}
CASE(amd_virtual_functions, "amd-vf-empty-card-model")
CASE(amd_partitions, "amd-cpx-zero-power")
CASE(pod_for_a_node, "dcgm-honored-pod-hostname")
CASE(pod_for_a_node_alone, "dcgm-honored-pod-hostname-alone")
CASE(nodename, "dcgm-nodename-relabel")
CASE(no_frame_buffer, "dcgm-gb10-spark")
CASE(null_profile, "dcgm-mig-null-profile")
CASE(instance_zero, "dcgm-mig-7g-instance-0")
CASE(partial_instances, "dcgm-mig-partial")
CASE(lower_case, "dcgm-lower-cased")
CASE(total_suffix, "dcgm-otel-total-suffix")
CASE(not_nvidia, "dcgm-names-not-nvidia")
CASE(telegraf, "telegraf-nvidia-smi")
CASE(windows, "nvidia-gpu-exporter-windows-processes")
CASE(triton, "triton")
CASE(cambricon, "cambricon-mlu")

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"AMD's virtual functions, without a card_model",
	     amd_virtual_functions},
	    {"AMD's partitions, of which one has power", amd_partitions},
	    {"an exporter's pod for its node, with kube-state-metrics",
	     pod_for_a_node},
	    {"an exporter's pod for its node, without", pod_for_a_node_alone},
	    {"a target's label nodename", nodename},
	    {"a card without a frame buffer", no_frame_buffer},
	    {"a MIG profile that is <<<NULL>>>", null_profile},
	    {"a MIG instance of number 0", instance_zero},
	    {"MIG instances that report different metrics", partial_instances},
	    {"DCGM in lower case", lower_case},
	    {"counters with _total from a collector", total_suffix},
	    {"DCGM's names on another vendor's card", not_nvidia},
	    {"Telegraf's nvidia_smi", telegraf},
	    {"Windows' processes, of unknown memory", windows},
	    {"Triton", triton},
	    {"Cambricon", cambricon},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = harness_source("tests/field");
	expected =
	    json_object_from_file(harness_source("tests/field/expected.json"));
	harness_require(expected != NULL, "%s", json_util_get_last_err());
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	exporters_wait(&prometheus, &site);
	responder_start(&responder, prometheus.url, NULL);
	return suite_run("field", tests);
}
