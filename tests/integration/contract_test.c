/*
 * The OpenAPI document against the server that wrote it, from a real
 * Prometheus, through spawn-fcgi and nginx: tests/contract.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/exporters.h"
#include "support/file.h"
#include "support/nginx.h"
#include "support/npm_step.h"
#include "support/process.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

enum { NODES = 3, GPUS = 2 };

static struct source simulator, prometheus;
static struct responder responder;
static struct nginx nginx;

/* A fleet whose names are what breaks sheets. */
static struct source hostile_files, hostile_prometheus;
static struct responder hostile;
static struct nginx hostile_nginx;

/* As the text format of exporters has them, in which a backslash escapes. */
static const char *const hostile_names[] = {
    "=cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\ttab",
    "\rreturn",
    "comma, and \\\"quotes\\\"",
    "\\\"",
    "two\\nlines",
    "lines\r\\n,of another",
    " spaces ",
    "semi;colon",
    "it's",
    "\\\\back",
    "\u30ce\u30fc\u30c9 \U0001f525",
    "null",
    "0x10",
};
enum { HOSTILE = sizeof(hostile_names) / sizeof(*hostile_names) };

static void
run_step_of(const char *step, const char *url)
{
	npm_step_run("tests/contract/run.sh", step, url);
}

static void
run_step(const char *step)
{
	run_step_of(step, nginx.url);
}

static void
document_is_good(void)
{
	run_step("lint");
}

static void
answers_are_as_it_says(void)
{
	run_step("answers");
}

static void
requests_are_as_it_says(void)
{
	run_step("generated");
}

static void
readme_has_its_tables(void)
{
	run_step("readme");
}

static void
page_has_its_types(void)
{
	run_step("types");
}

static void
sheets_are_the_same(void)
{
	run_step("csv");
}

static void
hostile_sheets_are_the_same(void)
{
	run_step_of("answers", hostile_nginx.url);
	run_step_of("csv", hostile_nginx.url);
}

static void
client_compiles_and_runs(void)
{
	run_step("client");
}

static void
dashboard_is_answered(void)
{
	run_step("grafana");
}

static void
write_hostile_names(const char *path)
{
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	harness_require(out != NULL, "out of memory");
	for (size_t i = 0; i < HOSTILE; i++) {
		const char *name = hostile_names[i];

		fprintf(out,
			"nvidia_gpu_utilization_percent{hostname=\"%s\","
			"gpu=\"0\",gpu_name=\"%s\"} %zu.5\n",
			name, name, i);
		fprintf(out,
			"nvidia_gpu_process_cpu_percent{hostname=\"%s\","
			"gpu=\"0\",pid=\"%zu\",process_name=\"%s\","
			"user=\"%s\",command=\"%s\"} %zu.5\n",
			name, i + 1, name, name, name, i);
	}
	fclose(out);
	file_write(path, text);
	free(text);
}

static void
start_hostile(void)
{
	static const struct exporters_target targets[] = {
	    {"hostile", "job: hostile, instance: '10.1.9.1:9400'", false},
	    {NULL, NULL, false}};
	static const char *const settings[] = {"SHARE_ANSWERS=on",
					       "PROCESS_COMMAND=full", NULL};
	char directory[HARNESS_PATH_BYTES], path[HARNESS_PATH_BYTES + 16];
	const struct exporters_site site = {.simulator = &hostile_files,
					    .directory = directory,
					    .targets = targets};

	harness_path(directory, "hostile");
	harness_require(mkdir(directory, 0700) == 0, "cannot make %s",
			directory);
	snprintf(path, sizeof(path), "%s/hostile.prom", directory);
	write_hostile_names(path);
	exporters_serve(&hostile_files, directory);
	exporters_start_prometheus(&hostile_prometheus, &site);
	exporters_wait(&hostile_prometheus, &site);
	responder_start(&hostile, hostile_prometheus.url, settings);
	nginx_start_plain(&hostile_nginx, hostile.socket);
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "3", "--gpus", "2", NULL};
	static const char *const shares[] = {"SHARE_ANSWERS=on", NULL};
	static const struct webserver_change changes[] = {
	    {"http.conf", "rate=1000r/s", "rate=100000r/s"},
	    {"http.conf", "rate=20r/s", "rate=100000r/s"}};
	static const struct suite_test tests[] = {
	    {"the document is good", document_is_good},
	    {"answers are as it says", answers_are_as_it_says},
	    {"generated requests are answered as it says",
	     requests_are_as_it_says},
	    {"the README's tables are the document's", readme_has_its_tables},
	    {"the page's types are the document's", page_has_its_types},
	    {"CSV is what JSON is", sheets_are_the_same},
	    {"so it is of hostile names", hostile_sheets_are_the_same},
	    {"a client made from it compiles and runs",
	     client_compiles_and_runs},
	    {"Grafana's dashboard is answered", dashboard_is_answered},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_wait_series(&prometheus, (size_t)NODES * GPUS * 8);
	responder_start(&responder, prometheus.url, shares);
	nginx_start(&nginx, &(struct nginx_plan){.socket = responder.socket,
						 .changes = changes,
						 .change_count = 2});
	start_hostile();
	return suite_run("contract", tests);
}
