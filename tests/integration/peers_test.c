/*
 * What a peer on the responder's socket may do wrong without harm to the
 * others.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/fcgi_client.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define METRICS "/api/v1/gpu/metrics"

static struct source fake;
static struct responder responder;

static void
expect_works(void)
{
	char *text = fcgi_client_fetch(responder.socket, METRICS);

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 OK\r\n", 16), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"error\":null}"));
	free(text);
}

static int
connect_peer(void)
{
	return fcgi_client_connect(responder.socket);
}

static void
idle_peers(void)
{
	int first = connect_peer(), second = connect_peer();

	for (int i = 0; i < 10; i++)
		expect_works();
	close(first);
	close(second);
}

static void
stalled_peers(void)
{
	char params[512];
	size_t length = fcgi_client_params(params, METRICS);
	int fds[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = connect_peer();
		CU_ASSERT_TRUE(fcgi_client_begin(fds[i], i == 1));
		CU_ASSERT_TRUE(fcgi_client_send(fds[i], FCGI_CLIENT_PARAMS,
						params, length / 2));
	}
	for (int i = 0; i < 10; i++)
		expect_works();
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	expect_works();
}

/* nginx is told not to, but another web server may keep its connection. */
static void
kept_connection(void)
{
	char params[512], *text;
	size_t length = fcgi_client_params(params, METRICS);
	int fd = connect_peer();

	CU_ASSERT_TRUE(fcgi_client_begin(fd, true));
	CU_ASSERT_TRUE(
	    fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params, length));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0));
	text = fcgi_client_receive(fd);
	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 OK\r\n", 16), 0);
	free(text);
	for (int i = 0; i < 10; i++)
		expect_works();
	close(fd);
	expect_works();
}

/* Its parameters, its body and the end of it in packets of their own. */
static void
expect_kept(int fd, const char *body)
{
	char params[512], *text;
	size_t length = fcgi_client_params(params, "/api/livez");

	CU_ASSERT_TRUE(fcgi_client_begin(fd, true));
	CU_ASSERT_TRUE(
	    fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params, length));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
	usleep(20000);
	if (*body != '\0')
		CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, body,
						strlen(body)));
	usleep(20000);
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0));
	text = fcgi_client_receive(fd);
	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 OK\r\n", 16), 0);
	free(text);
}

/* A body that was not read would be taken for the next request. */
static void
bodies_on_a_kept_connection(void)
{
	static char large[60000];
	int fd = connect_peer();

	memset(large, 'x', sizeof(large) - 1);
	expect_kept(fd, "");
	expect_kept(fd, "{\"name\":\"value\"}");
	expect_kept(fd, large);
	expect_kept(fd, "");
	close(fd);
}

/* What a health check sees that has no HTTP. */
static void
application_status(void)
{
	static const struct {
		const char *path;
		long status;
	} cases[] = {{"/api/livez", 0}, {"/api/nothing", 1}, {METRICS, 0}};
	char params[512];
	int fd = connect_peer();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t length = fcgi_client_params(params, cases[i].path);
		long status;

		CU_ASSERT_TRUE(fcgi_client_begin(fd, true));
		CU_ASSERT_TRUE(
		    fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params, length));
		CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
		CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0));
		free(fcgi_client_receive_status(fd, &status));
		CU_ASSERT_EQUAL(status, cases[i].status);
	}
	close(fd);
}

/*
 * Apache closes its connection only when its own client has read the answer.
 * libfcgi would wait two seconds for each, so ten in all.
 */
static void
peers_that_close_late(void)
{
	enum { PEERS = 5 * 8, LIMIT_MS = 5000 };
	int64_t start_ms = clock_now_ms();
	int fds[PEERS];

	for (int i = 0; i < PEERS; i++) {
		fds[i] = connect_peer();
		CU_ASSERT_TRUE(fcgi_client_get(fds[i], METRICS));
	}
	for (int i = 0; i < PEERS; i++)
		free(fcgi_client_receive(fds[i]));
	expect_works();
	CU_ASSERT_TRUE(clock_now_ms() - start_ms < LIMIT_MS);
	for (int i = 0; i < PEERS; i++)
		close(fds[i]);
}

