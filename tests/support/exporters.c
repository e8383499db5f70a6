#include "support/exporters.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/body.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/golden.h"
#include "support/port.h"

/* Not of the scrapes themselves. */
#define OF_EXPORTERS "job!=\"\",__name__!~\"up|scrape_.+\""

enum {
	WAIT_STEP_MS = 50,
	WAIT_STEPS = 60000 / WAIT_STEP_MS,
	SCRAPE_INTERVAL_S = 2
};

const char *
exporters_directory(void)
{
	return harness_source("tests/exporters");
}

void
exporters_serve(struct source *out, const char *directory)
{
	const char *arguments[] = {"--directory", directory, NULL};

	source_start_simulator(out, arguments);
}

/* --- the databases ------------------------------------------------------- */

/* Another Prometheus' series, under labels of their own. */
static void
write_federation(FILE *out, const struct source *federated)
{
	fprintf(
	    out,
	    "  - job_name: federate\n"
	    "    metrics_path: /federate\n"
	    "    params: {'match[]': ['{" OF_EXPORTERS "}']}\n"
	    "    static_configs:\n"
	    "      - targets: ['127.0.0.1:%u']\n"
	    "        labels: {instance: 'prometheus-edge.example.org:9090'}\n",
	    federated->port);
}

/* Both take the same file; to be freed. */
static char *
scrape_conf(const struct exporters_site *site)
{
	unsigned interval_s = site->scrape_interval_s != 0
				  ? site->scrape_interval_s
				  : SCRAPE_INTERVAL_S;
	size_t length, number = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &length);

	harness_require(out != NULL, "out of memory");
	fprintf(out,
		"global:\n"
		"  scrape_interval: %us\n"
		"  scrape_timeout: %us\n"
		"scrape_configs:\n",
		interval_s, interval_s);
	for (const struct exporters_target *t = site->targets; t->file != NULL;
	     t++)
		fprintf(out,
			"  - job_name: target-%zu\n"
			"    metrics_path: /%s\n"
			"    honor_labels: %s\n"
			"    static_configs:\n"
			"      - targets: ['127.0.0.1:%u']\n"
			"        labels: {%s}\n",
			number++, t->file, t->honors_labels ? "true" : "false",
			site->simulator->port, t->labels);
	if (site->federated != NULL)
		write_federation(out, site->federated);
	fclose(out);
	return text;
}

void
exporters_start_prometheus(struct source *out,
			   const struct exporters_site *site)
{
	char *text = scrape_conf(site);

	source_start_prometheus_with(out, text);
	free(text);
}

void
exporters_start_victoria(struct source *out, const struct exporters_site *site)
{
	char conf[HARNESS_PATH_BYTES], data[HARNESS_PATH_BYTES];
	char conf_option[160], data_option[160], listen_option[64];
	const char *argv[] = {"victoria-metrics",
			      conf_option,
			      data_option,
			      listen_option,
			      "-retentionPeriod=1d",
			      "-search.latencyOffset=0s",
			      "-search.disableCache",
			      "-loggerLevel=WARN",
			      NULL};
	char *text = scrape_conf(site);

	harness_path(conf, "victoria.yml");
	harness_path(data, "victoria");
	file_write(conf, text);
	free(text);
	out->port = port_free();
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
	snprintf(conf_option, sizeof(conf_option), "-promscrape.config=%s",
		 conf);
	snprintf(data_option, sizeof(data_option), "-storageDataPath=%s", data);
	snprintf(listen_option, sizeof(listen_option),
		 "-httpListenAddr=127.0.0.1:%u", out->port);
	out->process = process_start(
	    &(struct process_plan){.name = "victoria", .argv = argv});
}

