/*
 * nginx' cache as it is installed: what it gives, for how long, and what it
 * gives while Prometheus or the responder is down.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/body.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "support/takes.h"

/* The fake counts the queries: so many for each answer. */
enum { QUERIES = 8, STEP_MS = 20, STEPS = PROCESS_LIMIT_MS / STEP_MS };

#define METRICS	    "/api/v1/gpu/metrics"
#define UTILIZATION "/api/v1/gpu/utilization"
#define FAILED	    "Failed to retrieve GPU metrics"

/* A Prometheus, a responder and an nginx of their own. */
struct site {
	struct source fake;
	struct responder responder;
	struct nginx nginx;
};

static struct site site;
static const struct timespec long_pause = {.tv_sec = 3};

static void
site_start(struct site *s, const char *const *settings,
	   const struct webserver_change *changes, size_t change_count)
{
	source_start_fake(&s->fake, NULL);
	responder_start(&s->responder, s->fake.url, settings);
	nginx_start(&s->nginx,
		    &(struct nginx_plan){.socket = s->responder.socket,
					 .changes = changes,
					 .change_count = change_count,
					 .caches = true});
}

static void
site_stop(struct site *s)
{
	process_stop(s->nginx.process);
	process_stop(s->responder.process);
	process_stop(s->fake.process);
}

static void
ask(struct http_reply *r, const struct site *s, struct http_call call,
    const char *path)
{
	call.url = nginx_url(&s->nginx, path);
	http_do(r, &call);
}

static void
get(struct http_reply *r, const struct site *s, const char *path)
{
	ask(r, s, (struct http_call){0}, path);
}

static bool
has(const struct http_reply *r, const char *cache_status)
{
	const char *status = http_header(r, "X-Cache-Status");

	return status != NULL && strcmp(status, cache_status) == 0;
}

static void
pause_a_moment(void)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/*
 * Asks until the cache says so. Each answer on the way has to have that HTTP
 * status.
 */
static void
get_until(struct http_reply *r, const struct site *s, const char *cache_status,
	  long status)
{
	for (int step = 0; step < STEPS; step++) {
		get(r, s, METRICS);
		if (r->status != status || has(r, cache_status))
			break;
		http_free(r);
		pause_a_moment();
	}
	CU_ASSERT_EQUAL(r->status, status);
	CU_ASSERT_TRUE(has(r, cache_status));
}

static void
get_until_status(struct http_reply *r, const struct site *s, long status)
{
	for (int step = 0; step < STEPS; step++) {
		get(r, s, METRICS);
		if (r->status == status)
			return;
		http_free(r);
		pause_a_moment();
	}
	CU_FAIL("that status never came");
	get(r, s, METRICS);
}

static char *
copy(const char *text)
{
	return strdup(text != NULL ? text : "");
}

static void
gives_what_is_known(void)
{
	struct http_reply first, hit;

	get(&first, &site, METRICS);
	CU_ASSERT_EQUAL(first.status, 200);
	CU_ASSERT_PTR_NOT_NULL(http_header(&first, "X-Cache-Status"));
	get_until(&hit, &site, "HIT", 200);
	SUITE_EQUAL(hit.body, first.body);
	SUITE_EQUAL(http_header(&hit, "ETag"), http_header(&first, "ETag"));
	CU_ASSERT_STRING_NOT_EQUAL(http_header(&hit, "X-Request-Id"),
				   http_header(&first, "X-Request-Id"));
	CU_ASSERT_EQUAL(http_header_count(&hit, "X-Request-Id"), 1);
	CU_ASSERT_EQUAL(http_header_count(&hit, "Cache-Control"), 1);
	SUITE_EQUAL(http_header(&hit, "Cache-Control"), "no-cache");
	SUITE_EQUAL(http_header(&hit, "Access-Control-Allow-Origin"), "*");
	CU_ASSERT_PTR_NULL(http_header(&hit, "X-Accel-Expires"));
	http_free(&first);
	http_free(&hit);
}

static void
asks_again_and_again(void)
{
	long before = source_fake_count(&site.fake, "queries");
	struct http_reply r;
	int steps = 0;

	while (source_fake_count(&site.fake, "queries") <
	       before + 3 * QUERIES) {
		CU_ASSERT_TRUE_FATAL(steps++ < STEPS);
		get(&r, &site, METRICS);
		CU_ASSERT_EQUAL(r.status, 200);
		http_free(&r);
		pause_a_moment();
	}
	/* Most came from the cache: a second has room for many. */
	CU_ASSERT_TRUE(steps > 3);
}

