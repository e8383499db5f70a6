/*
 * What nginx answers when the responder does not, and conf/nginx as operators
 * edit it: an allow-list of origins, a lower rate, TLS.
 */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/file.h"
#include "support/nginx.h"
#include "support/port.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define HOST	"gpu-api.example.com"
#define METRICS "/api/v1/gpu/metrics"

/* More than an address has at once, where a test lets it have few. */
enum { REQUESTS = 5 };

static struct source fake;
static struct responder responder;
static struct nginx nginx;

static void
start(struct nginx *out, const struct webserver_change *changes, size_t count)
{
	nginx_start(out, &(struct nginx_plan){.socket = responder.socket,
					      .changes = changes,
					      .change_count = count});
}

static void
get_from(struct http_reply *r, const struct nginx *n, const char *path,
	 const char *header)
{
	http_do(r, &(struct http_call){.url = nginx_url(n, path),
				       .header = header});
}

/* An envelope of nginx' own, with all headers and a logged id. */
static void
expect_own_error(const struct nginx *n, long status, const char *error)
{
	struct http_reply r;
	char *line;

	get_from(&r, n, METRICS, "Origin: https://a.example");
	body_expect_error(&r, status, error);
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	SUITE_EQUAL(http_header(&r, "X-Content-Type-Options"), "nosniff");
	SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
	CU_ASSERT_PTR_NOT_NULL_FATAL(http_header(&r, "X-Request-Id"));
	line = file_wait_line(n->access_log, http_header(&r, "X-Request-Id"),
			      NULL);
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	http_free(&r);
}

static void
expect_status(const struct nginx *n, const char *path, long status)
{
	struct http_reply r;

	get_from(&r, n, path, NULL);
	CU_ASSERT_EQUAL(r.status, status);
	http_free(&r);
}

static void
expect_origin(const struct nginx *n, const char *header, const char *allowed)
{
	struct http_reply r;

	get_from(&r, n, "/api/livez", header);
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "Vary"), "Origin");
	if (allowed != NULL)
		SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"),
			    allowed);
	else
		CU_ASSERT_PTR_NULL(
		    http_header(&r, "Access-Control-Allow-Origin"));
	http_free(&r);
}

static void
allow_list_of_origins(void)
{
	static const struct webserver_change changes[] = {
	    {"http.conf", "    default \"*\";",
	     "    default \"\";\n"
	     "    \"https://dashboard.example.com\" $http_origin;"}};
	struct nginx listed = {0};

	start(&listed, changes, 1);
	expect_origin(&listed, "Origin: https://dashboard.example.com",
		      "https://dashboard.example.com");
	expect_origin(&listed, "Origin: https://dashboard.example.com.evil",
		      NULL);
	expect_origin(&listed, "Origin: https://evil.example", NULL);
	expect_origin(&listed, NULL, NULL);
}

/* Two at once, then one a minute: the third of three is one too many. */
static const struct webserver_change few_requests[] = {
    {"http.conf", "rate=1000r/s", "rate=1r/m"},
    {"cached.conf", "burst=2000", "burst=1"},
    {"uncached.conf", "burst=2000", "burst=1"}};

static void
too_many_requests(void)
{
	struct nginx limited = {0};
	struct http_reply r;

	start(&limited, few_requests, 3);
	expect_status(&limited, METRICS, 200);
	expect_status(&limited, METRICS, 200);
	expect_own_error(&limited, 429,
			 "Too many requests; try again in a second");
	expect_status(&limited, "/api/livez", 200);
	expect_status(&limited, "/api/livez", 200);
	get_from(&r, &limited, "/api/livez", NULL);
	CU_ASSERT_EQUAL(r.status, 429);
	SUITE_EQUAL(http_header(&r, "Retry-After"), "1");
	http_free(&r);
}

