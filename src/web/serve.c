#include "web/serve.h"

#include <assert.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/closer.h"
#include "web/records.h"

enum {
	LISTEN_FD = 0,
	/* How often an idle thread looks whether it is to stop. */
	ACCEPT_TIMEOUT_MS = 250,
	/* The wait after an accept that failed for lack of resources. */
	ACCEPT_RETRY_MS = 100,
	ACCEPT_LOG_MS = 1000,
	/* How often the end of the threads is looked for, and whether those
	 * that wait have their answers. */
	JOIN_RETRY_MS = 5,
	HELP_RETRY_MS = 5,
	/* The answers are to be ready by then, and the process gone by then.
	 * Queries notice up to a second later: client_stop_at. */
	STOP_ANSWER_MS = 8000,
	STOP_EXIT_MS = 9500,
	HEADER_MAX_BYTES = 1024,
	/* libfcgi buffers it. */
	SHORT_BYTES = 4096,
	/* More than any web server lets through: conf/. */
	BODY_MAX_BYTES = 64 * 1024,
	/* For how long what a client sends is read behind its answer. */
	LINGER_MS = 2000,
	/* Threads that take requests while all others ask Prometheus. Two, so
	 * that one peer that stalls in the middle of its request stops nobody.
	 */
	SPARE_THREADS = 2,
	/* Of the descriptors, for all but waiting requests: connections to
	 * Prometheus, files, requests that are worked on. */
	OTHER_DESCRIPTORS = 512,
	WAITING_MAX = 4096
};

/* In milliseconds. */
#define CLOSE_TIMEOUT_MS "100"

/* A request and its connection. */
struct task {
	struct handle handle;
	FCGX_Request request;
};

struct worker {
	const struct handle_settings *settings;
	struct closer *closer;
	struct handle_thread own;
	pthread_t thread;
};

static atomic_bool is_stopping;

bool
serve_has_socket(void)
{
	int is_listening = 0;
	socklen_t length = sizeof(is_listening);

	return getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &is_listening,
			  &length) == 0 &&
	       is_listening;
}

uint64_t
serve_socket_number(void)
{
	struct stat socket;

	return fstat(LISTEN_FD, &socket) == 0 ? (uint64_t)socket.st_ino : 0;
}

static void
stop_signals(sigset_t *out)
{
	sigemptyset(out);
	sigaddset(out, SIGTERM);
	sigaddset(out, SIGINT);
	/* What multiwatch stops its children with, and what its version 1.0.0
	 * does so with when told to use SIGTERM. */
	sigaddset(out, SIGUSR1);
	sigaddset(out, SIGQUIT);
}

/* The soft limit is for programs that select(). libfcgi, libcurl and this one
 * poll, and each request that waits is a connection. */
static void
raise_descriptor_limit(void)
{
	enum { WANTED = WAITING_MAX + OTHER_DESCRIPTORS };
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= WANTED)
		return;
	files.rlim_cur = files.rlim_max < WANTED ? files.rlim_max : WANTED;
	setrlimit(RLIMIT_NOFILE, &files);
}

