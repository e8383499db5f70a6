/* Many at once, slow ones, and servers and responders that are replaced. */
#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conformance/conformance.h"
#include "support/body.h"
#include "support/crowd.h"
#include "support/fcgi_client.h"
#include "support/suite.h"
#include "support/usage.h"

#define END_OF_HEADER "Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
#define GET_METRICS   "GET " CONFORMANCE_METRICS " HTTP/1.1\r\n" END_OF_HEADER
#define POST_METRICS_SLOWLY                                                    \
	"POST " CONFORMANCE_METRICS                                            \
	" HTTP/1.1\r\nContent-Length: 900\r\n" END_OF_HEADER "x"

enum {
	CLIENTS = 64,
	BODY_BYTES = 900,
	POSTS = 200,
	ANSWERS = 500,
	SOME_ANSWERS = 100,
	/* More than the responder has threads. */
	SLOW_CLIENTS = 20,
	RECEIVE_BYTES = 4096,
	SLICE_BYTES = 1 << 18,
	RELOADS = 3,
	STEP_MS = 20,
	STEPS = PROCESS_LIMIT_MS / STEP_MS
};

static void
rest(void)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* --- 10,000 GPUs --------------------------------------------------------- */

static struct source big_fake;
static struct responder big;

static void
use_big(void)
{
	static const char *const size[] = {"--gpus-total", "10000",
					   "--gpus-per-node", "8", NULL};
	/* Else they wait for the processor, and not for one another. */
	static const char *const shares[] = {"SHARE_ANSWERS=on", NULL};

	if (big.process == NULL) {
		source_start_fake(&big_fake, size);
		responder_start(&big, big_fake.url, shares);
	}
	conformance_use(&big);
}

static void
big_answer(void)
{
	struct http_reply r;
	char *expected;

	use_big();
	expected = conformance_body(&big, CONFORMANCE_METRICS);
	conformance_call(&r, (struct http_call){.url = CONFORMANCE_METRICS});
	CU_ASSERT_TRUE(r.length > 4000000);
	body_expect(&r, expected, BODY_ANY_TIME);
	http_free(&r);
	free(expected);
	conformance_use(&conformance.responder);
}

