/* The caps: each ends a request with an error that names its setting. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fcgi_client.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define METRICS	    "/api/v1/gpu/metrics"
#define UTILIZATION "/api/v1/gpu/utilization"

/* 500 GPUs: 8 metrics of about 100 kB, an answer of about 150 kB. */
static struct source fake;

static void
expect(const struct responder *r, const char *path, const char *status,
       const char *error)
{
	char *text = fcgi_client_fetch(r->socket, path), expected[512];
	char *body = strstr(text, "\r\n\r\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	CU_ASSERT_EQUAL(strncmp(text, status, strlen(status)), 0);
	snprintf(expected, sizeof(expected),
		 "{\"success\":false,\"data\":null,\"message\":null,"
		 "\"error\":\"%s\"}",
		 error);
	SUITE_EQUAL(body + 4, expected);
	free(text);
}

static void
expect_works(const struct responder *r, const char *path)
{
	char *text = fcgi_client_fetch(r->socket, path);

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 OK\r\n", 16), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"node_name\":\"node-63\""));
	free(text);
}

static void
start(struct responder *out, const char *setting)
{
	const char *settings[] = {setting, NULL};

	responder_start(out, fake.url, settings);
}

/* Other requests go on as if nothing had happened. */
static void
finish(struct responder *r)
{
	char *text = fcgi_client_fetch(r->socket, "/api/health");

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 OK\r\n", 16), 0);
	free(text);
	CU_ASSERT_EQUAL(process_stop(r->process), 0);
}

static void
max_series(void)
{
	struct responder r;

	start(&r, "MAX_SERIES=499");
	expect(&r, METRICS, "Status: 502 ",
	       "One metric has more than 499 series; MAX_SERIES sets this "
	       "limit");
	finish(&r);
	start(&r, "MAX_SERIES=500");
	expect_works(&r, METRICS);
	finish(&r);
}

static void
max_upstream_bytes(void)
{
	struct responder r;

	start(&r, "MAX_UPSTREAM_BYTES=20000");
	expect(&r, METRICS, "Status: 502 ",
	       "Prometheus' answer to one query has more than 20000 bytes; "
	       "MAX_UPSTREAM_BYTES sets this limit");
	finish(&r);
}

static void
max_response_bytes(void)
{
	struct responder r;

	start(&r, "MAX_RESPONSE_BYTES=100000");
	expect(&r, METRICS, "Status: 502 ",
	       "The answer has more than 100000 bytes; MAX_RESPONSE_BYTES "
	       "sets this limit");
	expect_works(&r, UTILIZATION);
	finish(&r);
}

static void
max_request_memory(void)
{
	struct responder r;

	start(&r, "MAX_REQUEST_MEMORY_BYTES=163840");
	expect(&r, METRICS, "Status: 503 ",
	       "Out of memory: the request needs more than "
	       "MAX_REQUEST_MEMORY_BYTES, all requests more than "
	       "MAX_MEMORY_BYTES, or the machine has no more");
	finish(&r);
}

int
main(void)
{
	static const char *const size[] = {"--gpus-total", "500",
					   "--gpus-per-node", "8", NULL};
	static const struct suite_test tests[] = {
	    {"MAX_SERIES", max_series},
	    {"MAX_UPSTREAM_BYTES", max_upstream_bytes},
	    {"MAX_RESPONSE_BYTES", max_response_bytes},
	    {"MAX_REQUEST_MEMORY_BYTES", max_request_memory},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, size);
	return suite_run("limits", tests);
}
