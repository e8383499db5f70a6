/* One answer after the other, and what is in its header. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance.h"
#include "support/body.h"
#include "support/fake_responder.h"
#include "support/file.h"
#include "support/page.h"
#include "support/suite.h"

#define DASHBOARD "https://dashboard.example.com"

static const char *const paths[] = {
    "/api/health",
    "/api/livez",
    CONFORMANCE_METRICS,
    "/api/v1/gpu/nodes",
    "/api/v1/gpu/utilization",
    "/api/v1/gpu/processes",
    "/api/v1/gpu/workloads",
    "/api/v1/gpu/namespaces",
    "/api/v1/gpu/capacity",
    "/api/v1/gpu/available",
    "/api/v1/gpu/summary",
};

enum { PATHS = sizeof(paths) / sizeof(*paths) };

/* What the program sends, byte for byte, so the same from all servers. */
static void
endpoints(void)
{
	for (size_t i = 0; i < PATHS; i++) {
		char *expected =
		    conformance_body(&conformance.responder, paths[i]);
		struct http_reply r;

		conformance_call(&r, (struct http_call){.url = paths[i]});
		body_expect(&r, expected, BODY_ANY_TIME);
		CU_ASSERT_PTR_NULL(http_header(&r, "Status"));
		CU_ASSERT_PTR_NULL(http_header(&r, "X-Accel-Expires"));
		SUITE_EQUAL(http_header(&r, "Cache-Control"),
			    i < 2 ? "no-store"
				  : "max-age=1, stale-while-revalidate=1, "
				    "stale-if-error=60");
		http_free(&r);
		free(expected);
	}
}

static void
head(void)
{
	for (size_t i = 0; i < PATHS; i++) {
		struct http_reply get, head;

		conformance_call(&get, (struct http_call){.url = paths[i]});
		conformance_call(&head, (struct http_call){.url = paths[i],
							   .is_head = true});
		CU_ASSERT_EQUAL(head.rc, CURLE_OK);
		CU_ASSERT_EQUAL(head.status, 200);
		CU_ASSERT_EQUAL(head.length, 0);
		SUITE_EQUAL(http_header(&head, "Content-Type"),
			    "application/json");
		if (i > 0) /* it tells how long Prometheus took */
			SUITE_EQUAL(http_header(&head, "Content-Length"),
				    http_header(&get, "Content-Length"));
		if (i > 1)
			SUITE_EQUAL(http_header(&head, "ETag"),
				    http_header(&get, "ETag"));
		http_free(&get);
		http_free(&head);
	}
}

static void
preflight(void)
{
	const char *log = conformance.responder.process->log;
	struct http_reply r;

	conformance_call(&r,
			 (struct http_call){.url = CONFORMANCE_METRICS,
					    .method = "OPTIONS",
					    .header = "Origin: " DASHBOARD});
	CU_ASSERT_EQUAL(r.status, 204);
	CU_ASSERT_EQUAL(r.length, 0);
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Methods"),
		    "GET, HEAD, OPTIONS");
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Headers"),
		    "Accept, Authorization, Content-Type, If-None-Match, "
		    "X-Requested-With");
	SUITE_EQUAL(http_header(&r, "Access-Control-Max-Age"), "600");
	SUITE_EQUAL(http_header(&r, "Allow"), "GET, HEAD, OPTIONS");
	CU_ASSERT_PTR_NULL(http_header(&r, "Access-Control-Allow-Credentials"));
	CU_ASSERT_PTR_NULL(http_header(&r, "Location"));
	http_free(&r);
	/* Where one that came later stands, it would stand as well. */
	conformance_call(&r, (struct http_call){.url = "/api/livez"});
	free(responder_log_line(&conformance.responder,
				http_header(&r, "X-Request-Id")));
	CU_ASSERT_EQUAL(file_count(log, "method=OPTIONS"), 0);
	http_free(&r);
}

static void
expect_headers(const char *path, long status)
{
	struct http_reply r;

	conformance_call(&r, (struct http_call){
				 .url = path, .header = "Origin: " DASHBOARD});
	CU_ASSERT_EQUAL(r.status, status);
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	SUITE_EQUAL(http_header(&r, "Access-Control-Expose-Headers"),
		    "ETag, Retry-After, X-Cache-Status, X-Request-Id, "
		    "X-Warnings");
	SUITE_EQUAL(http_header(&r, "X-Content-Type-Options"), "nosniff");
	SUITE_EQUAL(http_header(&r, "Content-Security-Policy"),
		    "default-src 'none'; frame-ancestors 'none'");
	SUITE_EQUAL(http_header(&r, "Referrer-Policy"), "no-referrer");
	CU_ASSERT_EQUAL(http_header_count(&r, "Access-Control-Allow-Origin"),
			1);
	CU_ASSERT_EQUAL(http_header_count(&r, "X-Request-Id"), 1);
	CU_ASSERT_EQUAL(http_header_count(&r, "Cache-Control"), 1);
	CU_ASSERT_EQUAL(http_header_count(&r, "Content-Type"), 1);
	http_free(&r);
}

