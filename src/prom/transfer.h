/* One HTTP request by libcurl: options, limits, and what went wrong. */
#ifndef PROM_TRANSFER_H
#define PROM_TRANSFER_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "prom/client.h"
#include "prom/secret.h"
#include "prom/upstream.h"

/* Prometheus' own errors quote the query. */
enum { TRANSFER_ERROR_BODY_BYTES = 16 * 1024 };

/* How each request is made. Does not change, but for the secrets' files. */
struct transfer_options {
	char *agent;
	size_t max_bytes; /* of an answer's body */
	struct curl_slist *headers;
	struct secret *token; /* or NULL, as the following */
	char *user;
	struct secret *password;
	char *ca_file;
	char *cert_file;
	char *key_file;
	char *proxy; /* empty for none, whatever the environment says */
	atomic_llong stop_at_ms; /* no request lasts past this time */
};

/* Copies the settings. To be finished either way. */
enum err_code transfer_options_init(struct transfer_options *o,
				    const struct client_settings *settings,
				    struct err *e);

/* Safe on zeroed options. */
void transfer_options_fini(struct transfer_options *o);

/* A request. The caller sets the first eight, and zeroes the rest. */
struct transfer {
	struct transfer_options *options;
	struct upstream *server;
	bool is_probe; /* goes on where others give up on a silent server */
	CURL *handle;
	int64_t deadline_ms;
	client_feed feed;
	void *context;
	struct err *err;

	int64_t start_ms;
	size_t received_bytes;
	size_t header_bytes;
	bool is_answer; /* the header says: 200, JSON; feed was called */
	bool is_down;	/* the server cannot answer: another one might */
	bool is_up;	/* it answered, be it with an error */
	bool is_begun;
	char curl_error[CURL_ERROR_SIZE];
	size_t error_length;
	char error_body[TRANSFER_ERROR_BODY_BYTES];
};

/* What is left of its time; 0 or less if that is up. */
int64_t transfer_rest_ms(const struct transfer *t);

/* ERR_OK if a 200 answer came, and feed took all of it. */
enum err_code transfer_perform(struct transfer *t, const char *url);

#endif
