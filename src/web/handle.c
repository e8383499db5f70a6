#include "web/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/stats.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/query.h"
#include "web/route.h"

static int64_t
deadline_ms(const struct handle *h)
{
	const struct handle_settings *settings = h->settings;
	int64_t timeout_ms = h->endpoint->deadline == ENDPOINT_DEADLINE_HEALTH
				 ? settings->health_timeout_ms
				 : settings->request_timeout_ms;

	return h->start_us / 1000 + timeout_ms;
}

static void
make_answer(struct handle *h)
{
	const struct handle_settings *settings = h->settings;
	struct endpoint_call call = {
	    .collector = settings->collector,
	    .self = settings->self,
	    .command = settings->command,
	    .parameters = h->parameters,
	    .collect = {.arena = &h->arena,
			.request_id = h->request.id,
			.deadline_ms = deadline_ms(h),
			.progress = settings->progress}};

	endpoint_answer(h->endpoint, &call, &h->body, &h->err);
	h->query_count = call.collect.query_count;
	h->decode_us = call.collect.decode_us;
}

/* What this request made is the others' as well; NULL: no memory for that. */
static struct share_answer *
give_to_others(struct handle *h)
{
	struct share_answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->err = h->err;
	if (h->err.code == ERR_OK) {
		a->body = h->body;
		h->body = (struct buf){.data = NULL};
		caching_init(&a->caching, &a->body,
			     h->settings->stale_if_error_s);
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
answer_alone(struct handle *h)
{
	if (h->err.code != ERR_OK)
		return h->err.code;
	send_body(h, &h->body);
	if (h->reply.is_cacheable)
		caching_init(&h->reply.caching, &h->body,
			     h->settings->stale_if_error_s);
	return ERR_OK;
}

/* NULL: this request is to make it, for others as well if is_maker says so. */
static struct share_answer *
find_answer(struct handle *h, size_t kind, bool *is_maker)
{
	struct share_answer *found;

	progress_enter(h->settings->progress, PROGRESS_SHARE);
	found = share_begin(h->settings->share, kind, deadline_ms(h), is_maker);
	progress_enter(h->settings->progress, PROGRESS_PREPARE);
	if (found != NULL && h->settings->self != NULL)
		stats_count_shared(h->settings->self->stats);
	return found;
}

static enum err_code
share_answer(struct handle *h)
{
	size_t kind = endpoint_number(h->endpoint);
	bool is_maker;

	h->shared = find_answer(h, kind, &is_maker);
	if (h->shared == NULL)
		make_answer(h);
	if (is_maker) {
		h->shared = give_to_others(h);
		share_end(h->settings->share, kind, h->shared);
	}
	if (h->shared == NULL)
		return answer_alone(h);
	h->err = h->shared->err;
	if (h->err.code == ERR_OK) {
		send_body(h, &h->shared->body);
		h->reply.caching = h->shared->caching;
	}
	return h->err.code;
}

static enum err_code
answer(struct handle *h)
{
	h->reply.is_cacheable = h->endpoint->is_cacheable;
	h->reply.content_type = h->endpoint->content_type;
	if (h->reply.is_cacheable && h->settings->share != NULL)
		return share_answer(h);
	make_answer(h);
	return answer_alone(h);
}

static enum err_code
find_and_answer(struct handle *h, request_parameter get, const void *context)
{
	enum err_code code =
	    request_parse(get, context, &h->arena, &h->request, &h->err);

	if (code != ERR_OK)
		return code;
	progress_name(h->settings->progress, h->request.id, h->request.method,
		      h->request.path);
	if ((code = route_find(&h->request, h->settings->has_debug,
			       &h->endpoint, &h->err)) != ERR_OK ||
	    (code = query_read(&h->request, h->endpoint->parameters,
			       h->parameters, &h->err)) != ERR_OK)
		return code;
	return answer(h);
}

static void
write_failure(struct handle *h)
{
	const char *failure =
	    h->endpoint != NULL ? h->endpoint->failure : "Request failed";
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
fail(struct handle *h)
{
	h->reply.is_stand_in =
	    h->reply.is_cacheable && is_outage(h->reply.outcome) &&
	    caching_may_stand_in(h->request.cached_since,
				 h->settings->stale_if_error_s);
	if (!h->reply.is_stand_in)
		write_failure(h);
}

void
handle_request(struct handle *h, const struct handle_settings *settings,
	       request_parameter get, const void *context)
{
	memset(h, 0, sizeof(*h));
	h->settings = settings;
	h->start_us = clock_now_us();
	progress_begin(settings->progress, h->start_us);
	budget_init_within(&h->budget, settings->max_memory_bytes,
			   settings->budget);
	arena_init(&h->arena, &h->budget);
	buf_init_within(&h->body, settings->max_response_bytes,
			settings->budget);
	h->reply.outcome = find_and_answer(h, get, context);
	h->reply.request_id = h->request.id;
	if (h->reply.outcome != ERR_OK)
		fail(h);
	else if (h->reply.is_cacheable)
		h->reply.is_known = caching_matches(&h->reply.caching,
						    h->request.if_none_match);
	progress_enter(settings->progress, PROGRESS_SEND);
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
	case ERR_FORBIDDEN:
	case ERR_BUSY:
		return LOG_INFO;
	default:
		return LOG_ERROR;
	}
}

static void
count(const struct handle *h)
{
	if (h->settings->self != NULL)
		stats_count_request(h->settings->self->stats,
				    h->endpoint != NULL
					? endpoint_number(h->endpoint)
					: endpoint_count,
				    reply_status(&h->reply), h->duration_us);
}

static void
log_stages(const struct handle *h, struct log_line *l)
{
	const struct progress *progress = h->settings->progress;

	log_duration(l, "decode_ms", h->decode_us);
	for (int i = 0; progress != NULL && i < PROGRESS__MAX; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ms",
			 progress_stage_name((enum progress_stage)i));
		log_duration(l, key, progress->entry.stage_us[i]);
	}
}

static void
log_request(const struct handle *h)
{
	struct log_line l;

	log_start(&l, level_of(&h->reply), "request");
	log_text(&l, "request_id", h->request.id);
	log_text(&l, "method", h->request.method);
	log_text(&l, "path", h->request.path);
	log_number(&l, "status", reply_status(&h->reply));
	log_duration(&l, "duration_ms", h->duration_us);
	log_number(&l, "queries", (int64_t)h->query_count);
	log_number(&l, "bytes", (int64_t)reply_body_bytes(&h->reply));
	if (log_wants(LOG_DEBUG))
		log_stages(h, &l);
	if (h->reply.outcome != ERR_OK) {
		log_text(&l, "error", err_name(h->reply.outcome));
		log_text(&l, "detail", h->err.text);
	}
	log_write(&l);
}

void
handle_end(struct handle *h)
{
	h->duration_us = clock_now_us() - h->start_us;
	progress_end(h->settings->progress, reply_status(&h->reply),
		     h->query_count);
	count(h);
	log_request(h);
}

void
handle_fini(struct handle *h)
{
	buf_fini(&h->body);
	share_release(h->settings->share, h->shared);
	arena_fini(&h->arena);
}
