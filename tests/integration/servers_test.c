/* Several servers, of which some are down; and wrong settings about servers. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/port.h"
#include "support/process.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define METRICS "/api/v1/gpu/metrics"
#define EXPECT(responder, status)                                              \
	CU_ASSERT_TRUE(responder_answers((responder), METRICS, (status)))

static struct source fake, other;

static void
stop(struct responder *r)
{
	CU_ASSERT_EQUAL(process_stop(r->process), 0);
}

/* --- several servers ----------------------------------------------------- */

static void
start_with_two(struct responder *r, const char *first, const char *second,
	       const char *const *settings)
{
	char urls[256];

	snprintf(urls, sizeof(urls), "%s, %s", first, second);
	responder_start(r, urls, settings);
}

static void
expect_logged(const struct responder *r, const char *msg, const char *url)
{
	char *line = file_wait_line(r->process->log, msg, url);

	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
}

static void
closed_port_is_passed_over(void)
{
	struct responder r;
	char closed[SOURCE_URL_BYTES];

	snprintf(closed, sizeof(closed), "http://127.0.0.1:%u", port_free());
	start_with_two(&r, closed, fake.url, NULL);
	EXPECT(&r, 200);
	expect_logged(&r, "Prometheus is down", closed);
	EXPECT(&r, 200);
	CU_ASSERT_EQUAL(file_count(r.process->log, "Prometheus is down"), 1);
	stop(&r);
}

/* Asked until it is known to be down, and then not for each request. */
static void
dead_one_is_left_alone(void)
{
	struct responder r;
	long asked;

	source_set_fake(&other, "status_503");
	start_with_two(&r, other.url, fake.url, NULL);
	EXPECT(&r, 200);
	asked = source_fake_count(&other, "queries");
	CU_ASSERT_TRUE(asked > 0);
	for (int i = 0; i < 20; i++)
		EXPECT(&r, 200);
	CU_ASSERT_EQUAL(source_fake_count(&other, "queries"), asked);
	stop(&r);
	source_set_fake(&other, "ok");
}

static void
first_one_is_preferred(void)
{
	struct responder r;
	long asked = source_fake_count(&fake, "queries");

	start_with_two(&r, other.url, fake.url, NULL);
	for (int i = 0; i < 5; i++)
		EXPECT(&r, 200);
	CU_ASSERT_EQUAL(source_fake_count(&fake, "queries"), asked);
	stop(&r);
}

/* A server that accepts and says nothing gets a share of the time: the other
 * one answers in the rest of it. */
static void
silent_one_is_left_alone(void)
{
	static const char *const settings[] = {
	    "REQUEST_TIMEOUT_MS=1500", "HEALTH_TIMEOUT_MS=1500",
	    "GPU_PROFILES=nvidia-gpu-list-exporter", NULL};
	struct responder r;

	source_set_fake(&other, "slow_header");
	start_with_two(&r, other.url, fake.url, settings);
	EXPECT(&r, 200);
	EXPECT(&r, 200);
	EXPECT(&r, 200);
	stop(&r);
	source_set_fake(&other, "ok");
}

#define UTILIZATION "/api/v1/gpu/utilization"

/* Returns once the detection has asked all that it will. */
static void
await_detection(const struct source *server, long before)
{
	const struct timespec pause = {.tv_nsec = 20000000};

	for (int i = 0;
	     i < 1000 && source_fake_count(server, "selectors") == before; i++)
		nanosleep(&pause, NULL);
	CU_ASSERT_TRUE(source_fake_count(server, "selectors") > before);
}

/*
 * One request of one query. How long its answers may take is a matter of all
 * of the request's time, half of which is 4 s, whoever else could be asked.
 */
struct slowness {
	const char *first, *second; /* NULL: a closed port */
	long first_asked, second_asked;
};

