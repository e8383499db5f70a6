/*
 * What changes under a program that runs: pods start on one GPU after the
 * other, exporters and cards come, go and come back, one begins to have a
 * metric.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/exporters.h"
#include "support/file.h"
#include "support/moment.h"
#include "support/suite.h"

enum {
	WORKERS = 5, /* with as many pods as their number, and then fewer */
	GPUS = 4,
	WAIT_STEP_MS = 50,
	WAIT_STEPS = 30000 / WAIT_STEP_MS
};

/* What is to be seen comes because somebody asked, not because time passed. */
#define NEVER "DETECTION_INTERVAL_MS=86400000"

static struct source simulator, prometheus;
static char directory[HARNESS_PATH_BYTES];
static struct responder responder;
static bool has_power_limit;

/* Worker 2 lacks as many of its cards, the last ones. */
enum { LACKING = 2 };
static unsigned lacking;

static void
pause_a_little(void)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* Returns once Prometheus has that many; bails out otherwise. */
static void
wait_for(const char *query, size_t count)
{
	size_t steps = 0;

	while (source_ask(&prometheus, query) != count && steps++ < WAIT_STEPS)
		pause_a_little();
	harness_require(steps <= WAIT_STEPS, "Prometheus never has %zu of %s",
			count, query);
}

/* --- exporters ----------------------------------------------------------- */

/* In one step, so that no scrape sees half of it. */
static void
place(const char *name, const char *text)
{
	char path[HARNESS_PATH_BYTES + 64], temporary[HARNESS_PATH_BYTES + 64];

	snprintf(path, sizeof(path), "%s/%s.prom", directory, name);
	snprintf(temporary, sizeof(temporary), "%s/new", directory);
	file_write(temporary, text);
	harness_require(rename(temporary, path) == 0, "cannot place %s", path);
}

static void
take_away(const char *name)
{
	char path[HARNESS_PATH_BYTES + 64];

	snprintf(path, sizeof(path), "%s/%s.prom", directory, name);
	CU_ASSERT_EQUAL(unlink(path), 0);
}

/* One of tests/exporters. */
static void
place_file(const char *name)
{
	char from[512], *text;

	snprintf(from, sizeof(from), "%s/%s.prom", exporters_directory(), name);
	text = file_read(from);
	place(name, text);
	free(text);
}

static void
write_gpu(FILE *out, unsigned worker, unsigned gpu, bool has_pod)
{
	static const struct {
		const char *name;
		double value;
	} metrics[] = {{"DCGM_FI_DEV_GPU_UTIL", 50},
		       {"DCGM_FI_DEV_FB_USED", 10240},
		       {"DCGM_FI_DEV_FB_FREE", 71065},
		       {"DCGM_FI_DEV_FB_RESERVED", 615},
		       {"DCGM_FI_DEV_POWER_MGMT_LIMIT", 700}};
	size_t count = sizeof(metrics) / sizeof(*metrics) - !has_power_limit;

	for (size_t i = 0; i < count; i++) {
		fprintf(out,
			"%s{gpu=\"%u\",UUID=\"GPU-77000000-0000-4000-8000-"
			"00000000%u%03u\",modelName=\"NVIDIA H100\","
			"Hostname=\"worker-%u\"",
			metrics[i].name, gpu, worker, gpu, worker);
		if (has_pod)
			fprintf(out,
				",container=\"train\",namespace=\"jobs\","
				"pod=\"train-%u\"",
				gpu);
		fprintf(out, "} %g\n", metrics[i].value);
	}
}

static void
place_worker(unsigned worker, unsigned pods)
{
	char name[32], *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	harness_require(out != NULL, "out of memory");
	for (unsigned gpu = 0;
	     gpu < (worker == LACKING ? GPUS - lacking : GPUS); gpu++)
		write_gpu(out, worker, gpu, gpu < pods);
	fclose(out);
	snprintf(name, sizeof(name), "worker-%u", worker);
	place(name, text);
	free(text);
}

/* --- two jobs on one exporter -------------------------------------------- */

