/*
 * Clients that leave before a query over a range of time has ended: it ends,
 * too, and nothing of them is left. One who stays gets the answer.
 */
#include <CUnit/CUnit.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/fcgi_client.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define HISTORY "/api/v1/gpu/history?field=utilization&by=node&range="

/* Longer than any wait of this test: a query ends because of who left. */
#define SLOW "slow_header&ranges=1&ms=120000"

enum {
	CLIENTS = 200,
	STEP_MS = 20,
	STAY_MS = 50,
	RANGE_MIN_S = 3600,
	ROUNDS = 3,
	/* Of what the heap keeps, in all of them. */
	KEPT_MAX_KIB = 1024
};

static struct source fake;
static struct responder responder;
static struct nginx nginx;
static pid_t pid;
static int threads, descriptors;

static void
rest_ms(long ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

/* --- what is left --------------------------------------------------------- */

static long
count_running(void)
{
	return source_fake_count(&fake, "running");
}

static long
count_descriptors(void)
{
	return process_count(pid, "fd");
}

static long
count_threads(void)
{
	return process_count(pid, "task");
}

/* A gauge of the program's own metrics, of all processes. */
static long
value_of(const char *name)
{
	char *text = fcgi_client_fetch(responder.socket, "/metrics"),
	     wanted[128];
	const char *at;
	long value = -1;

	snprintf(wanted, sizeof(wanted), "\ngpu_monitoring_api_%s ", name);
	at = strstr(text, wanted);
	if (at != NULL)
		value = strtol(at + strlen(wanted), NULL, 10);
	free(text);
	return value;
}

static long
count_waiting(void)
{
	return value_of("requests_waiting");
}

static long
count_busy_responders(void)
{
	return value_of("responder_threads_busy");
}

static long
count_busy_queries(void)
{
	return value_of("query_threads_busy");
}

static void
wait_until(long (*count)(void), long expected, const char *what)
{
	long got;
	int steps = 0;

	while ((got = count()) > expected &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest_ms(STEP_MS);
	CU_ASSERT_TRUE(got <= expected);
	if (got > expected)
		printf("# %s: %ld, not %ld\n", what, got, expected);
}

static void
wait_until_runs(void)
{
	int steps = 0;

	while (count_running() == 0 && steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest_ms(STEP_MS);
	CU_ASSERT_TRUE(count_running() > 0);
}

static void
expect_nothing_left(const char *name)
{
	int64_t start_us = clock_now_us();

	wait_until(count_running, 0, "queries");
	printf("# %s: no query runs %.0f ms after all have left\n", name,
	       (double)(clock_now_us() - start_us) / 1000);
	wait_until(count_waiting, 0, "requests that wait");
	wait_until(count_descriptors, descriptors, "descriptors");
	wait_until(count_threads, threads, "threads");
	wait_until(count_busy_responders, 0, "busy responder threads");
	wait_until(count_busy_queries, 0, "busy query threads");
}

/* --- who leaves ----------------------------------------------------------- */

/* Of one span for all, or another for each. */
static void
write_path(char path[static 128], unsigned client, bool is_same)
{
	snprintf(path, 128, HISTORY "%us",
		 RANGE_MIN_S + (is_same ? 0 : client * 60));
}

static int
ask_responder(const char *path)
{
	int fd = fcgi_client_connect(responder.socket);

	CU_ASSERT_TRUE(fcgi_client_get(fd, path));
	return fd;
}

static int
ask_nginx(const char *path)
{
	char text[256];
	const struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)nginx.port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CU_ASSERT_EQUAL_FATAL(
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	snprintf(text, sizeof(text),
		 "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void
leave(const char *name, int (*ask)(const char *path), bool is_same)
{
	int clients[CLIENTS];

	source_set_fake(&fake, SLOW);
	for (unsigned i = 0; i < CLIENTS; i++) {
		char path[128];

		write_path(path, i, is_same);
		clients[i] = ask(path);
	}
	wait_until_runs();
	rest_ms(STAY_MS);
	for (unsigned i = 0; i < CLIENTS; i++)
		close(clients[i]);
	expect_nothing_left(name);
	source_set_fake(&fake, "ok");
}

static void
all_of_one_chart_leave(void)
{
	leave("one chart", ask_responder, true);
}

static void
all_of_many_charts_leave(void)
{
	leave("many charts", ask_responder, false);
}

static void
all_of_one_chart_leave_nginx(void)
{
	leave("one chart, nginx", ask_nginx, true);
}

static void
all_of_many_charts_leave_nginx(void)
{
	leave("many charts, nginx", ask_nginx, false);
}

/* A sanitizer keeps what was freed, and more of its own. */
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
static long
count_resident_kib(void)
{
	return process_resident_kib(pid);
}

/* What many have freed goes back to the system within a second. */
static void
nor_does_memory_stay(void)
{
	long before_kib = count_resident_kib();

	for (int i = 0; i < ROUNDS; i++) {
		all_of_one_chart_leave();
		all_of_many_charts_leave();
	}
	wait_until(count_resident_kib, before_kib + KEPT_MAX_KIB, "KiB");
	printf("# %d times: %ld KiB more\n", ROUNDS * 2,
	       count_resident_kib() - before_kib);
}
#endif

/* --- who stays ------------------------------------------------------------ */

static void
expect_answer(int fd)
{
	char *text = fcgi_client_receive(fd);

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 ", 12), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"success\":true"));
	if (strncmp(text, "Status: 200 ", 12) != 0)
		printf("# got %.200s\n", text);
	free(text);
	close(fd);
}

static long
count_waiters_missing(void)
{
	return 1 - count_waiting();
}

/* The query goes on for the one who came second. */
static void
one_stays(void)
{
	static const char path[] = HISTORY "7200s";
	long before = source_fake_count(&fake, "ranges"), asked;
	int first, second;

	source_set_fake(&fake, "slow_header&ranges=1&ms=2000");
	first = ask_responder(path);
	wait_until_runs();
	asked = source_fake_count(&fake, "ranges") - before;
	second = ask_responder(path);
	wait_until(count_waiters_missing, 0, "requests that do not wait");
	close(first);
	expect_answer(second);
	wait_until(count_running, 0, "queries");
	source_set_fake(&fake, "ok");
	printf("# %ld queries at first, %ld in all\n", asked,
	       source_fake_count(&fake, "ranges") - before);
}

/* What was not made to its end is made anew. */
static void
one_comes_later(void)
{
	static const char path[] = HISTORY "10800s";
	int first;

	source_set_fake(&fake, SLOW);
	first = ask_responder(path);
	wait_until_runs();
	close(first);
	wait_until(count_running, 0, "queries");
	source_set_fake(&fake, "ok");
	expect_answer(ask_responder(path));
}

/* Others are served while those wait: a range takes neither all seats nor all
 * query threads. */
static void
others_are_served_meanwhile(void)
{
	int clients[CLIENTS];

	source_set_fake(&fake, SLOW);
	for (unsigned i = 0; i < CLIENTS; i++) {
		char path[128];

		write_path(path, i, false);
		clients[i] = ask_responder(path);
	}
	wait_until_runs();
	expect_answer(ask_responder("/api/v1/gpu/metrics"));
	expect_answer(ask_responder("/api/v1/gpu/nodes"));
	CU_ASSERT_TRUE(count_running() <= 2);
	for (unsigned i = 0; i < CLIENTS; i++)
		close(clients[i]);
	wait_until(count_running, 0, "queries");
	source_set_fake(&fake, "ok");
}

static void
start(void)
{
	static const char *const settings[] = {
	    "REQUEST_TIMEOUT_MS=120000", "HEALTH_TIMEOUT_MS=20000",
	    "SHARE_ANSWERS=on", "HISTORY_CONCURRENCY=2", NULL};

	source_start_fake(&fake, NULL);
	responder_start(&responder, fake.url, settings);
	nginx_start_plain(&nginx, responder.socket);
	pid = responder.process->pid;
}

/* What there is once as many have come and gone, and all query threads have
 * their connections. */
static void
all_stay(void)
{
	int clients[CLIENTS];

	for (int i = 0; i < 5; i++)
		expect_answer(ask_responder("/api/v1/gpu/metrics"));
	for (unsigned i = 0; i < CLIENTS; i++) {
		char path[128];

		/* Answers are kept until the next step: not those that are
		 * asked for later. */
		snprintf(path, sizeof(path),
			 "/api/v1/gpu/history?field=temperature&by=node&range="
			 "%us",
			 RANGE_MIN_S + i * 60);
		clients[i] = ask_responder(path);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		expect_answer(clients[i]);
	threads = (int)count_threads();
	descriptors = (int)count_descriptors();
	CU_ASSERT_TRUE(threads > 0 && descriptors > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"all are answered who stay", all_stay},
	    {"200 clients of one chart leave", all_of_one_chart_leave},
	    {"200 clients of as many charts leave", all_of_many_charts_leave},
	    {"the same through nginx: one chart", all_of_one_chart_leave_nginx},
	    {"the same through nginx: many", all_of_many_charts_leave_nginx},
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
	    {"nor does memory stay", nor_does_memory_stay},
#endif
	    {"one stays, and has the answer", one_stays},
	    {"one comes later, and has the answer", one_comes_later},
	    {"others are served meanwhile", others_are_served_meanwhile},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	if (!suite_has_root())
		return 0;
	harness_start();
	start();
	return suite_run("leaving", tests);
}
