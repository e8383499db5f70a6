/* The program under test, started as in the field. */
#ifndef SUPPORT_RESPONDER_H
#define SUPPORT_RESPONDER_H

#include <stdbool.h>

#include "support/process.h"

enum { RESPONDER_SETTINGS_MAX = 14, RESPONDER_VALUE_BYTES = 160 };

struct responder {
	struct process *process;
	char socket[HARNESS_PATH_BYTES];
};

/*
 * By spawn-fcgi on a socket of its own, with PROMETHEUS_URL and more settings
 * (NAME=value, ends with NULL, or NULL). Returns once it serves.
 */
void responder_start(struct responder *out, const char *prometheus_url,
		     const char *const *settings);

/* The same, several processes on the one socket, kept by multiwatch. */
void responder_start_several(struct responder *out, unsigned processes,
			     const char *prometheus_url,
			     const char *const *settings);

/* On a listening socket that the caller has opened and keeps. */
void responder_start_on(struct responder *out, int listener,
			const char *prometheus_url,
			const char *const *settings);

/*
 * Whatever it takes to run it: argv and env, which end with NULL, are all that
 * it gets. On a socket of its own; returns once it answers /api/livez.
 */
void responder_start_program(struct responder *out, const char *const *argv,
			     const char *const *env);

/* Opens such a socket in the test's directory; path is its name. */
int responder_listen(char path[static HARNESS_PATH_BYTES]);

/* Asks on the socket; tells whether that status came, and prints it if not. */
bool responder_answers(const struct responder *r, const char *path,
		       unsigned status);

/*
 * The log line of the request with that id, to be freed; NULL if it does not
 * come. The line is written after the answer.
 */
char *responder_log_line(const struct responder *r, const char *request_id);

#endif