static void
headers(void)
{
	for (size_t i = 0; i < PATHS; i++)
		expect_headers(paths[i], 200);
	expect_headers("/api/v1/gpu/nothing", 404);
	expect_headers("/api/nothing", 404);
	expect_headers("/api/livez?a=1", 400);
}

static void
expect_origin(const char *path, const char *method, const char *header,
	      const char *allowed)
{
	struct http_reply r;

	http_do(&r, &(struct http_call){
			.url = webserver_url(&conformance.strict, path),
			.method = method,
			.header = header});
	CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(&r, "Vary"));
	CU_ASSERT_EQUAL(strncmp(http_header(&r, "Vary"), "Origin", 6), 0);
	CU_ASSERT_EQUAL(http_header_count(&r, "Access-Control-Allow-Origin"),
			allowed != NULL ? 1 : 0);
	if (allowed != NULL)
		SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"),
			    allowed);
	http_free(&r);
}

static void
allow_list(void)
{
	static const char *const all[] = {"/api/livez", "/api/v1/gpu/nothing"};
	static const char *const methods[] = {NULL, "OPTIONS"};

	for (int i = 0; i < 4; i++) {
		const char *path = all[i / 2], *method = methods[i % 2];

		expect_origin(path, method, "Origin: " DASHBOARD, DASHBOARD);
		expect_origin(path, method, "Origin: " DASHBOARD ".evil", NULL);
		expect_origin(path, method, "Origin: https://evil.example",
			      NULL);
		expect_origin(path, method, NULL, NULL);
	}
}

/* Of the same tag, plain or compressed. */
static void
expect_known(const char *tag, bool wants_gzip)
{
	char header[128];
	struct http_reply r;

	snprintf(header, sizeof(header), "If-None-Match: %s", tag);
	conformance_call(&r, (struct http_call){.url = CONFORMANCE_METRICS,
						.header = header,
						.wants_gzip = wants_gzip});
	CU_ASSERT_EQUAL(r.status, 304);
	CU_ASSERT_EQUAL(r.length, 0);
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	CU_ASSERT_PTR_NOT_NULL(http_header(&r, "ETag"));
	CU_ASSERT_PTR_NOT_NULL(http_header(&r, "Cache-Control"));
	CU_ASSERT_EQUAL(http_header_count(&r, "X-Request-Id"), 1);
	http_free(&r);
}

static void
known_answers(void)
{
	struct http_reply r;

	conformance_call(&r, (struct http_call){.url = CONFORMANCE_METRICS});
	CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(&r, "ETag"));
	expect_known(http_header(&r, "ETag"), false);
	http_free(&r);
	conformance_call(&r, (struct http_call){.url = CONFORMANCE_METRICS,
						.wants_gzip = true});
	SUITE_EQUAL(http_header(&r, "Content-Encoding"), "gzip");
	CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(&r, "ETag"));
	expect_known(http_header(&r, "ETag"), true);
	http_free(&r);
	conformance_call(
	    &r, (struct http_call){.url = CONFORMANCE_METRICS,
				   .header = "If-None-Match: \"other\""});
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
}

/* CSV as well, with all that its type says. */
static void
gzip_of_a_sheet(void)
{
	const struct http_call call = {.url = "/api/v1/gpu/sheet",
				       .wants_gzip = true};
	struct responder fake;
	struct http_reply r;

	fake_responder_start(&fake);
	conformance_use(&fake);
	conformance_call(&r, call);
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "Content-Type"),
		    "text/csv; charset=utf-8; header=present");
	SUITE_EQUAL(http_header(&r, "Content-Encoding"), "gzip");
	http_free(&r);
	conformance_use(&conformance.responder);
	CU_ASSERT_EQUAL(process_stop(fake.process), 0);
}

static void
gzip(void)
{
	char *expected =
	    conformance_body(&conformance.responder, CONFORMANCE_METRICS);
	struct http_call call = {
	    .url = webserver_url(&conformance.server, CONFORMANCE_METRICS)};
	struct http_reply r;
	CURL *h = http_prepare(&r, &call);
	char *masked;

	curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "gzip");
	http_complete(&r, h, curl_easy_perform(h));
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "Content-Encoding"), "gzip");
	CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(&r, "Vary"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(http_header(&r, "Vary"), "Accept-Encoding"));
	masked = body_mask(r.body, BODY_ANY_TIME);
	body_equal(masked, expected, "the decoded body");
	free(masked);
	http_free(&r);
	free(expected);
	conformance_call(&r, (struct http_call){.url = CONFORMANCE_METRICS});
	CU_ASSERT_PTR_NULL(http_header(&r, "Content-Encoding"));
	http_free(&r);
	gzip_of_a_sheet();
}

