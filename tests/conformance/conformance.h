/*
 * One suite for all web servers: what a client may expect whichever of them
 * stands before the program. Each has a test program of its own.
 */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include "support/http.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/webserver.h"

#define CONFORMANCE_METRICS "/api/v1/gpu/metrics"

struct conformance {
	const struct webserver_kind *kind;
	struct source fake;		 /* with 4 GPUs */
	struct responder responder;	 /* asks it */
	char socket[HARNESS_PATH_BYTES]; /* where the servers find one */
	struct webserver server;	 /* as installed, with /metrics */
	struct webserver strict;	 /* as edits_strict says */
};

extern struct conformance conformance;

/* A test, and the row of conf/README.md that it fills; NULL: another's. */
struct conformance_test {
	const char *name;
	const char *label;
	void (*run)(void);
};

/* These end with one without a name. */
extern const struct conformance_test conformance_answers[], conformance_load[];

/* Has the servers find this one from now on. */
void conformance_use(const struct responder *r);

/* Starts conformance.responder in the place of one that has ended. */
void conformance_start_responder(void);

/* One exchange with conformance.server; the call's url is a path here. */
void conformance_call(struct http_reply *r, struct http_call call);

/* The body that the responder itself gives, with its times masked. */
char *conformance_body(const struct responder *r, const char *path);

/*
 * That this id is in the access log of one of the servers: asserted by the
 * last test, since lighttpd writes its log every four seconds.
 */
void conformance_expect_id_later(const char *id);

/*
 * The exit status of a test program for this server; more tests of its own,
 * or NULL.
 */
int conformance_run(const struct webserver_kind *kind,
		    const struct conformance_test *own);

#endif