void
serve_prepare(void)
{
	sigset_t signals;

	stop_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	/* How long libfcgi waits for a peer to close when all is sent: two
	 * seconds by default. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_TIMEOUT_MS, 0);
	raise_descriptor_limit();
}

size_t
serve_waiting_max(void)
{
	struct rlimit files;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return 1;
	most = files.rlim_cur > 2 * OTHER_DESCRIPTORS
		   ? files.rlim_cur - OTHER_DESCRIPTORS
		   : files.rlim_cur / 2;
	return most < WAITING_MAX ? (size_t)most : (size_t)WAITING_MAX;
}

unsigned
serve_threads(unsigned responder_threads)
{
	return responder_threads + SPARE_THREADS;
}

static const char *
get_parameter(const void *context, const char *name)
{
	const FCGX_Request *request = context;

	return FCGX_GetParam(name, request->envp);
}

/* What libfcgi holds of them. */
static size_t
parameter_bytes(const FCGX_Request *request)
{
	/* A pointer, and what malloc adds. */
	enum { EACH_BYTES = 40 };
	size_t bytes = 0;

	for (char **at = request->envp; *at != NULL; at++)
		bytes += strlen(*at) + EACH_BYTES;
	return bytes;
}

/* A client may be slow at it. */
static bool
has_body(FCGX_Request *request)
{
	const char *length = get_parameter(request, "CONTENT_LENGTH");

	return length != NULL && *length != '\0' && strcmp(length, "0") != 0;
}

/*
 * No endpoint wants a body, and nobody waits for a client to send one. But its
 * end comes from the web server, and one that found the connection closed while
 * it sends that would call it an error. And on a connection that the web server
 * keeps, what is left of a body would be taken for the next request.
 */
static void
skip_body(FCGX_Request *request)
{
	char piece[4096];
	size_t skipped = 0;

	while (skipped < BODY_MAX_BYTES &&
	       FCGX_GetStr(piece, sizeof(piece), request->in) == sizeof(piece))
		skipped += sizeof(piece);
}

static bool
put(FCGX_Request *request, const char *text, size_t length)
{
	return FCGX_PutStr(text, (int)length, request->out) >= 0;
}

/* A peer that is gone is nobody's fault: nginx leaves early on a HEAD. What is
 * short is written at once with the request's end. */
static void
send_reply(FCGX_Request *request, const struct handle *h)
{
	const struct reply *reply = &h->reply;
	size_t body_bytes = reply_body_bytes(reply);
	bool is_long = body_bytes > SHORT_BYTES || reply->body->piece_count > 0;
	char storage[HEADER_MAX_BYTES];
	struct buf header;

	buf_use(&header, storage, sizeof(storage));
	reply_write_header(reply, &header);
	if (buf_status(&header) != ERR_OK)
		return;
	if (is_long && body_bytes > 0)
		records_write(request->ipcFd, request->requestId, &header,
			      reply->body);
	else if (put(request, header.data, header.length) && body_bytes > 0)
		put(request, reply->body->data, body_bytes);
}

static void
rest(long ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

/* NULL: no memory for one. */
static struct task *
new_task(void)
{
	struct task *t = malloc(sizeof(*t));

	if (t != NULL)
		FCGX_InitRequest(&t->request, LISTEN_FD, 0);
	return t;
}

static void
free_task(struct task *t)
{
	if (t != NULL)
		FCGX_Free(&t->request, 1);
	free(t);
}

/*
 * libfcgi would wait for the peer to close, lest what a client still sends
 * costs it the answer. With all of the request read there is no need; for the
 * others somebody else does.
 */
static void
close_request(struct worker *w, FCGX_Request *request)
{
	int fd = -1;

	if (!request->keepConnection) {
		if (has_body(request))
			fd = dup(request->ipcFd);
		FCGX_Detach(request);
	}
	FCGX_Finish_r(request);
	if (fd >= 0)
		closer_take(w->closer, fd);
}

static void
finish_task(struct worker *w, struct task *t)
{
	struct handle *h = &t->handle;

	/* For health checks by FastCGI; web servers go by the header. */
	FCGX_SetExitStatus(h->reply.outcome == ERR_OK ? 0 : 1, t->request.out);
	send_reply(&t->request, h);
	close_request(w, &t->request);
	handle_end(h);
	handle_fini(h);
}

/*
 * Those that waited have their answers now, or it is their turn. Their
 * connections end with them, also if the web server would keep them: a thread
 * that read the next request there would not come to the others.
 */
static void
finish_waiting(struct worker *w)
{
	struct handle *h;

	while ((h = handle_next(w->settings, &w->own)) != NULL) {
		static_assert(offsetof(struct task, handle) == 0,
			      "a handle is its task");
		struct task *t = (struct task *)h;

		finish_task(w, t);
		free_task(t);
	}
}

/* When the process stops there is nothing else to do, and little time. */
static void
help_until_nobody_waits(struct worker *w)
{
	while (handle_has_waiting(w->settings)) {
		finish_waiting(w);
		rest(HELP_RETRY_MS);
	}
}

/* False: it waits, and belongs to nobody. */
static bool
serve_one(struct worker *w, struct task *t)
{
	const struct handle_input input = {.get = get_parameter,
					   .context = &t->request,
					   .parameter_bytes =
					       parameter_bytes(&t->request),
					   .fd = t->request.ipcFd};

	if (t->request.keepConnection || !has_body(&t->request))
		skip_body(&t->request);
	if (!handle_request(&t->handle, w->settings, &w->own, &input))
		return false;
	finish_task(w, t);
	return true;
}

/* No descriptors or memory left: others may return theirs. */
static void
wait_for_resources(int error)
{
	static atomic_llong next_log_ms;
	struct log_line l;

	if (log_is_due(&next_log_ms, ACCEPT_LOG_MS)) {
		log_start(&l, LOG_WARN, "accept failed, trying again");
		log_text(&l, "detail", strerror(error));
		log_write(&l);
	}
	rest(ACCEPT_RETRY_MS);
}

static void *
worker_thread(void *context)
{
	struct worker *w = context;
	struct task *t = NULL;

	while (!atomic_load(&is_stopping)) {
		int rc;

		if (t == NULL)
			t = new_task();
		rc = t != NULL ? FCGX_Accept_r(&t->request) : -ENOMEM;
		if (rc == 0 && !serve_one(w, t))
			t = NULL;
		else if (rc != 0 && rc != -EAGAIN && rc != -EINTR)
			wait_for_resources(-rc);
		/* Also when nobody came: it may be that somebody else has many
		 * to finish, whose clients are slow to read. */
		finish_waiting(w);
	}
	free_task(t);
	help_until_nobody_waits(w);
	return NULL;
}

/*
 * libfcgi's accept cannot be woken reliably, and a shutdown of the socket
 * would stop the other processes that share it; with a time-out on the socket
 * each thread comes up for air by itself.
 */
static enum err_code
prepare_socket(struct err *e)
{
	const struct timeval timeout = {.tv_usec = ACCEPT_TIMEOUT_MS * 1000};
	int flags = fcntl(LISTEN_FD, F_GETFL);

	if (FCGX_Init() != 0)
		return err_set(e, ERR_SETTING, "libfcgi does not start");
	/* A socket that does not wait would have the threads spin. */
	if (flags < 0 || fcntl(LISTEN_FD, F_SETFL, flags & ~O_NONBLOCK) != 0)
		return err_set(e, ERR_SETTING, "cannot use the socket: %s",
			       strerror(errno));
	/* FCGX_Init sets a handler of its own, so this comes after it. */
	signal(SIGPIPE, SIG_IGN);
	if (setsockopt(LISTEN_FD, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		       sizeof(timeout)) != 0)
		return err_set(e, ERR_SETTING,
			       "cannot set a time-out on the socket: %s",
			       strerror(errno));
	return ERR_OK;
}

static void
log_event(const char *msg, const char *key, const char *value)
{
	struct log_line l;

	log_start(&l, LOG_INFO, msg);
	log_text(&l, key, value);
	log_number(&l, "pid", getpid());
	log_write(&l);
}

/* Ends the process if the threads do not end in time. */
static void
join_workers(struct worker *workers, unsigned count)
{
	int64_t limit_ms = clock_now_ms() + STOP_EXIT_MS;

	for (unsigned i = 0; i < count; i++)
		while (pthread_tryjoin_np(workers[i].thread, NULL) != 0) {
			if (clock_now_ms() > limit_ms) {
				log_event("stopped, leaving a peer that stalls",
					  "reason", "time limit");
				_exit(EXIT_SUCCESS);
			}
			rest(JOIN_RETRY_MS);
		}
}

static enum err_code
start_workers(struct worker *workers, const struct serve_settings *settings,
	      struct closer *closer, unsigned *started, struct err *e)
{
	int rc = 0;

	for (*started = 0; *started < settings->threads; ++*started) {
		struct worker *w = &workers[*started];

		w->settings = settings->handle;
		w->closer = closer;
		rc = pthread_create(&w->thread, NULL, worker_thread, w);
		if (rc != 0)
			return err_set(e, ERR_SETTING,
				       "cannot start %u responder threads: %s",
				       settings->threads, strerror(rc));
	}
	return ERR_OK;
}

static void
wait_for_signal(const struct serve_callbacks *callbacks)
{
	const struct timespec second = {.tv_sec = 1};
	sigset_t signals;
	int number;

	stop_signals(&signals);
	while ((number = sigtimedwait(&signals, NULL, &second)) < 0)
		callbacks->every_second(callbacks->context);
	log_event("stopping", "signal", strsignal(number));
}

enum err_code
serve_run(const struct serve_settings *settings,
	  const struct serve_callbacks *callbacks, struct err *e)
{
	struct worker *workers = calloc(settings->threads, sizeof(*workers));
	struct closer *closer = NULL;
	unsigned started = 0;
	enum err_code code;

	if (workers == NULL)
		return err_set_memory(e);
	callbacks->every_second(callbacks->context);
	code = prepare_socket(e);
	if (code == ERR_OK)
		code = closer_new(LINGER_MS, &closer, e);
	if (code == ERR_OK)
		code = start_workers(workers, settings, closer, &started, e);
	if (code == ERR_OK) {
		log_event("ready", "socket", "fd 0");
		wait_for_signal(callbacks);
	}
	atomic_store(&is_stopping, true);
	callbacks->stopping(callbacks->context,
			    clock_now_ms() + STOP_ANSWER_MS);
	join_workers(workers, started);
	closer_free(closer);
	free(workers);
	return code;
}
