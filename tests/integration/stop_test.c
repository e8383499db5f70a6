/*
 * Stopping: requests in flight are answered, the exit status is 0, and it
 * takes no more than ten seconds, whatever a peer does.
 */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/fcgi_client.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define METRICS "/api/v1/gpu/metrics"

/* Ten seconds, and one in which a busy machine takes notice. */
enum { STOP_LIMIT_MS = 11000 };

static struct source fake;

static bool
works(const char *socket)
{
	char *text = fcgi_client_fetch(socket, METRICS);
	bool is_ok = strncmp(text, "Status: 200 OK\r\n", 16) == 0;

	free(text);
	return is_ok;
}

static void
expect_exit(struct responder *r, int number)
{
	process_signal(r->process, number);
	CU_ASSERT_EQUAL(process_wait(r->process, STOP_LIMIT_MS), 0);
}

static void
idle(void)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGUSR1};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct responder r;

		responder_start(&r, fake.url, NULL);
		CU_ASSERT_TRUE(works(r.socket));
		expect_exit(&r, numbers[i]);
	}
}

static void
told_twice(void)
{
	struct responder r;

	responder_start(&r, fake.url, NULL);
	process_signal(r.process, SIGTERM);
	process_signal(r.process, SIGTERM);
	expect_exit(&r, SIGINT);
}

/* Sends a request, and returns once its queries have reached the fake. */
static int
start_request(const struct responder *r, const struct source *source)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	long before = source_fake_count(source, "queries");
	int fd = fcgi_client_connect(r->socket);

	harness_require(fcgi_client_get(fd, METRICS), "no request");
	while (source_fake_count(source, "queries") < before + 8)
		nanosleep(&pause, NULL);
	return fd;
}

