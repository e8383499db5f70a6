/*
 * Clients that flood nginx, leave, read nothing, say nothing or say too much:
 * others are served meanwhile, and nothing is left behind.
 */
#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/body.h"
#include "support/fcgi_client.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "support/usage.h"

#define METRICS "/api/v1/gpu/metrics"
/* An answer is larger than any socket's buffer; ThreadSanitizer makes a request
 * of 10,000 take longer than it may. */
#ifdef __SANITIZE_THREAD__
#define GPU_COUNT "2000"
#else
#define GPU_COUNT "10000"
#endif

enum {
	/* More than the responder has threads. */
	CLIENTS = 20,
	RECEIVE_BYTES = 4096,
	HEADER_LINES = 64,
	LINE_BYTES = 1024,
	/* Of the responder's socket, and some more. */
	BACKLOG = 1024,
	QUEUE_MAX = BACKLOG + 64
};

static struct source fake;
static struct responder responder;
static struct nginx nginx;
static struct usage before;

static void
expect(const char *path, long status)
{
	struct http_reply r;

	http_get(&r, nginx_url(&nginx, path));
	CU_ASSERT_EQUAL(r.rc, CURLE_OK);
	CU_ASSERT_EQUAL(r.status, status);
	CU_ASSERT_TRUE(body_is_json(r.body, r.length));
	http_free(&r);
}

static void
expect_others_are_served(void)
{
	for (int i = 0; i < 3; i++) {
		expect("/api/v1/gpu/utilization", 200);
		expect("/api/livez", 200);
	}
}

static void
expect_nothing_is_left(void)
{
	struct usage now = usage_settle(responder.process->pid, &before);

	CU_ASSERT_TRUE(usage_is_no_more(&now, &before));
	if (!usage_is_no_more(&now, &before))
		usage_print(&now, "left behind");
}

static void
ask_as_usual(void)
{
	for (int i = 0; i < 3; i++)
		expect(METRICS, 200);
	expect_others_are_served();
	before = usage_of(responder.process->pid);
}

/* To nginx; takes in little. */
static int
connect_client(void)
{
	const int bytes = RECEIVE_BYTES;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((in_port_t)nginx.port),
				      .sin_addr.s_addr =
					  htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	harness_require(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
	    "cannot connect to nginx: %s", strerror(errno));
	return fd;
}

/* CLIENTS connections that have sent the text and wait. */
static void
connect_clients(int fds[static CLIENTS], const char *text)
{
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = connect_client();
		CU_ASSERT_TRUE(
		    fcgi_client_send_raw(fds[i], text, strlen(text)));
	}
}

static void
close_clients(const int fds[static CLIENTS])
{
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
}

static void
expect_harmless(const char *text)
{
	int fds[CLIENTS];

	connect_clients(fds, text);
	expect_others_are_served();
	close_clients(fds);
	expect_others_are_served();
	expect_nothing_is_left();
}

static void
say_nothing(void)
{
	expect_harmless("");
	expect_harmless("GET " METRICS " HTTP/1.1\r\nHost: a\r\nX-Slow: ");
	expect_harmless("POST " METRICS " HTTP/1.1\r\nHost: a\r\n"
			"Content-Length: 1000\r\n\r\n{");
}

/* An answer of a megabyte or five; nginx takes it in for them. */
static void
read_nothing(void)
{
	expect_harmless("GET " METRICS " HTTP/1.1\r\nHost: a\r\n\r\n");
}

/* While Prometheus thinks. */
static void
leave(void)
{
	static const char text[] =
	    "GET /api/health HTTP/1.1\r\nHost: a\r\n\r\n";
	int fds[CLIENTS];
	long asked;

	source_set_fake(&fake, "slow_header&ms=300");
	asked = source_fake_count(&fake, "queries");
	connect_clients(fds, text);
	while (source_fake_count(&fake, "queries") == asked)
		usleep(1000);
	close_clients(fds);
	source_set_fake(&fake, "ok");
	expect_others_are_served();
	expect_nothing_is_left();
}

/* No endpoint takes a body; a small one is ignored. */
static void
send_a_body(void)
{
	char body[1000];
	struct http_reply r;

	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	for (int i = 0; i < CLIENTS; i++) {
		http_do(&r,
			&(struct http_call){.url = nginx_url(&nginx, METRICS),
					    .method = "GET",
					    .body = body});
		CU_ASSERT_EQUAL(r.rc, CURLE_OK);
		CU_ASSERT_EQUAL(r.status, 200);
		CU_ASSERT_TRUE(body_is_json(r.body, r.length));
		http_free(&r);
	}
	expect_nothing_is_left();
}

