/*
 * Who has which GPU, by every kind of exporter that tells: whether Prometheus
 * honours their labels or renames them, and whatever kube-state-metrics adds.
 * The rows in tests/workloads were written by hand.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/backfill.h"
#include "support/csv_rows.h"
#include "support/exporters.h"
#include "support/harness.h"
#include "support/suite.h"

enum { EXPORTERS = 8, PODS_MAX = 4, OWN_BYTES = 256, LABELS_BYTES = 320 };

/* A target has its own pod's labels, as the operator gives them. */
static const struct {
	const char *file, *labels;
} exporters[EXPORTERS] = {
    {"dcgm", "job: dcgm, instance: '10.9.0.1:9400', pod: dcgm-aaa"},
    {"dcgm-virtual", "job: dcgm, instance: '10.9.0.2:9400', pod: dcgm-bbb"},
    {"hpc-job", "job: dcgm, instance: '10.9.0.3:9400', pod: dcgm-ccc"},
    {"amd", "job: amd, instance: '10.9.0.4:5000', pod: metrics-exporter-ddd"},
    {"ascend", "job: npu, instance: '10.9.0.5:8082', node: n1, pod: npu-eee"},
    {"hami", "job: hami, instance: '10.9.0.6:9394', pod: hami-device-fff"},
    {"jobstats", "job: jobstats, instance: 'j1:9445', pod: jobstats-ggg"},
    {"slurm-job", "job: slurm, instance: 's1:9798', pod: slurm-hhh"}};

/* The last one is there only where no other is, unless it is named. */
static const char *const settings[] = {
    "GPU_PROFILES=dcgm-exporter,amd-device-metrics-exporter,"
    "ascend-npu-exporter,hami,nvidia_gpu_prometheus_exporter,"
    "slurm-job-exporter",
    NULL};

/* Both ways in one store, each in a cluster of its own. */
static const struct way {
	const char *cluster;
	bool honors_labels;
} ways[] = {{"honoured", true}, {"renamed", false}};
enum { WAYS = sizeof(ways) / sizeof(*ways) };

struct pods {
	const char *file, *instance;
	bool honors_labels;
};

static struct store {
	const char *rows, *namespaces; /* in tests/workloads */
	struct pods pods[PODS_MAX];
	struct source prometheus;
	struct exporters_target targets[WAYS * (EXPORTERS + PODS_MAX) + 1];
	char labels[WAYS * (EXPORTERS + PODS_MAX)][LABELS_BYTES];
	struct exporters_site site;
} stores[] = {{.rows = "rows.csv", .namespaces = "namespaces.csv"},
	      {.rows = "rows-pods.csv",
	       .namespaces = "namespaces-pods.csv",
	       .pods = {{"pods", "10.9.1.1:8080", true}}},
	      {.rows = "rows-pods.csv",
	       .namespaces = "namespaces-pods.csv",
	       .pods = {{"pods", "10.9.1.1:8080", false}}},
	      {.rows = "rows-pods.csv",
	       .namespaces = "namespaces-pods.csv",
	       .pods = {{"pods", "10.9.1.1:8080", true},
			{"pods", "10.9.1.2:8080", true}}},
	      {.rows = "rows-pods-more.csv",
	       .namespaces = "namespaces-pods-more.csv",
	       .pods = {{"pods", "10.9.1.1:8080", true},
			{"pods-more", "10.9.1.1:8081", true},
			{"pods-more", "10.9.1.2:8081", false}}}};

static struct source simulator;

static const char *
directory(void)
{
	return harness_source("tests/workloads");
}

/* --- what is there -------------------------------------------------------- */

static void
add_target(struct store *s, size_t *count, const char *file, bool honors_labels,
	   const char *cluster, const char *labels)
{
	snprintf(s->labels[*count], LABELS_BYTES, "%s, cluster: %s", labels,
		 cluster);
	s->targets[*count] =
	    (struct exporters_target){file, s->labels[*count], honors_labels};
	++*count;
}