static void
request_ids(void)
{
	static const char *const all[] = {CONFORMANCE_METRICS, "/api/livez",
					  "/api/v1/gpu/nothing",
					  "/api/livez?a=1"};

	struct http_reply r;
	const char *id;
	char *line;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		conformance_call(&r, (struct http_call){.url = all[i]});
		id = http_header(&r, "X-Request-Id");
		CU_ASSERT_PTR_NOT_NULL_FATAL(id);
		CU_ASSERT_TRUE(strlen(id) >= 24);
		line = responder_log_line(&conformance.responder, id);
		CU_ASSERT_PTR_NOT_NULL_FATAL(line);
		free(line);
		conformance_expect_id_later(id);
		http_free(&r);
	}
}

static void
about_itself(void)
{
	static const struct {
		const char *path, *type, *part;
	} all[] = {{"/metrics", "text/plain", "gpu_monitoring_api_"},
		   {"/metrics/gpus", "text/plain", "gpu_utilization_percent{"},
		   {"/debug/vars", "application/json", "{\"success\":true,"}};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct http_reply r;

		conformance_call(&r, (struct http_call){.url = all[i].path});
		CU_ASSERT_EQUAL(r.status, 200);
		CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(&r, "Content-Type"));
		CU_ASSERT_EQUAL(strncmp(http_header(&r, "Content-Type"),
					all[i].type, strlen(all[i].type)),
				0);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.body, all[i].part));
		http_free(&r);
	}
}

/* Files alone, of which no browser takes anything from elsewhere. */
static void
page(void)
{
	static const char policy[] =
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "img-src 'self'; connect-src 'self'; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'none'";
	/* lighttpd has no way to say the latter of files that are there alone.
	 */
	const char *kept = strcmp(conformance.kind->name, "lighttpd") == 0
			       ? "max-age=31536000"
			       : "max-age=31536000, immutable";
	const struct {
		const char *path, *type, *caching;
	} all[] = {
	    {"/gpu/", "text/html; charset=utf-8", "no-cache"},
	    {"/gpu/" PAGE_VERSION "/main.js", "text/javascript; charset=utf-8",
	     kept},
	    {"/gpu/" PAGE_VERSION "/page.css", "text/css; charset=utf-8", kept},
	    {"/gpu/" PAGE_VERSION "/icon.svg", "image/svg+xml", kept},
	    {"/gpu/" PAGE_VERSION "/dygraph.min.js",
	     "text/javascript; charset=utf-8", kept},
	};
	static const char *const none[] = {"/gpu/none.js",
					   "/gpu/" PAGE_VERSION "/none.js"};
	struct http_reply r;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		conformance_call(&r, (struct http_call){.url = all[i].path,
							.wants_gzip = true});
		CU_ASSERT_EQUAL(r.status, 200);
		SUITE_EQUAL(http_header(&r, "Content-Type"), all[i].type);
		SUITE_EQUAL(http_header(&r, "Cache-Control"), all[i].caching);
		SUITE_EQUAL(http_header(&r, "Content-Security-Policy"), policy);
		SUITE_EQUAL(http_header(&r, "X-Content-Type-Options"),
			    "nosniff");
		SUITE_EQUAL(http_header(&r, "Referrer-Policy"), "no-referrer");
		SUITE_EQUAL(http_header(&r, "Cross-Origin-Opener-Policy"),
			    "same-origin");
		SUITE_EQUAL(http_header(&r, "Cross-Origin-Resource-Policy"),
			    "same-origin");
		http_free(&r);
	}
	conformance_call(&r, (struct http_call){.url = "/gpu"});
	CU_ASSERT_EQUAL(r.status, 308);
	CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(&r, "Location"));
	CU_ASSERT_PTR_NOT_NULL(strstr(http_header(&r, "Location"), "/gpu/"));
	http_free(&r);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		conformance_call(&r, (struct http_call){.url = none[i]});
		CU_ASSERT_EQUAL(r.status, 404);
		/* It may be there soon. */
		CU_ASSERT(
		    http_header(&r, "Cache-Control") == NULL ||
		    strcmp(http_header(&r, "Cache-Control"), "no-cache") == 0);
		http_free(&r);
	}
}

const struct conformance_test conformance_answers[] = {
    {"endpoints: what the program sends", "the endpoints, byte for byte",
     endpoints},
    {"HEAD is GET without a body", "HEAD", head},
    {"OPTIONS is a preflight, which the server answers",
     "preflight, without the program", preflight},
    {"CORS and security headers on every answer",
     "CORS and security headers, on errors too", headers},
    {"an allow-list echoes its origins, with Vary", "an allow-list of origins",
     allow_list},
    {"ETag and 304, compressed or not", "ETag and 304", known_answers},
    {"gzip for who asks, and decodes to the same", "gzip", gzip},
    {"the request id of an answer is in both logs",
     "the answer's request id in both logs", request_ids},
    {"/metrics and /debug/ for allowed addresses",
     "`/metrics`, `/debug/` from loopback", about_itself},
    {"the page: types, caching and a strict policy",
     "the page, with a strict policy", page},
    {NULL, NULL, NULL}};