static void
expect_in_time(const struct slowness *s)
{
	static const char *const settings[] = {
	    "REQUEST_TIMEOUT_MS=8000", "PROBE_TIMEOUT_MS=8000",
	    "GPU_PROFILES=nvidia-gpu-list-exporter",
	    "DETECTION_INTERVAL_MS=86400000", NULL};
	const struct source *told = s->first != NULL ? &other : &fake;
	char closed[SOURCE_URL_BYTES], *timeout;
	long first = source_fake_count(&other, "selectors"),
	     second = source_fake_count(&fake, "selectors");
	struct responder r;
	long timeout_ms = 0;

	snprintf(closed, sizeof(closed), "http://127.0.0.1:%u", port_free());
	start_with_two(&r, s->first != NULL ? other.url : closed, fake.url,
		       settings);
	await_detection(told, s->first != NULL ? first : second);
	/* The next look for exporters comes to its selector later. */
	first = source_fake_count(&other, "selectors");
	second = source_fake_count(&fake, "selectors");
	if (s->first != NULL)
		source_set_fake(&other, s->first);
	source_set_fake(&fake, s->second);
	CU_ASSERT_TRUE(responder_answers(&r, UTILIZATION, 200));
	CU_ASSERT_EQUAL(source_fake_count(&other, "selectors") - first,
			s->first_asked);
	CU_ASSERT_EQUAL(source_fake_count(&fake, "selectors") - second,
			s->second_asked);
	timeout = source_fake_text(told, "last_timeout");
	CU_ASSERT_EQUAL(sscanf(timeout, "%ldms", &timeout_ms), 1);
	CU_ASSERT_TRUE(timeout_ms > 4000);
	free(timeout);
	source_set_fake(&other, "ok");
	source_set_fake(&fake, "ok");
	stop(&r);
}

/* Slow for the query, not for the one that asks whether it is alive. */
#define SLOW	  "slow_header&ms=5000&metric=nvidia_gpu_utilization"
#define ALL_SLOW  "slow_header&ms=5000"
#define SLOW_BODY "slow_body&ms=5000&metric=nvidia_gpu_utilization"
#define HANGS	  "slow_header&ms=600000&metric=nvidia_gpu_utilization"
#define SILENT	  "slow_header&ms=600000"

/* It answers whether it is alive, and nothing else. */
static void
one_that_hangs_is_not_waited_for(void)
{
	expect_in_time(&(struct slowness){HANGS, "ok", 1, 1});
}

static void
slow_one_is_waited_for(void)
{
	expect_in_time(&(struct slowness){SLOW, "ok", 1, 0});
	expect_in_time(&(struct slowness){SLOW, SLOW, 1, 0});
	expect_in_time(&(struct slowness){SLOW, SILENT, 1, 0});
}

static void
slow_body_is_waited_for(void)
{
	expect_in_time(&(struct slowness){SLOW_BODY, "ok", 1, 0});
}

/* It could as well be silent: the other one is asked too, and nobody twice. */
static void
one_of_two_is_enough(void)
{
	expect_in_time(&(struct slowness){ALL_SLOW, ALL_SLOW, 1, 1});
	expect_in_time(&(struct slowness){ALL_SLOW, SILENT, 1, 1});
	expect_in_time(&(struct slowness){SILENT, "ok", 1, 1});
}

/* Known to be down or silent: the other one has all of the time. */
static void
who_is_down_takes_no_time(void)
{
	static const char *const settings[] = {
	    "REQUEST_TIMEOUT_MS=8000", "PROBE_TIMEOUT_MS=300",
	    "GPU_PROFILES=nvidia-gpu-list-exporter", NULL};
	struct responder r;

	expect_in_time(&(struct slowness){NULL, SLOW, 0, 1});
	source_set_fake(&other, SILENT);
	start_with_two(&r, other.url, fake.url, settings);
	expect_logged(&r, "Prometheus is silent", other.url);
	source_set_fake(&fake, SLOW);
	CU_ASSERT_TRUE(responder_answers(&r, UTILIZATION, 200));
	source_set_fake(&other, "ok");
	source_set_fake(&fake, "ok");
	stop(&r);
}

