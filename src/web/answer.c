#include "web/answer.h"

#include <stdlib.h>

#include "base/clock.h"

int64_t
answer_deadline_ms(const struct handle *h)
{
	const struct handle_settings *settings = h->settings;
	int64_t timeout_ms = h->endpoint->deadline == ENDPOINT_DEADLINE_HEALTH
				 ? settings->health_timeout_ms
				 : settings->request_timeout_ms;

	return h->start_us / 1000 + timeout_ms;
}

/* --- answers -------------------------------------------------------------- */

static struct endpoint_call
begin_call(struct handle *h)
{
	const struct handle_settings *settings = h->settings;

	return (struct endpoint_call){
	    .collector = settings->collector,
	    .self = settings->self,
	    .command = settings->command,
	    .params = &h->params,
	    .asked_s = h->start_wall_s,
	    .collect = {.arena = &h->arena,
			.request_id = h->request.id,
			.deadline_ms = answer_deadline_ms(h),
			.interest = &h->interest,
			.progress = &h->progress}};
}

static void
end_call(struct handle *h, const struct endpoint_call *call)
{
	h->query_count = call->collect.query_count;
	h->decode_us = call->collect.decode_us;
	h->expires_s = call->expires_s;
	if (h->params.is_csv)
		h->reply.warning_count = call->collect.warning_count;
}

/* For how many seconds after this one the answer is what would be told anew. */
static int
lasts_s(const struct handle *h)
{
	int64_t left_s = h->expires_s - (int64_t)clock_wall_s() - 1;

	if (h->expires_s == 0)
		return h->endpoint->lasts_s;
	return left_s > 0 ? (int)left_s : 0;
}

static void
write_answer_of(struct handle *h, const struct snapshot *snapshot)
{
	struct endpoint_call call = begin_call(h);

	endpoint_answer_of(h->endpoint, &call, snapshot, &h->body, &h->err);
	h->query_count += call.collect.query_count;
	h->expires_s = call.expires_s;
	if (h->params.is_csv)
		h->reply.warning_count = call.collect.warning_count;
}

/* --- snapshots ------------------------------------------------------------ */

/* Of all that is told of a fleet, of its processes, or of who has it, of what
 * nodes have, of what is free, and of what is wrong. */
static const struct plan_need *
widest_need(const struct endpoint *endpoint)
{
	if (endpoint->need.problems)
		return &endpoint_problems.need;
	if (endpoint->need.availability)
		return &endpoint_available.need;
	if (endpoint->need.workloads)
		return endpoint->need.capacity ? &endpoint_capacity.need
					       : &endpoint_workloads.need;
	return endpoint->need.processes ? &endpoint_processes.need
					: &endpoint_metrics.need;
}

/* Behind the endpoints' numbers, of processes, of who has GPUs, of what nodes
 * have as well, of what is free, and of what is wrong; of less than all, a
 * number of its own for each set of fields, with times or without, and each of
 * names; and of each window but the settings', one of who has GPUs and one of
 * what is free. Each field is required of all endpoints, or of none. */
static size_t
kind_of(const struct plan_need *need)
{
	const struct plan_need *all = &endpoint_metrics.need;
	size_t fields = need->required | need->optional;

	if (need->idle_window_s > 0)
		return (size_t)6 << 61 | (size_t)need->availability << 32 |
		       (size_t)need->idle_window_s;
	if (need->problems)
		return endpoint_count + HANDLE_SNAPSHOTS - 1;
	if (need->workloads)
		return endpoint_count + 2 + need->capacity + need->availability;
	/* The last number of all has another meaning. */
	if (need->names != NULL)
		return (size_t)(4 + need->processes) << 61 |
		       few_hash(need->names) >> 3;
	if (need->processes)
		return endpoint_count + 1;
	return fields == (all->required | all->optional) && !need->without_times
		   ? endpoint_count
		   : (size_t)(2 + need->without_times) << 40 | fields;
}

/* Answers with all rows alone are shared as they are, since they are the most;
 * of what is free several endpoints tell, and none of all, and what is wrong is
 * found out once for all of them. */