static void
add_way(struct store *s, size_t *count, const struct way *way)
{
	char labels[OWN_BYTES];

	for (size_t i = 0; i < EXPORTERS; i++) {
		snprintf(labels, sizeof(labels),
			 "%s, namespace: monitoring, container: exporter",
			 exporters[i].labels);
		add_target(s, count, exporters[i].file, way->honors_labels,
			   way->cluster, labels);
	}
	for (size_t i = 0; i < PODS_MAX && s->pods[i].file != NULL; i++) {
		snprintf(labels, sizeof(labels),
			 "job: kube-state-metrics, instance: '%s', node: c1, "
			 "namespace: monitoring, pod: ksm-%zu, container: ksm",
			 s->pods[i].instance, i);
		add_target(s, count, s->pods[i].file, s->pods[i].honors_labels,
			   way->cluster, labels);
	}
}

static void
start(struct store *s)
{
	size_t count = 0;

	for (size_t i = 0; i < WAYS; i++)
		add_way(s, &count, &ways[i]);
	s->site = (struct exporters_site){.simulator = &simulator,
					  .directory = directory(),
					  .targets = s->targets};
	exporters_start_prometheus(&s->prometheus, &s->site);
}

/* --- what is told of it --------------------------------------------------- */

static void
expect_rows(const struct responder *r, const char *of, const char *file,
	    const struct way *way)
{
	char endpoint[64], name[512];

	snprintf(endpoint, sizeof(endpoint), "/api/v1/gpu/%s", of);
	snprintf(name, sizeof(name), "%s/%s", directory(), file);
	csv_rows_expect(r, endpoint, way->cluster, name);
}

/* Those that somebody has are those that workloads are on, and no others. */
static void
expect_held(const struct responder *r, const struct way *way)
{
	char path[256], line[128], *gpus, *holders, *rest;
	size_t held = 0;

	snprintf(path, sizeof(path),
		 "/api/v1/gpu/workloads?format=csv&fields=node_name,gpu_index,"
		 "mig_instance_id,uuid&shared_by=1..&cluster=%s",
		 way->cluster);
	holders = csv_rows_ask(r, path);
	snprintf(path, sizeof(path),
		 "/api/v1/gpu/available?format=csv&fields=node_name,gpu_index,"
		 "mig_instance_id,uuid,held&cluster=%s&held=include&idle_for=0&"
		 "utilization=..100&limit=1000",
		 way->cluster);
	gpus = csv_rows_ask(r, path);
	strtok_r(gpus, "\r\n", &rest);
	for (char *row = strtok_r(NULL, "\r\n", &rest); row != NULL;
	     row = strtok_r(NULL, "\r\n", &rest)) {
		char *comma = strrchr(row, ',');
		bool is_held = strcmp(comma, ",true") == 0, is_shown;

		snprintf(line, sizeof(line), "\n%.*s\r", (int)(comma - row),
			 row);
		is_shown = strstr(holders, line) != NULL;
		CU_ASSERT_EQUAL(is_shown, is_held);
		if (is_shown != is_held)
			printf("# %s, of\n%s\n", row, holders);
		held += is_held;
	}
	CU_ASSERT_TRUE(held > 0);
	free(gpus);
	free(holders);
}

/* Of a column that is asked for alone; or of what its values divide 1 into. */
static double
add_up(const struct responder *r, const char *path, bool divides)
{
	char *got = csv_rows_ask(r, path);
	double sum = 0;

	for (const char *at = strstr(got, "\r\n"); at != NULL;
	     at = strstr(at + 2, "\r\n"))
		if (at[2] != '\0')
			sum += divides ? 1 / strtod(at + 2, NULL)
				       : strtod(at + 2, NULL);
	free(got);
	return sum;
}

/* As many cards as the rows of GPUs that are not free: none twice. And
 * namespaces, with what is nobody's, have as many as there are. */