static void
client_leaves(void)
{
	long before;

	source_set_fake(&fake, "slow_header&ms=300");
	for (int i = 0; i < 20; i++) {
		int fd = connect_peer();

		before = source_fake_count(&fake, "queries");
		CU_ASSERT_TRUE(fcgi_client_get(fd, METRICS));
		while (i < 3 && source_fake_count(&fake, "queries") == before)
			usleep(2000);
		close(fd);
	}
	source_set_fake(&fake, "ok");
	expect_works();
}

struct bytes {
	const char *text;
	size_t length;
};
#define BYTES(text) {text, sizeof(text) - 1}

static void
broken_records(void)
{
	static const struct bytes streams[] = {
	    BYTES("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
	    BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	    BYTES("\377\377\377\377\377\377\377\377"),
	    /* an unknown version, type, role */
	    BYTES("\2\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"),
	    BYTES("\1\143\0\1\0\0\0\0"),
	    BYTES("\1\1\0\1\0\10\0\0\0\11\0\0\0\0\0\0"),
	    /* params before a begin; a begin that is too short; end at once */
	    BYTES("\1\4\0\1\0\0\0\0"), BYTES("\1\1\0\1\0\2\0\0\0\1"),
	    BYTES("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0\1\4\0\1\0\0\0\0"),
	    /* a name and a value that are longer than the record */
	    BYTES("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
		  "\1\4\0\1\0\4\0\0\100\100ab\1\4\0\1\0\0\0\0"),
	    /* an abort instead of params */
	    BYTES("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0\1\2\0\1\0\0\0\0"),
	    /* params of another request */
	    BYTES("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0\1\4\0\2\0\0\0\0")};

	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		int fd = connect_peer();

		fcgi_client_send_raw(fd, streams[i].text, streams[i].length);
		expect_works();
		close(fd);
		expect_works();
	}
}

/* A management record asks for values; the answer is not ours to check. */
static void
management_record(void)
{
	static const struct bytes ask =
	    BYTES("\1\11\0\0\0\20\0\0\16\0FCGI_MPXS_CONNS");
	int fd = connect_peer();

	fcgi_client_send_raw(fd, ask.text, ask.length);
	expect_works();
	close(fd);
	expect_works();
}

/* Nothing but the method and the path; not even a query string. */
static void
few_parameters(void)
{
	static const char params[] = "\16\4REQUEST_METHODHEAD"
				     "\13\12SCRIPT_NAME/api/livez";
	int fd = connect_peer();
	char *text;

	CU_ASSERT_TRUE(fcgi_client_begin(fd, false));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params,
					sizeof(params) - 1));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0));
	text = fcgi_client_receive(fd);
	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 OK\r\n", 16), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "X-Request-Id: "));
	free(text);
	close(fd);
}

static void
no_parameters(void)
{
	int fd = connect_peer();
	char *text;

	CU_ASSERT_TRUE(fcgi_client_begin(fd, false));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0));
	text = fcgi_client_receive(fd);
	CU_ASSERT_EQUAL(strncmp(text, "Status: 404 Not Found\r\n", 23), 0);
	free(text);
	close(fd);
	expect_works();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"idle peers block nobody", idle_peers},
	    {"peers that stall in their parameters block nobody",
	     stalled_peers},
	    {"a connection that is kept blocks nobody", kept_connection},
	    {"a body, and its end that comes late, on such a connection",
	     bodies_on_a_kept_connection},
	    {"the application's status: 0, or 1 for a failure",
	     application_status},
	    {"peers that close late block nobody", peers_that_close_late},
	    {"clients that leave before their answer", client_leaves},
	    {"broken records", broken_records},
	    {"a management record", management_record},
	    {"few parameters, as RFC 3875 has them", few_parameters},
	    {"no parameters: 404", no_parameters},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	responder_start(&responder, fake.url, NULL);
	return suite_run("peers", tests);
}
