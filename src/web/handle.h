/*
 * From a request's parameters to its reply and its log line. Knows neither
 * FastCGI nor sockets.
 */
#ifndef WEB_HANDLE_H
#define WEB_HANDLE_H

#include <stddef.h>
#include <stdint.h>

#include "api/endpoint.h"
#include "base/arena.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/share.h"

/* Shared by all requests. */
struct handle_settings {
	const struct collector *collector;
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
	struct request request;
	struct reply reply;
	struct err err;
	int64_t start_us;
	size_t query_count;
	struct call_stages stages;
	struct share *share;
	struct share_answer *shared; /* has the body, or NULL */
	struct buf body;	     /* has it, if it is nobody else's */
	/* Of which a failure is made: even without memory. */
	char failure[HANDLE_FAILURE_BYTES];
};

/*
 * Always makes a reply. The handle's memory is to be returned with
 * handle_fini, after handle_log.
 */
void handle_request(struct handle *h, const struct handle_settings *settings,
		    request_parameter get, const void *context);

/* The one line that each request gets; once the reply has been sent. */
void handle_log(const struct handle *h);

void handle_fini(struct handle *h);

#endif
