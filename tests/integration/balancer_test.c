/*
 * Two replicas of Prometheus behind a balancer, which scrape at different
 * moments: whichever of them is asked what, a total is the true one, and used
 * and free memory are of one moment.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/exporters.h"
#include "support/file.h"
#include "support/gate.h"
#include "support/moment.h"
#include "support/suite.h"

/* More series than are asked for in one query. */
enum { NODES = 8, GPUS = 8, ANSWERS = 30 };

struct replica {
	struct source prometheus;
	struct exporters_site site;
	struct exporters_target targets[2];
};

static struct source simulator;
static struct replica replicas[2];
static char directory[HARNESS_PATH_BYTES];

struct state {
	const char *file;
	double used_gib, free_gib;
};

/* A job has ended, and one of the two has not scraped since. */
static const struct state states[] = {{"job-runs", 70, 9.4},
				      {"job-has-ended", 1, 78.4}};
static const double reserved_gib = 0.6, total_gib = 80;

static void
write_gpu(FILE *out, const struct state *s, unsigned node, unsigned gpu)
{
	static const char *const names[] = {
	    "DCGM_FI_DEV_FB_USED",     "DCGM_FI_DEV_FB_FREE",
	    "DCGM_FI_DEV_FB_RESERVED", "DCGM_FI_DEV_GPU_UTIL",
	    "DCGM_FI_DEV_GPU_TEMP",    "DCGM_FI_DEV_POWER_USAGE",
	    "DCGM_FI_DEV_SM_CLOCK",    "DCGM_FI_DEV_MEM_CLOCK"};
	const double values[] = {s->used_gib * 1024,
				 s->free_gib * 1024,
				 reserved_gib * 1024,
				 s->used_gib,
				 40,
				 100,
				 1410,
				 1215};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		fprintf(out,
			"%s{gpu=\"%u\",UUID=\"GPU-%08u-0000-4000-8000-"
			"%012u\",Hostname=\"worker-%u\"} %g\n",
			names[i], gpu, node, gpu, node, values[i]);
}

static void
write_state(const struct state *s)
{
	char path[HARNESS_PATH_BYTES + 32], *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	harness_require(out != NULL, "out of memory");
	for (unsigned node = 1; node <= NODES; node++)
		for (unsigned gpu = 0; gpu < GPUS; gpu++)
			write_gpu(out, s, node, gpu);
	fclose(out);
	snprintf(path, sizeof(path), "%s/%s.prom", directory, s->file);
	file_write(path, text);
	free(text);
}

/* --- the answers --------------------------------------------------------- */

static bool
is_near(struct json_object *row, const char *key, double value)
{
	const char *text = invariant_text(row, key);

	return text != NULL && fabs(strtod(text, NULL) - value) < 0.01;
}

static bool
is_one_of_the_states(struct json_object *row)
{
	for (size_t i = 0; i < 2; i++)
		if (is_near(row, "memory_used", states[i].used_gib) &&
		    is_near(row, "memory_free", states[i].free_gib) &&
		    is_near(row, "memory_total", total_gib) &&
		    is_near(row, "memory_utilization",
			    states[i].used_gib / total_gib * 100))
			return true;
	return false;
}

static void
check_states(const struct moment *m)
{
	struct json_object *rows = moment_rows(m, INVARIANT_METRICS);
	struct json_object *nodes = moment_rows(m, INVARIANT_NODES);

	CU_ASSERT_EQUAL(json_object_array_length(rows), NODES * GPUS);
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (!is_one_of_the_states(row)) {
			invariant_broken("replicas",
					 "a state that never was: "
					 "%s",
					 json_object_to_json_string(row));
			break;
		}
	}
	for (size_t i = 0; i < json_object_array_length(nodes); i++)
		if (!is_near(json_object_array_get_idx(nodes, i),
			     "memory_total", GPUS * total_gib)) {
			invariant_broken(
			    "replicas", "%s",
			    json_object_to_json_string(
				json_object_array_get_idx(nodes, i)));
			break;
		}
}

static void
totals_are_true(void)
{
	static const char *const settings[] = {"DETECTION_INTERVAL_MS=200",
					       NULL};
	const struct source *const upstreams[] = {
	    &replicas[0].prometheus, &replicas[1].prometheus, NULL};
	static struct gate balancer;
	struct responder r;

	for (size_t i = 0; i < 2; i++)
		exporters_wait(&replicas[i].prometheus, &replicas[i].site);
	gate_start(&balancer, upstreams);
	responder_start(&r, balancer.source.url, settings);
	gate_wait_looked(&balancer);
	for (int i = 0; i < ANSWERS; i++) {
		struct moment m;

		moment_take(&m, &r);
		check_states(&m);
		invariant_site("replicas", m.envelopes);
		moment_free(&m);
	}
	invariant_expect();
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"totals are true, and what adds up is of one moment",
	     totals_are_true},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	harness_path(directory, "replicas");
	harness_require(mkdir(directory, 0700) == 0, "cannot make %s",
			directory);
	exporters_serve(&simulator, directory);
	for (size_t i = 0; i < 2; i++) {
		struct replica *r = &replicas[i];

		write_state(&states[i]);
		r->targets[0] = (struct exporters_target){
		    states[i].file,
		    "job: dcgm-exporter, instance: '10.1.1.1:9400'", false};
		r->site = (struct exporters_site){.simulator = &simulator,
						  .directory = directory,
						  .targets = r->targets};
		exporters_start_prometheus(&r->prometheus, &r->site);
	}
	return suite_run("balancer", tests);
}
