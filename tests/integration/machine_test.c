/*
 * A machine that runs out of descriptors or of disk, or whose DNS server says
 * nothing: who asks gets the right answer or the right error in time, and
 * afterwards all is well by itself.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/dns.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "support/usage.h"

#define METRICS "/api/v1/gpu/metrics"
#define FAILED                                                                 \
	"{\"success\":false,\"data\":null,\"message\":null,"                   \
	"\"error\":\"Failed to retrieve GPU metrics\"}"

enum { REQUESTS = 50, TIMEOUT_MS = 1000, RESOLVER_S = 3, RESOLVER_TRIES = 2 };

static struct source fake;

static void
stop(struct responder *r)
{
	CU_ASSERT_EQUAL(process_stop(r->process), 0);
}

/* --- descriptors ---------------------------------------------------------- */

/* As few as that; what the process has open stays open. */
static void
limit_descriptors(const struct responder *r, rlim_t count, struct rlimit *old)
{
	struct rlimit limit;

	CU_ASSERT_EQUAL_FATAL(
	    prlimit(r->process->pid, RLIMIT_NOFILE, NULL, old), 0);
	limit = *old;
	limit.rlim_cur = count;
	CU_ASSERT_EQUAL_FATAL(
	    prlimit(r->process->pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

static void
lift_limit(const struct responder *r, const struct rlimit *old)
{
	CU_ASSERT_EQUAL(prlimit(r->process->pid, RLIMIT_NOFILE, old, NULL), 0);
}

static void
wait_for_count(const char *path, const char *text, unsigned count)
{
	int64_t limit_ms = clock_now_ms() + PROCESS_LIMIT_MS;

	while (file_count(path, text) < count && clock_now_ms() < limit_ms)
		usleep(5000);
	CU_ASSERT_TRUE(file_count(path, text) >= count);
}

/*
 * The request waits, and is answered when there are descriptors again. Eight
 * threads try ten times a second each, and the log has a line a second.
 */
static void
none_to_accept_with(void)
{
	static const char text[] = "accept failed, trying again";
	int64_t start_ms = clock_now_ms();
	struct responder r;
	struct rlimit old;
	unsigned lines;
	char *answer;
	int fd;

	responder_start(&r, fake.url, NULL);
	limit_descriptors(&r, 3, &old);
	fd = fcgi_client_connect(r.socket);
	CU_ASSERT_TRUE(fcgi_client_get(fd, "/api/livez"));
	wait_for_count(r.process->log, text, 3);
	lines = file_count(r.process->log, text);
	CU_ASSERT_TRUE(lines <= 1 + (clock_now_ms() - start_ms) / 1000);
	lift_limit(&r, &old);
	answer = fcgi_client_receive(fd);
	CU_ASSERT_EQUAL(strncmp(answer, "Status: 200 OK\r\n", 16), 0);
	free(answer);
	close(fd);
	CU_ASSERT_TRUE(responder_answers(&r, METRICS, 200));
	stop(&r);
}

/* The number that the next one gets. */
static rlim_t
first_free_descriptor(const struct responder *r)
{
	char path[64];
	rlim_t number = 0;

	do
		snprintf(path, sizeof(path), "/proc/%ld/fd/%lu",
			 (long)r->process->pid, (unsigned long)number++);
	while (readlink(path, (char[1]){0}, 1) >= 0);
	return number - 1;
}

/* Once those of the last request and of the first looks are closed. */
static rlim_t
settled_descriptor(const struct responder *r)
{
	enum { SAMPLES = 50 };
	rlim_t number = first_free_descriptor(r);

	for (int same = 0; same < SAMPLES; same++) {
		rlim_t now;

		usleep(10000);
		now = first_free_descriptor(r);
		if (now != number)
			same = -1;
		number = now;
	}
	return number;
}

/* One is left, for the request; none for a connection to Prometheus. */
static void
none_to_ask_with(void)
{
	static const char *const settings[] = {
	    "RESPONDER_THREADS=1", "GPU_PROFILES=nvidia-gpu-list-exporter",
	    NULL};
	struct responder r;
	struct rlimit old;
	char *answer, *body;

	/* On one that is kept a query could be asked. */
	source_set_fake(&fake, "ok_once");
	responder_start(&r, fake.url, settings);
	CU_ASSERT_TRUE(responder_answers(&r, "/api/health", 200));
	limit_descriptors(&r, settled_descriptor(&r) + 1, &old);
	for (int i = 0; i < 3; i++) {
		answer = fcgi_client_fetch(r.socket, METRICS);
		body = strstr(answer, "\r\n\r\n");
		CU_ASSERT_EQUAL(strncmp(answer, "Status: 502 ", 12), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(body);
		SUITE_EQUAL(body + 4, FAILED);
		free(answer);
	}
	lift_limit(&r, &old);
	CU_ASSERT_TRUE(responder_answers(&r, METRICS, 200));
	source_set_fake(&fake, "ok");
	stop(&r);
}

/* --- disk ----------------------------------------------------------------- */

/* "$0" is the program. */
static void
start_by_shell(struct responder *out, const char *const *words,
	       const char *prometheus_url)
{
	char url[SOURCE_URL_BYTES + 32];
	/* Each request is to wait for its own deadline. */
	const char *env[] = {url, "REQUEST_TIMEOUT_MS=1000",
			     "PROBE_TIMEOUT_MS=60000", "SHARE_ANSWERS=off",
			     NULL};

	snprintf(url, sizeof(url), "PROMETHEUS_URL=%s", prometheus_url);
	responder_start_program(out, words, env);
}

static void
expect_many(const struct responder *r)
{
	for (int i = 0; i < REQUESTS; i++)
		CU_ASSERT_TRUE(responder_answers(r, METRICS, 200));
}

static void
no_room_from_the_start(void)
{
	const char *words[] = {"sh", "-c", "exec \"$0\" 2>/dev/full",
			       harness_built("gpu-monitoring-api"), NULL};
	struct responder r;

	start_by_shell(&r, words, fake.url);
	expect_many(&r);
	stop(&r);
}

/* Mounts that nobody else sees. */
static bool
can_mount(void)
{
	const char *argv[] = {"unshare", "--mount", "true", NULL};

	return process_run(
		   &(struct process_plan){.name = "unshare", .argv = argv},
		   NULL) == 0;
}

static void
fill(const char *path)
{
	FILE *out = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	setbuf(out, NULL);
	while (putc('x', out) != EOF)
		;
	CU_ASSERT_EQUAL(errno, ENOSPC);
	fclose(out);
}

/* Each line is a whole one, also where the room ended within one. */
static void
expect_whole_lines(char *text)
{
	for (char *line = strtok(text, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		bool is_whole =
		    strncmp(line, "time=", 5) == 0 ||
		    strncmp(line, "level=warn msg=\"log lines were lost\"",
			    36) == 0;

		CU_ASSERT_TRUE(is_whole);
		CU_ASSERT_TRUE(strstr(line + 1, "level=warn msg=\"log lines") ==
			       NULL);
		if (!is_whole)
			printf("# logged: %s\n", line);
	}
}

static void
no_room_for_a_while(void)
{
	char directory[HARNESS_PATH_BYTES], log[HARNESS_PATH_BYTES + 64];
	char ballast[HARNESS_PATH_BYTES + 64];
	const char *words[] = {"unshare",
			       "--mount",
			       "sh",
			       "-c",
			       "mount -t tmpfs -o size=64k none \"$1\" && exec "
			       "\"$0\" 2>\"$1/log\"",
			       harness_built("gpu-monitoring-api"),
			       directory,
			       NULL};
	struct responder r;
	char *line, *text;

	if (!can_mount()) {
		suite_skip("needs root to mount a disk");
		return;
	}
	harness_path(directory, "disk");
	CU_ASSERT_EQUAL_FATAL(mkdir(directory, 0700), 0);
	start_by_shell(&r, words, fake.url);
	snprintf(log, sizeof(log), "/proc/%d/root%s/log", (int)r.process->pid,
		 directory);
	snprintf(ballast, sizeof(ballast), "/proc/%d/root%s/ballast",
		 (int)r.process->pid, directory);
	fill(ballast);
	expect_many(&r);
	CU_ASSERT_EQUAL(unlink(ballast), 0);
	expect_many(&r);
	line = file_wait_line(log, "log lines were lost", "count=");
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	text = file_read(log);
	expect_whole_lines(text);
	free(text);
	stop(&r);
}

/* --- DNS ------------------------------------------------------------------ */

/* Each of the requests, well before the resolver gives up. */
static void
expect_failures_in_time(const struct responder *r)
{
	for (int i = 0; i < 3; i++) {
		int64_t start_ms = clock_now_ms();

		CU_ASSERT_TRUE(responder_answers(r, METRICS, 504));
		CU_ASSERT_TRUE(clock_now_ms() - start_ms <
			       RESOLVER_S * RESOLVER_TRIES * 1000 - TIMEOUT_MS);
	}
}

static void
write_resolv_conf(char path[static HARNESS_PATH_BYTES])
{
	char text[128];

	snprintf(text, sizeof(text),
		 "nameserver %s\noptions timeout:%d attempts:%d\n", DNS_ADDRESS,
		 RESOLVER_S, RESOLVER_TRIES);
	harness_path(path, "resolv.conf");
	file_write(path, text);
}

/*
 * The threads that still wait for the resolver do not hold up the requests, and
 * end when it gives up.
 */
static void
silent_dns(void)
{
	char conf[HARNESS_PATH_BYTES], url[SOURCE_URL_BYTES];
	const char *words[] = {
	    "unshare",
	    "--mount",
	    "sh",
	    "-c",
	    "mount --bind \"$1\" /etc/resolv.conf && exec \"$0\"",
	    harness_built("gpu-monitoring-api"),
	    conf,
	    NULL};
	struct usage before, now;
	struct responder r;
	char *line;

	if (!can_mount() || !dns_start()) {
		suite_skip("needs root to be a DNS server");
		return;
	}
	write_resolv_conf(conf);
	snprintf(url, sizeof(url), "http://prometheus.example.com:%u",
		 fake.port);
	start_by_shell(&r, words, url);
	/* All of its threads run. */
	line = file_wait_line(r.process->log, "msg=ready ", NULL);
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	before = usage_of(r.process->pid);
	expect_failures_in_time(&r);
	CU_ASSERT_TRUE(responder_answers(&r, "/api/livez", 200));
	dns_set_answering(true);
	CU_ASSERT_TRUE(responder_answers(&r, METRICS, 200));
	now = usage_settle(r.process->pid, &before);
	CU_ASSERT_TRUE(now.threads <= before.threads);
	stop(&r);
	dns_stop();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"no descriptors to accept with", none_to_accept_with},
	    {"no descriptors to ask with", none_to_ask_with},
	    {"no room for the log from the start", no_room_from_the_start},
	    {"no room for the log for a while", no_room_for_a_while},
	    {"a DNS server that says nothing", silent_dns},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	if (!suite_has_root())
		return 0;
	harness_start();
	source_start_fake(&fake, NULL);
	return suite_run("machine", tests);
}