static bool
is_of_snapshot(const struct handle *h)
{
	const struct plan_need *need = &h->endpoint->need;

	return endpoint_is_of_snapshot(h->endpoint) &&
	       (!h->params.are_none || need->availability || need->problems);
}

static struct plan_need
need_of(const struct handle *h)
{
	const struct collector *collector = h->settings->collector;
	struct column_list list;
	struct plan_need need;

	endpoint_params(h->endpoint, &list);
	need = endpoint_need(h->endpoint, &h->params, &list);
	if (need.idle_window_s == collector->idle.window_s)
		need.idle_window_s = 0;
	/* Of few cards all is soon found out. */
	if (h->has_names) {
		need = *widest_need(h->endpoint);
		need.names = &h->names;
		return need;
	}
	/* Fewer columns are no other rows. */
	if (!h->params.has_fields || !plan_needs_fleet(&need))
		return need;
	if (!snapshot_may_be_narrow(collector))
		return *widest_need(h->endpoint);
	need.of_copies = widest_need(h->endpoint);
	return need;
}

/* Of the kind that it is to be: another request may wait for that. */
static struct snapshot *
make_snapshot(struct handle *h)
{
	const struct handle_settings *settings = h->settings;
	struct plan_need need = need_of(h);
	struct endpoint_call call = begin_call(h);
	struct snapshot *s;

	if (h->shared.kind == kind_of(widest_need(h->endpoint)))
		need = *widest_need(h->endpoint);
	s = snapshot_new(settings->collector, &need, &call.collect,
			 settings->max_memory_bytes, settings->budget, &h->err);
	end_call(h, &call);
	return s;
}

/* --- bytes ---------------------------------------------------------------- */

/* Its time is over: nobody works on it any more. */
static bool
is_late(struct handle *h)
{
	if (clock_now_ms() < answer_deadline_ms(h))
		return false;
	err_set(&h->err, ERR_TIMEOUT, "no responder thread was free in time");
	return true;
}

/* Who asked for some rows in this second has all that is told of any. */
static bool
write_from_widest(struct handle *h)
{
	struct share_answer *found =
	    h->endpoint->describe != NULL
		? share_peek(h->settings->share,
			     kind_of(widest_need(h->endpoint)))
		: NULL;

	if (found != NULL)
		write_answer_of(h, found->snapshot);
	share_release(h->settings->share, found);
	return found != NULL;
}

static void
make_answer(struct handle *h)
{
	struct endpoint_call call = begin_call(h);

	if (h->settings->shares_answers && write_from_widest(h))
		return;
	endpoint_answer(h->endpoint, &call, &h->body, &h->err);
	end_call(h, &call);
}

/* What this request made is the others' as well; NULL: no memory for that. */
static struct share_answer *
give_to_others(struct handle *h, struct snapshot *snapshot)
{
	struct share_answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->err = h->err;
	a->snapshot = snapshot;
	a->made_s = (int64_t)clock_wall_s();
	if (snapshot != NULL)
		return a;
	a->warning_count = h->reply.warning_count;
	if (h->err.code == ERR_OK) {
		a->body = h->body;
		h->body = (struct buf){.data = NULL};
	}
	if (h->expires_s > 0 && buf_bytes(&a->body) <= HANDLE_HISTORY_BYTES)
		a->lasts_s = lasts_s(h);
	if (h->err.code == ERR_OK && h->endpoint->is_cacheable)
		caching_init(&a->caching, &a->body,
			     h->params.is_csv ? CACHING_CSV : CACHING_JSON,
			     lasts_s(h), h->settings->stale_if_error_s);
	return a;
}

static void
take_own(struct handle *h)
{
	if (h->err.code != ERR_OK)
		return;
	h->reply.body = &h->body;
	if (h->reply.is_cacheable)
		caching_init(&h->reply.caching, &h->body,
			     h->params.is_csv ? CACHING_CSV : CACHING_JSON,
			     lasts_s(h), h->settings->stale_if_error_s);
}