static void
expect_answer(int fd, const char *status)
{
	char *text = fcgi_client_receive(fd), *body, *length;

	CU_ASSERT_EQUAL(strncmp(text, status, strlen(status)), 0);
	body = strstr(text, "\r\n\r\n");
	length = strstr(text, "Content-Length: ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	CU_ASSERT_PTR_NOT_NULL_FATAL(length);
	CU_ASSERT_EQUAL(strlen(body + 4), strtoul(length + 16, NULL, 10));
	free(text);
	close(fd);
}

/* Stops what has been started meanwhile. */
static void
stop_in_flight(struct responder *r, int number)
{
	int fd;

	CU_ASSERT_TRUE(works(r->socket));
	source_set_fake(&fake, "slow_header&ms=1000");
	fd = start_request(r, &fake);
	process_signal(r->process, number);
	expect_answer(fd, "Status: 200 OK\r\n");
	CU_ASSERT_EQUAL(process_wait(r->process, STOP_LIMIT_MS), 0);
	source_set_fake(&fake, "ok");
}

static void
request_in_flight(int number)
{
	struct responder r;

	responder_start(&r, fake.url, NULL);
	stop_in_flight(&r, number);
}

static void
in_flight_sigterm(void)
{
	request_in_flight(SIGTERM);
}

static void
in_flight_sigint(void)
{
	request_in_flight(SIGINT);
}

static void
in_flight_sigquit(void)
{
	request_in_flight(SIGQUIT);
}

static void
in_flight_sigusr1(void)
{
	request_in_flight(SIGUSR1);
}

/* multiwatch tells its children with a signal of its own choice. */
static void
in_flight_multiwatch(void)
{
	struct responder r;

	responder_start_several(&r, 2, fake.url, NULL);
	stop_in_flight(&r, SIGTERM);
}

/* A process that was told to stop while something holds it up. */
struct stall {
	struct source source;
	struct responder responder;
	int fd;
};

/* Who gives up on a peer leaves threads behind on purpose. */
#define NO_LEAK_REPORT "TSAN_OPTIONS=report_thread_leaks=0"

static struct stall endless_source, half_params, deaf_peer;

/* The deadline is far away; the stop's own limit comes first. */
static void
stall_source(struct stall *s)
{
	static const char *const settings[] = {"REQUEST_TIMEOUT_MS=60000",
					       NULL};

	source_start_fake(&s->source, NULL);
	responder_start(&s->responder, s->source.url, settings);
	harness_require(works(s->responder.socket), "no answer");
	source_set_fake(&s->source, "slow_header");
	s->fd = start_request(&s->responder, &s->source);
}

static void
stall_params(struct stall *s)
{
	static const char *const settings[] = {NO_LEAK_REPORT, NULL};
	char params[512];
	size_t length = fcgi_client_params(params, METRICS);

	responder_start(&s->responder, fake.url, settings);
	s->fd = fcgi_client_connect(s->responder.socket);
	harness_require(fcgi_client_begin(s->fd, false) &&
			    fcgi_client_send(s->fd, FCGI_CLIENT_PARAMS, params,
					     length / 2) &&
			    works(s->responder.socket),
			"no half of the parameters");
}

/* More than a socket's buffers hold, and nobody reads it. */
static void
stall_reading(struct stall *s)
{
	static const char *const settings[] = {
	    NO_LEAK_REPORT, "REQUEST_TIMEOUT_MS=60000", NULL};
	static const char *const size[] = {"--gpus-total", "5000", NULL};

	source_start_fake(&s->source, size);
	responder_start(&s->responder, s->source.url, settings);
	s->fd = fcgi_client_connect(s->responder.socket);
	harness_require(fcgi_client_get(s->fd, METRICS) &&
			    works(s->responder.socket),
			"no answer to leave unread");
}

/* All at once, since each may take its ten seconds. */
static void
start_stalls(void)
{
	stall_source(&endless_source);
	stall_params(&half_params);
	stall_reading(&deaf_peer);
	process_signal(endless_source.responder.process, SIGTERM);
	process_signal(half_params.responder.process, SIGTERM);
	process_signal(deaf_peer.responder.process, SIGTERM);
}

static void
source_never_answers(void)
{
	struct stall *s = &endless_source;

	expect_answer(s->fd, "Status: 504 Gateway Timeout\r\n");
	CU_ASSERT_EQUAL(process_wait(s->responder.process, STOP_LIMIT_MS), 0);
}

static void
peer_stalls_in_params(void)
{
	struct process *p = half_params.responder.process;

	CU_ASSERT_EQUAL(process_wait(p, STOP_LIMIT_MS), 0);
	close(half_params.fd);
}

static void
peer_reads_nothing(void)
{
	struct process *p = deaf_peer.responder.process;

	CU_ASSERT_EQUAL(process_wait(p, STOP_LIMIT_MS), 0);
	close(deaf_peer.fd);
}

static void
others_on_the_socket_go_on(void)
{
	char path[HARNESS_PATH_BYTES];
	int listener = responder_listen(path);
	struct responder r[3];

	for (int i = 0; i < 3; i++)
		responder_start_on(&r[i], listener, fake.url, NULL);
	expect_exit(&r[0], SIGTERM);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_TRUE(works(path));
	process_signal(r[1].process, SIGKILL);
	CU_ASSERT_EQUAL(process_wait(r[1].process, STOP_LIMIT_MS),
			PROCESS_SIGNAL + SIGKILL);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_TRUE(works(path));
	responder_start_on(&r[0], listener, fake.url, NULL);
	expect_exit(&r[2], SIGTERM);
	CU_ASSERT_TRUE(works(path));
	expect_exit(&r[0], SIGTERM);
	close(listener);
}

/* Some supervisors pass a socket that does not wait: threads would spin. */
static void
socket_that_does_not_wait(void)
{
	char path[HARNESS_PATH_BYTES];
	int listener = responder_listen(path);
	struct responder r;

	fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
	responder_start_on(&r, listener, fake.url, NULL);
	CU_ASSERT_TRUE(works(path));
	/* The flag is the socket's, whoever sets it. */
	CU_ASSERT_EQUAL(fcntl(listener, F_GETFL) & O_NONBLOCK, 0);
	expect_exit(&r, SIGTERM);
	close(listener);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"SIGTERM while Prometheus never answers: 504, and the end",
	     source_never_answers},
	    {"SIGTERM while a peer stalls in its parameters",
	     peer_stalls_in_params},
	    {"SIGTERM while a peer reads nothing", peer_reads_nothing},
	    {"idle: SIGTERM, SIGINT, SIGQUIT, SIGUSR1 end it with 0", idle},
	    {"told more than once", told_twice},
	    {"SIGTERM: a request in flight gets its 200", in_flight_sigterm},
	    {"SIGINT: the same", in_flight_sigint},
	    {"SIGQUIT: the same", in_flight_sigquit},
	    {"SIGUSR1: the same", in_flight_sigusr1},
	    {"SIGTERM to multiwatch: the same", in_flight_multiwatch},
	    {"the others on the socket go on", others_on_the_socket_go_on},
	    {"a socket that does not wait", socket_that_does_not_wait},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	start_stalls();
	return suite_run("stop", tests);
}
