/*
 * What the program tells of itself: /metrics, /debug/vars, /debug/requests,
 * by two processes of one socket behind nginx.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/body.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/http.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/strict_json.h"
#include "support/suite.h"

#define METRICS "/api/v1/gpu/metrics"
#define PREFIX	"gpu_monitoring_api_"

enum { SLOW_MS = 3000, STEP_MS = 20 };

static struct source fake, prometheus;
static struct responder responder;
static struct nginx nginx;

/* The time is that of slow requests that one process happens to get all. */
static const char *const settings[] = {"DEBUG_ENDPOINTS=on", "LOG_LEVEL=debug",
				       "REQUEST_TIMEOUT_MS=60000", NULL};

static void
rest(void)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* --- metrics as text ----------------------------------------------------- */

/* The value of the sample that is written so; -1: there is none. */
static double
value_in(const char *text, const char *sample)
{
	char wanted[256];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\n" PREFIX "%s ", sample);
	at = strstr(text, wanted);
	return at != NULL ? strtod(at + strlen(wanted), NULL) : -1;
}

/* Whichever process answers; -2: it was killed meanwhile. */
static double
try_value_of(const struct responder *r, const char *sample)
{
	char *text = fcgi_client_fetch(r->socket, "/metrics");
	double value = *text != '\0' ? value_in(text, sample) : -2;

	CU_ASSERT(*text == '\0' ||
		  strncmp(text, "Status: 200 OK\r\n", 16) == 0);
	free(text);
	return value;
}

static double
value_of(const struct responder *r, const char *sample)
{
	double value = try_value_of(r, sample);

	CU_ASSERT_NOT_EQUAL(value, -2);
	return value;
}

/* A request is counted once its answer is sent; so it comes to that. */
static void
wait_for(const struct responder *r, const char *sample, double value)
{
	int steps = 0;
	double got;

	while ((got = value_of(r, sample)) != value &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest();
	CU_ASSERT_EQUAL(got, value);
	if (got != value)
		printf("# %s is %g, not %g\n", sample, got, value);
}

static void
call(const char *path, bool is_head, const char *header, long status)
{
	struct http_reply r;

	http_do(&r, &(struct http_call){.url = nginx_url(&nginx, path),
					.is_head = is_head,
					.header = header});
	CU_ASSERT_EQUAL(r.status, status);
	http_free(&r);
}

static void
call_if_changed(void)
{
	char header[256] = "";
	struct http_reply r;

	http_get(&r, nginx_url(&nginx, METRICS));
	CU_ASSERT_EQUAL(r.status, 200);
	snprintf(header, sizeof(header), "If-None-Match: %s",
		 http_header(&r, "ETag") != NULL ? http_header(&r, "ETag")
						 : "");
	http_free(&r);
	call(METRICS, false, header, 304);
}

#define STATUS(path, status)                                                   \
	"requests_total{endpoint=\"" path "\",status=\"" status "\"}"
#define TOOK(path) "request_duration_seconds_count{endpoint=\"" path "\"}"

static void
counts_each_request_once(void)
{
	enum { TIMES = 100 };
	double before = value_of(&responder, STATUS("/api/livez", "200"));

	if (before < 0)
		before = 0;
	for (int i = 0; i < TIMES; i++) {
		call("/api/livez", i % 2 == 0, NULL, 200);
		call("/api/v1/gpu/nothing", false, NULL, 404);
		call("/api/health?x=1", false, NULL, 400);
		free(fcgi_client_fetch(responder.socket, "/api/livez"));
	}
	for (int i = 0; i < 5; i++)
		call_if_changed();
	wait_for(&responder, STATUS("/api/livez", "200"), before + 2 * TIMES);
	wait_for(&responder, TOOK("/api/livez"), before + 2 * TIMES);
	wait_for(&responder, STATUS("other", "404"), TIMES);
	wait_for(&responder, STATUS("/api/health", "400"), TIMES);
	wait_for(&responder, STATUS(METRICS, "200"), 5);
	wait_for(&responder, STATUS(METRICS, "304"), 5);
	wait_for(&responder, TOOK(METRICS), 10);
	wait_for(&responder, "exporters", 1);
}

static void
promtool_finds_nothing(void)
{
	static const char *const argv[] = {
	    "sh", "-c", "exec promtool check metrics <\"$0\"", NULL, NULL};
	const char *command[5];
	char path[HARNESS_PATH_BYTES], *said;
	struct http_reply r;
	struct process *p;

	http_get(&r, nginx_url(&nginx, "/metrics"));
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "Content-Type"),
		    "text/plain; version=0.0.4; charset=utf-8");
	printf("# /metrics has %zu bytes\n", r.length);
	harness_path(path, "metrics.txt");
	file_write(path, r.body);
	http_free(&r);
	memcpy(command, argv, sizeof(command));
	command[3] = path;
	CU_ASSERT_EQUAL(process_run(&(struct process_plan){.name = "promtool",
							   .argv = command},
				    &p),
			0);
	said = file_read(p->log);
	SUITE_EQUAL(said, "");
	free(said);
}

