/*
 * nginx with a copy of conf/nginx, as the calling user, in the directory of
 * the test.
 */
#ifndef SUPPORT_NGINX_H
#define SUPPORT_NGINX_H

#include <stdbool.h>
#include <stddef.h>

#include "support/process.h"
#include "support/webserver.h"

struct nginx_plan {
	const char *socket; /* of the responder; NULL: changes say where */
	const struct webserver_change *changes;
	size_t change_count;
	bool uses_example; /* example-server.conf instead of the snippet */
	bool caches;	   /* as installed; else each request is asked anew */
	bool has_metrics;  /* metrics.conf as well */
	bool has_index;	   /* index.conf as well */
	const char *page;  /* page.conf as well, for what page_place has put
			    * there; NULL: none */
	const char *http;  /* more lines of the http block, or NULL */
	/* More lines of the server block, but the example's, or NULL. */
	const char *server;
};

struct nginx {
	struct process *process;
	unsigned port; /* of plain HTTP; set before, or chosen if 0 */
	char url[64];  /* http://127.0.0.1:PORT */
	char access_log[HARNESS_PATH_BYTES]; /* id, status, method, path */
};

/*
 * Bails out if a change fits nothing, or nginx does not start. Returns once it
 * accepts connections.
 */
void nginx_start(struct nginx *out, const struct nginx_plan *plan);

/* The same with only a socket: the files as they are. */
void nginx_start_plain(struct nginx *out, const char *socket);

/* URL and path in one, in storage that the next call reuses. */
const char *nginx_url(const struct nginx *n, const char *path);

#endif