void
answer_take(struct handle *h)
{
	h->err = h->shared.answer->err;
	if (h->err.code != ERR_OK)
		return;
	if (h->shared.answer->snapshot != NULL) {
		if (is_late(h))
			return;
		write_answer_of(h, h->shared.answer->snapshot);
		take_own(h);
		h->reply.caching.made_s = h->shared.answer->made_s;
		return;
	}
	h->reply.body = &h->shared.answer->body;
	h->reply.warning_count = h->shared.answer->warning_count;
	h->reply.caching = h->shared.answer->caching;
}

/* A snapshot, for the others as well; or bytes. */
static struct share_answer *
make_to_share(struct handle *h)
{
	struct snapshot *snapshot = NULL;
	struct share_answer *made;

	if (is_of_snapshot(h))
		snapshot = make_snapshot(h);
	else
		make_answer(h);
	if (h->shared.kind == SHARE_ALONE && snapshot == NULL)
		return NULL;
	/* Who has come since then wants it all the same. */
	if (h->err.code == ERR_GONE)
		return NULL;
	made = give_to_others(h, snapshot);
	if (made == NULL && snapshot != NULL) {
		snapshot_free(snapshot);
		err_set_memory(&h->err);
	}
	return made;
}

void
answer_make(struct handle *h)
{
	progress_enter(&h->progress, STAGE_PREPARE);
	share_end(h->settings->share, &h->shared,
		  is_late(h) ? NULL : make_to_share(h));
	if (h->shared.answer != NULL)
		answer_take(h);
	else
		take_own(h);
}

void
answer_alone(struct handle *h)
{
	make_answer(h);
	take_own(h);
}

/* Whether the request names few cards. */
static bool
names_few(struct handle *h)
{
	enum few_of of =
	    h->endpoint->need.processes ? FEW_OF_PROCESSES : FEW_OF_CARDS;
	struct column_list list;

	/* Who has a GPU, and who has none, is told of all. */
	if (!is_of_snapshot(h) || h->endpoint->need.workloads ||
	    h->endpoint->need.problems)
		return false;
	endpoint_params(h->endpoint, &list);
	return named_find(&h->params, &list, &h->arena, &h->names) &&
	       few_are(&h->names, of, h->settings->collector->detector,
		       &h->budget);
}

/* What the parameters of this request alone are answered with. */
static enum err_code
write_key(struct handle *h)
{
	struct endpoint_call call = begin_call(h);
	struct buf key;

	buf_init_within(&key, HANDLE_KEY_MAX_BYTES, &h->budget);
	if (h->endpoint->write_key(&call, &key, &h->err) == ERR_OK) {
		h->shared.key =
		    buf_status(&key) == ERR_OK
			? arena_copy(&h->arena, key.data, key.length)
			: NULL;
		if (h->shared.key == NULL)
			err_set_memory(&h->err);
	}
	buf_fini(&key);
	return h->err.code;
}

enum err_code
answer_choose_kind(struct handle *h)
{
	struct plan_need need;

	h->has_names = names_few(h);
	h->shared.kind = h->shared.wider = SHARE_ALONE;
	h->shared.is_slow = h->endpoint->is_slow;
	if (h->endpoint->write_key != NULL && write_key(h) != ERR_OK)
		return h->err.code;
	if (!h->settings->shares_answers)
		h->shared.key = NULL;
	if (!h->settings->shares_answers || h->shared.key != NULL)
		return ERR_OK;
	h->shared.kind = endpoint_number(h->endpoint);
	if (!is_of_snapshot(h))
		return ERR_OK;
	need = need_of(h);
	h->shared.kind = kind_of(&need);
	h->shared.works_on_it = true;
	/* What was idle for another time is not what is asked for; and who
	 * invents times has Prometheus look into each. */
	h->shared.is_slow |= need.idle_window_s > 0;
	if (need.idle_window_s == 0)
		h->shared.wider = kind_of(widest_need(h->endpoint));
	return ERR_OK;
}