/* --- debugging ----------------------------------------------------------- */

/* "data" of what it answers; put the root. */
static struct json_object *
debug(const struct responder *r, const char *path, struct json_object **root)
{
	struct json_object *data = NULL;
	long status;
	char *text =
	    fcgi_client_fetch_from(r->socket, path, "127.0.0.1", &status);
	const char *body = strstr(text, "\r\n\r\n");

	CU_ASSERT_EQUAL(status, 0);
	*root = body != NULL ? strict_json(body + 4, strlen(body + 4)) : NULL;
	harness_require(*root != NULL &&
			    json_object_object_get_ex(*root, "data", &data),
			"%s answers %.300s", path, text);
	free(text);
	return data;
}

static struct json_object *
get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	CU_ASSERT_TRUE(json_object_object_get_ex(object, key, &value));
	return value;
}

static const char *
text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(get(object, key));
}

static double
number_of(struct json_object *object, const char *key)
{
	return json_object_get_double(get(object, key));
}

/* Each of the processes answers it, and tells the same. */
static void
both_tell_the_same(void)
{
	struct json_object *root, *all;
	double count = value_of(&responder, STATUS("/api/livez", "200"));
	int answered[2] = {0}, pids[2] = {0};

	for (int i = 0; i < 1000 && (answered[0] == 0 || answered[1] == 0);
	     i++) {
		struct json_object *data =
		    debug(&responder, "/debug/vars", &root);
		char *text = fcgi_client_fetch(responder.socket, "/metrics");

		all = get(data, "processes");
		CU_ASSERT_EQUAL_FATAL(json_object_array_length(all), 2);
		for (size_t n = 0; n < 2; n++) {
			struct json_object *one =
			    json_object_array_get_idx(all, n);

			pids[n] = (int)number_of(one, "pid");
			answered[n] +=
			    json_object_get_boolean(get(one, "answers_this"));
			CU_ASSERT_EQUAL(number_of(one, "responder_threads"), 8);
			/* Known before the first request. */
			CU_ASSERT_EQUAL(number_of(one, "query_threads"), 8);
			CU_ASSERT(number_of(one, "resident_memory_bytes") > 0);
		}
		CU_ASSERT_EQUAL(value_in(text, STATUS("/api/livez", "200")),
				count);
		free(text);
		json_object_put(root);
	}
	CU_ASSERT(answered[0] > 0 && answered[1] > 0);
	CU_ASSERT_NOT_EQUAL(pids[0], pids[1]);
}

static size_t
count_asking(const struct responder *r)
{
	struct json_object *root, *all;
	size_t count = 0;

	all = get(debug(r, "/debug/requests", &root), "in_flight");
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *one = json_object_array_get_idx(all, i);

		count += strcmp(text_of(one, "path"), METRICS) == 0 &&
			 strcmp(text_of(one, "stage"), "ask") == 0;
	}
	json_object_put(root);
	return count;
}

