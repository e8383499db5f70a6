/*
 * The same for the whole program, with its threads and libcurl: each
 * allocation of our own of a start, and of requests to a responder, fails.
 */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/process.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "torture/allocations.h"

enum { ALLOCATIONS_MAX = 5000, STARTS_MAX = 300 };

#define METRICS "/api/v1/gpu/metrics"
#define FAILED                                                                 \
	"{\"success\":false,\"data\":null,\"message\":null,\"error\":"         \
	"\"Out of memory: the request needs more than "                        \
	"MAX_REQUEST_MEMORY_BYTES, all requests more than MAX_MEMORY_BYTES, "  \
	"or the machine has no more\"}"

static struct source fake;
static struct allocations *directed;
static char director[HARNESS_PATH_BYTES + 32];
static char url[SOURCE_URL_BYTES + 32];
static const char *program[] = {NULL, NULL, NULL, NULL};
static const char *environment[] = {url,
				    director,
				    "GPU_PROFILES=nvidia-gpu-list-exporter",
				    "SHARE_ANSWERS=off",
				    "DETECTION_INTERVAL_MS=86400000",
				    NULL};

static void
prepare(void)
{
	char path[HARNESS_PATH_BYTES];
	int fd;

	harness_path(path, "allocations");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	harness_require(fd >= 0 && ftruncate(fd, sizeof(*directed)) == 0,
			"no file for the allocations");
	directed = mmap(NULL, sizeof(*directed), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
	harness_require(directed != MAP_FAILED, "cannot map it");
	close(fd);
	snprintf(director, sizeof(director), "ALLOCATIONS_FILE=%s", path);
	snprintf(url, sizeof(url), "PROMETHEUS_URL=%s", fake.url);
	program[0] = harness_built("tests/torture/failing_program");
}

/* Complete, or one line that says why not. */
static void
check_start(struct process *p, int status, const char *baseline,
	    unsigned long at)
{
	char *out = file_read(p->out), *log = file_read(p->log);
	const char *line_end = strchr(log, '\n');
	bool is_right =
	    status == 0
		? strcmp(out, baseline) == 0 && *log == '\0'
		: status == 1 && line_end != NULL && line_end[1] == '\0' &&
		      strncmp(log, "gpu-monitoring-api: ", 20) == 0 &&
		      strstr(log, "memory") != NULL;

	CU_ASSERT_TRUE(is_right);
	if (!is_right)
		printf("# allocation %lu: exit %d\n# %s# %s", at, status, out,
		       log);
	free(out);
	free(log);
}

static void
asks(const char *option, const char *file)
{
	const struct process_plan plan = {
	    .name = "check", .argv = program, .env = environment};
	struct process *p;
	unsigned long count, at;
	char *baseline;

	program[1] = option;
	program[2] = file;
	allocations_fail(directed, 0, false);
	CU_ASSERT_EQUAL(process_run(&plan, &p), 0);
	count = atomic_load(&directed->count);
	baseline = file_read(p->out);
	CU_ASSERT_TRUE_FATAL(count > 0 && count < ALLOCATIONS_MAX);
	/* With a sanitizer each piece of an arena is one: enough is enough. */
	for (at = 1; at <= count; at += 1 + count / STARTS_MAX)
		for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
			file_write(p->out, "");
			file_write(p->log, "");
			allocations_fail(directed, at, is_lasting);
			process_restart(p, &plan);
			check_start(p, process_wait(p, PROCESS_LIMIT_MS),
				    baseline, at);
		}
	printf("# %s: %lu allocations\n", option, count);
	allocations_fail(directed, 0, false);
	free(baseline);
	program[1] = program[2] = NULL;
}

static void
starts(void)
{
	asks("--check", NULL);
}

static void
explains(void)
{
	asks("--explain-profile",
	     harness_source("conf/profiles/25-nvidia-gpu-list-exporter.json"));
}

/* The whole answer, or, if that may be, a whole failure. */
static bool
answers(const struct responder *r, const char *baseline, bool may_fail)
{
	char *text = fcgi_client_fetch(r->socket, METRICS);
	const char *body = strstr(text, "\r\n\r\n");
	bool is_right = false;

	if (body != NULL && strncmp(text, "Status: 200 ", 12) == 0)
		is_right = strcmp(body + 4, baseline) == 0;
	else if (body != NULL && strncmp(text, "Status: 503 ", 12) == 0)
		is_right = may_fail && strcmp(body + 4, FAILED) == 0;
	if (!is_right)
		printf("# got %s\n", text);
	free(text);
	return is_right;
}

static void
requests(void)
{
	struct responder r;
	unsigned long count;
	char *text;
	const char *baseline;

	allocations_fail(directed, 0, false);
	responder_start_program(&r, program, environment);
	free(fcgi_client_fetch(r.socket, METRICS));
	allocations_fail(directed, 0, false);
	text = fcgi_client_fetch(r.socket, METRICS);
	count = atomic_load(&directed->count);
	baseline = strstr(text, "\r\n\r\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(baseline);
	CU_ASSERT_TRUE_FATAL(count > 0 && count < ALLOCATIONS_MAX);
	for (unsigned long at = 1; at <= count; at++)
		for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
			allocations_fail(directed, at, is_lasting);
			CU_ASSERT_TRUE(answers(&r, baseline + 4, true));
			allocations_fail(directed, 0, false);
			CU_ASSERT_TRUE(answers(&r, baseline + 4, false));
		}
	printf("# " METRICS ": %lu allocations\n", count);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	free(text);
}

int
main(void)
{
	static const struct suite_test tests[] = {{"starts", starts},
						  {"explains", explains},
						  {"requests", requests},
						  HARNESS_FINISH,
						  {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	prepare();
	return suite_run("torture of the program", tests);
}
