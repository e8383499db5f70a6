/*
 * Memory: requests without number leave none behind, the process' own budget
 * comes before the machine's limit, and a process that dies of that is
 * replaced.
 *
 * MEMORY_REQUESTS: how many requests; 4000 unless told.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "support/usage.h"

enum {
	REQUESTS = 4000,
	WARM_UP_REQUESTS = 1000,
	GROWTH_MAX_KIB = 1024,
	/* Whoever looks after Prometheus keeps these since the first trouble,
	 * and query threads their connection since their first query. */
	KEPT_DESCRIPTORS = 8 + 4,
	/* Of the address space, beyond what a process has at its start. */
	SPARE_BYTES = 256 << 20,
	TRIES = 200
};

#define METRICS "/api/v1/gpu/metrics"

static struct source fake;

static bool
answers(const struct responder *r, const char *path, const char *status)
{
	char *text = fcgi_client_fetch(r->socket, path);
	bool is_right = strncmp(text, status, strlen(status)) == 0;

	free(text);
	return is_right;
}

static void
ask_often(const struct responder *r, unsigned long requests)
{
	static const char *const paths[] = {METRICS,
					    "/api/v1/gpu/nodes",
					    "/api/v1/gpu/processes",
					    "/api/v1/gpu/utilization",
					    "/api/health",
					    "/api/livez",
					    "/nowhere"};
	static const char *const behaviours[] = {"ok", "reset", "garbage",
						 "status_503", "close_early"};

	for (unsigned long i = 0; i < requests; i++) {
		if (i % 50 == 0)
			source_set_fake(&fake, behaviours[i / 50 % 5]);
		free(fcgi_client_fetch(r->socket, paths[i % 7]));
	}
	source_set_fake(&fake, "ok");
}

static void
leaves_nothing_behind(void)
{
	static const char *const settings[] = {"SHARE_ANSWERS=on", NULL};
	const char *told = getenv("MEMORY_REQUESTS");
	unsigned long requests =
	    told != NULL ? strtoul(told, NULL, 10) : REQUESTS;
	struct usage before, after;
	struct responder r;

	responder_start(&r, fake.url, settings);
	ask_often(&r, WARM_UP_REQUESTS);
	CU_ASSERT_TRUE(answers(&r, METRICS, "Status: 200 "));
	before = usage_of(r.process->pid);
	before.descriptors += KEPT_DESCRIPTORS;
	ask_often(&r, requests);
	CU_ASSERT_TRUE(answers(&r, METRICS, "Status: 200 "));
	after = usage_settle(r.process->pid, &before);
	usage_print(&before, "before");
	printf("# %lu requests\n", requests);
	usage_print(&after, "after");
	CU_ASSERT_TRUE(usage_is_no_more(&after, &before));
	CU_ASSERT_TRUE(after.resident_kib <=
		       before.resident_kib + GROWTH_MAX_KIB);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* Its address space may grow by that. */
static void
limit_memory(pid_t pid, size_t spare_bytes)
{
	char path[64], *status;
	const char *line;
	struct rlimit limit;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = file_read(path);
	line = strstr(status, "VmSize:");
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	limit.rlim_cur = limit.rlim_max =
	    1024 * strtoul(line + strlen("VmSize:"), NULL, 10) + spare_bytes;
	free(status);
	CU_ASSERT_EQUAL(prlimit(pid, RLIMIT_AS, &limit, NULL), 0);
}

/* A large fleet does not fit the budget; all else goes on. */
static void
budget_comes_first(void)
{
	static const char *const size[] = {"--gpus-total", "5000", NULL};
	static const char *const settings[] = {"MAX_MEMORY_BYTES=1048576",
					       NULL};
	struct source large;
	struct responder r;

	source_start_fake(&large, size);
	responder_start_several(&r, 2, large.url, settings);
	for (unsigned i = 0; i < 2; i++)
		limit_memory(process_child(r.process->pid, i), SPARE_BYTES);
	for (int i = 0; i < 20; i++) {
		CU_ASSERT_TRUE(answers(&r, METRICS, "Status: 503 "));
		CU_ASSERT_TRUE(answers(&r, "/api/health", "Status: 200 "));
	}
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	CU_ASSERT_EQUAL(process_stop(large.process), 0);
}

/* libfcgi asks for as much as a parameter says that it has, and gives up. */
static void
claim_a_gigabyte(const struct responder *r)
{
	static const unsigned char claim[] = {1, 0xbf, 0xff, 0xff, 0xff, 'a'};
	int fd = fcgi_client_connect(r->socket);

	CU_ASSERT_TRUE(
	    fcgi_client_begin(fd, false) &&
	    fcgi_client_send(fd, FCGI_CLIENT_PARAMS, claim, sizeof(claim)));
	free(fcgi_client_receive(fd));
	close(fd);
}

static void
one_that_dies_is_replaced(void)
{
	struct responder r;
	pid_t first;

	responder_start_several(&r, 1, fake.url, NULL);
	first = process_child(r.process->pid, 0);
	limit_memory(first, SPARE_BYTES);
	claim_a_gigabyte(&r);
	for (int i = 0; i < TRIES && process_child(r.process->pid, 0) == first;
	     i++)
		usleep(10000);
	CU_ASSERT_NOT_EQUAL(process_child(r.process->pid, 0), first);
	CU_ASSERT_TRUE(answers(&r, METRICS, "Status: 200 "));
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"requests leave nothing behind", leaves_nothing_behind},
	    {"the budget comes before the limit", budget_comes_first},
	    {"one that dies of the limit is replaced",
	     one_that_dies_is_replaced},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	if (!suite_has_root())
		return 0;
	harness_start();
	source_start_fake(&fake, NULL);
	return suite_run("memory", tests);
}