/* The last of some requests of a client whose address none had before. */
static void
expect_last_status(const struct nginx *n, struct http_call call,
		   const char *path, long status)
{
	static unsigned number = 2;
	char source[sizeof("127.0.0.255")];
	struct http_reply r;
	long last = 0;

	snprintf(source, sizeof(source), "127.0.0.%u", number++ % 256);
	call.source = source;
	call.url = nginx_url(n, path);
	for (int i = 0; i < REQUESTS; i++) {
		http_do(&r, &call);
		last = r.status;
		http_free(&r);
	}
	CU_ASSERT_EQUAL(last, status);
	if (last != status)
		printf("# %s: %ld, not %ld\n", path, last, status);
}

/* Where nginx caches, it counts whatever reaches the program all the same. */
static void
requests_that_pass_by_the_cache(void)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH",
					      "BREW"};
	static const char *const paths[] = {METRICS "?x=1",
					    METRICS "?0",
					    METRICS "?=",
					    METRICS "?&",
					    "/api/v1/gpu/nodes?x=1",
					    "/api/v1/gpu/processes?x=1",
					    "/api/v1/gpu/utilization?x=1",
					    "/api/v1/gpu/nothing",
					    "/api/v1/gpu/metrics/",
					    "/api/openapi.json",
					    "/api/health",
					    "/api/livez"};
	struct nginx n = {0};

	nginx_start(&n, &(struct nginx_plan){.socket = responder.socket,
					     .changes = few_requests,
					     .change_count = 3,
					     .caches = true});
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		expect_last_status(&n, (struct http_call){.method = methods[i]},
				   METRICS, 429);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		expect_last_status(&n, (struct http_call){0}, paths[i], 429);
	expect_last_status(&n, (struct http_call){0}, METRICS, 200);
	expect_last_status(&n, (struct http_call){0}, METRICS "?", 200);
	expect_last_status(&n, (struct http_call){.is_head = true}, METRICS,
			   200);
}

/* Access rules of the site, before or in our locations. */
static void
access_rules_of_the_site(void)
{
	static const struct webserver_change denies[] = {
	    {"respond.conf", "fastcgi_keep_conn off;",
	     "fastcgi_keep_conn off;\ndeny all;"}};
	static const struct webserver_change asks[] = {
	    {"respond.conf", "fastcgi_keep_conn off;",
	     "fastcgi_keep_conn off;\nauth_basic \"site\";\n"
	     "auth_basic_user_file /dev/null;"}};
	struct nginx closed = {0}, asking = {0};
	struct http_reply r;

	start(&closed, denies, 1);
	expect_own_error(&closed, 403, "Not allowed");
	start(&asking, asks, 1);
	expect_own_error(&asking, 401, "Credentials are missing or wrong");
	get_from(&r, &asking, "/api/livez", NULL);
	SUITE_EQUAL(http_header(&r, "WWW-Authenticate"),
		    "Basic realm=\"site\"");
	http_free(&r);
}

static void
responder_that_hangs(void)
{
	static const struct webserver_change changes[] = {
	    {"respond.conf", "fastcgi_read_timeout 15s",
	     "fastcgi_read_timeout 2s"}};
	struct nginx hasty = {0};

	start(&hasty, changes, 1);
	process_signal(responder.process, SIGSTOP);
	expect_own_error(&hasty, 504,
			 "The GPU monitoring service did not answer in time");
	process_signal(responder.process, SIGCONT);
	expect_status(&hasty, METRICS, 200);
}

static void
responder_that_is_stopped(void)
{
	expect_status(&nginx, METRICS, 200);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
	expect_own_error(&nginx, 502,
			 "The GPU monitoring service does not answer");
	expect_status(&nginx, "/api/livez", 502);
	responder_start(&responder, fake.url, NULL);
}

static void
make_certificate(char certificate[static HARNESS_PATH_BYTES],
		 char key[static HARNESS_PATH_BYTES])
{
	const char *argv[] = {"openssl",
			      "req",
			      "-x509",
			      "-newkey",
			      "ec",
			      "-pkeyopt",
			      "ec_paramgen_curve:P-256",
			      "-nodes",
			      "-days",
			      "1",
			      "-subj",
			      "/CN=" HOST,
			      "-addext",
			      "subjectAltName=DNS:" HOST,
			      "-keyout",
			      key,
			      "-out",
			      certificate,
			      NULL};

	harness_path(certificate, "certificate.pem");
	harness_path(key, "key.pem");
	harness_require(
	    process_run(&(struct process_plan){.name = "openssl", .argv = argv},
			NULL) == 0,
	    "openssl makes no certificate");
}

