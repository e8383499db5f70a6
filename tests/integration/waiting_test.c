/*
 * Requests that wait for Prometheus, or for one another: they hold up nobody
 * else, whatever they ask for and however many they are.
 */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/http.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define UTILIZATION	   "/api/v1/gpu/utilization"
#define UTILIZATION_METRIC "nvidia_gpu_utilization_percent"

enum { CLIENTS = 200, LOOKS = 20, STEP_MS = 20 };

/* Each of them asks Prometheus. */
static const char *const slow_paths[] = {
    "/api/v1/gpu/metrics", "/api/v1/gpu/nodes", UTILIZATION,
    "/api/v1/gpu/processes", "/api/health"};
enum { SLOW_PATHS = sizeof(slow_paths) / sizeof(*slow_paths) };

/* None of them does. */
static const char *const quick_paths[] = {
    "/api/livez", "/metrics", "/debug/vars", "/debug/requests", "/api/nothing"};
enum { QUICK_PATHS = sizeof(quick_paths) / sizeof(*quick_paths) };

static void
rest_ms(long ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

/* A gauge or counter of all processes; -1: there is none. */
static double
value_of(const struct responder *r, const char *name)
{
	char *text = fcgi_client_fetch(r->socket, "/metrics"), wanted[128];
	const char *at;
	double value = -1;

	snprintf(wanted, sizeof(wanted), "\ngpu_monitoring_api_%s ", name);
	at = strstr(text, wanted);
	if (at != NULL)
		value = strtod(at + strlen(wanted), NULL);
	free(text);
	return value;
}

/* The other process says so every second. */
static void
wait_for(const struct responder *r, const char *name, double value)
{
	int steps = 0;
	double got;

	while ((got = value_of(r, name)) != value &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest_ms(STEP_MS);
	CU_ASSERT_EQUAL(got, value);
	if (got != value)
		printf("# %s is %g, not %g\n", name, got, value);
}

static int
ask(const struct responder *r, const char *path)
{
	int fd = fcgi_client_connect(r->socket);

	CU_ASSERT_TRUE(fcgi_client_get(fd, path));
	return fd;
}

static unsigned
count_answered(struct pollfd *clients, unsigned count)
{
	return poll(clients, count, 0) > 0 ? (unsigned)poll(clients, count, 0)
					   : 0;
}

/* The status line of what it gets. */
static bool
receives(int fd, const char *status)
{
	char *text = fcgi_client_receive(fd);
	bool is_right = strncmp(text, status, strlen(status)) == 0;

	if (!is_right)
		printf("# got %.120s\n", text);
	free(text);
	close(fd);
	return is_right;
}

/* Whichever is answered first: how many get that. */
static unsigned
receive_all(struct pollfd *clients, unsigned count, const char *status)
{
	unsigned right = 0, left = count;

	while (left > 0 && poll(clients, count, PROCESS_LIMIT_MS) > 0)
		for (unsigned i = 0; i < count; i++) {
			if (clients[i].revents == 0)
				continue;
			right += receives(clients[i].fd, status);
			/* poll passes it over from now on. */
			clients[i] = (struct pollfd){.fd = -1};
			left--;
		}
	return right;
}

static void
expect_quick(const struct responder *r)
{
	int64_t longest_us = 0;

	for (int i = 0; i < LOOKS * QUICK_PATHS; i++) {
		const char *path = quick_paths[i % QUICK_PATHS];
		int64_t start_us = clock_now_us();
		long status;
		char *text = fcgi_client_fetch_from(r->socket, path,
						    "127.0.0.1", &status);

		if (clock_now_us() - start_us > longest_us)
			longest_us = clock_now_us() - start_us;
		CU_ASSERT_EQUAL(status, strcmp(path, "/api/nothing") == 0);
		free(text);
	}
	printf("# the slowest of %d answers meanwhile took %.1f ms\n",
	       LOOKS * QUICK_PATHS, (double)longest_us / 1000);
}

/* Of this test and of what it starts, up to what is allowed. */
static void
limit_descriptors(rlim_t count)
{
	struct rlimit files;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = count < files.rlim_max ? count : files.rlim_max;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &files), 0);
}

