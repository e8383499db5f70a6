#include "tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct tcp_crew {
	sem_t places;
	void (*serve)(int fd, void *context);
	void *context;
};

struct tcp_job {
	struct tcp_crew *crew;
	int fd;
};

static void
exit_now(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

void
tcp_exit_on_signals(void)
{
	struct sigaction leave = {.sa_handler = exit_now};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGTERM, &leave, NULL);
	sigaction(SIGINT, &leave, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static int
bind_and_listen(int fd, struct sockaddr_in *where)
{
	socklen_t size = sizeof(*where);
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return -1;
	if (bind(fd, (struct sockaddr *)where, size) != 0)
		return -1;
	if (listen(fd, SOMAXCONN) != 0)
		return -1;
	return getsockname(fd, (struct sockaddr *)where, &size);
}

int
tcp_listen(const char *address, unsigned port, unsigned *port_bound)
{
	struct sockaddr_in where = {.sin_family = AF_INET};
	int fd, saved;

	if (port > 65535 || inet_pton(AF_INET, address, &where.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	where.sin_port = htons((uint16_t)port);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	if (bind_and_listen(fd, &where) != 0) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	*port_bound = ntohs(where.sin_port);
	return fd;
}

void
tcp_announce(const char *address, unsigned port)
{
	printf("listening on %s:%u\n", address, port);
	fflush(stdout);
}

static void *
serve_one(void *argument)
{
	struct tcp_job *job = argument;
	struct tcp_crew *crew = job->crew;
	int fd = job->fd;

	free(job);
	crew->serve(fd, crew->context);
	close(fd);
	sem_post(&crew->places);
	return NULL;
}

static int
start_thread(struct tcp_crew *crew, int fd)
{
	struct tcp_job *job = malloc(sizeof(*job));
	pthread_attr_t attributes;
	pthread_t thread;
	int rc;

	if (job == NULL)
		return ENOMEM;
	*job = (struct tcp_job){crew, fd};
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attributes, serve_one, job);
	pthread_attr_destroy(&attributes);
	if (rc != 0)
		free(job);
	return rc;
}

/* A connection that ended early, or a shortage, must not end the server. */
static bool
passing_trouble(int number)
{
	switch (number) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		usleep(10000);
		return true;
	case EINTR:
	case EAGAIN:
	case ECONNABORTED:
	case EPROTO:
		return true;
	default:
		return false;
	}
}

static void
wait_for_place(sem_t *places)
{
	while (sem_wait(places) != 0)
		;
}

int
tcp_serve(int listener, unsigned connections_max,
	  void (*serve)(int fd, void *context), void *context)
{
	struct tcp_crew crew = {.serve = serve, .context = context};
	int fd, on = 1;

	if (sem_init(&crew.places, 0, connections_max) != 0)
		return -1;
	for (;;) {
		wait_for_place(&crew.places);
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			if (!passing_trouble(errno))
				return -1;
			sem_post(&crew.places);
			continue;
		}
		/* A small write must not wait for the ACK of the one before. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (start_thread(&crew, fd) != 0) {
			close(fd);
			sem_post(&crew.places);
		}
	}
}

static long long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits for an event until a deadline; false when it did not come. */
static bool
wait_event(int fd, short event, long long deadline_ms)
{
	struct pollfd waiting = {.fd = fd, .events = event};
	long long left;
	int rc;

	do {
		if ((left = deadline_ms - now_ms()) < 0)
			left = 0;
		rc = poll(&waiting, 1, (int)left);
	} while (rc < 0 && errno == EINTR);
	return rc > 0;
}

static bool
receive_more(struct tcp_request *request, int fd, long long deadline_ms)
{
	size_t space = sizeof(request->raw) - request->raw_length;
	ssize_t got;

	if (space == 0 || !wait_event(fd, POLLIN, deadline_ms))
		return false;
	got = recv(fd, request->raw + request->raw_length, space, 0);
	if (got <= 0)
		return false;
	request->raw_length += (size_t)got;
	return true;
}

bool
tcp_request_header(const struct tcp_request *request, const char *name,
		   char *value, size_t size)
{
	const char *line = request->head;
	size_t length = strlen(name);

	value[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		length = strcspn(line, "\r");
		snprintf(value, size, "%.*s", (int)length, line);
		return true;
	}
	return false;
}

/* The request line and what Connection asks for. */
static bool
parse_head(struct tcp_request *request)
{
	char value[64];
	int minor;

	/* The widths are TCP_METHOD_BYTES - 1 and TCP_TARGET_BYTES - 1. */
	if (sscanf(request->head, "%15s %16383s HTTP/1.%d", request->method,
		   request->target, &minor) != 3)
		return false;
	tcp_request_header(request, "Connection", value, sizeof(value));
	request->keep_alive = minor >= 1 && strcasecmp(value, "close") != 0;
	return true;
}

/* Moves the first bytes of raw into text, and forgets skip more of them. */
static void
take(struct tcp_request *request, char *text, size_t length, size_t skip)
{
	memcpy(text, request->raw, length);
	text[length] = '\0';
	request->raw_length -= length + skip;
	memmove(request->raw, request->raw + length + skip,
		request->raw_length);
}

bool
tcp_request_read(struct tcp_request *request, int fd)
{
	long long deadline_ms = now_ms() + TCP_TIMEOUT_MS;
	char *end, value[32];
	size_t body_length;

	while ((end = memmem(request->raw, request->raw_length, "\r\n\r\n",
			     4)) == NULL)
		if (!receive_more(request, fd, deadline_ms))
			return false;
	take(request, request->head, (size_t)(end - request->raw), 4);
	if (!parse_head(request))
		return false;
	tcp_request_header(request, "Content-Length", value, sizeof(value));
	body_length = strtoul(value, NULL, 10);
	if (body_length > sizeof(request->raw))
		return false;
	while (request->raw_length < body_length)
		if (!receive_more(request, fd, deadline_ms))
			return false;
	take(request, request->body, body_length, 0);
	return true;
}

bool
tcp_send(int fd, const void *bytes, size_t length)
{
	const char *next = bytes;
	ssize_t sent;

	while (length > 0) {
		sent = send(fd, next, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0) {
			next += sent;
			length -= (size_t)sent;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (!wait_event(fd, POLLOUT, now_ms() + TCP_TIMEOUT_MS))
				return false;
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

bool
tcp_wait(int fd, unsigned wait_ms)
{
	return !wait_event(fd, POLLRDHUP, now_ms() + wait_ms);
}

void
tcp_reset_on_close(int fd)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}
