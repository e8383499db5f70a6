/*
 * Responders that are killed or replaced, and an nginx that reloads, while
 * clients ask.
 */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/crowd.h"
#include "support/file.h"
#include "support/http.h"
#include "support/nginx.h"
#include "support/port.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

enum {
	CLIENTS = 32,
	PROCESSES = 2,
	KILLS = 4,
	/* Between two faults. */
	ANSWERS = 100,
	/* While responders are replaced and nginx reloads. */
	ANSWERS_AT_LEAST = 500,
	RELOADS = 3
};

/* Or requests fail at once while a busy machine keeps the fake waiting. */
#define PATIENT "PROBE_TIMEOUT_MS=60000"

#define METRICS "/api/v1/gpu/metrics"
#define SHIPPED "/run/gpu-monitoring-api"

static struct source fake;
static struct responder responder;
static struct nginx one_socket, two_sockets;
static char sockets[HARNESS_PATH_BYTES], log_file[HARNESS_PATH_BYTES];

/* Returns once the nth process is another one, and has started to serve. */
static void
kill_and_wait(const struct crowd *crowd, unsigned n)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	unsigned ready = file_count(responder.process->log, "msg=ready ");

	process_kill_child(responder.process->pid, n);
	while (file_count(responder.process->log, "msg=ready ") == ready)
		nanosleep(&pause, NULL);
	crowd_wait(crowd, ANSWERS);
}

/* Inside are those that wait, too: at most what each client asks. */
static void
killed_one_by_one(void)
{
	struct crowd *crowd =
	    crowd_start(nginx_url(&one_socket, METRICS), CLIENTS);
	unsigned counts[CROWD_KIND__MAX];

	crowd_wait(crowd, ANSWERS);
	for (unsigned i = 0; i < KILLS; i++)
		kill_and_wait(crowd, i % PROCESSES);
	crowd_stop(crowd, counts);
	CU_ASSERT_EQUAL(counts[CROWD_WRONG], 0);
	CU_ASSERT_TRUE(counts[CROWD_REFUSED] > 0);
	CU_ASSERT_TRUE(counts[CROWD_REFUSED] <= KILLS * CLIENTS);
	printf("# %d kills: %u answers, %u times 502\n", KILLS,
	       counts[CROWD_RIGHT], counts[CROWD_REFUSED]);
}

/* Until then they may take one more request, and lose it. */
static void
wait_for_the_end_of(const pid_t pids[static PROCESSES])
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < PROCESSES; i++)
		while (kill(pids[i], 0) == 0)
			nanosleep(&pause, NULL);
}

/* A client may lose a request in each of them. */
static void
killed_all_at_once(void)
{
	struct crowd *crowd =
	    crowd_start(nginx_url(&one_socket, METRICS), CLIENTS);
	unsigned counts[CROWD_KIND__MAX];
	struct http_reply r;
	int64_t start_ms;
	pid_t pids[PROCESSES];

	crowd_wait(crowd, ANSWERS);
	for (unsigned i = PROCESSES; i-- > 0;)
		pids[i] = process_kill_child(responder.process->pid, i);
	start_ms = clock_now_ms();
	wait_for_the_end_of(pids);
	http_get(&r, nginx_url(&one_socket, METRICS));
	CU_ASSERT_EQUAL(r.status, 200);
	printf("# a new one served %lld ms after the kill\n",
	       (long long)(clock_now_ms() - start_ms));
	http_free(&r);
	crowd_stop(crowd, counts);
	CU_ASSERT_EQUAL(counts[CROWD_WRONG], 0);
	CU_ASSERT_TRUE(counts[CROWD_REFUSED] <= PROCESSES * CLIENTS);
}

/* --- two sockets ---------------------------------------------------------- */

/* All may be NULL; settings are NAME=value. Returns the exit status. */
static int
restart(const char *argument, const char *setting, const char *other)
{
	char url[RESPONDER_VALUE_BYTES], directory[160], program[600], log[160];
	const char *argv[] = {harness_source("deploy/restart"), argument, NULL};
	const char *env[] = {url,
			     directory,
			     program,
			     log,
			     "RUN_AS=",
			     "START_LIMIT_S=20",
			     "SHARE_ANSWERS=off",
			     PATIENT,
			     setting,
			     other,
			     NULL};

	snprintf(url, sizeof(url), "PROMETHEUS_URL=%s", fake.url);
	snprintf(directory, sizeof(directory), "SOCKET_DIR=%s", sockets);
	snprintf(program, sizeof(program), "PROGRAM=%s",
		 harness_built("gpu-monitoring-api"));
	snprintf(log, sizeof(log), "LOG_FILE=%s", log_file);
	return process_run(
	    &(struct process_plan){.name = "restart", .argv = argv, .env = env},
	    NULL);
}

/* Nobody else knows those that it started. */
static void
stop_all(void)
{
	restart("--stop", NULL, NULL);
}