/* The lines that are samples; NaN, which no comparison finds, left out. */
static size_t
count_samples(const struct exporters_site *site, const char *file)
{
	char path[512], *text, *line;
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/%s.prom", site->directory, file);
	text = file_read(path);
	for (line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		count += line[0] != '#' && strstr(line, "} NaN") == NULL;
	free(text);
	return count;
}

void
exporters_wait(const struct source *database, const struct exporters_site *site)
{
	static const char query[] = "count({" OF_EXPORTERS "} > -1e300)";
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	size_t expected = 0, got, steps = 0;

	for (const struct exporters_target *t = site->targets; t->file != NULL;
	     t++)
		expected += count_samples(site, t->file);
	if (site->federated != NULL)
		expected += source_ask(site->federated, query);
	harness_require(expected > 0, "no samples in %s", site->directory);
	while ((got = source_ask(database, query)) != expected &&
	       steps++ < WAIT_STEPS)
		nanosleep(&pause, NULL);
	harness_require(got == expected, "%s has %zu samples instead of %zu",
			database->process->name, got, expected);
}

/* --- the program --------------------------------------------------------- */

char *
exporters_body(const struct responder *r, const char *path)
{
	char *answer = fcgi_client_fetch(r->socket, path), *body;
	const char *end = strstr(answer, "\r\n\r\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, "{\"success\":true,"));
	body = body_mask(end + 4, BODY_NOW);
	free(answer);
	return body;
}

void
exporters_wait_look(const struct responder *r)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	bool has_looked = false;

	for (size_t i = 0; i < WAIT_STEPS && !has_looked; i++) {
		char *answer = fcgi_client_fetch(r->socket, "/metrics");

		has_looked = strstr(answer, "_exporter_gpus{") != NULL;
		free(answer);
		if (!has_looked)
			nanosleep(&pause, NULL);
	}
	CU_ASSERT_TRUE(has_looked);
}

static int64_t
count_of(struct json_object *rows, size_t i)
{
	return json_object_get_int64(json_object_object_get(
	    json_object_array_get_idx(rows, i), "gpu_count"));
}

/* The list of that name in the answer, or the answer's own; to be put. */
static struct json_object *
list_of(const struct responder *r, const char *path, const char *name)
{
	char *body = exporters_body(r, path);
	struct json_object *envelope = json_tokener_parse(body);
	struct json_object *list = json_object_object_get(envelope, "data");

	if (name != NULL)
		list = json_object_object_get(list, name);
	json_object_get(list);
	json_object_put(envelope);
	free(body);
	return list;
}

void
exporters_expect_counts(const struct responder *r)
{
	struct json_object *nodes, *exporters;
	int64_t count = 0, largest = 0, all = 0;
	char *health;

	/* What /api/health counts are the cards of the first look. */
	exporters_wait_look(r);
	nodes = list_of(r, "/api/v1/gpu/nodes", NULL);
	exporters = list_of(r, "/api/health", "exporters");
	for (size_t i = 0; i < json_object_array_length(nodes); i++)
		count += count_of(nodes, i);
	for (size_t i = 0; i < json_object_array_length(exporters); i++) {
		int64_t own = count_of(exporters, i);

		largest = own > largest ? own : largest;
		all += own;
	}
	health = exporters_body(r, "/api/health");
	CU_ASSERT_PTR_NULL(strstr(health, "have no rows"));
	free(health);
	CU_ASSERT_TRUE(largest <= count && count <= all);
	if (largest > count || count > all)
		printf("# the nodes have %" PRId64 " GPUs, exporters %" PRId64
		       " to %" PRId64 "\n",
		       count, largest, all);
	json_object_put(nodes);
	json_object_put(exporters);
}

/* A line for each GPU, node, process and exporter; the version masked. */
static void
write_lines(FILE *out, const char *body)
{
	static const char version[] = "\"version\":\"" PACKAGE_VERSION "\"";

	while (*body != '\0') {
		if (strncmp(body, "{\"node_name\":", 13) == 0 ||
		    strncmp(body, "{\"name\":", 8) == 0)
			fputs("\n  ", out);
		if (strncmp(body, version, sizeof(version) - 1) == 0) {
			fputs("\"version\":\"V\"", out);
			body += sizeof(version) - 1;
		} else {
			putc_unlocked(*body++, out);
		}
	}
}

void
exporters_expect(const struct responder *r, const char *name)
{
	static const char *const paths[] = {
	    "/api/v1/gpu/metrics", "/api/v1/gpu/nodes",
	    "/api/v1/gpu/utilization", "/api/v1/gpu/processes", "/api/health"};
	char golden[128], *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	harness_require(out != NULL, "out of memory");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char *body = exporters_body(r, paths[i]);

		fprintf(out, "%s\"%s\":\n", i == 0 ? "{" : ",\n", paths[i]);
		write_lines(out, body);
		free(body);
	}
	fputs("}", out);
	fclose(out);
	snprintf(golden, sizeof(golden), "exporters/%s.json", name);
	GOLDEN_EQUAL(golden, text, length);
	free(text);
}

void
exporters_expect_of(const struct source *database, const char *profiles,
		    const char *name)
{
	char setting[RESPONDER_VALUE_BYTES];
	const char *settings[] = {setting, NULL};
	struct responder r;

	snprintf(setting, sizeof(setting), "GPU_PROFILES=%s", profiles);
	responder_start(&r, database->url, settings);
	exporters_expect_counts(&r);
	exporters_expect(&r, name);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}
