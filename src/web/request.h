/* A request, read from the FastCGI parameters that the web server sent. */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* The value of a parameter, or NULL; valid while the request is. */
typedef const char *(*request_parameter)(const void *context, const char *name);

enum { REQUEST_ID_MAX_BYTES = 64 };

struct request {
	const char *method;
	const char *path;
	const char *query; /* without the question mark; may be empty */
	char id[REQUEST_ID_MAX_BYTES + 1]; /* fit for logs and headers */
	bool is_local;		   /* the client has a loopback address */
	const char *if_none_match; /* the header's value; may be empty */

	/* An HTTP date, if the web server has an answer already, but an old
	 * one; else empty. */
	const char *cached_since;

	/* How long it waited in the socket's queue; -1: the web server does not
	 * tell. */
	int64_t queued_us;
};

/*
 * Copies what it keeps into the arena. The path is DOCUMENT_URI (nginx), else
 * SCRIPT_NAME and PATH_INFO (RFC 3875); the id is REQUEST_ID if that is up to
 * 64 letters, digits, dots, dashes and underscores, else one of our own.
 * When the web server sent it, in Unix time by this machine's clock, is
 * REQUEST_SENT_S (nginx' $msec), REQUEST_SENT_MS (Caddy) or REQUEST_SENT_US
 * (Apache, with "t=" before it).
 * ERR_MEMORY is the only failure; the request is then still fit for logs.
 */
enum err_code request_parse(request_parameter get, const void *context,
			    struct arena *arena, struct request *out,
			    struct err *e);

#endif
