/*
 * From a request's parameters to its reply and its log line. Knows neither
 * FastCGI nor sockets.
 */
#ifndef WEB_HANDLE_H
#define WEB_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/endpoint.h"
#include "base/arena.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/share.h"

/* Shared by all requests, but for progress, which is of one thread. */
struct handle_settings {
	const struct collector *collector;
	const struct endpoint_self *self;
	bool has_debug;
	struct progress *progress; /* or NULL */
	enum endpoint_command command;
	int64_t request_timeout_ms;
	int64_t health_timeout_ms;
	size_t max_response_bytes;
	size_t max_memory_bytes; /* of one request, without its answer */
	struct budget *budget;	 /* of all, with their answers */
	long long stale_if_error_s;
	struct share *share; /* or NULL: each request asks for itself */
};

/* A failure's envelope always fits, whatever the settings allow. */
enum { HANDLE_FAILURE_BYTES = 8192 };

/* One request's own memory and reply. */
struct handle {
	struct budget budget;
	struct arena arena;
	const struct handle_settings *settings;
	struct request request;
	const struct endpoint *endpoint; /* NULL: none was found */
	long long parameters[ENDPOINT_PARAMETERS_MAX];
	struct reply reply;
	struct err err;
	int64_t start_us, duration_us; /* once it has ended */
	size_t query_count;
	int64_t decode_us;
	struct share_answer *shared; /* has the body, or NULL */
	struct buf body;	     /* has it, if it is nobody else's */
	/* Of which a failure is made: even without memory. */
	char failure[HANDLE_FAILURE_BYTES];
};

/*
 * Always makes a reply. The handle's memory is to be returned with
 * handle_fini, after handle_end. The settings are borrowed until then.
 */
void handle_request(struct handle *h, const struct handle_settings *settings,
		    request_parameter get, const void *context);

/* Once the reply has been sent: counts the request, and writes its one line to
 * the log. */
void handle_end(struct handle *h);

void handle_fini(struct handle *h);

#endif