static void
wait_for_pods(unsigned worker, unsigned pods)
{
	static const char *const series[] = {
	    "job=\"nvidia-dcgm-exporter\",exported_pod!=\"\"",
	    "job=\"kubernetes-pods\",pod!=\"\""};

	for (size_t i = 0; i < 2; i++) {
		char query[256];

		snprintf(
		    query, sizeof(query),
		    "count(DCGM_FI_DEV_FB_USED{Hostname=\"worker-%u\",%s})",
		    worker, series[i]);
		wait_for(query, pods);
	}
}

/* The worker's name in the answers is that of its target. */
static bool
is_worker(struct json_object *row, unsigned worker)
{
	char name[64];

	snprintf(name, sizeof(name), "worker-%u.example.com", worker);
	return strcmp(invariant_text(row, "node_name"), name) == 0;
}

static void
expect_workers(void)
{
	struct json_object *rows, *nodes;
	struct moment m;

	moment_take(&m, &responder);
	rows = moment_rows(&m, INVARIANT_METRICS);
	nodes = moment_rows(&m, INVARIANT_NODES);
	invariant_site("two jobs", m.envelopes);
	for (unsigned worker = 0; worker < WORKERS; worker++) {
		unsigned cards = 0, found = 0;

		for (size_t i = 0; i < json_object_array_length(rows); i++)
			cards += is_worker(json_object_array_get_idx(rows, i),
					   worker);
		for (size_t i = 0; i < json_object_array_length(nodes); i++)
			found += is_worker(json_object_array_get_idx(nodes, i),
					   worker);
		CU_ASSERT_EQUAL(cards, GPUS);
		CU_ASSERT_EQUAL(found, 1);
		if (cards != GPUS || found != 1)
			printf("# worker %u: %u cards, %u nodes\n", worker,
			       cards, found);
	}
	moment_free(&m);
	invariant_expect();
	exporters_expect_counts(&responder);
}

static void
one_name_in_every_phase(void)
{
	for (unsigned worker = 0; worker < WORKERS; worker++)
		wait_for_pods(worker, worker);
	expect_workers();
	for (unsigned worker = 0; worker < WORKERS; worker++)
		place_worker(worker, WORKERS - 1 - worker);
	for (unsigned worker = 0; worker < WORKERS; worker++)
		wait_for_pods(worker, WORKERS - 1 - worker);
	expect_workers();
}

/* --- what is remembered --------------------------------------------------- */

/* The same rows as of a process that has just been started. */
static void
expect_as_fresh(const struct responder *old, unsigned phase)
{
	static const char *const settings[] = {"SHARE_ANSWERS=off", NULL};
	struct moment remembered, expected;
	struct responder fresh;

	responder_start(&fresh, prometheus.url, settings);
	moment_take(&expected, &fresh);
	CU_ASSERT_EQUAL(process_stop(fresh.process), 0);
	for (unsigned times = 0; times < 3; times++) {
		moment_take(&remembered, old);
		for (unsigned i = 0; i < INVARIANT__MAX; i++) {
			bool is_same =
			    json_object_equal(moment_rows(&remembered, i),
					      moment_rows(&expected, i));

			CU_ASSERT_TRUE(is_same);
			if (!is_same)
				printf("# %s in phase %u, asked %u times\n",
				       moment_paths[i], phase, times + 1);
		}
		moment_free(&remembered);
	}
	moment_free(&expected);
}

/* Pods come and go on all workers, and with the last one a worker does. */
static void
nothing_old_is_remembered(void)
{
	static const char *const settings[] = {"SHARE_ANSWERS=off", NULL};
	const unsigned last = WORKERS - 1;
	struct responder old;

	responder_start(&old, prometheus.url, settings);
	for (unsigned phase = 0; phase < GPUS; phase++) {
		for (unsigned worker = 0; worker < last; worker++)
			place_worker(worker, (worker + phase) % (GPUS + 1));
		if (phase % 2 == 0)
			take_away("worker-4");
		else
			place_worker(last, phase);
		for (unsigned worker = 0; worker < last; worker++)
			wait_for_pods(worker, (worker + phase) % (GPUS + 1));
		wait_for("count(DCGM_FI_DEV_FB_USED)",
			 2 * GPUS * (WORKERS - (phase % 2 == 0)));
		expect_as_fresh(&old, phase);
	}
	CU_ASSERT_EQUAL(process_stop(old.process), 0);
}

