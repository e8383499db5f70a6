/* And with responders that lighttpd starts itself. */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conformance/conformance.h"
#include "support/body.h"
#include "support/file.h"

enum { PROCESSES = 2, STEP_MS = 20, STEPS = PROCESS_LIMIT_MS / STEP_MS };

#define CONF "gpu-monitoring-api.conf"

static struct webserver spawning;

/* The three lines that the file shows, with our names. */
static void
start_spawning(void)
{
	char socket[HARNESS_PATH_BYTES], program[600], environment[128];
	const struct webserver_change changes[] = {
	    {CONF, "#\"bin-path\" => \"/usr/bin/gpu-monitoring-api\"", program},
	    {CONF,
	     "#\"bin-environment\" => ( \"PROMETHEUS_URL\" => "
	     "\"http://localhost:9090\" )",
	     environment},
	    {CONF, "#\"max-procs\" => 2", "\"max-procs\" => 2"}};

	harness_path(socket, "spawned.sock");
	snprintf(program, sizeof(program), "\"bin-path\" => \"%s\"",
		 harness_built("gpu-monitoring-api"));
	snprintf(environment, sizeof(environment),
		 "\"bin-environment\" => ( \"PROMETHEUS_URL\" => \"%s\" )",
		 conformance.fake.url);
	webserver_start(&spawning, &webserver_lighttpd,
			&(struct webserver_plan){.socket = socket,
						 .changes = changes,
						 .change_count = 3});
}

static void
expect_served(void)
{
	char *expected =
	    conformance_body(&conformance.responder, CONFORMANCE_METRICS);
	struct http_reply r;

	http_get(&r, webserver_url(&spawning, CONFORMANCE_METRICS));
	body_expect(&r, expected, BODY_ANY_TIME);
	http_free(&r);
	free(expected);
}

static void
wait_for_lines(const char *text, unsigned count)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};

	for (int i = 0; file_count(spawning.process->log, text) < count; i++) {
		harness_require(i < STEPS, "the responders do not say \"%s\"",
				text);
		nanosleep(&pause, NULL);
	}
}

static void
spawned(void)
{
	char *line;
	int status;

	start_spawning();
	wait_for_lines("msg=ready ", PROCESSES);
	for (int i = 0; i < 10; i++)
		expect_served();
	line = file_wait_line(spawning.process->log, "msg=request ",
			      "path=" CONFORMANCE_METRICS);
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	for (unsigned i = PROCESSES; i-- > 0;)
		process_kill_child(spawning.process->pid, i);
	wait_for_lines("msg=ready ", 2 * PROCESSES);
	for (int i = 0; i < 10; i++)
		expect_served();
	process_signal(spawning.process, SIGTERM);
	wait_for_lines("msg=stopping ", PROCESSES);
	/* By itself; lighttpd says 0, or 1 at times. */
	status = process_wait(spawning.process, PROCESS_LIMIT_MS);
	CU_ASSERT_TRUE(status == 0 || status == 1);
}

int
main(void)
{
	static const struct conformance_test own[] = {
	    {"responders that lighttpd starts", NULL, spawned},
	    {NULL, NULL, NULL}};

	return conformance_run(&webserver_lighttpd, own);
}