/* 64 KiB: more than nginx takes in, and it does not pass them on anyway. */
static void
send_many_headers(void)
{
	static char text[HEADER_LINES * LINE_BYTES + 256];
	size_t length = (size_t)snprintf(
	    text, sizeof(text), "GET " METRICS " HTTP/1.1\r\nHost: a\r\n");
	char answer[64] = "";
	int fd;

	for (int i = 0; i < HEADER_LINES; i++) {
		length += (size_t)sprintf(text + length, "X-Header-%02d: ", i);
		memset(text + length, 'x', LINE_BYTES - 20);
		length += LINE_BYTES - 20;
		length += (size_t)sprintf(text + length, "\r\n");
	}
	strcpy(text + length, "\r\n");
	fd = connect_client();
	fcgi_client_send_raw(fd, text, length + 2);
	CU_ASSERT_TRUE(recv(fd, answer, sizeof(answer) - 1, 0) > 0);
	CU_ASSERT_EQUAL(strncmp(answer, "HTTP/1.1 400 ", 13), 0);
	close(fd);
	expect_harmless(text);
}

/* As another web server might pass them on. */
static void
pass_on_many_headers(void)
{
	static char params[LINE_BYTES * HEADER_LINES];
	size_t length = fcgi_client_params(params, "/api/livez");
	int fd = fcgi_client_connect(responder.socket);
	char *answer;

	CU_ASSERT_TRUE(fcgi_client_begin(fd, false));
	while (length + LINE_BYTES < sizeof(params) - 1) {
		/* A name of 8 bytes, and a value with a length of four. */
		memcpy(params + length, "\x08\x80\0\x03\xe8HTTP_X_Y", 13);
		memset(params + length + 13, 'x', 1000);
		length += 1013;
	}
	CU_ASSERT_TRUE(
	    fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params, length));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0));
	CU_ASSERT_TRUE(fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0));
	answer = fcgi_client_receive(fd);
	CU_ASSERT_EQUAL(strncmp(answer, "Status: 200 OK\r\n", 16), 0);
	free(answer);
	close(fd);
	expect_nothing_is_left();
}

/* Connections that wait for the responder, until there is no room for more. */
static unsigned
fill_queue(int fds[static QUEUE_MAX])
{
	unsigned count = 0;

	while (count < QUEUE_MAX) {
		int fd = fcgi_client_try_connect(responder.socket);

		if (fd < 0)
			break;
		CU_ASSERT_TRUE(fcgi_client_get(fd, "/api/livez"));
		fds[count++] = fd;
	}
	CU_ASSERT_EQUAL(errno, EAGAIN);
	return count;
}

/* Who finds no room is told at once, and who found some is served. */
static void
flood_past_the_backlog(void)
{
	static int fds[QUEUE_MAX];
	unsigned count;

	process_signal(responder.process, SIGSTOP);
	count = fill_queue(fds);
	printf("# %u requests wait\n", count);
	CU_ASSERT_TRUE(count >= BACKLOG && count < QUEUE_MAX);
	expect("/api/livez", 502);
	expect(METRICS, 502);
	process_signal(responder.process, SIGCONT);
	for (unsigned i = 0; i < count; i++) {
		char *answer = fcgi_client_receive(fds[i]);

		CU_ASSERT_EQUAL(strncmp(answer, "Status: 200 OK\r\n", 16), 0);
		free(answer);
		close(fds[i]);
	}
	expect_others_are_served();
	expect_nothing_is_left();
}

/* As many descriptors as the flood takes. */
static void
raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	harness_require(limit.rlim_max >= QUEUE_MAX + 100 &&
			    setrlimit(RLIMIT_NOFILE, &limit) == 0,
			"needs %d descriptors", QUEUE_MAX + 100);
}

int
main(void)
{
	static const char *const size[] = {"--gpus-total", GPU_COUNT,
					   "--gpus-per-node", "8", NULL};
	/* Few, so that all of them have had their turn at first. */
	static const char *const settings[] = {"QUERY_THREADS=2",
					       "SHARE_ANSWERS=on", NULL};
	static const struct suite_test tests[] = {
	    {"clients that ask as usual", ask_as_usual},
	    {"clients that say nothing, or half of it", say_nothing},
	    {"clients that read nothing", read_nothing},
	    {"clients that leave", leave},
	    {"clients that send a body", send_a_body},
	    {"clients that send 64 KiB of headers", send_many_headers},
	    {"a web server that passes them on", pass_on_many_headers},
	    {"a flood past the backlog", flood_past_the_backlog},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	raise_limit();
	source_start_fake(&fake, size);
	responder_start(&responder, fake.url, settings);
	nginx_start_plain(&nginx, responder.socket);
	return suite_run("flood", tests);
}