/* The stages of one request, which was slow, in milliseconds. */
static void
expect_slow(struct json_object *one)
{
	static const char *const names[] = {"prepare", "share",	 "ask",
					    "join",    "encode", "send"};
	struct json_object *stages = get(one, "stages_ms");
	double sum_ms = 0, duration_ms = number_of(one, "duration_ms");

	SUITE_EQUAL(text_of(one, "path"), METRICS);
	SUITE_EQUAL(text_of(one, "method"), "GET");
	CU_ASSERT_EQUAL(number_of(one, "status"), 200);
	CU_ASSERT(number_of(one, "queries") > 0);
	CU_ASSERT(duration_ms >= SLOW_MS);
	CU_ASSERT(number_of(stages, "ask") >= SLOW_MS - 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		sum_ms += number_of(stages, names[i]);
	CU_ASSERT_EQUAL(json_object_object_length(stages),
			(int)(sizeof(names) / sizeof(*names)));
	/* Each is rounded to microseconds. */
	CU_ASSERT(fabs(sum_ms - duration_ms) < 0.01);
}

static void
expect_stages_in_log(struct json_object *one)
{
	static const char *const keys[] = {
	    " decode_ms=", " prepare_ms=", " share_ms=", " ask_ms=",
	    " join_ms=",   " encode_ms=",  " send_ms="};
	char *line = responder_log_line(&responder, text_of(one, "request_id"));

	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(line, keys[i]));
	free(line);
}

