/*
 * 10,000 GPUs from a real Prometheus through nginx: complete and right, and
 * what that takes.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/fleet_expect.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

/* Sanitizers make all of it many times slower. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { NODES = 250, IS_REDUCED = 1 };
#else
enum { NODES = 1250, IS_REDUCED = 0 };
#endif
enum { GPUS = 8, SCRAPE_INTERVAL_S = 5 };

static const struct fleet_expect fleet = {.nodes = NODES, .gpus = GPUS};
static struct source simulator, prometheus;
static struct responder responder;
static struct nginx nginx;

static unsigned
count(const char *text, const char *part)
{
	unsigned found = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		found++;
	return found;
}

/* A busy machine may not make the deadline at once, which is not this test's
 * subject. */
static void
ask_until_in_time(struct http_reply *r, const char *path)
{
	enum { TRIES = 10 };

	http_get(r, nginx_url(&nginx, path));
	for (int i = 1; r->status == 504 && i < TRIES; i++) {
		http_free(r);
		http_get(r, nginx_url(&nginx, path));
	}
}

static void
expect_all(const char *path, char *(*expect)(const struct fleet_expect *),
	   const char *row, unsigned rows)
{
	char *expected = expect(&fleet);
	struct http_reply r;

	ask_until_in_time(&r, path);
	CU_ASSERT_EQUAL(count(r.body, row), rows);
	body_expect(&r, expected, BODY_NOW);
	http_free(&r);
	free(expected);
}

static void
all_metrics(void)
{
	expect_all("/api/v1/gpu/metrics", fleet_expect_metrics,
		   "\"gpu_index\":", NODES * GPUS);
}

static void
all_nodes(void)
{
	expect_all("/api/v1/gpu/nodes", fleet_expect_nodes,
		   "\"node_name\":", NODES);
}

static void
all_utilization(void)
{
	expect_all("/api/v1/gpu/utilization", fleet_expect_utilization,
		   "\"gpu_index\":", NODES * GPUS);
}

static void
peak_memory(void)
{
	long kib = process_peak_kib(responder.process->pid);

	CU_ASSERT_TRUE(kib > 0);
	printf("# the responder's peak memory with %d GPUs: %ld KiB\n",
	       NODES * GPUS, kib);
	if (IS_REDUCED)
		puts("# fewer than 10,000 GPUs, since sanitizers slow it down; "
		     "the memory is mostly theirs");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"metrics: every value of every GPU", all_metrics},
	    {"nodes: every aggregate of every node", all_nodes},
	    {"utilization: every GPU", all_utilization},
	    {"the peak memory is stated", peak_memory},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	char nodes[16];
	const char *size[] = {"--nodes", nodes, "--gpus", "8", NULL};

	snprintf(nodes, sizeof(nodes), "%d", NODES);
	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, SCRAPE_INTERVAL_S);
	source_wait_series(&prometheus,
			   (size_t)NODES * GPUS * FLEET_METRIC__MAX);
	responder_start(&responder, prometheus.url, NULL);
	nginx_start_plain(&nginx, responder.socket);
	return suite_run("scale", tests);
}