/* --- many clients, and queries that hang --------------------------------- */

/* By which the fake Prometheus has processes, too: PROFILE_DIR=... */
static void
write_profile(char setting[static RESPONDER_VALUE_BYTES])
{
	char directory[HARNESS_PATH_BYTES], path[HARNESS_PATH_BYTES];

	harness_path(directory, "profiles");
	mkdir(directory, 0755);
	harness_path(path, "profiles/fake.json");
	file_write(path,
		   "{\"name\": \"fake\","
		   " \"match\": {\"metrics\": [\"" UTILIZATION_METRIC "\"]},"
		   " \"labels\": {\"node\": [\"hostname\"],"
		   "  \"index\": [\"gpu_id\"]},"
		   " \"fields\": {\"utilization\":"
		   "  {\"metric\": \"" UTILIZATION_METRIC "\"}},"
		   " \"processes\": {\"labels\": {\"pid\": [\"pid\"]},"
		   "  \"fields\": {\"gpu_memory\":"
		   "   {\"metric\": \"" UTILIZATION_METRIC "\"}}}}");
	snprintf(setting, RESPONDER_VALUE_BYTES, "PROFILE_DIR=%s", directory);
}

static void
start(struct source *fake, struct responder *r, unsigned processes,
      const char *setting)
{
	char profiles[RESPONDER_VALUE_BYTES];
	const char *settings[] = {profiles,
				  "REQUEST_TIMEOUT_MS=120000",
				  "HEALTH_TIMEOUT_MS=120000",
				  "DEBUG_ENDPOINTS=on",
				  "GPU_PROFILES=fake",
				  "SHARE_ANSWERS=on",
				  setting,
				  NULL};

	write_profile(profiles);
	source_start_fake(fake, NULL);
	/* As a service has it; it asks for more itself. */
	limit_descriptors(1024);
	if (processes == 1)
		responder_start(r, fake->url, settings);
	else
		responder_start_several(r, processes, fake->url, settings);
	limit_descriptors(RLIM_INFINITY);
	/* What there is is known, and not looked for again meanwhile. */
	wait_for(r, "exporters", 1);
}

