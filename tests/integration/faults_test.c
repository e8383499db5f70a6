/*
 * A Prometheus that fails in every way: an envelope with the right status, in
 * time, that tells nothing of the inside, and one log line that does.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/fleet_expect.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define FAILED "Failed to retrieve GPU metrics"
#define MANY_SERIES                                                            \
	"One metric has more than 1000 series; MAX_SERIES sets this limit"
#define MANY_BYTES                                                             \
	"Prometheus' answer to one query has more than 4194304 bytes; "        \
	"MAX_UPSTREAM_BYTES sets this limit"

/* Behaviour of the fake, status and text of the envelope, word in the log. */
#define FAULTS(ROW)                                                            \
	ROW(slow_header, 504, FAILED, "timeout")                               \
	ROW(slow_body, 504, FAILED, "timeout")                                 \
	ROW(drip, 504, FAILED, "timeout")                                      \
	ROW(reset, 502, FAILED, "upstream")                                    \
	ROW(reset_header, 502, FAILED, "upstream")                             \
	ROW(close_early, 502, FAILED, "upstream")                              \
	ROW(endless, 502, MANY_SERIES, "too_big")                              \
	ROW(endless_whitespace, 502, MANY_BYTES, "too_big")                    \
	ROW(endless_trailers, 502, FAILED, "upstream")                         \
	ROW(gzip_bomb, 502, FAILED, "upstream")                                \
	ROW(status_500, 502, FAILED, "upstream")                               \
	ROW(status_500_json, 502, FAILED, "upstream")                          \
	ROW(status_503, 503, FAILED, "not_ready")                              \
	ROW(status_503_timeout, 504, FAILED, "timeout")                        \
	ROW(status_503_long, 504, FAILED, "timeout")                           \
	ROW(status_401, 502, FAILED, "upstream")                               \
	ROW(status_403, 502, FAILED, "upstream")                               \
	ROW(status_422, 502, FAILED, "upstream")                               \
	ROW(status_422_late, 504, FAILED, "timeout")                           \
	ROW(status_429, 503, FAILED, "not_ready")                              \
	ROW(redirect, 502, FAILED, "upstream")                                 \
	ROW(html, 502, FAILED, "upstream")                                     \
	ROW(html_as_json, 502, FAILED, "upstream")                             \
	ROW(status_error_200, 502, FAILED, "upstream")                         \
	ROW(truncated_json, 502, FAILED, "upstream")                           \
	ROW(garbage, 502, FAILED, "upstream")                                  \
	ROW(matrix, 502, FAILED, "upstream")                                   \
	ROW(scalar, 502, FAILED, "upstream")                                   \
	ROW(string, 502, FAILED, "upstream")                                   \
	ROW(invalid_utf8, 502, FAILED, "upstream")                             \
	ROW(deep_nesting, 502, FAILED, "upstream")

#define HISTORY "/api/v1/gpu/history?by=node"

struct fault {
	const char *behaviour;
	long status;
	const char *error; /* what the client is told */
	const char *word;  /* what the log says */
};

static const struct fleet_expect fleet = {.nodes = 2, .gpus = 2};
static struct source fake;

/* One with a short deadline, for what never ends; the other has the default
 * one, so that a busy machine makes no difference. */
struct chain {
	struct responder responder;
	struct nginx nginx;
};

static struct chain hasty, patient;

static void
expect_ok(const char *path, char *(*expect)(const struct fleet_expect *))
{
	char *expected = expect(&fleet);
	struct http_reply r;

	http_get(&r, nginx_url(&patient.nginx, path));
	body_expect(&r, expected, BODY_ANY_TIME);
	http_free(&r);
	free(expected);
}

static void
expect_no_secret(const struct http_reply *r)
{
	static const char *const secrets[] = {"SECRET-UPSTREAM-DETAIL",
					      "127.0.0.1",
					      "10.0.0.7",
					      "http:",
					      "localhost",
					      "query="};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		CU_ASSERT_PTR_NULL(strstr(r->body, secrets[i]));
		for (const struct curl_slist *line = r->headers; line != NULL;
		     line = line->next)
			CU_ASSERT_PTR_NULL(strstr(line->data, secrets[i]));
	}
}

/* level=error, the same id, and words that help who reads it. */
static void
expect_log_line(const struct chain *c, const struct http_reply *r,
		const struct fault *fault)
{
	const char *id = http_header(r, "X-Request-Id");
	char *line, status[32], error[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	line = responder_log_line(&c->responder, id);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	snprintf(status, sizeof(status), " status=%ld ", fault->status);
	snprintf(error, sizeof(error), " error=%s detail=\"", fault->word);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, " level=error "));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, status));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, error));
	if (strstr(line, error) == NULL)
		printf("# logged: %s\n", line);
	free(line);
}

static void
expect_fault(const struct fault *fault)
{
	const struct chain *c = fault->status == 504 ? &hasty : &patient;
	struct http_reply r;

	source_set_fake(&fake, fault->behaviour);
	http_get(&r, nginx_url(&c->nginx, "/api/v1/gpu/metrics"));
	body_expect_error(&r, fault->status, fault->error);
	SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
	CU_ASSERT_EQUAL(http_header(&r, "Retry-After") != NULL,
			fault->status == 503);
	expect_no_secret(&r);
	expect_log_line(c, &r, fault);
	http_free(&r);
	source_set_fake(&fake, "ok");
	expect_ok("/api/v1/gpu/metrics", fleet_expect_metrics);
}

