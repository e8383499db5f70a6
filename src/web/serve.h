/*
 * FastCGI: takes requests off the listening socket on fd 0, in several
 * threads, until the process is told to stop. The only place that knows
 * libfcgi.
 */
#ifndef WEB_SERVE_H
#define WEB_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "web/handle.h"

struct serve_settings {
	const struct handle_settings *handle;
	unsigned threads;
	struct progress_board *board; /* with room for those, or NULL */
};

/* True if fd 0 is a socket that listens, as spawn-fcgi and systemd pass it. */
bool serve_has_socket(void);

/* A number that no other socket of this machine has now: all processes that
 * were handed it see the same. */
uint64_t serve_socket_number(void);

/*
 * Blocks the signals that end the program, for this thread and those that it
 * starts: serve_run waits for them. And tells libfcgi, in the environment, how
 * long to wait for a peer. To be called before any thread starts.
 */
void serve_prepare(void);

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
