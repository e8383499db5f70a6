/* What HTTP clients and browsers meet: methods, headers, CORS, gzip. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/file.h"
#include "support/fleet_expect.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "support/takes.h"

static const struct fleet_expect fleet = {.nodes = 12, .gpus = 2};
static const char *const data_paths[] = {
    "/api/v1/gpu/metrics", "/api/v1/gpu/nodes", "/api/v1/gpu/utilization"};
static struct source simulator, prometheus;
static struct responder responder;
static struct nginx nginx;

static void
call(struct http_reply *r, const char *path, struct http_call more)
{
	more.url = nginx_url(&nginx, path);
	http_do(r, &more);
}

static void
expect_error(const char *path, struct http_call more, long status,
	     const char *error)
{
	struct http_reply r;

	call(&r, path, more);
	body_expect_error(&r, status, error);
	SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	http_free(&r);
}

/* Those of the program below /v1/gpu/, those of nginx in the rest of /api/. */
static void
unknown_path(void)
{
	const struct http_call plain = {0};

	expect_error("/api/v1/gpu/nothing", plain, 404,
		     "No such path: /api/v1/gpu/nothing");
	expect_error("/api/v1/gpu/", plain, 404, "No such path: /api/v1/gpu/");
	expect_error("/api/v1/gpu/metrics/", plain, 404,
		     "No such path: /api/v1/gpu/metrics/");
	expect_error("/api/v1/gpu/%22%0a%3cb%3e", plain, 404,
		     "No such path: /api/v1/gpu/\\\"\\n\\u003cb\\u003e");
	expect_error("/api/", plain, 404, "No such path");
	expect_error("/api/nothing", plain, 404, "No such path");
	expect_error("/api/nothing.html", plain, 404, "No such path");
	expect_error("/api/health/", plain, 404, "No such path");
	expect_error("/api/v2/gpu/metrics", plain, 404, "No such path");
}

static void
expect_refused(const char *path, const char *method)
{
	struct http_reply r;
	char error[128];

	snprintf(error, sizeof(error),
		 "Method %s is not allowed here; use GET or HEAD", method);
	call(&r, path, (struct http_call){.method = method, .body = ""});
	body_expect_error(&r, 405, error);
	SUITE_EQUAL(http_header(&r, "Allow"), "GET, HEAD");
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	http_free(&r);
}

static void
other_methods(void)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH"};
	static const char *const paths[] = {"/api/health", "/api/livez",
					    "/api/v1/gpu/metrics"};

	for (size_t p = 0; p < sizeof(paths) / sizeof(*paths); p++)
		for (size_t m = 0; m < sizeof(methods) / sizeof(*methods); m++)
			expect_refused(paths[p], methods[m]);
}

static void
large_bodies(void)
{
	char body[1026];

	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	expect_error(
	    "/api/v1/gpu/metrics", (struct http_call){.body = body}, 413,
	    "The request body has more than 1 KiB; no endpoint takes a body");
	expect_error(
	    "/api/health", (struct http_call){.method = "GET", .body = body},
	    413,
	    "The request body has more than 1 KiB; no endpoint takes a body");
	body[1024] = '\0';
	expect_error("/api/v1/gpu/metrics", (struct http_call){.body = body},
		     405, "Method POST is not allowed here; use GET or HEAD");
}

/* All but what differs from request to request. */
static void
expect_same_headers(const struct http_reply *head, const struct http_reply *get)
{
	static const char *const own[] = {"Date:", "X-Request-Id:", "ETag:"};
	const struct curl_slist *a = head->headers, *b = get->headers;

	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		bool is_own = false;

		for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
			is_own |= strncmp(a->data, own[i], strlen(own[i])) == 0;
		if (!is_own)
			SUITE_EQUAL(a->data, b->data);
	}
	CU_ASSERT_PTR_NULL(a);
	CU_ASSERT_PTR_NULL(b);
}

static void
head_is_get_without_body(void)
{
	for (size_t i = 0; i < sizeof(data_paths) / sizeof(*data_paths); i++) {
		struct http_reply head, get;

		call(&head, data_paths[i], (struct http_call){.is_head = true});
		call(&get, data_paths[i], (struct http_call){0});
		CU_ASSERT_EQUAL(head.status, 200);
		CU_ASSERT_EQUAL(head.length, 0);
		CU_ASSERT_PTR_NOT_NULL(http_header(&head, "Content-Length"));
		expect_same_headers(&head, &get);
		http_free(&head);
		http_free(&get);
	}
}

static void
preflight(void)
{
	struct http_reply r;

	call(&r, "/api/v1/gpu/metrics",
	     (struct http_call){.method = "OPTIONS",
				.header = "Origin: https://a.example"});
	CU_ASSERT_EQUAL(r.status, 204);
	CU_ASSERT_EQUAL(r.length, 0);
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Methods"),
		    "GET, HEAD, OPTIONS");
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Headers"),
		    "Accept, Authorization, Content-Type, If-None-Match, "
		    "X-Requested-With");
	SUITE_EQUAL(http_header(&r, "Access-Control-Max-Age"), "600");
	CU_ASSERT_PTR_NULL(http_header(&r, "Access-Control-Allow-Credentials"));
	http_free(&r);
}