static void
keeps_head_and_get_apart(void)
{
	static const char *const paths[] = {METRICS, UTILIZATION};

	for (size_t i = 0; i < 2; i++) {
		struct http_reply head, reply;

		for (size_t n = 0; n < 2; n++) {
			ask(&head, &site, (struct http_call){.is_head = true},
			    paths[i]);
			get(&reply, &site, paths[i]);
			CU_ASSERT_EQUAL(head.status, 200);
			CU_ASSERT_EQUAL(head.length, 0);
			CU_ASSERT_EQUAL(reply.status, 200);
			CU_ASSERT_TRUE(reply.length > 100);
			SUITE_EQUAL(http_header(&head, "ETag"),
				    http_header(&reply, "ETag"));
			http_free(&head);
			http_free(&reply);
		}
	}
}

/* From nginx itself, and from the program where nginx does not cache. */
static void
sends_nothing_that_is_known(void)
{
	struct site direct = site;
	char header[64];
	struct http_reply r;

	direct.nginx = (struct nginx){0};
	nginx_start_plain(&direct.nginx, site.responder.socket);
	get(&r, &site, METRICS);
	snprintf(header, sizeof(header), "If-None-Match: %s",
		 http_header(&r, "ETag"));
	http_free(&r);
	for (size_t i = 0; i < 2; i++) {
		const struct site *s = i == 0 ? &site : &direct;
		const struct http_call call = {.header = header};

		ask(&r, s, call, METRICS);
		CU_ASSERT_EQUAL(r.status, 304);
		CU_ASSERT_EQUAL(r.length, 0);
		CU_ASSERT_PTR_NOT_NULL(http_header(&r, "ETag"));
		SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"),
			    "*");
		http_free(&r);
		/* And it is not what the next one gets. */
		get(&r, s, METRICS);
		CU_ASSERT_EQUAL(r.status, 200);
		CU_ASSERT_TRUE(r.length > 100);
		http_free(&r);
	}
	get(&r, &direct, METRICS);
	CU_ASSERT_PTR_NULL(http_header(&r, "X-Cache-Status"));
	SUITE_EQUAL(http_header(&r, "Cache-Control"),
		    "max-age=1, stale-while-revalidate=1, stale-if-error=60");
	CU_ASSERT_PTR_NULL(http_header(&r, "Last-Modified"));
	http_free(&r);
	process_stop(direct.nginx.process);
}

/* Each time the program is asked, and nginx keeps none of it. */
static void
expect_never_kept(const char *path, long status, const char *error)
{
	struct http_reply r;

	for (int i = 0; i < 3; i++) {
		get(&r, &site, path);
		body_expect_error(&r, status, error);
		CU_ASSERT_TRUE(has(&r, "MISS"));
		SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
		http_free(&r);
	}
}

static void
expect_refused_query(const char *query, const char *parameter)
{
	char path[64], error[600];

	snprintf(path, sizeof(path), METRICS "?%s", query);
	snprintf(error, sizeof(error),
		 "Unknown query parameter \\\"%s\\\": " METRICS
		 " takes " METRICS_TAKES,
		 parameter);
	expect_never_kept(path, 400, error);
}

