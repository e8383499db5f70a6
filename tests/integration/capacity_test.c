/*
 * What Kubernetes has on each node and what exporters see there: whether
 * Prometheus honours the labels of kube-state-metrics or renames them, one
 * replica of it or two. The rows in tests/capacity were written by hand.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/csv_rows.h"
#include "support/exporters.h"
#include "support/harness.h"
#include "support/suite.h"

/* Of kube-state-metrics itself: b1 is the node that it runs on. */
#define KUBE(instance, cluster)                                                \
	"job: kube-state-metrics, instance: '" instance                        \
	":8080', node: b1, namespace: monitoring, pod: ksm-" instance          \
	", container: ksm, cluster: " cluster
#define EXPORTER(job, instance, cluster)                                       \
	"job: " job ", instance: '" instance "', namespace: monitoring, pod: " \
	"exporter-aaa, container: exporter, cluster: " cluster
#define CARDS(cluster, honors)                                                 \
	{"cards", EXPORTER("dcgm", "10.9.0.1:9400", cluster), honors},         \
	{                                                                      \
		"amd", EXPORTER("amd", "10.9.0.2:5000", cluster), honors       \
	}

/* Each in a cluster of its own; of the last one nobody tells what it has. */
static const struct exporters_target targets[] = {
    CARDS("honoured", true),
    {"kube", KUBE("10.9.1.1", "honoured"), true},
    CARDS("renamed", false),
    {"kube", KUBE("10.9.1.2", "renamed"), false},
    CARDS("twice", true),
    {"kube", KUBE("10.9.1.3", "twice"), true},
    {"kube-late", KUBE("10.9.1.4", "twice"), true},
    CARDS("twice-renamed", false),
    {"kube-late", KUBE("10.9.1.5", "twice-renamed"), false},
    {"kube", KUBE("10.9.1.6", "twice-renamed"), false},
    CARDS("untold", true),
    {NULL, NULL, false}};

static const struct exporters_target alone[] = {CARDS("alone", true),
						{NULL, NULL, false}};

static struct source simulator, prometheus, without;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = targets},
			     site_without = {.simulator = &simulator,
					     .targets = alone};

static const char path[] = "/api/v1/gpu/capacity";

static void
start_with(struct responder *r, const struct source *database,
	   const struct exporters_site *of, const char *const *settings)
{
	exporters_wait(database, of);
	responder_start(r, database->url, settings);
	exporters_wait_look(r);
}

static void
start(struct responder *r, const struct source *database,
      const struct exporters_site *of)
{
	start_with(r, database, of, NULL);
}

static void
rows_by_hand(void)
{
	static const char *const clusters[] = {"honoured", "renamed", "twice",
					       "twice-renamed"};
	struct responder r;
	char file[512], *text;

	start(&r, &prometheus, &site);
	snprintf(file, sizeof(file), "%s/rows.csv", site.directory);
	for (size_t i = 0; i < sizeof(clusters) / sizeof(*clusters); i++)
		csv_rows_expect(&r, path, clusters[i], file);
	text = csv_rows_ask(&r, "/api/v1/gpu/capacity?cluster=untold");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"data\":[]"));
	CU_ASSERT_PTR_NULL(strstr(text, "\"warnings\""));
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* Which GPUs are free is told of what Kubernetes has left, and where it has no
 * say, or nobody tells, of how they are used: now, since no Prometheus of a
 * test was there five minutes ago. */
