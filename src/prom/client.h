/*
 * Asks Prometheus one thing at a time over a connection that is kept, by
 * libcurl, which nobody above knows.
 */
#ifndef PROM_CLIENT_H
#define PROM_CLIENT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/histogram.h"
#include "base/interest.h"
#include "prom/query.h"
#include "prom/round.h"
#include "prom/server.h"

/* Where Prometheus is, and how to ask it; shared by all sessions. */
struct client;

/* A connection, to be used by one thread at a time. */
struct client_session;

/* What came of all queries, by outcome; and how long those took that were
 * asked: the others fail at once, while all servers are silent. */
struct client_stats {
	atomic_ullong outcomes[ERR__MAX];
	struct histogram duration;
};

struct client_settings {
	const char *urls;	  /* of Prometheus: server_init */
	const char *agent;	  /* what we call ourselves: name/version */
	size_t max_bytes;	  /* of one answer's body */
	int64_t probe_timeout_ms; /* who takes longer for nothing is silent */

	/* NULL where there is none. */
	const char *headers;	/* headers_read */
	const char *token_file; /* a bearer token */
	const char *user;	/* for basic authentication, with ... */
	const char *password_file;
	const char *ca_file;   /* who signed the server's certificate */
	const char *cert_file; /* our own */
	const char *key_file;  /* and its key */
	const char *proxy;     /* a URL */

	struct client_stats *stats; /* borrowed, or NULL */
};

/*
 * Takes the next bytes of a 200 answer's JSON body; any other result than
 * ERR_OK ends the query with it.
 */
typedef enum err_code (*client_feed)(void *context, const char *bytes,
				     size_t length, struct err *e);

/* There is no more of a body: whether that was a whole answer. */
typedef enum err_code (*client_finish)(void *context, struct err *e);

struct client_query {
	/* Set by the caller, borrowed until the query has ended. */
	const char *promql;
	client_feed feed;
	client_finish finish;
	void *context;
	const struct query_range *range; /* or NULL: an instant query */
	const struct interest *interest; /* ERR_GONE once lost; or NULL */
	struct round *round;		 /* with whom it is asked; or NULL */
	server_set allowed;		 /* who may be asked; 0: anybody */

	/* The outcome: who was asked, and whose answer it is, if it is one. err
	 * is ERR_OK if a 200 answer came completely, and both functions took
	 * it. */
	server_set asked, answered;
	struct err err;
	int64_t duration_us;
	size_t received_bytes;
};

/* Once, before any other thread runs. */
enum err_code client_global_init(struct err *e);
void client_global_fini(void);

/*
 * Asks nothing yet; starts the threads that will ask servers in trouble. The
 * settings' texts are borrowed until client_free, but for the URLs. ERR_SETTING
 * if one is wrong, or a file cannot be read.
 */
enum err_code client_new(const struct client_settings *settings,
			 struct client **out, struct err *e);

/* No session may be left. NULL is fine. */
void client_free(struct client *c);

/* The URLs without user and password: fit for logs and messages. */
const char *client_url(const struct client *c);

/* How many servers there are. */
size_t client_server_count(const struct client *c);

/* server_to_keep, of its servers. */
server_set client_server_to_keep(const struct client *c, server_set answered,
				 server_set failed);

/* How many of the servers are in that state. */
size_t client_count_servers(const struct client *c, enum server_state state);

/*
 * From now on no query lasts past that time (clock_now_ms): for an orderly
 * stop, so that requests in flight are answered before the process ends. Any
 * thread may call it.
 */
void client_stop_at(struct client *c, int64_t time_ms);

/* Connects when first asked. NULL if there is no memory. */
struct client_session *client_session_new(struct client *c);

/* NULL is fine. */
void client_session_free(struct client_session *s);

/*
 * Asks and sets the query's outcome, at the latest at the deadline
 * (clock_now_ms), which is passed on to Prometheus. If the server is down or
 * silent, the next one is asked: hedge_ask. While all are silent the outcome is
 * ERR_NOT_READY, at once.
 */
void client_ask(struct client_session *s, struct client_query *q,
		int64_t deadline_ms);

/* The server's version, from /api/v1/status/buildinfo, into out. */
enum err_code client_version(struct client_session *s, int64_t deadline_ms,
			     char *out, size_t out_bytes, struct err *e);

#endif
