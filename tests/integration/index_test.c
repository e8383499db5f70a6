/*
 * What a server that has nothing else shows at /: all endpoints that clients
 * may ask, as links for browsers, and as commands for people with a terminal.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/nginx.h"
#include "support/public_paths.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define BROWSER                                                                \
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;"   \
	"q=0.8"

enum { PATH_BYTES = 256 };

static struct source fake;
static struct responder responder;
static struct nginx nginx;

static void
ask(struct http_reply *r, struct http_call call, const char *path)
{
	call.url = nginx_url(&nginx, path);
	http_do(r, &call);
}

/* What stands behind a text, up to one of those characters; moves *at. */
static bool
next_behind(const char **at, const char *text, const char *ends,
	    char out[static PATH_BYTES])
{
	size_t length;

	*at = strstr(*at, text);
	if (*at == NULL)
		return false;
	*at += strlen(text);
	length = strcspn(*at, ends);
	harness_require(length < PATH_BYTES, "too long: %.80s", *at);
	memcpy(out, *at, length);
	out[length] = '\0';
	return true;
}

/*
 * Behind each occurrence of the text stands the path of an endpoint, each
 * has one, and it answers, or says what it takes.
 */
static void
expect_all_endpoints(const char *body, const char *text, const char *ends)
{
	char path[PATH_BYTES], again[PATH_BYTES];
	struct http_reply r;
	size_t count = 0;

	for (const char *at = body; next_behind(&at, text, ends, path);) {
		const char *rest = at;

		count++;
		CU_ASSERT_TRUE(public_paths_has(path));
		while (next_behind(&rest, text, ends, again))
			CU_ASSERT_STRING_NOT_EQUAL(path, again);
		ask(&r, (struct http_call){0}, path);
		CU_ASSERT_EQUAL(r.status, public_paths_status(path));
		http_free(&r);
	}
	CU_ASSERT_EQUAL(count, public_paths_count());
}

/* As who asked can paste it. */
static void
commands_of(const struct http_reply *r, const char *url)
{
	char text[128];

	snprintf(text, sizeof(text), "curl -s %s", url);
	expect_all_endpoints(r->body, text, " <\n");
}

static void
expect_headers(const struct http_reply *r, const char *type)
{
	CU_ASSERT_EQUAL(r->rc, CURLE_OK);
	CU_ASSERT_EQUAL(r->status, 200);
	SUITE_EQUAL(http_header(r, "Content-Type"), type);
	SUITE_EQUAL(http_header(r, "X-Content-Type-Options"), "nosniff");
	SUITE_EQUAL(http_header(r, "Referrer-Policy"), "no-referrer");
	SUITE_EQUAL(http_header(r, "Cache-Control"), "no-cache");
	SUITE_EQUAL(http_header(r, "Vary"), "Accept");
	CU_ASSERT_PTR_NOT_NULL(http_header(r, "X-Request-Id"));
	CU_ASSERT_EQUAL(http_header_count(r, "Content-Security-Policy"), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(r, "Content-Security-Policy"));
	CU_ASSERT_EQUAL(strncmp(http_header(r, "Content-Security-Policy"),
				"default-src 'none'; style-src 'sha256-", 38),
			0);
	CU_ASSERT_PTR_NULL(
	    strstr(http_header(r, "Content-Security-Policy"), "unsafe"));
}

static void
page_for_browsers(void)
{
	struct http_reply r;

	ask(&r, (struct http_call){.header = BROWSER}, "/");
	expect_headers(&r, "text/html; charset=utf-8");
	expect_all_endpoints(r.body, "<a href=\"", "\"");
	commands_of(&r, nginx.url);
	/* It is all there is, and runs nothing. */
	CU_ASSERT_PTR_NULL(strstr(r.body, " src="));
	CU_ASSERT_PTR_NULL(strstr(r.body, "<link"));
	CU_ASSERT_PTR_NULL(strstr(r.body, "<script"));
	http_free(&r);
}

static void
text_for_others(void)
{
	static const char *const accepts[] = {
	    NULL, "Accept:", "Accept: application/json"};
	struct http_reply r;

	for (size_t i = 0; i < sizeof(accepts) / sizeof(*accepts); i++) {
		ask(&r, (struct http_call){.header = accepts[i]}, "/");
		expect_headers(&r, "text/plain; charset=utf-8");
		commands_of(&r, nginx.url);
		CU_ASSERT_PTR_NULL(strchr(r.body, '<'));
		http_free(&r);
	}
	ask(&r, (struct http_call){.is_head = true}, "/");
	expect_headers(&r, "text/plain; charset=utf-8");
	CU_ASSERT_EQUAL(r.length, 0);
	http_free(&r);
}

/* They name the server as the client did, unless that is no name. */
static void
names_of_the_server(void)
{
	static const struct {
		const char *header, *url;
	} all[] = {{"Host: gpu-1.example.com:8443",
		    "http://gpu-1.example.com:8443"},
		   {"Host: [::1]:8080", "http://[::1]:8080"}},
	  wrong[] = {{"Host: a<b>c", NULL},
		     {"Host: a\"b", NULL},
		     {"Host: a;id", NULL},
		     {"Host: a$(id)", NULL},
		     {"Host: a'b", NULL}};
	char here[64];
	struct http_reply r;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		ask(&r, (struct http_call){.header = all[i].header}, "/");
		commands_of(&r, all[i].url);
		http_free(&r);
	}
	snprintf(here, sizeof(here), "http://localhost:%u", nginx.port);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ask(&r, (struct http_call){.header = wrong[i].header}, "/");
		if (r.status != 400)
			commands_of(&r, here);
		http_free(&r);
	}
}

static void
nothing_else(void)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE",
					      "OPTIONS"};
	static const char *const paths[] = {"/index.html", "/favicon.ico",
					    "/gpu/", "/apis"};
	struct http_reply r;

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		ask(&r, (struct http_call){.method = methods[i]}, "/");
		CU_ASSERT_EQUAL(r.status, 405);
		SUITE_EQUAL(http_header(&r, "Allow"), "GET, HEAD");
		http_free(&r);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		ask(&r, (struct http_call){.header = BROWSER}, paths[i]);
		body_expect_error(&r, 404, "No such path");
		http_free(&r);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"a page for browsers", page_for_browsers},
	    {"a text for others", text_for_others},
	    {"commands name the server as the client did", names_of_the_server},
	    {"nothing else", nothing_else},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	responder_start(&responder, fake.url, NULL);
	nginx_start(&nginx, &(struct nginx_plan){.socket = responder.socket,
						 .caches = true,
						 .has_metrics = true,
						 .has_index = true});
	return suite_run("index", tests);
}
