/*
 * FastCGI: takes requests off the listening socket on fd 0, in several
 * threads, until the process is told to stop. The only place that knows
 * libfcgi.
 */
#ifndef WEB_SERVE_H
#define WEB_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "web/handle.h"

struct serve_settings {
	const struct handle_settings *handle;
	unsigned threads; /* serve_threads */
};

/* True if fd 0 is a socket that listens, as spawn-fcgi and systemd pass it. */
bool serve_has_socket(void);

/* A number that no other socket of this machine has now: all processes that
 * were handed it see the same. */
uint64_t serve_socket_number(void);

/*
 * Blocks the signals that end the program, for this thread and those that it
 * starts: serve_run waits for them. Tells libfcgi, in the environment, how long
 * to wait for a peer. Raises the limit on descriptors as far as requests that
 * wait may need. To be called before any thread starts.
 */
void serve_prepare(void);

/* How many requests may wait at once, each with a descriptor; at least 1. After
 * serve_prepare. */
size_t serve_waiting_max(void);

/* How many threads there are to be if as many may ask Prometheus at once:
 * some never do, and answer whatever needs nobody. */
unsigned serve_threads(unsigned responder_threads);

struct serve_callbacks {
	void *context;
	/* First before any request is served. */
	void (*every_second)(void *context);
	/* Told once when the stop begins: no request may last past until_ms. */
	void (*stopping)(void *context, int64_t until_ms);
};

/*
 * Serves until SIGTERM, SIGINT, SIGQUIT or SIGUSR1, then finishes the requests
 * in flight. Does not return if a peer holds one up for longer than 9.5 s: the
 * process then exits with 0.
 */
enum err_code serve_run(const struct serve_settings *settings,
			const struct serve_callbacks *callbacks, struct err *e);

#endif
