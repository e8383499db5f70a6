#include "web/handle.h"

#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/route.h"

static int64_t
deadline_ms(const struct handle *h, const struct handle_settings *settings,
	    const struct endpoint *endpoint)
{
	int64_t timeout_ms = endpoint->deadline == ENDPOINT_DEADLINE_HEALTH
				 ? settings->health_timeout_ms
				 : settings->request_timeout_ms;

	return h->start_us / 1000 + timeout_ms;
}

static void
make_answer(struct handle *h, const struct handle_settings *settings,
	    const struct endpoint *endpoint)
{
	struct endpoint_call call = {
	    .collector = settings->collector,
	    .command = settings->command,
	    .collect = {.arena = &h->arena,
			.request_id = h->request.id,
			.deadline_ms = deadline_ms(h, settings, endpoint)}};

	endpoint_answer(endpoint, &call, &h->body, &h->err);
	h->query_count = call.collect.query_count;
	h->stages = call.collect.stages;
}

/* What this request made is the others' as well; NULL: no memory for that. */
static struct share_answer *
give_to_others(struct handle *h, const struct handle_settings *settings)
{
	struct share_answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->err = h->err;
	if (h->err.code == ERR_OK) {
		a->body = h->body;
		h->body = (struct buf){.data = NULL};
		caching_init(&a->caching, &a->body, settings->stale_if_error_s);
	}
	return a;
}

static void
send_body(struct handle *h, const struct buf *body)
{
	h->reply.body = body->data;
	h->reply.body_bytes = body->length;
}

static enum err_code
answer_alone(struct handle *h, const struct handle_settings *settings)
{
	if (h->err.code != ERR_OK)
		return h->err.code;
	send_body(h, &h->body);
	if (h->reply.is_cacheable)
		caching_init(&h->reply.caching, &h->body,
			     settings->stale_if_error_s);
	return ERR_OK;
}

static enum err_code
share_answer(struct handle *h, const struct handle_settings *settings,
	     const struct endpoint *endpoint)
{
	size_t kind = endpoint_number(endpoint);
	bool is_maker;

	h->shared = share_begin(settings->share, kind,
				deadline_ms(h, settings, endpoint), &is_maker);
	if (h->shared == NULL)
		make_answer(h, settings, endpoint);
	if (is_maker) {
		h->shared = give_to_others(h, settings);
		share_end(settings->share, kind, h->shared);
	}
	if (h->shared == NULL)
		return answer_alone(h, settings);
	h->err = h->shared->err;
	if (h->err.code == ERR_OK) {
		send_body(h, &h->shared->body);
		h->reply.caching = h->shared->caching;
	}
	return h->err.code;
}

static enum err_code
answer(struct handle *h, const struct handle_settings *settings,
       const struct endpoint *endpoint)
{
	h->reply.is_cacheable = endpoint->is_cacheable;
	if (endpoint->is_cacheable && settings->share != NULL)
		return share_answer(h, settings, endpoint);
	make_answer(h, settings, endpoint);
	return answer_alone(h, settings);
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

static void
write_failure(struct handle *h, const char *failure)
{
	struct buf body;

	buf_fini(&h->body);
	buf_use(&body, h->failure, sizeof(h->failure));
	endpoint_write_error(&body, &h->err, failure);
	send_body(h, &body);
}

/* What Prometheus is to blame for, and time may heal. */
static bool
is_outage(enum err_code code)
{
	return code == ERR_UPSTREAM || code == ERR_TIMEOUT ||
	       code == ERR_NOT_READY;
}

static void
fail(struct handle *h, const struct handle_settings *settings,
     const char *failure)
{
	h->reply.is_stand_in = h->reply.is_cacheable &&
			       is_outage(h->reply.outcome) &&
			       caching_may_stand_in(h->request.cached_since,
						    settings->stale_if_error_s);
	if (!h->reply.is_stand_in)
		write_failure(h, failure);
}

void
handle_request(struct handle *h, const struct handle_settings *settings,
	       request_parameter get, const void *context)
{
	const char *failure = "Request failed";

	memset(h, 0, sizeof(*h));
	h->share = settings->share;
	h->start_us = clock_now_us();
	budget_init_within(&h->budget, settings->max_memory_bytes,
			   settings->budget);
	arena_init(&h->arena, &h->budget);
	buf_init_within(&h->body, settings->max_response_bytes,
			settings->budget);
	h->reply.outcome = find_and_answer(h, settings, get, context, &failure);
	h->reply.request_id = h->request.id;
	if (h->reply.outcome != ERR_OK)
		fail(h, settings, failure);
	else if (h->reply.is_cacheable)
		h->reply.is_known = caching_matches(&h->reply.caching,
						    h->request.if_none_match);
}

static enum log_level
level_of(const struct reply *reply)
{
	if (reply->is_stand_in)
		return LOG_WARN;
	switch (reply->outcome) {
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

	log_start(&l, level_of(&h->reply), "request");
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
	buf_fini(&h->body);
	share_release(h->share, h->shared);
	arena_fini(&h->arena);
}