/* --- what comes ---------------------------------------------------------- */

/* Asks until the answer has the text: at once, or soon. */
static void
expect_soon(const char *path, const char *text)
{
	bool is_there = false;

	for (int i = 0; i < WAIT_STEPS && !is_there; i++) {
		char *body = exporters_body(&responder, path);

		is_there = strstr(body, text) != NULL;
		free(body);
		if (!is_there)
			pause_a_little();
	}
	CU_ASSERT_TRUE(is_there);
	if (!is_there)
		printf("# %s never has %s\n", path, text);
}

/* The answer without; for what the next look has to find. */
static void
expect_soon_not(const char *path, const char *text)
{
	bool is_there = true;

	for (int i = 0; i < WAIT_STEPS && is_there; i++) {
		char *body = exporters_body(&responder, path);

		is_there = strstr(body, text) != NULL;
		free(body);
		if (is_there)
			pause_a_little();
	}
	CU_ASSERT_FALSE(is_there);
	if (is_there)
		printf("# %s always has %s\n", path, text);
}

static void
exporter_comes(void)
{
	place_file("nvitop");
	wait_for("count(gpu_utilization_Percentage) > bool 0", 1);
	expect_soon("/api/v1/gpu/metrics", "\"ws-12\"");
	expect_soon("/api/v1/gpu/utilization", "\"ws-12\"");
	expect_soon("/api/v1/gpu/processes", "\"ws-12\"");
}

/* --- what falls silent ---------------------------------------------------- */

static const char *const answers[] = {
    "/api/v1/gpu/metrics", "/api/v1/gpu/utilization", "/api/v1/gpu/processes",
    "/api/v1/gpu/nodes"};

enum { ANSWERS = sizeof(answers) / sizeof(*answers) };

#define MISSING "GPUs missing on "
#define SILENT	", silent for less than ten minutes: "

/* In the answer to this very request. */
static void
expect_not(const char *path, const char *text)
{
	char *body = exporters_body(&responder, path);
	bool is_there = strstr(body, text) != NULL;

	CU_ASSERT_FALSE(is_there);
	if (is_there)
		printf("# %s has %s: %s\n", path, text, body);
	free(body);
}

static void
place_lacking(unsigned count)
{
	lacking = count;
	place_worker(LACKING, 0);
	wait_for("count(DCGM_FI_DEV_FB_USED)", 2 * (WORKERS * GPUS - lacking));
}

static void
cards_fall_silent(void)
{
	for (size_t i = 0; i < ANSWERS; i++)
		expect_not(answers[i], MISSING);
	place_lacking(2);
	for (size_t i = 0; i < ANSWERS; i++)
		expect_soon(answers[i],
			    MISSING "worker-2.example.com" SILENT "2, 3\"");
	expect_soon("/api/v1/gpu/nodes",
		    "\"worker-2.example.com\",\"gpu_count\":2");
	place_lacking(1);
	/* Who is in the answer is not missing, whatever a look found. */
	expect_not("/api/v1/gpu/metrics", SILENT "2, 3\"");
	expect_soon("/api/v1/gpu/processes",
		    MISSING "worker-2.example.com" SILENT "3\"");
	place_lacking(0);
	expect_not("/api/v1/gpu/metrics", MISSING);
	for (size_t i = 0; i < ANSWERS; i++)
		expect_soon_not(answers[i], MISSING);
}

static void
target_falls_silent(void)
{
	take_away("worker-3");
	wait_for("count(DCGM_FI_DEV_FB_USED)", 2 * (WORKERS - 1) * GPUS);
	for (size_t i = 0; i < ANSWERS; i++)
		expect_soon(answers[i], MISSING "worker-3.example.com" SILENT
						"0, 1, 2, 3\"");
	place_worker(3, 0);
	wait_for("count(DCGM_FI_DEV_FB_USED)", 2 * WORKERS * GPUS);
	expect_not("/api/v1/gpu/metrics", MISSING);
	for (size_t i = 0; i < ANSWERS; i++)
		expect_soon_not(answers[i], MISSING);
}

