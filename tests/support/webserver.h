/*
 * Web servers, each with a copy of its files of conf/, as the calling user, on
 * a port and in a directory of its own. nginx.h is for tests that want more of
 * nginx.
 */
#ifndef SUPPORT_WEBSERVER_H
#define SUPPORT_WEBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "support/process.h"

/* What an operator would edit: every FROM in the file becomes TO. */
struct webserver_change {
	const char *file;
	const char *from;
	const char *to;
};

struct webserver_plan {
	const char *socket; /* of the responder */
	const struct webserver_change *changes;
	size_t change_count;
	bool has_metrics; /* the optional file as well */
	const char *page; /* where page_place has put it; NULL: none */
};

struct webserver {
	const struct webserver_kind *kind;
	struct process *process;
	unsigned port; /* of plain HTTP; set before, or chosen if 0 */
	char url[64];  /* http://127.0.0.1:PORT */
	char directory[HARNESS_PATH_BYTES];  /* of its configuration */
	char access_log[HARNESS_PATH_BYTES]; /* has the id of each request */
};

/* What differs from one web server to the next. */
struct webserver_kind {
	const char *name;	     /* as people write it */
	const char *program;	     /* and its directory below conf/ */
	const char *const *files;    /* to copy, ends with NULL */
	const char *main_file;	     /* what write_main writes */
	const char *file_of_headers; /* the one of files that sets them */
	const char *installed;	     /* is to be the directory; or NULL */
	void (*write_main)(FILE *out, const struct webserver *w,
			   const struct webserver_plan *plan);
	/* If it needs more than a copy of files and write_main. */
	void (*start_planned)(struct webserver *out,
			      const struct webserver_plan *plan);
	/* Starts the program, which stays in the foreground. */
	struct process *(*start)(const struct webserver *w);
	/* Has it read its files again; loses no request. */
	void (*reload)(const struct webserver *w);
};

extern const struct webserver_kind webserver_nginx, webserver_apache,
    webserver_lighttpd, webserver_caddy;

/*
 * Bails out if a change fits nothing, or the server does not start. Returns
 * once it accepts connections.
 */
void webserver_start(struct webserver *out, const struct webserver_kind *kind,
		     const struct webserver_plan *plan);

/* Edits a file of one that runs; a reload makes it count. */
void webserver_edit(const struct webserver *w,
		    const struct webserver_change *change);

/* URL and path in one, in storage that the next call reuses. */
const char *webserver_url(const struct webserver *w, const char *path);

/* --- the steps of a start, for nginx.c ----------------------------------- */

/* Chooses port, names and directory, and makes the directory. */
void webserver_place(struct webserver *out, const struct webserver_kind *kind);

/*
 * Copies a file of conf/ with those of the changes that are for it; own is one
 * more, and may be NULL.
 */
void webserver_copy(const struct webserver *w, const char *file,
		    const struct webserver_change *changes, size_t count,
		    const struct webserver_change *own);

/* NAME in the directory of the configuration, into path. */
void webserver_path(const struct webserver *w,
		    char path[static HARNESS_PATH_BYTES], const char *name);

/* Opens the main file, to be closed with webserver_run. */
FILE *webserver_open_main(const struct webserver *w);

/* Closes it, starts the server, and waits until it answers. */
void webserver_run(struct webserver *w, FILE *main_file);

#endif