/* Probes of the silent ones take all of their 5 s, one beside the other. */
static void
silent_ones_are_probed_at_once(void)
{
	static const char *const settings[] = {
	    "REQUEST_TIMEOUT_MS=6000", "PROBE_TIMEOUT_MS=5000",
	    "GPU_PROFILES=nvidia-gpu-list-exporter", NULL};
	struct source silent[4];
	char urls[512] = "";
	struct responder r;
	int64_t asked_ms;

	for (size_t i = 0; i < 4; i++) {
		source_start_fake(&silent[i], NULL);
		source_set_fake(&silent[i], SILENT);
		strcat(urls, i > 0 ? "," : "");
		strcat(urls, silent[i].url);
	}
	responder_start(&r, urls, settings);
	/* They are found out just before its time is over, or just after. */
	free(fcgi_client_fetch(r.socket, METRICS));
	for (size_t i = 0; i < 4; i++)
		expect_logged(&r, "Prometheus is silent", silent[i].url);
	source_set_fake(&silent[0], "ok");
	asked_ms = clock_now_ms();
	expect_logged(&r, "Prometheus is back", silent[0].url);
	/* One after the other it would be up to 22 s. */
	CU_ASSERT_TRUE(clock_now_ms() - asked_ms < 11000);
	EXPECT(&r, 200);
	stop(&r);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(process_stop(silent[i].process), 0);
}

/* Found out by one request, or a few; all others get their answer at once, and
 * the server hears of none of them. */
static void
silent_alone_costs_nothing(void)
{
	static const char *const settings[] = {
	    "REQUEST_TIMEOUT_MS=60000", "PROBE_TIMEOUT_MS=300",
	    "GPU_PROFILES=nvidia-gpu-list-exporter", NULL};
	struct responder r;
	long asked;

	source_set_fake(&other, "slow_header&ms=600000");
	responder_start(&r, other.url, settings);
	EXPECT(&r, 503);
	expect_logged(&r, "Prometheus is silent", other.url);
	asked = source_fake_count(&other, "queries");
	for (int i = 0; i < 200; i++)
		EXPECT(&r, 503);
	CU_ASSERT_TRUE(source_fake_count(&other, "queries") < asked + 200);
	source_set_fake(&other, "ok");
	expect_logged(&r, "Prometheus is back", other.url);
	EXPECT(&r, 200);
	stop(&r);
}

/* An error of the query is the same everywhere: nobody else is asked. */
static void
bad_query_is_no_failure(void)
{
	struct responder r;
	long asked = source_fake_count(&fake, "queries");

	source_set_fake(&other, "status_422");
	start_with_two(&r, other.url, fake.url, NULL);
	EXPECT(&r, 502);
	CU_ASSERT_EQUAL(source_fake_count(&fake, "queries"), asked);
	stop(&r);
	source_set_fake(&other, "ok");
}

/* --- one server for a request ------------------------------------------- */

#define FAILS(metric) "status_503&metric=nvidia_gpu_" metric
/* So that each metric is asked for by itself, and none by the detection. */
#define FIXED "GPU_PROFILES=nvidia-gpu-list-exporter"

static char *
fetch(const struct responder *r, const char *path)
{
	return fcgi_client_fetch(r->socket, path);
}

