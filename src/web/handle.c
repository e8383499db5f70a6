#include "web/handle.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/stats.h"
#include "api/table.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/answer.h"
#include "web/query.h"
#include "web/route.h"

static void
take_from_another(struct handle *h)
{
	if (h->settings->self != NULL)
		stats_count_shared(h->settings->self->stats);
	answer_take(h);
}

static void
write_failure(struct handle *h, struct handle_thread *thread)
{
	buf_fini(&h->body);
	buf_use(&h->failure, thread->failure, sizeof(thread->failure));
	endpoint_write_error(&h->failure, &h->err,
			     endpoint_failure(h->endpoint, h->err.code));
	h->reply.body = &h->failure;
}

/* What Prometheus is to blame for, and time may heal. */
static bool
is_outage(enum err_code code)
{
	return code == ERR_PROM || code == ERR_TIMEOUT || code == ERR_NOT_READY;
}

static void
fail(struct handle *h, struct handle_thread *thread)
{
	h->reply.is_stand_in =
	    h->reply.is_cacheable && is_outage(h->reply.outcome) &&
	    caching_may_stand_in(h->request.cached_since,
				 h->settings->stale_if_error_s);
	if (!h->reply.is_stand_in)
		write_failure(h, thread);
}

/* What was made, or went wrong, is the reply now. */
static void
finish(struct handle *h, struct handle_thread *thread)
{
	h->reply.outcome = h->err.code;
	h->reply.request_id = h->request.id;
	if (h->reply.outcome != ERR_OK)
		fail(h, thread);
	else if (h->reply.is_cacheable)
		h->reply.is_known = caching_matches(&h->reply.caching,
						    h->request.if_none_match);
	progress_enter(&h->progress, STAGE_SEND);
}

/* If it waits, it is not ours any more. */
static enum share_turn
find_turn(struct handle *h)
{
	/* Not through h, which may be answered already when it is used. */
	struct budget *waiting = h->settings->waiting;
	size_t bytes = h->waiting_bytes;
	enum share_turn turn;
	bool may_wait;

	progress_enter(&h->progress, STAGE_SHARE);
	may_wait = budget_take(waiting, bytes);
	h->shared.may_wait = may_wait;
	turn = share_begin(h->settings->share, &h->shared);
	if (may_wait && turn != SHARE_WAIT)
		budget_give(waiting, bytes);
	return turn;
}

/* False: it waits. */
static bool
take_turn(struct handle *h, struct handle_thread *thread)
{
	if (answer_choose_kind(h) != ERR_OK)
		return true;
	h->shared.deadline_ms = answer_deadline_ms(h);
	switch (find_turn(h)) {
	case SHARE_WAIT:
		return false;
	case SHARE_TAKE:
		take_from_another(h);
		break;
	case SHARE_WORK:
		thread->seat = h->shared.seat;
		take_from_another(h);
		break;
	case SHARE_MAKE:
		thread->seat = h->shared.seat;
		answer_make(h);
		break;
	case SHARE_FULL:
		err_set(&h->err, ERR_NOT_READY,
			"too many requests wait for an answer");
		break;
	}
	return true;
}

static bool
answer(struct handle *h, struct handle_thread *thread)
{
	h->reply.is_cacheable = h->endpoint->is_cacheable;
	h->reply.content_type =
	    h->params.is_csv ? TABLE_CSV_TYPE : h->endpoint->content_type;
	if (h->endpoint->is_shared)
		return take_turn(h, thread);
	answer_alone(h);
	return true;
}

static enum err_code
read_params(struct handle *h)
{
	struct column_list columns;
	struct params_table table = endpoint_params(h->endpoint, &columns);
	enum err_code code =
	    query_read(&h->request, &table, &h->arena, &h->params, &h->err);

	return code == ERR_OK ? endpoint_check(h->endpoint, &h->params, &h->err)
			      : code;
}

static enum err_code
find_endpoint(struct handle *h, const struct handle_input *input)
{
	enum err_code code = request_parse(input->get, input->context,
					   &h->arena, &h->request, &h->err);

	if (code != ERR_OK)
		return code;
	progress_name(&h->progress, h->request.id, h->request.method,
		      h->request.path);
	code = route_find(&h->request, h->settings->has_debug, &h->endpoint,
			  &h->err);
	return code == ERR_OK ? read_params(h) : code;
}

/* Whether nobody waits for its answer any more. */
static bool
is_abandoned(const void *context)
{
	const struct handle *h = context;

	return !share_is_wanted(h->settings->share, &h->shared);
}

static size_t
waiting_bytes(size_t parameter_bytes)
{
	return parameter_bytes > HANDLE_PARAMETER_BYTES
		   ? HANDLE_WAITING_BYTES - HANDLE_PARAMETER_BYTES +
			 parameter_bytes
		   : HANDLE_WAITING_BYTES;
}

bool
handle_request(struct handle *h, const struct handle_settings *settings,
	       struct handle_thread *thread, const struct handle_input *input)
{
	memset(h, 0, sizeof(*h));
	h->settings = settings;
	h->waiting_bytes = waiting_bytes(input->parameter_bytes);
	h->shared.kind = SHARE_ALONE;
	h->shared.fd = input->fd;
	h->interest = (struct interest){is_abandoned, h};
	h->start_us = clock_now_us();
	h->start_wall_s = clock_wall_s();
	progress_begin(&h->progress, settings->desk, h->start_us);
	budget_init_within(&h->budget, settings->max_memory_bytes,
			   settings->budget);
	arena_init(&h->arena, &h->budget);
	buf_init_in_pieces(&h->body, settings->max_response_bytes,
			   settings->budget);
	h->reply.body = &h->body;
	if (find_endpoint(h, input) == ERR_OK && !answer(h, thread))
		return false;
	finish(h, thread);
	return true;
}

struct handle *
handle_next(const struct handle_settings *settings,
	    struct handle_thread *thread)
{
	struct share_request *r = share_next(settings->share, &thread->seat);
	struct handle *h;

	if (r == NULL)
		return NULL;
	static_assert(offsetof(struct handle, shared) == 0,
		      "a share's request is its handle");
	h = (struct handle *)r;
	budget_give(settings->waiting, h->waiting_bytes);
	if (r->answer != NULL)
		take_from_another(h);
	else
		answer_make(h);
	finish(h, thread);
	return h;
}

bool
handle_has_waiting(const struct handle_settings *settings)
{
	return share_state(settings->share).waiting > 0;
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
	case ERR_GONE:
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
				    reply_status(&h->reply), h->duration_us,
				    h->request.queued_us);
}

static void
log_stages(const struct handle *h, struct log_line *l)
{
	log_duration(l, "decode_ms", h->decode_us);
	for (int i = 0; i < STAGE__MAX; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ms", stage_name((enum stage)i));
		log_duration(l, key, h->progress.entry.stage_us[i]);
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
	if (h->request.queued_us >= 0)
		log_duration(&l, "queued_ms", h->request.queued_us);
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
	progress_end(&h->progress, reply_status(&h->reply), h->query_count);
	count(h);
	log_request(h);
}

void
handle_fini(struct handle *h)
{
	buf_fini(&h->body);
	share_release(h->settings->share, h->shared.answer);
	arena_fini(&h->arena);
}