static void
free_by_hand(void)
{
	static const struct {
		const char *file, *query;
	} asked[] = {
	    {"available", "?idle_for=0"},
	    {"available-5m", "?idle_for=5m"},
	    {"available-nodes", "?by=node&idle_for=0"},
	    {"available-instances", "?by=node&mig_profile=*&idle_for=0"},
	    {"available-models", "?by=model&idle_for=0"}};
	static const char *const clusters[] = {"honoured", "renamed", "twice",
					       "twice-renamed"};
	struct responder r;
	char file[512], endpoint[128];

	start(&r, &prometheus, &site);
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		snprintf(file, sizeof(file), "%s/%s.csv", site.directory,
			 asked[i].file);
		snprintf(endpoint, sizeof(endpoint), "/api/v1/gpu/available%s",
			 asked[i].query);
		for (size_t k = 0; k < sizeof(clusters) / sizeof(*clusters);
		     k++)
			csv_rows_expect(&r, endpoint, clusters[k], file);
	}
	snprintf(file, sizeof(file), "%s/available-untold.csv", site.directory);
	csv_rows_expect(&r,
			"/api/v1/gpu/available?by=node&count=2&order=spread&"
			"idle_for=0",
			"untold", file);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* By hand, of the same files: exporters show no pods, some of which have GPUs,
 * so nobody knows of each whether it is held. */
static void
summary_by_hand(void)
{
	static const char *const clusters[] = {"honoured", "renamed", "twice",
					       "twice-renamed"};
	struct responder r;
	char endpoint[128], *text;

	start(&r, &prometheus, &site);
	for (size_t i = 0; i < sizeof(clusters) / sizeof(*clusters); i++) {
		snprintf(endpoint, sizeof(endpoint),
			 "/api/v1/gpu/summary?cluster=%s", clusters[i]);
		text = csv_rows_ask(&r, endpoint);
		CU_ASSERT_PTR_NOT_NULL(strstr(
		    text, "\"data\":{\"node_count\":11,\"gpu_count\":21,"
			  "\"mig_instance_count\":5,\"gpu_models\":["
			  "{\"gpu_name\":\"AMD Instinct MI300X OAM\","
			  "\"gpu_count\":2},{\"gpu_name\":"
			  "\"NVIDIA A100-SXM4-80GB\",\"gpu_count\":19}],"));
		CU_ASSERT_PTR_NOT_NULL(strstr(text,
					      "\"busy_gpu_count\":10,"
					      "\"idle_gpu_count\":11,"
					      "\"unknown_gpu_count\":0,"
					      "\"held_gpu_count\":null,"));
		free(text);
	}
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* Each of the instances has 512 MiB in use. */
static void
free_as_settings_have_it(void)
{
	static const char *const settings[] = {
	    "AVAILABLE_MEMORY_USED_BYTES=536870912", NULL};
	struct responder r;
	char *text;

	start_with(&r, &prometheus, &site, settings);
	text = csv_rows_ask(
	    &r, "/api/v1/gpu/available?format=csv&cluster=renamed&"
		"mig_profile=*&idle_for=0&fields=node_name,gpu_index,"
		"mig_instance_id");
	SUITE_EQUAL(text, "node_name,gpu_index,mig_instance_id\r\n");
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
filtered(void)
{
	struct responder r;
	char *text;

	start(&r, &prometheus, &site);
	text = csv_rows_ask(
	    &r, "/api/v1/gpu/capacity?format=csv&cluster=renamed&ready=true&"
		"schedulable=true&largest_free=1..&sort=-node_name&"
		"fields=node_name,ready");
	SUITE_EQUAL(text,
		    "node_name,ready\r\nb6,true\r\nb1,true\r\na1,true\r\n");
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
nobody_tells(void)
{
	struct responder r;
	char *text;

	start(&r, &without, &site_without);
	text = csv_rows_ask(&r, path);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"data\":[]"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(text, "\"warnings\":[\"No kube-state-metrics tells of a "
			 "node that has GPUs\"]"));
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"rows by hand", rows_by_hand},
	    {"free by hand", free_by_hand},
	    {"summary by hand", summary_by_hand},
	    {"free as settings have it", free_as_settings_have_it},
	    {"filtered", filtered},
	    {"nobody tells", nobody_tells},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = site_without.directory =
	    harness_source("tests/capacity");
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	exporters_start_prometheus(&without, &site_without);
	return suite_run("capacity", tests);
}
