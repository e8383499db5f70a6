/*
 * Exporters of several kinds in one cluster, through a real Prometheus: cards
 * that two of them see, dialects during an upgrade, labels that Prometheus
 * renamed or filled in, exporters that come later.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/exporters.h"
#include "support/file.h"
#include "support/suite.h"

enum { FOUND_STEP_MS = 50, FOUND_STEPS = 30000 / FOUND_STEP_MS };

#define OPERATOR "namespace: gpu-operator, container: nvidia-dcgm-exporter, "

/*
 * worker-10 has two NVIDIA cards and one of Intel. dcgm-exporter knows both,
 * and so do others: one by the uuid and an address, one by node and index, one
 * by everything.
 */
static const struct exporters_target mixed[] = {
    {"dcgm-classic",
     OPERATOR "job: dcgm-exporter, instance: '10.1.2.3:9400', "
	      "pod: nvidia-dcgm-exporter-6rk5x",
     false},
    {"mixed-nvidia-gpu-exporter",
     "job: nvidia_gpu_exporter, instance: '10.1.2.3:9835'", false},
    {"mixed-seed", "job: gpu-list-exporter, instance: '10.1.2.3:9101'", false},
    {"mixed-intel", "job: xpum, instance: '10.1.2.3:29999'", false},
    {"mixed-hami", "job: hami-device-plugin, instance: '10.1.2.3:9394'", false},
    {"amd-spx",
     "job: amd-gpu, instance: '10.42.1.220:5000', namespace: amd, "
     "pod: default-metrics-exporter-2xk9d, container: exporter",
     true},
    {"ascend", "job: npu-exporter, instance: '10.20.6.1:8082'", false},
    {"all-smi", "job: all-smi, instance: '10.20.7.1:9090'", true},
    {"nvitop", "job: nvitop, instance: '10.20.8.1:8000'", false},
    {NULL, NULL, false}};

/* worker-20 runs both for a while; one node has only the old, one the new. */
static const struct exporters_target upgrade[] = {
    {"upgrade-classic",
     OPERATOR "job: dcgm-exporter, instance: '10.1.3.20:9400', "
	      "pod: nvidia-dcgm-exporter-old20",
     false},
    {"upgrade-4.9",
     OPERATOR "job: dcgm-exporter, instance: '10.1.3.20:9401', "
	      "pod: nvidia-dcgm-exporter-new20",
     false},
    {"dcgm-classic",
     OPERATOR "job: dcgm-exporter, instance: '10.1.3.21:9400', "
	      "pod: nvidia-dcgm-exporter-old21",
     false},
    {"dcgm-4.9",
     OPERATOR "job: dcgm-exporter, instance: '10.1.3.22:9400', "
	      "pod: nvidia-dcgm-exporter-new22",
     false},
    {NULL, NULL, false}};

/* Node names: wrong ones, none, renamed ones, and who knows better. */
static const struct exporters_target kubernetes[] = {
    {"kube-state-metrics",
     "job: kube-state-metrics, instance: '10.42.0.5:8080', node: control-1",
     true},
    {"dcgm-podname",
     OPERATOR "job: dcgm-exporter, instance: '10.42.1.9:9400', "
	      "pod: nvidia-dcgm-exporter-q8kfz",
     false},
    {"dcgm-localhost",
     OPERATOR "job: dcgm-exporter, instance: '10.99.0.1:9400', "
	      "pod: nvidia-dcgm-exporter-l0cal",
     false},
    {"dcgm-honored",
     OPERATOR "job: dcgm-exporter, instance: '10.99.0.2:9400', "
	      "pod: nvidia-dcgm-exporter-h0n0r",
     true},
    {"nvidia-gpu-exporter-h100",
     "job: nvidia_gpu_exporter, instance: '10.42.2.9:9835'", false},
    {"ascend", "job: npu-exporter, instance: '10.1.7.22:8082'", false},
    {"seed-documented",
     "job: gpu-list-exporter, instance: '10.42.3.3:9101', node: control-9",
     false},
    {"dcgm-4.6-names",
     OPERATOR "job: dcgm-exporter, instance: '10.99.0.3:9400', "
	      "pod: nvidia-dcgm-exporter-p46",
     false},
    {NULL, NULL, false}};

/* What kube-state-metrics says of nodes is renamed as well. */
static const struct exporters_target renamed[] = {
    {"kube-state-metrics",
     "job: kube-state-metrics, instance: '10.42.0.5:8080', node: control-1, "
     "pod: kube-state-metrics-0, namespace: monitoring",
     false},
    {"nvidia-gpu-exporter-h100",
     "job: nvidia_gpu_exporter, instance: '10.42.2.9:9835'", false},
    {NULL, NULL, false}};

/*
 * Who reads nvidia-smi: Telegraf and a0s' exporter have a utilization of one
 * name, in percent and from 0 to 1; and a0s' exporter shares names of the same
 * unit with nvidia_gpu_exporter, which completes its cards.
 */
