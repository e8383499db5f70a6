/* Started with standard input, output or error closed, as the specification of
 * FastCGI (section 2.2) has it. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

enum { REQUESTS = 20 };

static struct source fake;

/* By a shell, which closes some before it becomes the program. */
static void
start_without(struct responder *out, const char *closing, const char *shared)
{
	char command[64], url[SOURCE_URL_BYTES + 16];
	char file[HARNESS_PATH_BYTES + 16];
	const char *argv[] = {"sh", "-c", command,
			      harness_built("gpu-monitoring-api"), NULL};
	const char *env[] = {url, file, "LOG_LEVEL=debug", NULL};

	snprintf(command, sizeof(command), "exec \"$0\" %s", closing);
	snprintf(url, sizeof(url), "PROMETHEUS_URL=%s", fake.url);
	snprintf(file, sizeof(file), "SHARED_FILE=%s", shared);
	responder_start_program(out, argv, env);
}

/* Neither what clients get nor what the processes share has lines of the log
 * in it. */
static void
expect_clean(const char *closing)
{
	char shared[HARNESS_PATH_BYTES];
	struct responder r;
	char *text;

	harness_path(shared, "shared");
	start_without(&r, closing, shared);
	for (int i = 0; i < REQUESTS; i++) {
		CU_ASSERT_TRUE(
		    responder_answers(&r, "/api/v1/gpu/metrics", 200));
		CU_ASSERT_TRUE(responder_answers(&r, "/api/nothing", 404));
	}
	text = file_read(shared);
	CU_ASSERT_TRUE(*text != '\0');
	CU_ASSERT_PTR_NULL(strstr(text, "level="));
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
without_output_and_error(void)
{
	expect_clean("1>&- 2>&-");
}

static void
without_error(void)
{
	expect_clean("2>&-");
}

static void
without_output(void)
{
	expect_clean("1>&-");
}

static void
expect_refused(const char *closing, const char *said)
{
	char command[64];
	const char *argv[] = {"sh", "-c", command,
			      harness_built("gpu-monitoring-api"), NULL};
	struct process *p;
	char *text;

	snprintf(command, sizeof(command), "exec \"$0\" %s", closing);
	CU_ASSERT_EQUAL(
	    process_run(&(struct process_plan){.name = "refused", .argv = argv},
			&p),
	    2);
	text = file_read(p->log);
	CU_ASSERT_EQUAL(strncmp(text, said, strlen(said)), 0);
	free(text);
}

static void
without_input(void)
{
	expect_refused("0<&-", "gpu-monitoring-api: fd 0 is not a listening "
			       "socket; start it with\n");
	expect_refused("0<&- 1>&- 2>&-", "");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"without standard output and error", without_output_and_error},
	    {"without standard error", without_error},
	    {"without standard output", without_output},
	    {"without standard input: says what it takes", without_input},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	return suite_run("descriptors", tests);
}
