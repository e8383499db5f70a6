/*
 * Raw FastCGI over the responder's own socket: what nginx would never send.
 */
#ifndef SUPPORT_FCGI_CLIENT_H
#define SUPPORT_FCGI_CLIENT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	FCGI_CLIENT_BEGIN = 1,
	FCGI_CLIENT_ABORT = 2,
	FCGI_CLIENT_PARAMS = 4,
	FCGI_CLIENT_STDIN = 5
};

/* A new connection; bails out if there is none. */
int fcgi_client_connect(const char *socket);

/* The same at once, or -1 and errno: EAGAIN if too many wait already. */
int fcgi_client_try_connect(const char *socket);

/* One record of request 1. False if the peer has left. */
bool fcgi_client_send(int fd, unsigned type, const void *content,
		      size_t length);

/* Bytes as they are. */
bool fcgi_client_send_raw(int fd, const void *bytes, size_t length);

/* BEGIN_REQUEST for a responder, with or without FCGI_KEEP_CONN. */
bool fcgi_client_begin(int fd, bool keeps_connection);

/* The whole of a GET's parameters as content, into out; returns its length. The
 * path may have a query string behind it. */
size_t fcgi_client_params(char out[static 512], const char *path);

/* A complete GET. */
bool fcgi_client_get(int fd, const char *path);

/*
 * All that the responder sends on its standard output, header and body, up to
 * the end of the request or of the connection; to be freed.
 */
char *fcgi_client_receive(int fd);

/* The same; and the application's status, or -1 if the request has no end. */
char *fcgi_client_receive_status(int fd, long *status);

/* connect, get, receive and close; the answer goes to invariant_answer(). */
char *fcgi_client_fetch(const char *socket, const char *path);

/* The envelope of such an answer, which is to have that status; to be put. */
struct json_object *fcgi_client_fetch_json(const char *socket, const char *path,
					   unsigned status);

/* The same as fcgi_client_fetch for a client of that address; and the
 * application's status. */
char *fcgi_client_fetch_from(const char *socket, const char *path,
			     const char *address, long *status);

#endif
