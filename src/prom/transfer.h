/* One HTTP request by libcurl: options, limits, and what went wrong. */
#ifndef PROM_TRANSFER_H
#define PROM_TRANSFER_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/interest.h"
#include "prom/client.h"
#include "prom/round.h"
#include "prom/secret.h"
#include "prom/server.h"

enum {
	/* Of the parameters, and of a whole URL. */
	TRANSFER_URL_BYTES = 48 * 1024,
	/* More parameters are sent as a form: proxies cut lines of 8 kB. */
	TRANSFER_GET_BYTES = 6 * 1024,
	/* Prometheus' own errors quote the query. */
	TRANSFER_ERROR_BODY_BYTES = 16 * 1024
};

/* How each request is made. Does not change, but for the secrets' files. */
struct transfer_options {
	struct client_settings settings;
	struct curl_slist *headers;
	struct secret *token; /* or NULL, as the following */
	struct secret *password;
	atomic_llong stop_at_ms; /* no request lasts past this time */
};

/* Borrows the settings' texts. To be finished either way. */
enum err_code transfer_options_init(struct transfer_options *o,
				    const struct client_settings *settings,
				    struct err *e);

/* Safe on zeroed options. */
void transfer_options_fini(struct transfer_options *o);

/* What a request tells of the server. */
enum transfer_verdict {
	TRANSFER_UNKNOWN, /* nothing: it was our own trouble */
	TRANSFER_UP,	  /* it answered, be it with an error */
	TRANSFER_DOWN,	  /* it cannot answer: another one might */
	TRANSFER_LATE	  /* it did not answer in time */
};

/* What to ask. */
struct transfer_plan {
	struct transfer_options *options;
	const char *path;	      /* behind the server's URL */
	const struct buf *parameters; /* of a query; or NULL */
	bool tells_timeout; /* adds the time that is left as timeout= */
	bool is_range;	    /* ERR_LIMIT if it may not be answered */
	const struct interest *interest; /* ERR_GONE once lost; or NULL */
	struct round *round; /* whose time it adds as time=; or NULL */
	server_set excluded; /* who is not to be asked */
	int64_t deadline_ms;
	client_feed feed;
	void *context;
};

/* A request. Private, but for what is commented. */
struct transfer {
	const struct transfer_plan *plan;
	struct server *server;
	CURL *handle;
	bool *is_answered;
	int64_t start_ms;
	size_t received_bytes; /* of the body */
	size_t header_bytes;   /* 0: it has been silent so far */
	bool is_begun;
	bool is_answer; /* the header says: 200, JSON; feed was called */
	enum transfer_verdict verdict; /* once it has ended */
	struct err err;		       /* the outcome, once it has ended */
	char curl_error[CURL_ERROR_SIZE];
	size_t error_length;
	char error_body[TRANSFER_ERROR_BODY_BYTES];
};

/* What is left of the time; 0 or less if that is up. */
int64_t transfer_rest_ms(const struct transfer_plan *plan);

/*
 * Makes the handle ready to ask that server. Of all requests that share
 * is_answered, false at first, only the one whose answer begins first is fed;
 * the others fail. All but the transfer is borrowed until it ends. If it is
 * false, it has ended.
 */
bool transfer_begin(struct transfer *t, const struct transfer_plan *plan,
		    struct server *server, CURL *handle, bool *is_answered);

/*
 * libcurl is done with it: sets err and verdict. ERR_OK if a 200 answer came,
 * and feed took all of it.
 */
enum err_code transfer_end(struct transfer *t, CURLcode rc);

#endif
