/*
 * The OpenAPI document against the server that wrote it, from a real
 * Prometheus, through spawn-fcgi and nginx: tests/contract.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"
#include "support/nginx.h"
#include "support/process.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

enum { NODES = 3, GPUS = 2 };

static struct source simulator, prometheus;
static struct responder responder;
static struct nginx nginx;

static void
print_as_comments(const char *path)
{
	char *text = file_read(path), *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0')
			printf("# %s\n", line);
	free(text);
}

static void
run_step(const char *step)
{
	char script[HARNESS_PATH_BYTES], build[HARNESS_PATH_BYTES];
	const char *const argv[] = {"bash", script,    build,
				    step,   nginx.url, NULL};
	struct process *p;

	snprintf(script, sizeof(script), "%s",
		 harness_source("tests/contract/run.sh"));
	snprintf(build, sizeof(build), "%s", harness_built("."));
	p = process_start(&(struct process_plan){.name = step, .argv = argv});
	CU_ASSERT_EQUAL(process_wait(p, 20 * PROCESS_LIMIT_MS), 0);
	print_as_comments(p->out);
	if (p->status != 0)
		print_as_comments(p->log);
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
client_compiles_and_runs(void)
{
	run_step("client");
}

static void
dashboard_is_answered(void)
{
	run_step("grafana");
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "3", "--gpus", "2", NULL};
	static const char *const shares[] = {"SHARE_ANSWERS=on", NULL};
	static const struct webserver_change changes[] = {
	    {"http.conf", "rate=1000r/s", "rate=100000r/s"}};
	static const struct suite_test tests[] = {
	    {"the document is good", document_is_good},
	    {"answers are as it says", answers_are_as_it_says},
	    {"generated requests are answered as it says",
	     requests_are_as_it_says},
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
						 .change_count = 1});
	return suite_run("contract", tests);
}