static const struct exporters_target nvidia_smi[] = {
    {"telegraf", "job: telegraf, instance: '10.1.4.1:9273'", false},
    {"nvidia-gpu-exporter-rtx4080",
     "job: nvidia_gpu_exporter, instance: '10.1.4.2:9835'", false},
    {"mixed-a0s", "job: nvidia-smi, instance: '10.1.4.3:9454'", false},
    {NULL, NULL, false}};

static const struct exporters_target later[] = {
    {"first", "job: nvitop, instance: '10.20.8.1:8000'", false},
    {"second", "job: gpu-list-exporter, instance: '10.20.0.1:9101'", false},
    {NULL, NULL, false}};

struct scene {
	struct exporters_site site;
	struct source prometheus;
};

static struct source simulator, late_simulator;
static struct scene mixed_scene, upgrade_scene, kubernetes_scene, renamed_scene,
    nvidia_smi_scene, later_scene;

static void
start(struct scene *s, const struct source *serves, const char *directory,
      const struct exporters_target *targets)
{
	s->site = (struct exporters_site){
	    .simulator = serves, .directory = directory, .targets = targets};
	exporters_start_prometheus(&s->prometheus, &s->site);
}

static void
expect(const struct scene *s, const char *name)
{
	exporters_wait(&s->prometheus, &s->site);
	exporters_expect_of(&s->prometheus, "auto", name);
}

static void
one_row_for_a_card(void)
{
	expect(&mixed_scene, "mixed");
}

static void
two_dialects(void)
{
	expect(&upgrade_scene, "upgrade");
}

static void
names_of_nodes(void)
{
	expect(&kubernetes_scene, "kubernetes");
}

static void
renamed_node_of_a_pod(void)
{
	expect(&renamed_scene, "kube_state_metrics_renamed");
}

static void
names_of_nvidia_smi(void)
{
	expect(&nvidia_smi_scene, "nvidia_smi");
}

/* Copies one of the files to where the late simulator finds it. */
static void
let_appear(const char *name, const char *file)
{
	char from[512], to[HARNESS_PATH_BYTES], temporary[HARNESS_PATH_BYTES];
	char *text;

	snprintf(from, sizeof(from), "%s/%s.prom", exporters_directory(), file);
	text = file_read(from);
	harness_path(temporary, "appearing");
	file_write(temporary, text);
	harness_path(to, name);
	CU_ASSERT_EQUAL(rename(temporary, to), 0);
	free(text);
}

/* Waits until the program, which looks every 100 ms, tells of that node. */
static void
wait_for_node(const struct responder *r, const char *node)
{
	const struct timespec pause = {.tv_nsec = FOUND_STEP_MS * 1000000L};
	bool is_found = false;

	for (int i = 0; i < FOUND_STEPS && !is_found; i++) {
		char *body = exporters_body(r, "/api/v1/gpu/metrics");

		is_found = strstr(body, node) != NULL;
		free(body);
		nanosleep(&pause, NULL);
	}
	CU_ASSERT_TRUE(is_found);
}

static void
exporters_come_later(void)
{
	static const char *const settings[] = {"DETECTION_INTERVAL_MS=100",
					       NULL};
	struct responder r;

	source_wait_series(&later_scene.prometheus, 0);
	responder_start(&r, later_scene.prometheus.url, settings);
	exporters_expect(&r, "nothing");
	let_appear("first.prom", "nvitop");
	wait_for_node(&r, "\"ws-12\"");
	exporters_wait(&later_scene.prometheus, &later_scene.site);
	exporters_expect(&r, "nvitop-exporter");
	let_appear("second.prom", "seed-field");
	wait_for_node(&r, "\"gpu-node-1\"");
	exporters_wait(&later_scene.prometheus, &later_scene.site);
	exporters_expect(&r, "two_came_later");
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
start_all(void)
{
	const char *directory = exporters_directory();
	static char late_directory[HARNESS_PATH_BYTES];

	harness_path(late_directory, ".");
	exporters_serve(&simulator, directory);
	exporters_serve(&late_simulator, late_directory);
	start(&mixed_scene, &simulator, directory, mixed);
	start(&upgrade_scene, &simulator, directory, upgrade);
	start(&kubernetes_scene, &simulator, directory, kubernetes);
	start(&renamed_scene, &simulator, directory, renamed);
	start(&nvidia_smi_scene, &simulator, directory, nvidia_smi);
	start(&later_scene, &late_simulator, late_directory, later);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"nine exporters: a card that several see is one row",
	     one_row_for_a_card},
	    {"two dialects of dcgm-exporter in one cluster", two_dialects},
	    {"names of nodes, with kube-state-metrics, renamed labels or none",
	     names_of_nodes},
	    {"kube-state-metrics' own node is not the pods'",
	     renamed_node_of_a_pod},
	    {"Telegraf, nvidia_gpu_exporter and a0s' exporter: each its own",
	     names_of_nvidia_smi},
	    {"no exporter: [] and a warning; then one, then two",
	     exporters_come_later},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	start_all();
	return suite_run("mixed_fleets", tests);
}