/* Fills in what the example asks for, and ports that are free. */
static void
start_example(struct nginx *out, char certificate[static HARNESS_PATH_BYTES],
	      unsigned tls_port)
{
	char key[HARNESS_PATH_BYTES], log[HARNESS_PATH_BYTES], plain[64];
	char tls[64];
	const struct webserver_change changes[] = {
	    {"example-server.conf", "/etc/ssl/certs/gpu-api.example.com.pem",
	     certificate},
	    {"example-server.conf", "/etc/ssl/private/gpu-api.example.com.key",
	     key},
	    {"example-server.conf", "/var/log/nginx/gpu-monitoring-api.log",
	     log},
	    {"example-server.conf", "    listen [::]:80;\n", ""},
	    {"example-server.conf", "    listen [::]:443 ssl http2;\n", ""},
	    {"example-server.conf", "listen 80;", plain},
	    {"example-server.conf", "listen 443 ", tls}};

	make_certificate(certificate, key);
	harness_path(log, "example.log");
	out->port = port_free();
	snprintf(plain, sizeof(plain), "listen 127.0.0.1:%u;", out->port);
	snprintf(tls, sizeof(tls), "listen 127.0.0.1:%u ", tls_port);
	nginx_start(out, &(struct nginx_plan){.socket = responder.socket,
					      .changes = changes,
					      .change_count = sizeof(changes) /
							      sizeof(*changes),
					      .uses_example = true});
}

static void
get_tls(struct http_reply *r, unsigned port, const char *path,
	const char *authority)
{
	char url[128], resolve[64];

	snprintf(url, sizeof(url), "https://" HOST ":%u%s", port, path);
	snprintf(resolve, sizeof(resolve), HOST ":%u:127.0.0.1", port);
	http_do(r, &(struct http_call){
		       .url = url, .resolve = resolve, .authority = authority});
}

static void
tls_by_the_example(void)
{
	char certificate[HARNESS_PATH_BYTES], target[128];
	unsigned port = port_free();
	struct nginx example = {0};
	struct http_reply r;

	start_example(&example, certificate, port);
	get_tls(&r, port, METRICS, certificate);
	CU_ASSERT_EQUAL(r.rc, CURLE_OK);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_TRUE(body_is_json(r.body, r.length));
	SUITE_EQUAL(http_header(&r, "Strict-Transport-Security"),
		    "max-age=31536000");
	http_free(&r);
	get_tls(&r, port, "/", certificate);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
	get_tls(&r, port, "/nothing", certificate);
	CU_ASSERT_EQUAL(r.status, 404);
	http_free(&r);
	get_tls(&r, port, "/api/livez", "/etc/ssl/certs/ca-certificates.crt");
	CU_ASSERT_EQUAL(r.status, 0);
	http_free(&r);
	get_from(&r, &example, "/api/livez", "Host: " HOST);
	snprintf(target, sizeof(target), "https://" HOST "/api/livez");
	CU_ASSERT_EQUAL(r.status, 308);
	SUITE_EQUAL(http_header(&r, "Location"), target);
	http_free(&r);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"an allow-list echoes its origins, with Vary",
	     allow_list_of_origins},
	    {"429 above the limit", too_many_requests},
	    {"429 for what passes by the cache",
	     requests_that_pass_by_the_cache},
	    {"401 and 403 by rules of the site", access_rules_of_the_site},
	    {"504 for a responder that hangs", responder_that_hangs},
	    {"TLS by the example server, with a self-signed certificate",
	     tls_by_the_example},
	    {"502 with the responder stopped", responder_that_is_stopped},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	responder_start(&responder, fake.url, NULL);
	nginx_start_plain(&nginx, responder.socket);
	return suite_run("gateway", tests);
}