#define DEFINE(name, status, error, word)                                      \
	static void name(void)                                                 \
	{                                                                      \
		expect_fault(&(struct fault){#name, status, error, word});     \
	}
FAULTS(DEFINE)

/* The cheap ones: health is the same, whatever the trouble is. */
static void
health_fails_as_one(void)
{
	static const char *const behaviours[] = {
	    "slow_header", "reset", "status_500", "status_503",
	    "status_422",  "html",  "garbage"};
	struct http_reply r;

	for (size_t i = 0; i < sizeof(behaviours) / sizeof(*behaviours); i++) {
		source_set_fake(&fake, behaviours[i]);
		http_get(&r, nginx_url(&hasty.nginx, "/api/health"));
		body_expect_error(&r, 503, "Prometheus connection failed");
		CU_ASSERT_PTR_NOT_NULL(http_header(&r, "Retry-After"));
		expect_no_secret(&r);
		http_free(&r);
		http_get(&r, nginx_url(&patient.nginx, "/api/livez"));
		CU_ASSERT_EQUAL(r.status, 200);
		http_free(&r);
	}
	source_set_fake(&fake, "ok");
	http_get(&r, nginx_url(&patient.nginx, "/api/health"));
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
}

static void
each_endpoint_has_its_text(void)
{
	struct http_reply r;

	source_set_fake(&fake, "status_500");
	http_get(&r, nginx_url(&patient.nginx, "/api/v1/gpu/nodes"));
	body_expect_error(&r, 502, "Failed to retrieve GPU nodes");
	http_free(&r);
	http_get(&r, nginx_url(&patient.nginx, "/api/v1/gpu/utilization"));
	body_expect_error(&r, 502, "Failed to retrieve GPU utilization");
	http_free(&r);
	source_set_fake(&fake, "ok");
	expect_ok("/api/v1/gpu/nodes", fleet_expect_nodes);
	expect_ok("/api/v1/gpu/utilization", fleet_expect_utilization);
}

static void
required_metric_fails(void)
{
	struct http_reply r;

	source_set_fake(&fake,
			"status_422&metric=nvidia_gpu_used_memory_bytes");
	http_get(&r, nginx_url(&patient.nginx, "/api/v1/gpu/metrics"));
	body_expect_error(&r, 502, FAILED);
	expect_no_secret(&r);
	http_free(&r);
	expect_ok("/api/v1/gpu/utilization", fleet_expect_utilization);
	source_set_fake(&fake, "ok");
}

/*
 * The same of queries over a range of time alone: each fails as above, but that
 * a matrix is what was asked for; and the rows of now do not.
 */
static void
histories_fail_alike(void)
{
#define LIST(name, status, error, word) {#name, status, error, word},
	static const struct fault faults[] = {FAULTS(LIST)};
	struct http_reply r;
	char behaviour[64];

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct fault *f = &faults[i];
		const struct chain *c = f->status == 504 ? &hasty : &patient;

		if (strcmp(f->behaviour, "matrix") == 0)
			continue;
		snprintf(behaviour, sizeof(behaviour), "%s&ranges=1",
			 f->behaviour);
		source_set_fake(&fake, behaviour);
		http_get(&r, nginx_url(&c->nginx, HISTORY));
		if (r.status != f->status)
			printf("# %s: %ld %.200s\n", f->behaviour, r.status,
			       r.body);
		CU_ASSERT_EQUAL(r.status, f->status);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.body, "\"data\":null"));
		SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
		expect_no_secret(&r);
		http_free(&r);
		expect_ok("/api/v1/gpu/metrics", fleet_expect_metrics);
		source_set_fake(&fake, "ok&ranges=1");
		http_get(&r, nginx_url(&patient.nginx, HISTORY));
		CU_ASSERT_EQUAL(r.status, 200);
		http_free(&r);
	}
	source_set_fake(&fake, "ok");
}

static void
start(struct chain *c, const char *timeout, const char *health_timeout)
{
	const char *settings[] = {"MAX_SERIES=1000",
				  "MAX_UPSTREAM_BYTES=4194304", timeout,
				  health_timeout, NULL};

	responder_start(&c->responder, fake.url, settings);
	nginx_start_plain(&c->nginx, c->responder.socket);
}

int
main(void)
{
#define ADD(name, status, error, word) {#name ": " #status, name},
	static const struct suite_test tests[] = {
	    FAULTS(ADD){"health: 503 whatever the trouble, livez: 200",
			health_fails_as_one},
	    {"each endpoint has its own text", each_endpoint_has_its_text},
	    {"a required metric that fails: 502", required_metric_fails},
	    {"queries over a range of time: the same of a history",
	     histories_fail_alike},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	start(&hasty, "REQUEST_TIMEOUT_MS=1500", "HEALTH_TIMEOUT_MS=1500");
	start(&patient, NULL, NULL);
	return suite_run("faults", tests);
}