/* Of a client that has sent that, and takes in little. */
static int
connect_client(const char *request)
{
	const int bytes = RECEIVE_BYTES;
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((in_port_t)conformance.server.port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	harness_require(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
	    "cannot connect: %s", strerror(errno));
	CU_ASSERT_TRUE(fcgi_client_send_raw(fd, request, strlen(request)));
	return fd;
}

static void
expect_others_are_served(void)
{
	for (int i = 0; i < 5; i++) {
		struct http_reply r;

		conformance_call(&r, (struct http_call){.url = "/api/livez"});
		CU_ASSERT_EQUAL(r.rc, CURLE_OK);
		CU_ASSERT_EQUAL(r.status, 200);
		http_free(&r);
	}
}

/* All that comes, in small pieces with pauses; to be freed. */
static char *
read_slowly(int fd)
{
	char *text = NULL, piece[RECEIVE_BYTES];
	size_t length, slice = 0;
	FILE *out = open_memstream(&text, &length);
	ssize_t count;

	harness_require(out != NULL, "out of memory");
	while ((count = recv(fd, piece, sizeof(piece), 0)) > 0) {
		fwrite(piece, 1, (size_t)count, out);
		slice += (size_t)count;
		if (slice > SLICE_BYTES) {
			slice = 0;
			rest();
		}
	}
	fclose(out);
	return text;
}

static void
slow_readers(void)
{
	int fds[SLOW_CLIENTS];
	char *expected, *answer, *masked;
	const char *body;

	use_big();
	expected = conformance_body(&big, CONFORMANCE_METRICS);
	for (int i = 0; i < SLOW_CLIENTS; i++)
		fds[i] = connect_client(GET_METRICS);
	expect_others_are_served();
	answer = read_slowly(fds[0]);
	CU_ASSERT_EQUAL(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
	body = strstr(answer, "\r\n\r\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	masked = body_mask(body + 4, BODY_ANY_TIME);
	body_equal(masked, expected, "the body");
	free(masked);
	free(answer);
	free(expected);
	for (int i = 0; i < SLOW_CLIENTS; i++)
		close(fds[i]);
	expect_others_are_served();
	conformance_use(&conformance.responder);
}

/*
 * What is left of the body, and the whole answer: the program's, or that of a
 * server that could not pass on what the program did not wait for.
 */
static void
finish_slow_post(int fd)
{
	char rest_of_body[BODY_BYTES - 1], *answer;
	const char *body;
	long status = 0;

	memset(rest_of_body, 'x', sizeof(rest_of_body));
	/* Who was answered before the end may be cut off behind it. */
	fcgi_client_send_raw(fd, rest_of_body, sizeof(rest_of_body));
	answer = read_slowly(fd);
	CU_ASSERT_EQUAL(sscanf(answer, "HTTP/1.1 %ld ", &status), 1);
	CU_ASSERT_TRUE(status == 405 || status >= 500);
	body = strstr(answer, "\r\n\r\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	CU_ASSERT_TRUE(body_is_json(body + 4, strlen(body + 4)));
	CU_ASSERT_EQUAL(strncmp(body + 4, "{\"success\":false,", 17), 0);
	free(answer);
}

static void
slow_bodies(void)
{
	int fds[SLOW_CLIENTS];

	for (int i = 0; i < SLOW_CLIENTS; i++)
		fds[i] = connect_client(POST_METRICS_SLOWLY);
	expect_others_are_served();
	for (int i = 0; i < SLOW_CLIENTS; i++) {
		finish_slow_post(fds[i]);
		close(fds[i]);
	}
}

/* Nobody reads the bodies; no answer is cut off for it. */
static void
many_bodies(void)
{
	char body[BODY_BYTES + 1];

	memset(body, 'x', BODY_BYTES);
	body[BODY_BYTES] = '\0';
	for (int i = 0; i < POSTS; i++) {
		struct http_reply r;

		conformance_call(&r,
				 (struct http_call){.url = CONFORMANCE_METRICS,
						    .body = body});
		CU_ASSERT_EQUAL(r.rc, CURLE_OK);
		body_expect_error(&r, 405,
				  "Method POST is not allowed here; use GET or "
				  "HEAD");
		http_free(&r);
	}
}

static void
clients_that_leave(void)
{
	const struct responder *r = &conformance.responder;
	struct usage before, after;
	int fds[SLOW_CLIENTS];
	long asked;

	expect_others_are_served();
	before = usage_of(r->process->pid);
	source_set_fake(&conformance.fake, "slow_header&ms=300");
	asked = source_fake_count(&conformance.fake, "queries");
	for (int i = 0; i < SLOW_CLIENTS; i++)
		fds[i] = connect_client(GET_METRICS);
	while (source_fake_count(&conformance.fake, "queries") == asked)
		rest();
	for (int i = 0; i < SLOW_CLIENTS; i++)
		close(fds[i]);
	source_set_fake(&conformance.fake, "ok");
	expect_others_are_served();
	after = usage_settle(r->process->pid, &before);
	/* Connections to Prometheus are kept: one for each query thread. */
	CU_ASSERT_TRUE(after.threads <= before.threads);
	CU_ASSERT_TRUE(after.descriptors <= before.descriptors + 8);
}

/* --- under load ---------------------------------------------------------- */

/* There always are some inside, and fewer than what nginx takes for a flood. */
static struct crowd *
start_crowd(void)
{
	source_set_fake(&conformance.fake, "slow_header&ms=2");
	return crowd_start(
	    webserver_url(&conformance.server, CONFORMANCE_METRICS), CLIENTS);
}

static void
expect_none_lost(struct crowd *crowd)
{
	unsigned counts[CROWD_KIND__MAX];

	crowd_stop(crowd, counts);
	source_set_fake(&conformance.fake, "ok");
	CU_ASSERT_EQUAL(counts[CROWD_WRONG], 0);
	CU_ASSERT_EQUAL(counts[CROWD_REFUSED], 0);
	printf("# %u answers, 0 lost\n", counts[CROWD_RIGHT]);
}

static void
many_at_once(void)
{
	struct crowd *crowd = start_crowd();

	crowd_wait(crowd, ANSWERS);
	expect_none_lost(crowd);
}

static void
wait_for_policy(const char *policy)
{
	bool is_there = false;

	for (int i = 0; !is_there; i++) {
		struct http_reply r;

		harness_require(i < STEPS, "no new configuration");
		conformance_call(&r, (struct http_call){.url = "/api/livez"});
		is_there =
		    http_header(&r, "Referrer-Policy") != NULL &&
		    strcmp(http_header(&r, "Referrer-Policy"), policy) == 0;
		http_free(&r);
		if (!is_there)
			rest();
	}
}

/* A header tells when the new files count. */
static void
server_that_reloads(void)
{
	static const char *const policies[] = {"no-referrer", "same-origin",
					       "strict-origin", "no-referrer"};
	struct crowd *crowd = start_crowd();

	crowd_wait(crowd, SOME_ANSWERS);
	for (int i = 0; i < RELOADS; i++) {
		webserver_edit(&conformance.server,
			       &(struct webserver_change){
				   .file = conformance.kind->file_of_headers,
				   .from = policies[i],
				   .to = policies[i + 1]});
		conformance.kind->reload(&conformance.server);
		wait_for_policy(policies[i + 1]);
		crowd_wait(crowd, SOME_ANSWERS);
	}
	expect_none_lost(crowd);
}

/* As systemd does it: the socket stays, the requests wait. */
static void
responder_that_is_replaced(void)
{
	struct responder one = {.process = NULL};
	struct crowd *crowd;
	int listener = responder_listen(one.socket);

	responder_start_on(&one, listener, conformance.fake.url, NULL);
	conformance_use(&one);
	crowd = start_crowd();
	for (int i = 0; i < RELOADS; i++) {
		crowd_wait(crowd, SOME_ANSWERS);
		CU_ASSERT_EQUAL(process_stop(one.process), 0);
		responder_start_on(&one, listener, conformance.fake.url, NULL);
	}
	crowd_wait(crowd, SOME_ANSWERS);
	expect_none_lost(crowd);
	conformance_use(&conformance.responder);
	CU_ASSERT_EQUAL(process_stop(one.process), 0);
	close(listener);
}

const struct conformance_test conformance_load[] = {
    {"10,000 GPUs: all of them", "10,000 GPUs, byte for byte", big_answer},
    {"clients that read nothing, or slowly",
     "20 clients that read slowly hold nobody up", slow_readers},
    {"clients that send a body slowly",
     "20 clients that send a body slowly hold nobody up", slow_bodies},
    {"bodies that nobody reads", "200 POSTs of 900 bytes: 405, whole",
     many_bodies},
    {"clients that leave", "clients that leave", clients_that_leave},
    {"64 clients at once, on kept connections",
     "64 clients on kept connections", many_at_once},
    {"the server reloads: not one request is lost",
     "the server reloads under load: 0 lost", server_that_reloads},
    {"the responder is replaced: the same",
     "the responder restarts under load, its socket stays: 0 lost",
     responder_that_is_replaced},
    {NULL, NULL, NULL}};