static void
start_two_sockets(void)
{
	char servers[HARNESS_PATH_BYTES + 16];
	const struct webserver_change changes[] = {
	    {"upstream.conf",
	     "    server unix:" SHIPPED "/gpu-monitoring-api.sock;\n", ""},
	    {"upstream.conf", "#server unix:" SHIPPED, servers}};

	harness_path(sockets, "sockets");
	harness_path(log_file, "sockets.log");
	snprintf(servers, sizeof(servers), "server unix:%s", sockets);
	atexit(stop_all);
	harness_require(restart(NULL, NULL, NULL) == 0, "deploy/restart fails");
	nginx_start(&two_sockets,
		    &(struct nginx_plan){.changes = changes,
					 .change_count = sizeof(changes) /
							 sizeof(*changes)});
}

static void
expect_none_lost(const unsigned counts[static CROWD_KIND__MAX])
{
	CU_ASSERT_EQUAL(counts[CROWD_WRONG], 0);
	CU_ASSERT_EQUAL(counts[CROWD_REFUSED], 0);
}

static void
replaced_in_turn(void)
{
	struct crowd *crowd =
	    crowd_start(nginx_url(&two_sockets, METRICS), CLIENTS);
	unsigned ready = file_count(log_file, "msg=ready ");
	unsigned counts[CROWD_KIND__MAX];

	crowd_wait(crowd, ANSWERS);
	CU_ASSERT_EQUAL(restart(NULL, NULL, NULL), 0);
	crowd_wait(crowd, ANSWERS);
	CU_ASSERT_EQUAL(restart(NULL, NULL, NULL), 0);
	crowd_wait(crowd, ANSWERS_AT_LEAST);
	crowd_stop(crowd, counts);
	CU_ASSERT_EQUAL(file_count(log_file, "msg=ready "),
			ready + 4 * PROCESSES);
	expect_none_lost(counts);
	printf("# 4 times replaced: %u answers, 0 lost\n", counts[CROWD_RIGHT]);
}

static void
nginx_reloads(void)
{
	struct crowd *crowd =
	    crowd_start(nginx_url(&two_sockets, METRICS), CLIENTS);
	unsigned counts[CROWD_KIND__MAX];

	for (int i = 0; i < RELOADS; i++) {
		pid_t worker = process_child(two_sockets.process->pid, 0);

		crowd_wait(crowd, ANSWERS);
		process_signal(two_sockets.process, SIGHUP);
		while (process_child(two_sockets.process->pid, 0) == worker)
			crowd_wait(crowd, 1);
	}
	crowd_stop(crowd, counts);
	expect_none_lost(counts);
}

/* What nginx does with two: it asks the other one. */
static void
killed_with_another_at_hand(void)
{
	struct crowd *crowd =
	    crowd_start(nginx_url(&two_sockets, METRICS), CLIENTS);
	unsigned counts[CROWD_KIND__MAX];
	char path[HARNESS_PATH_BYTES], *pid;

	harness_path(path, "sockets/a.pid");
	pid = file_read(path);
	for (unsigned i = 0; i < KILLS; i++) {
		crowd_wait(crowd, ANSWERS);
		process_kill_child((pid_t)atoi(pid), i % PROCESSES);
	}
	crowd_wait(crowd, ANSWERS);
	crowd_stop(crowd, counts);
	free(pid);
	expect_none_lost(counts);
}

static void
new_ones_that_do_not_start(void)
{
	struct http_reply r;

	CU_ASSERT_EQUAL(restart("--now", NULL, NULL), 1);
	CU_ASSERT_EQUAL(restart(NULL, "LOG_LEVEL=loud", "START_LIMIT_S=2"), 1);
	http_get(&r, nginx_url(&two_sockets, METRICS));
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
}

static void
stopped(void)
{
	char path[HARNESS_PATH_BYTES];

	CU_ASSERT_EQUAL(restart("--stop", NULL, NULL), 0);
	harness_path(path, "sockets/a.sock");
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	CU_ASSERT_EQUAL(file_count(log_file, "Sanitizer"), 0);
}

int
main(void)
{
	static const char *const settings[] = {PATIENT, NULL};
	static const struct suite_test tests[] = {
	    {"kill -9: only the requests inside are lost, as 502 envelopes",
	     killed_one_by_one},
	    {"kill -9 of all: a new one serves", killed_all_at_once},
	    {"deploy/restart: not one request is lost", replaced_in_turn},
	    {"nginx reloads: the same", nginx_reloads},
	    {"kill -9 with two sockets: the same", killed_with_another_at_hand},
	    {"new responders that do not start replace none",
	     new_ones_that_do_not_start},
	    {"deploy/restart --stop", stopped},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	responder_start_several(&responder, PROCESSES, fake.url, settings);
	nginx_start_plain(&one_socket, responder.socket);
	start_two_sockets();
	/* So that there always are some inside. */
	source_set_fake(&fake, "slow_header&ms=4");
	return suite_run("restart", tests);
}