static void
expect_cards(const struct responder *r)
{
	static const char shared[] =
	    "/api/v1/gpu/workloads?format=csv&fields=shared_by&shared_by=1..";
	static const char of_namespaces[] =
	    "/api/v1/gpu/namespaces?format=csv&fields=gpu_count";
	static const char of_nodes[] =
	    "/api/v1/gpu/nodes?format=csv&fields=gpu_count";

	/* In each: d1 and s1 have three, h1 and a1 two, d2, n1, v1 and j1 one.
	 */
	CU_ASSERT_DOUBLE_EQUAL(add_up(r, shared, true), WAYS * 14, 1e-9);
	/* Besides: d1, h1, a1, n1, v1 and j1 have a free one each. */
	CU_ASSERT_DOUBLE_EQUAL(add_up(r, of_nodes, false), WAYS * 20, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(add_up(r, of_namespaces, false), WAYS * 20,
			       1e-9);
}

static void
expect_all(const struct store *s)
{
	struct responder r;
	char *text;

	exporters_wait(&s->prometheus, &s->site);
	responder_start(&r, s->prometheus.url, settings);
	exporters_wait_look(&r);
	for (size_t i = 0; i < WAYS; i++)
		expect_rows(&r, "workloads", s->rows, &ways[i]);
	for (size_t i = 0; i < WAYS; i++)
		expect_rows(&r, "namespaces", s->namespaces, &ways[i]);
	for (size_t i = 0; i < WAYS; i++)
		expect_held(&r, &ways[i]);
	expect_cards(&r);
	text = csv_rows_ask(&r, "/api/v1/gpu/workloads");
	CU_ASSERT_PTR_NULL(strstr(text, "monitoring"));
	CU_ASSERT_PTR_NULL(strstr(text, "\"warnings\""));
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
exporters_alone(void)
{
	expect_all(&stores[0]);
}

static void
labels_honoured(void)
{
	expect_all(&stores[1]);
}

static void
labels_renamed(void)
{
	expect_all(&stores[2]);
}

static void
two_replicas(void)
{
	expect_all(&stores[3]);
}

static void
waiting_and_ended(void)
{
	expect_all(&stores[4]);
}

/* --- a past --------------------------------------------------------------- */

enum { SCRAPE_S = 30 };

/* Pods that were started long ago, on a GPU each, and for how long before now
 * exporters told of that. Of the first nobody told for two minutes around the
 * time when IDLE_WINDOW_S began. */
static const struct tenant {
	const char *pod, *phase;
	int since_s, hole_s, hole_end_s;
} tenants[] = {{"long-0", "Running", 1320, 970, 850},
	       {"late-0", "Running", 180, 0, 0},
	       {"done-0", "Succeeded", 1320, 0, 0}};
enum { TENANTS = sizeof(tenants) / sizeof(*tenants) };

static void
write_gpus(FILE *out, const char *metric, int value, long now_s)
{
	for (size_t i = 0; i < TENANTS; i++)
		for (int ago_s = tenants[i].since_s; ago_s >= 0;
		     ago_s -= SCRAPE_S) {
			if (ago_s <= tenants[i].hole_s &&
			    ago_s >= tenants[i].hole_end_s && ago_s > 0)
				continue;
			fprintf(out,
				"%s{job=\"dcgm\",instance=\"p1:9400\","
				"Hostname=\"p1\",gpu=\"%zu\","
				"exported_namespace=\"ml\","
				"exported_pod=\"%s\"} %d %ld\n",
				metric, i, tenants[i].pod, value,
				now_s - ago_s);
		}
}

static void
write_pods(FILE *out, const char *metric, const char *labels, long value,
	   long now_s)
{
	for (size_t i = 0; i < TENANTS; i++)
		fprintf(out, "%s{namespace=\"ml\",pod=\"%s\"%s} %ld %ld\n",
			metric, tenants[i].pod, labels, value, now_s);
}

static void
write_phases(FILE *out, long now_s)
{
	for (size_t i = 0; i < TENANTS; i++)
		fprintf(out,
			"kube_pod_status_phase{namespace=\"ml\",pod=\"%s\","
			"phase=\"%s\"} 1 %ld\n",
			tenants[i].pod, tenants[i].phase, now_s);
}

static void
write_past(FILE *out, const void *context)
{
	long now_s = (long)time(NULL);

	(void)context;
	write_gpus(out, "DCGM_FI_DEV_FB_FREE", 81920, now_s);
	write_gpus(out, "DCGM_FI_DEV_FB_USED", 0, now_s);
	write_gpus(out, "DCGM_FI_DEV_GPU_UTIL", 0, now_s);
	write_pods(out, "kube_pod_container_resource_requests",
		   ",container=\"main\",resource=\"nvidia_com_gpu\"", 1, now_s);
	write_pods(out, "kube_pod_start_time", "", now_s - 86400, now_s);
	write_phases(out, now_s);
}

/* The first of them, in one object. */
static void
expect_detail(const struct responder *r)
{
	static const char *const parts[] = {
	    "\"data\":{\"node_name\":\"p1\",\"gpu_index\":0,",
	    "\"throttle_reasons\":null,\"neighbours\":{\"gpu_count\":2,"
	    "\"utilization\":{\"min\":0,\"median\":0,\"max\":0},"
	    "\"memory_used\":{\"min\":0,\"median\":0,\"max\":0},"
	    "\"memory_total\":{\"min\":80,\"median\":80,\"max\":80},",
	    "\"workloads\":[{\"namespace\":\"ml\",\"pod\":\"long-0\",",
	    "\"problems\":[{\"severity\":\"info\",\"kind\":\"idle_held\",",
	    "\"step_s\":15,"
	    "\"utilization\":{\"min\":0,\"avg\":0,\"max\":0,\"last\":0},"
	    "\"memory_used\":{\"min\":0,\"avg\":0,\"max\":0,\"last\":0},"
	    "\"temperature\":{\"min\":null,\"avg\":null,\"max\":null,"
	    "\"last\":null},"};
	char *text =
	    csv_rows_ask(r, "/api/v1/gpu/detail?node_name=p1&gpu_index=0");

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		bool is_told = strstr(text, parts[i]) != NULL;

		CU_ASSERT_TRUE(is_told);
		if (!is_told)
			printf("# not %s in\n# %s\n", parts[i], text);
	}
	CU_ASSERT_PTR_NULL(strstr(text, "late-0"));
	free(text);
	CU_ASSERT_TRUE(responder_answers(
	    r, "/api/v1/gpu/detail?node_name=p1&gpu_index=9", 404));
}

/* Idle is who was measured for so long; and who has ended has nothing. */
static void
of_the_time_before(void)
{
	static const struct backfill past = {
	    .name = "past",
	    .write = write_past,
	    .there = "count(kube_pod_status_phase)"};
	struct source store;
	struct responder r;
	char *text;

	backfill_start_prometheus(&store, &past);
	responder_start(&r, store.url, NULL);
	exporters_wait_look(&r);
	text = csv_rows_ask(&r, "/api/v1/gpu/workloads?format=csv&"
				"fields=pod,gpu_index,state");
	SUITE_EQUAL(text, "pod,gpu_index,state\r\nlate-0,1,unknown\r\n"
			  "long-0,0,idle\r\n");
	free(text);
	text = csv_rows_ask(&r, "/api/v1/gpu/workloads");
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    text, "\"warnings\":[\"GPUs that exporters still show with a "
		  "pod that has ended, which is left out: 1\"]"));
	free(text);
	text = csv_rows_ask(&r, "/api/v1/gpu/namespaces?format=csv&"
				"fields=namespace,gpu_count,gpu_requested,"
				"idle_gpu_count");
	SUITE_EQUAL(text, "namespace,gpu_count,gpu_requested,idle_gpu_count\r\n"
			  "ml,2,2,\r\n,1,,\r\n");
	free(text);
	text = csv_rows_ask(&r, "/api/v1/gpu/available?format=csv&"
				"idle_for=0&fields=gpu_index");
	SUITE_EQUAL(text, "gpu_index\r\n2\r\n");
	free(text);
	expect_detail(&r);
	text = csv_rows_ask(&r, "/api/v1/gpu/summary?node_name=*");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(text, "\"busy_gpu_count\":0,\"idle_gpu_count\":3,"
			 "\"unknown_gpu_count\":0,\"held_gpu_count\":2,"
			 "\"free_gpu_count\":1,"
			 "\"fits\":{\"1\":1,\"2\":0,\"4\":0,\"8\":0},"));
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"exporters alone", exporters_alone},
	    {"kube-state-metrics, its labels honoured", labels_honoured},
	    {"kube-state-metrics, its labels renamed", labels_renamed},
	    {"two replicas of it", two_replicas},
	    {"pods that wait, and that have ended", waiting_and_ended},
	    {"of the time before", of_the_time_before},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	exporters_serve(&simulator, directory());
	for (size_t i = 0; i < sizeof(stores) / sizeof(*stores); i++)
		start(&stores[i]);
	return suite_run("workloads", tests);
}
