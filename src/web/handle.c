#include "web/handle.h"

#include <string.h>

#include "api/endpoint.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/route.h"

/* A failure's envelope always fits, whatever the settings allow. */
enum { ERROR_BODY_BYTES = 8192 };

static int64_t
deadline_ms(const struct handle *h, const struct handle_settings *settings,
	    const struct endpoint *endpoint)
{
	int64_t timeout_ms = endpoint->deadline == ENDPOINT_DEADLINE_HEALTH
				 ? settings->health_timeout_ms
				 : settings->request_timeout_ms;

	return h->start_us / 1000 + timeout_ms;
}

static enum err_code
answer(struct handle *h, const struct handle_settings *settings,
       const struct endpoint *endpoint)
{
	struct endpoint_call call = {
	    .collector = settings->collector,
	    .command = settings->command,
	    .collect = {.arena = &h->arena,
			.request_id = h->request.id,
			.deadline_ms = deadline_ms(h, settings, endpoint)}};
	enum err_code code;

	h->reply.is_cacheable = endpoint->is_cacheable;
	code = endpoint_answer(endpoint, &call, &h->reply.body, &h->err);
	h->query_count = call.collect.query_count;
	h->stages = call.collect.stages;
	return code;
}

static enum err_code
find_and_answer(struct handle *h, const struct handle_settings *settings,
		request_parameter get, const void *context,
		const char **failure)
{
	const struct endpoint *endpoint;
	enum err_code code;

	if ((code = request_parse(get, context, &h->arena, &h->request,
				  &h->err)) != ERR_OK ||
	    (code = route_find(&h->request, &endpoint, &h->err)) != ERR_OK ||
	    (code = request_check_query(&h->request, &h->err)) != ERR_OK)
		return code;
	*failure = endpoint->failure;
	return answer(h, settings, endpoint);
}

/* What the client has already need not be sent. */
static void
prepare_caching(struct handle *h, const struct handle_settings *settings)
{
	struct reply *reply = &h->reply;

	if (!reply->is_cacheable)
		return;
	caching_init(&reply->caching, &reply->body, settings->stale_if_error_s);
	reply->is_known =
	    caching_matches(&reply->caching, h->request.if_none_match);
}

static void
write_failure(struct handle *h, const char *failure)
{
	buf_fini(&h->reply.body);
	buf_init(&h->reply.body, ERROR_BODY_BYTES);
	endpoint_write_error(&h->reply.body, &h->err, failure);
}

void
handle_request(struct handle *h, const struct handle_settings *settings,
	       request_parameter get, const void *context)
{
	const char *failure = "Request failed";

	memset(h, 0, sizeof(*h));
	h->start_us = clock_now_us();
	budget_init(&h->budget, settings->max_memory_bytes);
	arena_init(&h->arena, &h->budget);
	buf_init(&h->reply.body, settings->max_response_bytes);
	h->reply.outcome = find_and_answer(h, settings, get, context, &failure);
	h->reply.request_id = h->request.id;
	if (h->reply.outcome == ERR_OK)
		prepare_caching(h, settings);
	else
		write_failure(h, failure);
}

static enum log_level
level_of(enum err_code outcome)
{
	switch (outcome) {
	case ERR_OK:
	case ERR_QUERY:
	case ERR_NOT_FOUND:
	case ERR_METHOD:
		return LOG_INFO;
	default:
		return LOG_ERROR;
	}
}

void
handle_log(const struct handle *h)
{
	struct log_line l;

	log_start(&l, level_of(h->reply.outcome), "request");
	log_text(&l, "request_id", h->request.id);
	log_text(&l, "method", h->request.method);
	log_text(&l, "path", h->request.path);
	log_number(&l, "status", reply_status(&h->reply));
	log_duration(&l, "duration_ms", clock_now_us() - h->start_us);
	log_number(&l, "queries", (int64_t)h->query_count);
	log_number(&l, "bytes", (int64_t)reply_body_bytes(&h->reply));
	if (log_wants(LOG_DEBUG)) {
		log_duration(&l, "decode_ms", h->stages.decode_us);
		log_duration(&l, "join_ms", h->stages.join_us);
		log_duration(&l, "encode_ms", h->stages.encode_us);
	}
	if (h->reply.outcome != ERR_OK) {
		log_text(&l, "error", err_name(h->reply.outcome));
		log_text(&l, "detail", h->err.text);
	}
	log_write(&l);
}

void
handle_fini(struct handle *h)
{
	buf_fini(&h->reply.body);
	arena_fini(&h->arena);
}