static void
never_gives_it_for_another_question(void)
{
	struct http_reply r;

	get(&r, &site, METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
	expect_refused_query("nobody=a", "nobody");
	/* nginx takes a 0 for no, where it asks whether there is a text. */
	expect_refused_query("0", "0");
	expect_refused_query("00", "00");
	expect_refused_query("=", "");
	expect_never_kept("/api/v1/gpu/nothing", 404,
			  "No such path: /api/v1/gpu/nothing");
	expect_never_kept("/api/v1/gpu/metrics/", 404,
			  "No such path: /api/v1/gpu/metrics/");
	ask(&r, &site, (struct http_call){.method = "POST", .body = ""},
	    METRICS);
	CU_ASSERT_EQUAL(r.status, 405);
	http_free(&r);
	for (int i = 0; i < 2; i++) {
		get(&r, &site, "/api/health");
		CU_ASSERT_EQUAL(r.status, 200);
		CU_ASSERT_PTR_NULL(http_header(&r, "X-Cache-Status"));
		SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
		http_free(&r);
	}
}

static void
stands_in_for_a_failure(void)
{
	struct http_reply r;
	char *known;

	get(&r, &site, METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	known = copy(r.body);
	http_free(&r);
	source_set_fake(&site.fake, "status_500");
	/* Behind what stale-while-revalidate allows anyway. */
	nanosleep(&long_pause, NULL);
	for (int i = 0; i < 3; i++) {
		get(&r, &site, METRICS);
		CU_ASSERT_EQUAL(r.status, 200);
		CU_ASSERT_TRUE(has(&r, "STALE"));
		SUITE_EQUAL(r.body, known);
		http_free(&r);
	}
	free(known);
	source_set_fake(&site.fake, "ok");
	get_until(&r, &site, "HIT", 200);
	http_free(&r);
	/* Nor does it matter what failed. */
	CU_ASSERT_EQUAL(process_stop(site.responder.process), 0);
	nanosleep(&long_pause, NULL);
	get(&r, &site, METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_TRUE(has(&r, "STALE"));
	http_free(&r);
}

static void
stands_in_for_as_long_as_is_set(void)
{
	static const char *const settings[] = {"STALE_IF_ERROR_S=1", NULL};
	struct site s = {0};
	struct http_reply r;

	site_start(&s, settings, NULL, 0);
	get(&r, &s, METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
	source_set_fake(&s.fake, "status_500");
	get_until_status(&r, &s, 502);
	body_expect_error(&r, 502, FAILED);
	SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
	http_free(&r);
	source_set_fake(&s.fake, "ok");
	get_until_status(&r, &s, 200);
	http_free(&r);
	site_stop(&s);
}

enum { CLIENTS = 50 };

/* All at once; returns how many had that status. */
static unsigned
get_many(const struct site *s, const char *path, long status)
{
	static struct http_reply replies[CLIENTS];
	CURL *handles[CLIENTS];
	CURLM *multi = curl_multi_init();
	int running = CLIENTS;
	unsigned count = 0;

	for (size_t i = 0; i < CLIENTS; i++) {
		handles[i] = http_prepare(
		    &replies[i],
		    &(struct http_call){.url = nginx_url(&s->nginx, path)});
		curl_multi_add_handle(multi, handles[i]);
	}
	while (running > 0) {
		curl_multi_perform(multi, &running);
		curl_multi_poll(multi, NULL, 0, 100, NULL);
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		curl_multi_remove_handle(multi, handles[i]);
		http_complete(&replies[i], handles[i], CURLE_OK);
		count += replies[i].status == status;
		http_free(&replies[i]);
	}
	curl_multi_cleanup(multi);
	return count;
}

/*
 * Whoever waits for nginx' lock looks again twice a second: the answer may be
 * of the last second then, and is renewed once.
 */
static void
asks_once_for_many(void)
{
	struct site s = {0};
	long before;

	site_start(&s, NULL, NULL, 0);
	source_set_fake(&s.fake, "slow_header&ms=200");
	before = source_fake_count(&s.fake, "selectors");
	CU_ASSERT_EQUAL(get_many(&s, METRICS, 200), CLIENTS);
	CU_ASSERT_TRUE(source_fake_count(&s.fake, "selectors") - before <=
		       3 * QUERIES);
	site_stop(&s);
}

/* What nginx has is too old by then, and it lets all of them through. */
static void
asks_once_for_many_after_a_pause(void)
{
	static const char *const settings[] = {"SHARE_ANSWERS=on", NULL};
	struct site s = {0};
	struct http_reply r;
	long before;

	site_start(&s, settings, NULL, 0);
	get(&r, &s, METRICS);
	http_free(&r);
	nanosleep(&long_pause, NULL);
	source_set_fake(&s.fake, "slow_header&ms=200");
	before = source_fake_count(&s.fake, "selectors");
	CU_ASSERT_EQUAL(get_many(&s, METRICS, 200), CLIENTS);
	CU_ASSERT_TRUE(source_fake_count(&s.fake, "selectors") - before <=
		       3 * QUERIES);
	site_stop(&s);
}

/*
 * The deadline is a minute: who had to wait for it would not be done within the
 * test's own limit.
 */
static void
silence_costs_nobody_anything(void)
{
	static const char *const settings[] = {"REQUEST_TIMEOUT_MS=60000",
					       "HEALTH_TIMEOUT_MS=60000",
					       "PROBE_TIMEOUT_MS=200", NULL};
	struct site s = {0};
	struct http_reply r;
	char *line;

	site_start(&s, settings, NULL, 0);
	get(&r, &s, METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
	source_set_fake(&s.fake, "slow_header&ms=600000");
	get(&r, &s, UTILIZATION);
	body_expect_error(&r, 503, "Failed to retrieve GPU utilization");
	http_free(&r);
	line = file_wait_line(s.responder.process->log, "Prometheus is silent",
			      s.fake.url);
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(get_many(&s, METRICS, 200), CLIENTS);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(get_many(&s, "/api/health", 503), CLIENTS);
	source_set_fake(&s.fake, "ok");
	get_until(&r, &s, "HIT", 200);
	http_free(&r);
	site_stop(&s);
}

static void
keeps_no_failure(void)
{
	struct site s = {0};
	struct http_reply r;

	site_start(&s, NULL, NULL, 0);
	source_set_fake(&s.fake, "status_500");
	CU_ASSERT_EQUAL(get_many(&s, METRICS, 502), CLIENTS);
	source_set_fake(&s.fake, "ok");
	get(&r, &s, METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
	site_stop(&s);
}

/* A site's own rules hold for what is cached as well. */
static void
asks_for_credentials_first(void)
{
	static const struct webserver_change deny = {
	    "guard.conf", "client_max_body_size 1k;",
	    "client_max_body_size 1k; deny 127.0.0.2;"};
	struct site s = {0};
	struct http_reply r;

	site_start(&s, NULL, &deny, 1);
	get_until(&r, &s, "HIT", 200);
	http_free(&r);
	ask(&r, &s, (struct http_call){.source = "127.0.0.2"}, METRICS);
	body_expect_error(&r, 403, "Not allowed");
	http_free(&r);
	site_stop(&s);
}

/* --- histories ------------------------------------------------------------ */

#define HISTORY "/api/v1/gpu/history?by=cluster&range=24h"

/* A chart, and how many queries an answer takes: a mean takes two, of its sum
 * and of how often it was measured. */
static const struct {
	const char *path;
	long queries;
} charts[] = {{HISTORY, 1},
	      {"/api/v1/gpu/history?by=all&range=24h", 1},
	      {"/api/v1/gpu/history?by=model&range=24h", 1},
	      {"/api/v1/gpu/history?by=node&range=24h", 1},
	      {"/api/v1/gpu/history?by=gpu&range=24h", 2}};
enum { CHARTS = sizeof(charts) / sizeof(*charts) };

/* Viewers with the cache before them, and as many more without. */
enum { CACHED = 18, UNCACHED = 982 };

static void
view(const char *path, const struct responder *shared)
{
	struct http_reply r;
	unsigned hits = 0;

	for (int i = 0; i < CACHED; i++) {
		get(&r, &site, path);
		CU_ASSERT_EQUAL(r.status, 200);
		hits += has(&r, "HIT");
		http_free(&r);
	}
	CU_ASSERT_TRUE(hits >= CACHED - 3);
	for (int i = 0; i < UNCACHED; i++) {
		char *text = fcgi_client_fetch(shared->socket, path);

		CU_ASSERT_PTR_NOT_NULL(strstr(text, "Status: 200 "));
		free(text);
	}
}

/* An answer of either responder; and the next ones, if their time came
 * meanwhile.
 */
static void
asks_once_a_step_for_a_history(void)
{
	static const char *const sharing[] = {"SHARE_ANSWERS=on", NULL};
	struct responder shared;

	responder_start(&shared, site.fake.url, sharing);
	for (size_t i = 0; i < CHARTS; i++) {
		long least = 2 * charts[i].queries;
		long before = source_fake_count(&site.fake, "ranges"), asked;

		view(charts[i].path, &shared);
		asked = source_fake_count(&site.fake, "ranges") - before;
		if (asked < least || asked > 2 * least)
			printf("# %s: %ld queries over a range\n",
			       charts[i].path, asked);
		CU_ASSERT_TRUE(asked >= least && asked <= 2 * least);
	}
	CU_ASSERT_EQUAL(process_stop(shared.process), 0);
}

/* A flood of charts, which does not reach the rows of now. */
static void
limits_histories_alone(void)
{
	enum { FLOOD = 400 };
	struct http_reply r;
	unsigned refused = 0;

	for (int i = 0; i < FLOOD; i++) {
		get(&r, &site, HISTORY);
		CU_ASSERT_TRUE(r.status == 200 || r.status == 429);
		refused += r.status == 429;
		http_free(&r);
	}
	CU_ASSERT_TRUE(refused > 0);
	get(&r, &site, METRICS);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks once a step for a history", asks_once_a_step_for_a_history},
	    {"limits histories alone", limits_histories_alone},
	    {"gives what is known", gives_what_is_known},
	    {"asks again and again", asks_again_and_again},
	    {"keeps HEAD and GET apart", keeps_head_and_get_apart},
	    {"sends nothing that is known", sends_nothing_that_is_known},
	    {"never gives it for another question",
	     never_gives_it_for_another_question},
	    {"stands in for a failure", stands_in_for_a_failure},
	    {"stands in for as long as is set",
	     stands_in_for_as_long_as_is_set},
	    {"asks once for many", asks_once_for_many},
	    {"asks once for many after a pause",
	     asks_once_for_many_after_a_pause},
	    {"silence costs nobody anything", silence_costs_nobody_anything},
	    {"keeps no failure", keeps_no_failure},
	    {"asks for credentials first", asks_for_credentials_first},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site_start(&site, NULL, NULL, 0);
	return suite_run("cache", tests);
}