static void
exporter_comes_back(void)
{
	expect_soon("/api/v1/gpu/metrics", "\"gpu-node-1\"");
	take_away("seed-field");
	wait_for("count(nvidia_gpu_utilization_percent)", 0);
	expect_soon("/api/v1/gpu/metrics",
		    "nvidia-gpu-list-exporter has been silent for less than "
		    "ten minutes: its GPUs are missing");
	expect_not("/api/v1/gpu/metrics", MISSING);
	place_file("seed-field");
	wait_for("count(nvidia_gpu_utilization_percent)", 2);
	expect_soon("/api/v1/gpu/metrics", "\"utilization\":87");
	expect_soon("/api/v1/gpu/nodes", "\"gpu-node-1\"");
}

static void
metric_comes(void)
{
	has_power_limit = true;
	for (unsigned worker = 0; worker < WORKERS; worker++)
		place_worker(worker, worker);
	wait_for("count(DCGM_FI_DEV_POWER_MGMT_LIMIT)", 2 * WORKERS * GPUS);
	expect_soon("/api/v1/gpu/metrics", "\"power_limit\":700");
}

/* --- all of it ----------------------------------------------------------- */

/* Each worker's exporter, as its operator has it scraped, and as the usual job
 * for all pods does; and two that come and go. */
static void
start_prometheus(void)
{
	static struct exporters_target targets[2 * WORKERS + 3];
	static char labels[2 * WORKERS][256], files[WORKERS][32];
	const struct exporters_site site = {.simulator = &simulator,
					    .directory = directory,
					    .targets = targets};
	size_t count = 0;

	for (unsigned worker = 0; worker < WORKERS; worker++) {
		snprintf(files[worker], sizeof(*files), "worker-%u", worker);
		snprintf(labels[count], sizeof(*labels),
			 "job: nvidia-dcgm-exporter, namespace: gpu-operator, "
			 "instance: '10.1.1.%u:9400', container: exporter, "
			 "pod: nvidia-dcgm-exporter-%u",
			 worker, worker);
		targets[count] = (struct exporters_target){
		    files[worker], labels[count], false};
		count++;
		snprintf(labels[count], sizeof(*labels),
			 "job: kubernetes-pods, instance: '10.1.1.%u:9400', "
			 "kubernetes_node: worker-%u.example.com",
			 worker, worker);
		targets[count] = (struct exporters_target){
		    files[worker], labels[count], false};
		count++;
	}
	targets[count++] = (struct exporters_target){
	    "seed-field", "job: gpus, instance: '10.20.0.1:9101'", false};
	targets[count++] = (struct exporters_target){
	    "nvitop", "job: nvitop, instance: '10.20.8.1:8000'", false};
	exporters_start_prometheus(&prometheus, &site);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"two jobs on one exporter: one name for a node, with any pods",
	     one_name_in_every_phase},
	    {"who remembers series answers as who has just been started",
	     nothing_old_is_remembered},
	    {"an exporter that comes is there without a look of its own",
	     exporter_comes},
	    {"a card that falls silent is told of", cards_fall_silent},
	    {"and so are those of a target", target_falls_silent},
	    {"an exporter that comes back is there without a look of its own",
	     exporter_comes_back},
	    {"and a metric that an exporter begins to have", metric_comes},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	static const char *const settings[] = {NEVER, NULL};

	harness_start();
	harness_path(directory, "changes");
	harness_require(mkdir(directory, 0700) == 0, "cannot make %s",
			directory);
	for (unsigned worker = 0; worker < WORKERS; worker++)
		place_worker(worker, worker);
	place_file("seed-field");
	exporters_serve(&simulator, directory);
	start_prometheus();
	wait_for("count(DCGM_FI_DEV_FB_USED)", 2 * WORKERS * GPUS);
	wait_for("count(nvidia_gpu_utilization_percent)", 2);
	responder_start(&responder, prometheus.url, settings);
	return suite_run("changes", tests);
}