/* Every query hangs, until Prometheus dies; all who waited are told then. */
static void
hang(unsigned processes, const char *setting, double busy)
{
	static struct pollfd clients[CLIENTS * SLOW_PATHS];
	const unsigned count = CLIENTS * SLOW_PATHS;
	struct source fake;
	struct responder r;

	start(&fake, &r, processes, setting);
	source_set_fake(&fake, "slow_header&ms=120000");
	for (unsigned i = 0; i < count; i++)
		clients[i] =
		    (struct pollfd){.fd = ask(&r, slow_paths[i % SLOW_PATHS]),
				    .events = POLLIN};
	wait_for(&r, "requests_waiting", count - busy);
	wait_for(&r, "responder_threads_busy", busy);
	expect_quick(&r);
	CU_ASSERT_EQUAL(count_answered(clients, count), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
	CU_ASSERT_EQUAL(receive_all(clients, count, "Status: 50"), count);
	wait_for(&r, "requests_waiting", 0);
	wait_for(&r, "responder_threads_busy", 0);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
one_process(void)
{
	hang(1, NULL, SLOW_PATHS);
}

static void
two_processes(void)
{
	hang(2, NULL, 2 * SLOW_PATHS);
}

/* Which makes one answer after the other. */
static void
one_process_with_one_thread(void)
{
	hang(1, "RESPONDER_THREADS=1", 1);
}

static void
nothing_is_shared(void)
{
	hang(1, "SHARE_ANSWERS=off", 8);
}

/* Whoever waits for a turn past its deadline is told so. */
static void
deadline_is_kept(void)
{
	char profiles[RESPONDER_VALUE_BYTES];
	const char *const settings[] = {profiles,
					"REQUEST_TIMEOUT_MS=120000",
					"HEALTH_TIMEOUT_MS=1000",
					"RESPONDER_THREADS=1",
					"GPU_PROFILES=fake",
					NULL};
	struct source fake;
	struct responder r;
	struct pollfd slow;

	write_profile(profiles);
	source_start_fake(&fake, NULL);
	responder_start(&r, fake.url, settings);
	wait_for(&r, "exporters", 1);
	source_set_fake(&fake,
			"slow_header&ms=120000&metric=" UTILIZATION_METRIC);
	slow = (struct pollfd){.fd = ask(&r, UTILIZATION), .events = POLLIN};
	wait_for(&r, "responder_threads_busy", 1);
	CU_ASSERT_TRUE(receives(ask(&r, "/api/health"), "Status: 504 "));
	CU_ASSERT_EQUAL(count_answered(&slow, 1), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
	CU_ASSERT_TRUE(receives(slow.fd, "Status: 50"));
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* --- all get the one answer ---------------------------------------------- */

static long
count_queries(const struct source *fake)
{
	return source_fake_count(fake, "queries");
}

/* One process; health too, which no web server keeps. */
static void
many_clients_are_one_query(void)
{
	static const char *const paths[] = {UTILIZATION, "/api/health"};
	struct source fake;
	struct responder r;

	start(&fake, &r, 1, NULL);
	for (size_t p = 0; p < 2; p++) {
		int fds[CLIENTS];
		unsigned right = 0;
		long before;

		source_set_fake(&fake, "slow_body&ms=2000");
		before = count_queries(&fake);
		for (unsigned i = 0; i < CLIENTS; i++)
			fds[i] = ask(&r, paths[p]);
		for (unsigned i = 0; i < CLIENTS; i++)
			right += receives(fds[i], "Status: 200 ");
		CU_ASSERT_EQUAL(right, CLIENTS);
		/* On a busy machine the last ones may come behind the first
		 * answer, and in another second. */
		CU_ASSERT(count_queries(&fake) - before <= CLIENTS / 20);
		printf("# %s: %ld queries for %d clients\n", paths[p],
		       count_queries(&fake) - before, CLIENTS);
	}
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

/* No more than fit; the others are told at once, and the first ones answered.
 */
static void
too_many_wait(void)
{
	/* A quarter of it is for waiting requests of 32 KiB: 16 of them. */
	enum { FIT = 16, MORE = 50 };
	struct source fake;
	struct responder r;
	int first, fds[MORE];
	unsigned refused = 0, served = 0;
	struct pollfd late;

	start(&fake, &r, 1, "MAX_MEMORY_BYTES=2097152");
	source_set_fake(&fake, "slow_header&ms=8000");
	first = ask(&r, UTILIZATION);
	wait_for(&r, "responder_threads_busy", 1);
	for (unsigned i = 0; i < FIT; i++)
		fds[i] = ask(&r, UTILIZATION);
	wait_for(&r, "requests_waiting", FIT);
	for (unsigned i = FIT; i < MORE; i++)
		refused += receives(ask(&r, UTILIZATION), "Status: 503 ");
	CU_ASSERT_EQUAL(refused, MORE - FIT);
	late = (struct pollfd){.fd = first, .events = POLLIN};
	CU_ASSERT_EQUAL(count_answered(&late, 1), 0);
	served += receives(first, "Status: 200 ");
	for (unsigned i = 0; i < FIT; i++)
		served += receives(fds[i], "Status: 200 ");
	CU_ASSERT_EQUAL(served, FIT + 1);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

/* A request whose parameters are that long. */
static int
ask_at_length(const struct responder *r, size_t bytes)
{
	static char piece[32 * 1024];
	/* A name of one byte, and the length of the value in four. */
	const char start[] = {1,
			      (char)(0x80 | bytes >> 24),
			      (char)(bytes >> 16),
			      (char)(bytes >> 8),
			      (char)bytes,
			      'X'};
	int fd = fcgi_client_connect(r->socket);
	char params[512];
	size_t length = fcgi_client_params(params, UTILIZATION);
	bool is_sent = fcgi_client_begin(fd, false);

	memcpy(params + length, start, sizeof(start));
	is_sent &= fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params,
				    length + sizeof(start));
	memset(piece, 'x', sizeof(piece));
	for (size_t sent = 0; is_sent && sent < bytes; sent += sizeof(piece))
		is_sent = fcgi_client_send(fd, FCGI_CLIENT_PARAMS, piece,
					   sizeof(piece));
	CU_ASSERT_TRUE(is_sent);
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0));
	return fd;
}

/* What a client sends is counted as well: Apache and Caddy pass on a megabyte.
 */
static void
too_much_waits(void)
{
	/* Of a quarter of 8 MiB, with 24 KiB each. */
	enum { PARAMETER_BYTES = 256 * 1024, FIT = 7, MORE = 50 };
	struct source fake;
	struct responder r;
	int first, fds[FIT];
	unsigned refused = 0, served = 0;

	start(&fake, &r, 1, "MAX_MEMORY_BYTES=8388608");
	source_set_fake(&fake,
			"slow_header&ms=10000&metric=" UTILIZATION_METRIC);
	first = ask(&r, UTILIZATION);
	wait_for(&r, "responder_threads_busy", 1);
	for (unsigned i = 0; i < FIT; i++)
		fds[i] = ask_at_length(&r, PARAMETER_BYTES);
	wait_for(&r, "requests_waiting", FIT);
	for (unsigned i = FIT; i < MORE; i++)
		refused += receives(ask_at_length(&r, PARAMETER_BYTES),
				    "Status: 503 ");
	CU_ASSERT_EQUAL(refused, MORE - FIT);
	served += receives(first, "Status: 200 ");
	for (unsigned i = 0; i < FIT; i++)
		served += receives(fds[i], "Status: 200 ");
	CU_ASSERT_EQUAL(served, FIT + 1);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

/* SIGTERM while they wait: each gets its answer first. */
static void
stop_answers_all(void)
{
	struct pollfd clients[CLIENTS];
	struct source fake;
	struct responder r;

	start(&fake, &r, 1, NULL);
	source_set_fake(&fake, "slow_header&ms=3000");
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i] = (struct pollfd){.fd = ask(&r, UTILIZATION),
					     .events = POLLIN};
	wait_for(&r, "requests_waiting", CLIENTS - 1);
	process_signal(r.process, SIGTERM);
	CU_ASSERT_EQUAL(receive_all(clients, CLIENTS, "Status: 200 "), CLIENTS);
	CU_ASSERT_EQUAL(process_wait(r.process, PROCESS_LIMIT_MS), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

/* Those who do not take their answers hold up a thread for a while each: all
 * threads help. */
static void
stop_answers_the_slow(void)
{
	struct source fake;
	struct responder r;
	int fds[CLIENTS];
	unsigned right = 0;

	start(&fake, &r, 1, NULL);
	source_set_fake(&fake, "slow_header&ms=3000");
	for (unsigned i = 0; i < CLIENTS; i++)
		fds[i] = ask(&r, UTILIZATION);
	wait_for(&r, "requests_waiting", CLIENTS - 1);
	process_signal(r.process, SIGTERM);
	CU_ASSERT_EQUAL(process_wait(r.process, PROCESS_LIMIT_MS), 0);
	for (unsigned i = 0; i < CLIENTS; i++)
		right += receives(fds[i], "Status: 200 ");
	CU_ASSERT_EQUAL(right, CLIENTS);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

/* --- clients that are slow ----------------------------------------------- */

/* With the first byte of 1000. */
static int
ask_with_body(const struct responder *r, const char *path)
{
	static const char length[] = "\x0e\x04"
				     "CONTENT_LENGTH1000";
	char params[512 + sizeof(length)];
	size_t bytes = fcgi_client_params(params, path);
	int fd = fcgi_client_connect(r->socket);

	memcpy(params + bytes, length, sizeof(length) - 1);
	CU_ASSERT_TRUE(fcgi_client_begin(fd, false));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params,
					bytes + sizeof(length) - 1));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
	/* It may have its answer already, and find nobody there. */
	fcgi_client_send(fd, FCGI_CLIENT_STDIN, "x", 1);
	return fd;
}

/* More than there are threads: none of them is waited for. */
static void
slow_bodies(void)
{
	enum { SLOW = 40 };
	struct source fake;
	struct responder r;
	int fds[SLOW];
	unsigned right = 0;

	start(&fake, &r, 1, NULL);
	for (unsigned i = 0; i < SLOW; i++)
		fds[i] = ask_with_body(&r, "/api/livez");
	expect_quick(&r);
	for (unsigned i = 0; i < SLOW; i++)
		right += receives(fds[i], "Status: 200 ");
	CU_ASSERT_EQUAL(right, SLOW);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

/* A child that sends a little of each body, again and again. */
static pid_t
drip(const int *fds, size_t count)
{
	pid_t child = fork();

	CU_ASSERT_FATAL(child >= 0);
	if (child > 0)
		return child;
	for (int step = 0; step < PROCESS_LIMIT_MS / STEP_MS; step++) {
		for (size_t i = 0; i < count; i++)
			fcgi_client_send(fds[i], FCGI_CLIENT_STDIN, "x", 1);
		rest_ms(STEP_MS);
	}
	_exit(0);
}

/* They never let anybody come to the end of what they send: the only seat is
 * not theirs, and the process stops as if they were not there. */
static void
dripping_bodies(void)
{
	enum { DRIPPING = 8 };
	struct source fake;
	struct responder r;
	int fds[DRIPPING];
	pid_t child;

	start(&fake, &r, 1, "RESPONDER_THREADS=1");
	for (unsigned i = 0; i < DRIPPING; i++)
		fds[i] = ask_with_body(&r, UTILIZATION);
	child = drip(fds, DRIPPING);
	for (unsigned i = 0; i < LOOKS; i++)
		CU_ASSERT_TRUE(
		    receives(ask(&r, "/api/v1/gpu/nodes"), "Status: 200 "));
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (unsigned i = 0; i < DRIPPING; i++)
		CU_ASSERT_TRUE(receives(fds[i], "Status: 200 "));
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

/* --- the wait before that ------------------------------------------------ */

/* Requests lie in the socket's queue while the process is stopped. */
static void
queue_is_told_of(void)
{
	enum { STOPPED_MS = 1500 };
	struct source fake;
	struct responder r;
	struct nginx nginx = {.port = 0};
	struct http_reply reply;
	pid_t waker;
	char *line;

	start(&fake, &r, 1, NULL);
	nginx_start(&nginx, &(struct nginx_plan){.socket = r.socket});
	CU_ASSERT_EQUAL(value_of(&r, "request_queue_seconds_count"), 0);
	process_signal(r.process, SIGSTOP);
	waker = fork();
	if (waker == 0) {
		rest_ms(STOPPED_MS);
		kill(r.process->pid, SIGCONT);
		_exit(0);
	}
	http_get(&reply, nginx_url(&nginx, "/api/livez"));
	CU_ASSERT_EQUAL(reply.status, 200);
	line = responder_log_line(&r, http_header(&reply, "X-Request-Id"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(line, " queued_ms="));
	/* It was asked a little later than the process was stopped. */
	CU_ASSERT(strtod(strstr(line, " queued_ms=") + 11, NULL) >=
		  STOPPED_MS / 2);
	free(line);
	http_free(&reply);
	CU_ASSERT_EQUAL(value_of(&r, "request_queue_seconds_count"), 1);
	CU_ASSERT(value_of(&r, "request_queue_seconds_sum") >=
		  STOPPED_MS / 2000.0);
	CU_ASSERT_EQUAL(process_stop(nginx.process), 0);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"one process", one_process},
	    {"two processes", two_processes},
	    {"one process with one thread", one_process_with_one_thread},
	    {"nothing is shared", nothing_is_shared},
	    {"deadlines are kept", deadline_is_kept},
	    {"many clients are one query", many_clients_are_one_query},
	    {"too many wait", too_many_wait},
	    {"too much waits", too_much_waits},
	    {"SIGTERM answers all", stop_answers_all},
	    {"SIGTERM answers all that are slow", stop_answers_the_slow},
	    {"clients that are slow to send a body", slow_bodies},
	    {"clients that send a body without end", dripping_bodies},
	    {"the wait in the socket's queue is told of", queue_is_told_of},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	return suite_run("waiting", tests);
}