/* The answer's body. */
static char *
fetch_body(const struct responder *r)
{
	char *text = fetch(r, METRICS), *body = strstr(text, "\r\n\r\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	body = strdup(body);
	free(text);
	return body;
}

/* What it answers to who asks it alone. */
static char *
body_of(const struct source *server)
{
	static const char *const settings[] = {FIXED, NULL};
	struct responder r;
	char *body;

	responder_start(&r, server->url, settings);
	EXPECT(&r, 200);
	body = fetch_body(&r);
	stop(&r);
	return body;
}

/* Each metric in turn fails at the first server; the second one has more GPUs:
 * whatever is not its own is missed, or one too many. */
static void
answers_are_of_one_server(void)
{
	static const char *const settings[] = {FIXED, NULL};
	static const char *const failing[] = {
	    FAILS("utilization_percent"), FAILS("used_memory"),
	    FAILS("total_memory"), FAILS("memory_utilization"),
	    FAILS("power_draw")};
	static const char *const six[] = {"--gpus-total", "6", NULL};
	struct source larger;
	char *expected;

	source_start_fake(&larger, six);
	expected = body_of(&larger);
	for (size_t i = 0; i < sizeof(failing) / sizeof(*failing); i++) {
		struct responder r;
		char *body;

		start_with_two(&r, fake.url, larger.url, settings);
		EXPECT(&r, 200);
		source_set_fake(&fake, failing[i]);
		body = fetch_body(&r);
		SUITE_EQUAL(body, expected);
		free(body);
		source_set_fake(&fake, "ok");
		stop(&r);
	}
	free(expected);
	CU_ASSERT_EQUAL(process_stop(larger.process), 0);
}

/* Neither of them knows all of it: no answer is made of both. */
static void
no_server_has_all(void)
{
	static const char *const settings[] = {FIXED, NULL};
	struct responder r;

	start_with_two(&r, fake.url, other.url, settings);
	EXPECT(&r, 200);
	source_set_fake(&fake, FAILS("used_memory"));
	source_set_fake(&other, FAILS("total_memory"));
	CU_ASSERT_TRUE(responder_answers(&r, METRICS, 503) ||
		       responder_answers(&r, METRICS, 502));
	source_set_fake(&fake, "ok");
	source_set_fake(&other, "ok");
	stop(&r);
}

/* --- one time for a request ---------------------------------------------- */

enum { MINUTES_S = 180, PATIENCE_S = 60 };

/* The newest time= that it was told, against our clock. */
static double
told_ahead_s(const struct source *server)
{
	char *text = source_fake_text(server, "last_time");
	double ahead_s = atof(text) - clock_wall_s();

	free(text);
	return ahead_s;
}

/* Returns once requests tell it a time of that clock. */
static void
await_time(const struct responder *r, const struct source *server, int ahead_s)
{
	const struct timespec pause = {.tv_nsec = 50000000};

	for (int i = 0; i < PATIENCE_S * 20; i++) {
		double told_s;

		free(fetch(r, METRICS));
		told_s = told_ahead_s(server);
		if (told_s <= ahead_s && told_s > ahead_s - MINUTES_S / 2)
			return;
		nanosleep(&pause, NULL);
	}
	CU_FAIL("requests are told no time");
}

/*
 * All queries of each request, as of one time of the server's, that is past
 * there. What the detection asks meanwhile, thing by thing, has other times.
 */
static void
expect_one_time(const struct responder *r, const struct source *server,
		int ahead_s)
{
	enum { REQUESTS = 10, LEAST_OF_REQUEST = 4 };
	long queries, times, untimed;

	await_time(r, server, ahead_s);
	queries = source_fake_count(server, "queries");
	times = source_fake_count(server, "times");
	untimed = source_fake_count(server, "untimed");
	/* An answer of this second is no new one. */
	while (source_fake_count(server, "queries") <
	       queries + REQUESTS * LEAST_OF_REQUEST)
		EXPECT(r, 200);
	queries = source_fake_count(server, "queries") - queries;
	times = source_fake_count(server, "times") - times;
	CU_ASSERT_TRUE(times > 0 && times <= queries / 2);
	CU_ASSERT_EQUAL(source_fake_count(server, "untimed"), untimed);
	CU_ASSERT_TRUE(told_ahead_s(server) <= ahead_s);
}

static void
time_is_the_servers(void)
{
	static const char *const settings[] = {
	    FIXED, "DETECTION_INTERVAL_MS=86400000", NULL};
	static const int ahead_s[] = {-MINUTES_S, MINUTES_S};
	struct responder r;

	for (size_t i = 0; i < 2; i++) {
		source_set_fake_clock(&fake, ahead_s[i]);
		source_set_fake_clock(&other, -2 * ahead_s[i]);
		start_with_two(&r, fake.url, other.url, settings);
		expect_one_time(&r, &fake, ahead_s[i]);
		source_set_fake(&fake, "status_503");
		expect_one_time(&r, &other, -2 * ahead_s[i]);
		source_set_fake(&fake, "ok");
		stop(&r);
	}
}

static void
set_clock_is_noticed(void)
{
	static const char *const settings[] = {
	    FIXED, "DETECTION_INTERVAL_MS=86400000", NULL};
	struct responder r;

	source_set_fake_clock(&fake, MINUTES_S);
	responder_start(&r, fake.url, settings);
	expect_one_time(&r, &fake, MINUTES_S);
	source_set_fake_clock(&fake, -MINUTES_S);
	expect_one_time(&r, &fake, -MINUTES_S);
	stop(&r);
}

static void
all_down(void)
{
	struct responder r;
	struct source late;
	char port[16], first[SOURCE_URL_BYTES], second[SOURCE_URL_BYTES];
	const char *arguments[] = {"--port", port, NULL};

	snprintf(port, sizeof(port), "%u", port_free());
	snprintf(first, sizeof(first), "http://127.0.0.1:%u", port_free());
	snprintf(second, sizeof(second), "http://127.0.0.1:%s", port);
	start_with_two(&r, first, second, NULL);
	EXPECT(&r, 502);
	source_start_fake(&late, arguments);
	EXPECT(&r, 200);
	CU_ASSERT_EQUAL(process_stop(late.process), 0);
	stop(&r);
}

/* --- wrong settings ------------------------------------------------------ */

static void
expect_refusal(const char *setting, const char *more, const char *text)
{
	const char *argv[] = {harness_built("gpu-monitoring-api"), "--check",
			      NULL};
	const char *env[] = {setting, more, NULL};
	char expected[512], *log;
	struct process *p;

	CU_ASSERT_EQUAL(process_run(&(struct process_plan){.name = "check",
							   .argv = argv,
							   .env = env},
				    &p),
			1);
	snprintf(expected, sizeof(expected), "gpu-monitoring-api: %s\n", text);
	log = file_read(p->log);
	SUITE_EQUAL(log, expected);
	free(log);
}

static void
wrong_settings(void)
{
	expect_refusal("PROMETHEUS_URL=http://a,http://u:secret@b?x", NULL,
		       "PROMETHEUS_URL URL 2 must end with the path, without "
		       "? or #; it takes a URL such as http://localhost:9090 "
		       "or https://user:password@host/path, or several with "
		       "commas between");
	expect_refusal("PROMETHEUS_HEADERS=X-Secret", NULL,
		       "PROMETHEUS_HEADERS header 1 has no name and = before "
		       "its value; it takes Name=value,Name=value");
	expect_refusal("PROMETHEUS_TOKEN_FILE=/no/such/file", NULL,
		       "PROMETHEUS_TOKEN_FILE is \"/no/such/file\": it takes a "
		       "file that can be read: No such file or directory");
	expect_refusal("PROMETHEUS_TOKEN_FILE=/dev/null", NULL,
		       "PROMETHEUS_TOKEN_FILE: /dev/null is no regular file; "
		       "it takes a file with one line");
	expect_refusal("PROMETHEUS_PROXY=proxy:3128", NULL,
		       "PROMETHEUS_PROXY must start with http://, https://, "
		       "socks5:// or socks5h://; it takes a URL such as "
		       "http://proxy:3128");
	expect_refusal("PROMETHEUS_USER=a:b", NULL,
		       "PROMETHEUS_USER is \"a:b\": a user's name has no colon "
		       "in it");
	expect_refusal("PROMETHEUS_USER=operator", NULL,
		       "PROMETHEUS_USER is set without "
		       "PROMETHEUS_PASSWORD_FILE: it takes both");
	expect_refusal("PROMETHEUS_KEY_FILE=/dev/null", NULL,
		       "PROMETHEUS_KEY_FILE is set without "
		       "PROMETHEUS_CERT_FILE: it takes both");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"a closed port is passed over, and told once",
	     closed_port_is_passed_over},
	    {"who is down is left alone for a while", dead_one_is_left_alone},
	    {"the first is preferred", first_one_is_preferred},
	    {"a silent one costs nobody the answer", silent_one_is_left_alone},
	    {"a slow one is waited for", slow_one_is_waited_for},
	    {"one that hangs is not waited for",
	     one_that_hangs_is_not_waited_for},
	    {"a slow body is waited for", slow_body_is_waited_for},
	    {"one of two is enough", one_of_two_is_enough},
	    {"who is down takes no time", who_is_down_takes_no_time},
	    {"silent ones are probed at once", silent_ones_are_probed_at_once},
	    {"a silent one that is alone costs nothing",
	     silent_alone_costs_nothing},
	    {"an error of the query is no failure of the server",
	     bad_query_is_no_failure},
	    {"the answers of a request are of one server",
	     answers_are_of_one_server},
	    {"no server has all: a failure", no_server_has_all},
	    {"the queries of a request are as of one time, the server's",
	     time_is_the_servers},
	    {"a clock that was set is noticed", set_clock_is_noticed},
	    {"all down: 502, and back at once", all_down},
	    {"wrong settings: a line that names them", wrong_settings},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	source_start_fake(&other, NULL);
	return suite_run("servers", tests);
}