static void
tells_of_slow_requests(void)
{
	enum { SLOW = 5, LOOKS = 12 };
	struct json_object *root, *all;
	char behaviour[64];
	int fds[SLOW];
	int steps = 0;

	snprintf(behaviour, sizeof(behaviour), "slow_header&ms=%d", SLOW_MS);
	source_set_fake(&fake, behaviour);
	for (int i = 0; i < SLOW; i++) {
		fds[i] = fcgi_client_connect(responder.socket);
		fcgi_client_get(fds[i], METRICS);
	}
	while (count_asking(&responder) < SLOW &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest();
	/* Who tells makes none; the other process says so every second. */
	wait_for(&responder, "responder_threads_busy", SLOW);
	CU_ASSERT_EQUAL(count_asking(&responder), SLOW);
	CU_ASSERT_EQUAL(count_asking(&responder), SLOW);
	for (int i = 0; i < SLOW; i++) {
		free(fcgi_client_receive(fds[i]));
		close(fds[i]);
	}
	source_set_fake(&fake, "ok");
	wait_for(&responder, "responder_threads_busy", 0);
	all = get(debug(&responder, "/debug/requests", &root),
		  "slowest_of_last_minute");
	CU_ASSERT_FATAL(json_object_array_length(all) >= SLOW);
	for (size_t i = 0; i < SLOW; i++)
		expect_slow(json_object_array_get_idx(all, i));
	expect_stages_in_log(json_object_array_get_idx(all, 0));
	json_object_put(root);
}

/* --- Prometheus' failures ------------------------------------------------ */

#define OUTCOME(outcome) "upstream_queries_total{outcome=\"" outcome "\"}"

static double
failures(void)
{
	double count = value_of(&responder, OUTCOME("upstream"));

	return count < 0 ? 0 : count;
}

static void
counts_queries_that_succeed(void)
{
	double before = value_of(&responder, OUTCOME("ok"));
	double asked = (double)source_fake_count(&fake, "queries");
	int steps = 0;

	for (int i = 0; i < 10; i++)
		free(fcgi_client_fetch(responder.socket, METRICS));
	CU_ASSERT((double)source_fake_count(&fake, "queries") - asked >= 10);
	/* Looks for exporters come between, and count as well. */
	while (value_of(&responder, OUTCOME("ok")) - before !=
		   (double)source_fake_count(&fake, "queries") - asked &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest();
	CU_ASSERT(steps < PROCESS_LIMIT_MS / STEP_MS);
}

/* All that were asked, however it ended. */
static double
asked(void)
{
	static const char sample[] = "\n" PREFIX "upstream_queries_total{";
	char *text = fcgi_client_fetch(responder.socket, "/metrics");
	double count = 0;

	for (const char *at = text; (at = strstr(at, sample)) != NULL; at++) {
		const char *outcome = at + sizeof(sample) - 1;

		if (strncmp(outcome, "outcome=\"not_ready\"", 19) != 0)
			count += strtod(strchr(outcome, '}') + 1, NULL);
	}
	free(text);
	return count;
}

/* What was under way, of a look as well, has ended once nothing more is counted
 * for a while. */
static double
successes_in_the_end(void)
{
	enum { CALM_STEPS = 20 };
	double count = value_of(&responder, OUTCOME("ok"));

	for (int calm = 0; calm < CALM_STEPS; calm++) {
		double now;

		rest();
		now = value_of(&responder, OUTCOME("ok"));
		if (now != count)
			calm = 0;
		count = now;
	}
	return count;
}

/* A request ends with the first of its queries that fails: at least that one is
 * counted, and none as a success. */
static void
counts_queries_that_fail(void)
{
	static const char *const behaviours[] = {
	    "status_500", "reset",	    "garbage",
	    "html",	  "truncated_json", "status_error_200"};
	double succeeded;
	int steps = 0;

	source_set_fake(&fake, behaviours[0]);
	free(fcgi_client_fetch(responder.socket, METRICS));
	succeeded = successes_in_the_end();
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(*behaviours); i++) {
		double before = failures();

		source_set_fake(&fake, behaviours[i]);
		free(fcgi_client_fetch(responder.socket, METRICS));
		CU_ASSERT(failures() > before);
		if (failures() <= before)
			printf("# %s\n", behaviours[i]);
	}
	CU_ASSERT_EQUAL(value_of(&responder, OUTCOME("ok")), succeeded);
	while (value_of(&responder, "upstream_query_duration_seconds_count") !=
		   asked() &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest();
	CU_ASSERT(steps < PROCESS_LIMIT_MS / STEP_MS);
	source_set_fake(&fake, "ok");
}

/* --- processes that die -------------------------------------------------- */

static void
survives_a_process(void)
{
	pid_t victim = process_child(responder.process->pid, 0);
	double count = value_of(&responder, STATUS("/api/livez", "200"));
	double start = value_of(&responder, "start_time_seconds");
	bool is_gone = false;
	int steps = 0;

	CU_ASSERT_FATAL(victim > 0);
	CU_ASSERT_EQUAL(kill(victim, SIGKILL), 0);
	/* The new one's threads are there once it is ready. */
	while (!(is_gone && value_of(&responder, "query_threads") == 16) &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS) {
		double now =
		    try_value_of(&responder, STATUS("/api/livez", "200"));

		CU_ASSERT(now == count || (now == -2 && !is_gone));
		is_gone = kill(victim, 0) != 0;
		rest();
	}
	CU_ASSERT_EQUAL(value_of(&responder, "processes"), 2);
	CU_ASSERT_EQUAL(value_of(&responder, "start_time_seconds"), start);
	CU_ASSERT_EQUAL(value_of(&responder, "responder_threads"), 16);
	both_tell_the_same();
}

/* The file of that socket in /dev/shm: of the one that listens, since those of
 * its connections have the same path. */
static void
shared_file(const struct responder *r, char path[static 128])
{
	FILE *sockets = fopen("/proc/net/unix", "r");
	enum { SOCKET_LISTENS = 0x10000 };
	unsigned long inode = 0, number;
	unsigned flags;
	char line[512];

	harness_require(sockets != NULL, "no /proc/net/unix");
	while (fgets(line, sizeof(line), sockets) != NULL)
		if (strstr(line, r->socket) != NULL &&
		    sscanf(line, "%*s %*s %*s %x %*s %*s %lu", &flags,
			   &number) == 2 &&
		    (flags & SOCKET_LISTENS) != 0)
			inode = number;
	fclose(sockets);
	snprintf(path, 128, "/dev/shm/gpu-monitoring-api-%lu", inode);
}

static bool
is_private_file(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && (file.st_mode & 0777) == 0600;
}

static void
leaves_no_file(void)
{
	struct responder killed, stopped;
	char left[128], path[128];

	responder_start(&killed, fake.url, NULL);
	shared_file(&killed, left);
	CU_ASSERT_TRUE(is_private_file(left));
	process_signal(killed.process, SIGKILL);
	process_wait(killed.process, PROCESS_LIMIT_MS);
	/* The next one removes what that left behind, and not its own. */
	responder_start(&stopped, fake.url, NULL);
	CU_ASSERT_NOT_EQUAL(access(left, F_OK), 0);
	shared_file(&stopped, path);
	CU_ASSERT_TRUE(is_private_file(path));
	CU_ASSERT_EQUAL(process_stop(stopped.process), 0);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	shared_file(&responder, path);
	CU_ASSERT_TRUE(is_private_file(path));
}

static void
two_sockets_count_together(void)
{
	char path[HARNESS_PATH_BYTES], setting[RESPONDER_VALUE_BYTES];
	/* What is told needs next to no memory of a request. */
	const char *with_file[] = {setting, "DEBUG_ENDPOINTS=on",
				   "MAX_REQUEST_MEMORY_BYTES=65536", NULL};
	struct json_object *root;
	struct responder a, b;

	harness_path(path, "shared");
	snprintf(setting, sizeof(setting), "SHARED_FILE=%s", path);
	responder_start(&a, fake.url, with_file);
	responder_start(&b, fake.url, with_file);
	for (int i = 0; i < 3; i++) {
		free(fcgi_client_fetch(a.socket, "/api/livez"));
		free(fcgi_client_fetch(b.socket, "/api/livez"));
	}
	wait_for(&a, STATUS("/api/livez", "200"), 6);
	wait_for(&b, STATUS("/api/livez", "200"), 6);
	debug(&a, "/debug/requests", &root);
	json_object_put(root);
	CU_ASSERT_EQUAL(value_of(&b, "processes"), 2);
	CU_ASSERT_EQUAL(process_stop(a.process), 0);
	CU_ASSERT_EQUAL(value_of(&b, "processes"), 1);
	CU_ASSERT_EQUAL(value_of(&b, STATUS("/api/livez", "200")), 6);
	CU_ASSERT_EQUAL(process_stop(b.process), 0);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

/* A limit on files, which the log and the shared one would run into. */
static void
lives_with_a_limit_on_files(void)
{
	static const char *const argv[] = {
	    "sh", "-c", "ulimit -f 200; exec \"$0\"", NULL, NULL};
	const char *command[5], *env[3] = {NULL};
	char url[RESPONDER_VALUE_BYTES];
	struct responder r;
	char *line;

	memcpy(command, argv, sizeof(command));
	command[3] = harness_built("gpu-monitoring-api");
	snprintf(url, sizeof(url), "PROMETHEUS_URL=%s", fake.url);
	env[0] = url;
	responder_start_program(&r, command, env);
	line = file_wait_line(r.process->log, "metrics are of this process",
			      "File too large");
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	CU_ASSERT_EQUAL(value_of(&r, "processes"), 1);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* --- who may ask --------------------------------------------------------- */

static void
expect_status(const struct responder *r, const char *path, const char *address,
	      const char *line)
{
	long status;
	char *text = fcgi_client_fetch_from(r->socket, path, address, &status);

	CU_ASSERT_EQUAL(strncmp(text, line, strlen(line)), 0);
	if (strncmp(text, line, strlen(line)) != 0)
		printf("# %s of %s got %.100s\n", path, address, text);
	CU_ASSERT_EQUAL(status, strstr(line, "200") == NULL);
	free(text);
}

static void
debugging_is_for_this_machine(void)
{
	static const char *const paths[] = {"/debug/vars", "/debug/requests"};
	struct responder plain;

	responder_start(&plain, fake.url, NULL);
	for (size_t i = 0; i < 2; i++) {
		expect_status(&plain, paths[i], "127.0.0.1", "Status: 404 ");
		expect_status(&responder, paths[i], "::1", "Status: 200 ");
		expect_status(&responder, paths[i], "10.0.0.1", "Status: 403 ");
		expect_status(&responder, paths[i], "", "Status: 403 ");
		call(paths[i], false, NULL, 200);
	}
	expect_status(&responder, "/metrics", "10.0.0.1", "Status: 200 ");
	expect_status(&responder, "/debug/", "127.0.0.1", "Status: 404 ");
#ifndef ENABLE_PROFILING
	expect_status(&responder, "/debug/pprof/profile", "127.0.0.1",
		      "Status: 404 ");
	expect_status(&responder, "/debug/pprof/heap", "127.0.0.1",
		      "Status: 404 ");
#endif
	CU_ASSERT_EQUAL(process_stop(plain.process), 0);
}

static void
nginx_keeps_others_out(void)
{
	static const struct webserver_change changes[] = {
	    {"metrics-allow.conf", "allow 127.0.0.0/8;", "deny 127.0.0.0/8;"},
	    {"metrics.conf", "allow 127.0.0.0/8;", "deny 127.0.0.0/8;"}};
	static const char *const paths[] = {"/metrics", "/debug/vars",
					    "/debug/requests"};
	struct nginx other = {.port = 0};
	struct http_reply r;

	nginx_start(&other, &(struct nginx_plan){.socket = responder.socket,
						 .changes = changes,
						 .change_count = 2,
						 .has_metrics = true});
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		http_get(&r, nginx_url(&other, paths[i]));
		body_expect_error(&r, 403, "Not allowed");
		http_free(&r);
	}
	CU_ASSERT_EQUAL(process_stop(other.process), 0);
}

/* --- a real Prometheus --------------------------------------------------- */

static void
start_prometheus(void)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
		 "scrape_configs:\n"
		 "- job_name: api\n"
		 "  static_configs: [{targets: ['127.0.0.1:%u']}]\n",
		 nginx.port);
	source_start_prometheus_with(&prometheus, text);
}

static void
prometheus_scrapes_it(void)
{
	static const char *const queries[] = {
	    "sum(" PREFIX "requests_total{endpoint=\"/metrics\"})",
	    "count(" PREFIX "request_duration_seconds_bucket)",
	    "sum(" PREFIX "build_info)", PREFIX "processes", "up"};

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		size_t got = 0;
		int steps = 0;

		while ((got = source_ask(&prometheus, queries[i])) == 0 &&
		       steps++ < 2 * PROCESS_LIMIT_MS / STEP_MS)
			rest();
		CU_ASSERT(got > 0);
		if (got == 0)
			printf("# nothing for %s\n", queries[i]);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"counts each request once", counts_each_request_once},
	    {"promtool finds nothing", promtool_finds_nothing},
	    {"both tell the same", both_tell_the_same},
	    {"tells of slow requests", tells_of_slow_requests},
	    {"counts queries that succeed", counts_queries_that_succeed},
	    {"counts queries that fail", counts_queries_that_fail},
	    {"survives a process", survives_a_process},
	    {"leaves no file", leaves_no_file},
	    {"two sockets count together", two_sockets_count_together},
	    {"lives with a limit on files", lives_with_a_limit_on_files},
	    {"debugging is for this machine", debugging_is_for_this_machine},
	    {"nginx keeps others out", nginx_keeps_others_out},
	    {"Prometheus scrapes it", prometheus_scrapes_it},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	responder_start_several(&responder, 2, fake.url, settings);
	nginx_start(&nginx, &(struct nginx_plan){.socket = responder.socket,
						 .has_metrics = true});
	start_prometheus();
	return suite_run("own_metrics", tests);
}