static void
expect_common_headers(const char *path, long status)
{
	struct http_reply r;

	call(&r, path,
	     (struct http_call){.header = "Origin: https://a.example"});
	CU_ASSERT_EQUAL(r.status, status);
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	SUITE_EQUAL(http_header(&r, "Access-Control-Expose-Headers"),
		    "ETag, Retry-After, X-Cache-Status, X-Request-Id, "
		    "X-Warnings");
	SUITE_EQUAL(http_header(&r, "X-Content-Type-Options"), "nosniff");
	SUITE_EQUAL(http_header(&r, "Content-Security-Policy"),
		    "default-src 'none'; frame-ancestors 'none'");
	SUITE_EQUAL(http_header(&r, "Referrer-Policy"), "no-referrer");
	CU_ASSERT_PTR_NULL(http_header(&r, "Strict-Transport-Security"));
	CU_ASSERT_EQUAL(http_header_count(&r, "Access-Control-Allow-Origin"),
			1);
	CU_ASSERT_EQUAL(http_header_count(&r, "X-Request-Id"), 1);
	CU_ASSERT_EQUAL(http_header_count(&r, "Content-Type"), 1);
	http_free(&r);
}

static void
headers_on_every_answer(void)
{
	expect_common_headers("/api/v1/gpu/metrics", 200);
	expect_common_headers("/api/livez", 200);
	expect_common_headers("/api/v1/gpu/nothing", 404);
	expect_common_headers("/api/nothing", 404);
	expect_common_headers("/api/livez?a=1", 400);
}

static void
query_strings(void)
{
	const struct http_call plain = {0};

	expect_error("/api/v1/gpu/metrics?node=node-1", plain, 400,
		     "Unknown query parameter \\\"node\\\": "
		     "/api/v1/gpu/metrics takes " METRICS_TAKES);
	expect_error("/api/health?x", plain, 400,
		     "Unknown query parameter \\\"x\\\": /api/health takes "
		     "none");
	expect_error("/api/v1/gpu/nodes?a=%zz", plain, 400,
		     "Query parameter \\\"a\\\" is malformed: a % must be "
		     "followed by two hexadecimal digits");
	expect_error("/api/v1/gpu/nothing?node=1", plain, 404,
		     "No such path: /api/v1/gpu/nothing");
}

/* The id of the answer is that of nginx, and that of our log line. */
static void
expect_logged_id(const char *path, bool by_program)
{
	struct http_reply r;
	const char *id;
	char *line;

	call(&r, path, (struct http_call){0});
	id = http_header(&r, "X-Request-Id");
	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	CU_ASSERT_EQUAL(strlen(id), 32);
	line = file_wait_line(nginx.access_log, id, NULL);
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	if (by_program) {
		line = responder_log_line(&responder, id);
		CU_ASSERT_PTR_NOT_NULL(line);
		free(line);
	}
	http_free(&r);
}

static void
request_ids(void)
{
	expect_logged_id("/api/v1/gpu/metrics", true);
	expect_logged_id("/api/livez", true);
	expect_logged_id("/api/v1/gpu/nothing", true);
	expect_logged_id("/api/livez?a=1", true);
	expect_logged_id("/api/nothing", false);
}

/* libcurl decodes what Accept-Encoding asked for only if told so. */
static void
expect_gzip(const char *path, const char *expected)
{
	struct http_reply r;
	struct http_call request = {.url = nginx_url(&nginx, path)};
	char *masked;
	CURL *h = http_prepare(&r, &request);

	curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "gzip");
	http_complete(&r, h, curl_easy_perform(h));
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "Content-Encoding"), "gzip");
	SUITE_EQUAL(http_header(&r, "Vary"), "Accept-Encoding");
	masked = body_mask(r.body, BODY_NOW);
	body_equal(masked, expected, "the decoded body");
	free(masked);
	http_free(&r);
}

static void
gzip_on_demand(void)
{
	char *expected = fleet_expect_metrics(&fleet);
	struct http_reply r;

	expect_gzip("/api/v1/gpu/metrics", expected);
	call(&r, "/api/v1/gpu/metrics", (struct http_call){0});
	CU_ASSERT_PTR_NULL(http_header(&r, "Content-Encoding"));
	CU_ASSERT_PTR_NOT_NULL(http_header(&r, "Content-Length"));
	http_free(&r);
	call(&r, "/api/livez", (struct http_call){.wants_gzip = true});
	CU_ASSERT_PTR_NULL(http_header(&r, "Content-Encoding"));
	http_free(&r);
	free(expected);
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "12", "--gpus", "2",
					   NULL};
	static const struct suite_test tests[] = {
	    {"404 for an unknown path", unknown_path},
	    {"405 and Allow for other methods", other_methods},
	    {"413 for a body of more than 1 KiB", large_bodies},
	    {"HEAD has the headers of GET", head_is_get_without_body},
	    {"OPTIONS is a preflight, 204", preflight},
	    {"CORS and security headers on every answer",
	     headers_on_every_answer},
	    {"400 names the query parameter", query_strings},
	    {"the request id of an answer is in the logs", request_ids},
	    {"gzip for who asks, and decodes to the same", gzip_on_demand},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_wait_series(&prometheus, 12 * 2 * 8);
	responder_start(&responder, prometheus.url, NULL);
	nginx_start_plain(&nginx, responder.socket);
	return suite_run("http", tests);
}
