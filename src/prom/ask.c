#include "prom/ask.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"

enum err_code
ask_init(struct ask *a, size_t capacity, const struct ask_asker *asker,
	 struct intern *strings, size_t max_series, struct err *e)
{
	size_t question_bytes = capacity * sizeof(*a->questions);
	size_t job_bytes = capacity * sizeof(*a->jobs);

	*a = (struct ask){.capacity = capacity,
			  .asker = *asker,
			  .strings = strings,
			  .max_series = max_series};
	a->questions = arena_alloc(asker->arena, question_bytes);
	a->jobs = arena_alloc(asker->arena, job_bytes);
	if (a->questions == NULL || a->jobs == NULL)
		return err_set_memory(e);
	memset(a->questions, 0, question_bytes);
	memset(a->jobs, 0, job_bytes);
	return ERR_OK;
}

static void
drop_answer(struct ask_question *q)
{
	if (q->range != NULL)
		matrix_fini(&q->matrix);
	else
		vector_fini(&q->vector);
	arena_fini(&q->arena);
}

void
ask_drop(struct ask *a, size_t number)
{
	drop_answer(&a->questions[number]);
}

void
ask_fini(struct ask *a)
{
	if (a->has_begun)
		pool_end(a->pool, &a->batch);
	for (size_t i = 0; i < a->count; i++)
		ask_drop(a, i);
	a->count = 0;
	a->has_begun = false;
}

static enum err_code
feed_answer(void *context, const char *bytes, size_t length, struct err *e)
{
	struct ask_question *q = context;
	int64_t start_us = clock_now_us();
	enum err_code code = q->range != NULL
				 ? matrix_feed(&q->matrix, bytes, length, e)
				 : vector_feed(&q->vector, bytes, length, e);

	q->decode_us += clock_now_us() - start_us;
	return code;
}

static enum err_code
finish_answer(void *context, struct err *e)
{
	struct ask_question *q = context;
	int64_t start_us = clock_now_us();
	enum err_code code = q->range != NULL ? matrix_end(&q->matrix, e)
					      : vector_end(&q->vector, e);

	q->decode_us += clock_now_us() - start_us;
	return code;
}

/* Ready for an answer, of which there is nothing yet. */
static void
prepare(struct ask *a, struct ask_question *q)
{
	size_t max_series = q->metric_count * a->max_series;

	arena_init(&q->arena, a->asker.arena->budget);
	if (q->range != NULL) {
		matrix_init(&q->matrix, &q->arena, a->strings, q->labels,
			    q->label_count, q->slot_count, max_series, q->range,
			    q->sink);
		return;
	}
	vector_init(&q->vector, &q->arena, a->strings, q->labels,
		    q->label_count, q->slot_count, max_series);
	vector_set_aside(&q->vector, q->aside);
	vector_set_known(&q->vector, q->known, q->recorded, q->is_nameless);
}

/* The one that is to be added. */
static struct ask_question *
next_question(struct ask *a)
{
	assert(a->count < a->capacity);
	return &a->questions[a->count];
}

static enum err_code
add(struct ask *a, const struct buf *promql, struct err *e)
{
	struct ask_question *q = next_question(a);
	struct client_query *query = &a->jobs[a->count].query;

	if (buf_status(promql) == ERR_TOO_BIG)
		return err_set(e, ERR_SETTING,
			       "A profile makes a query of "
			       "more than %d bytes",
			       q->range != NULL ? ASK_RANGE_MAX_BYTES
						: ASK_QUERY_MAX_BYTES);
	query->promql =
	    buf_status(promql) == ERR_OK
		? arena_copy(a->asker.arena, promql->data, promql->length)
		: NULL;
	if (query->promql == NULL)
		return err_set_memory(e);
	q->metric_count = 1;
	prepare(a, q);
	query->range = q->range;
	query->interest = q->range != NULL ? a->asker.interest : NULL;
	query->round = q->range != NULL ? NULL : &a->round;
	query->feed = feed_answer;
	query->finish = finish_answer;
	query->context = q;
	a->count++;
	return ERR_OK;
}

enum err_code
ask_add(struct ask *a, const struct buf *promql,
	const struct element_label *labels, size_t label_count,
	size_t slot_count, struct err *e)
{
	struct ask_question *q = next_question(a);

	q->labels = labels;
	q->label_count = label_count;
	q->slot_count = slot_count;
	return add(a, promql, e);
}

enum err_code
ask_add_range(struct ask *a, const struct buf *promql,
	      const struct element_label *labels, size_t label_count,
	      size_t slot_count, const struct query_range *range,
	      const struct matrix_sink *sink, struct err *e)
{
	struct ask_question *q = next_question(a);

	q->range = range;
	q->sink = sink;
	return ask_add(a, promql, labels, label_count, slot_count, e);
}

void
ask_describe(struct ask *a, size_t metric_count, const char *const *aside)
{
	struct ask_question *q = &a->questions[a->count - 1];

	ask_drop(a, a->count - 1);
	q->metric_count = metric_count;
	q->aside = aside;
	prepare(a, q);
}

void
ask_recognise(struct ask *a, const struct known *known, struct known *recorded,
	      bool is_nameless)
{
	struct ask_question *q = &a->questions[a->count - 1];

	q->known = known;
	q->recorded = recorded;
	q->is_nameless = is_nameless;
	vector_set_known(&q->vector, known, recorded, is_nameless);
}

void
ask_log(const struct ask *a, size_t number, enum log_level level)
{
	const struct client_query *q = &a->jobs[number].query;
	struct log_line l;

	if (!log_wants(level))
		return;
	log_start(&l, level, "query");
	log_text(&l, "request_id", a->asker.request_id);
	log_text(&l, "promql", q->promql);
	log_duration(&l, "duration_ms", q->duration_us);
	log_number(&l, "bytes", (int64_t)q->received_bytes);
	if (q->err.code != ERR_OK) {
		log_text(&l, "error", err_name(q->err.code));
		log_text(&l, "detail", q->err.text);
	}
	log_write(&l);
}

void
ask_start(struct ask *a, struct pool *pool)
{
	a->pool = pool;
	a->has_begun = true;
	pool_begin(pool, &a->batch, a->jobs, a->count, a->asker.deadline_ms);
}

/* The log has what Prometheus said of its limits; who asked is told what to do.
 */
static void
publish_limit(struct ask *a, size_t number)
{
	struct err *e = &a->jobs[number].query.err;

	if (e->code != ERR_LIMIT)
		return;
	ask_log(a, number, LOG_WARN);
	err_set(e, ERR_LIMIT,
		"Prometheus may not load that many samples: take a shorter "
		"range or a larger step");
}

static void
ask_again(struct ask *a, size_t number, server_set server)
{
	ask_drop(a, number);
	a->questions[number].recorded = NULL;
	prepare(a, &a->questions[number]);
	a->jobs[number].query.allowed = server;
	pool_again(a->pool, &a->jobs[number]);
}

/*
 * Numbers of two servers are of two moments, and of two views of the world:
 * what is computed of both is nobody's.
 */
static void
settle(struct ask *a)
{
	server_set answered = 0, failed = 0, kept;

	a->is_settled = true;
	if (pool_server_count(a->pool) == 1)
		return;
	for (size_t i = 0; i < a->count; i++) {
		const struct client_query *q = &a->jobs[i].query;

		pool_await(a->pool, &a->jobs[i]);
		failed |= q->asked & ~q->answered;
		if (q->err.code == ERR_OK)
			answered |= q->answered;
	}
	kept = pool_server_to_keep(a->pool, answered, failed);
	if (kept == answered)
		return;
	for (size_t i = 0; i < a->count; i++)
		if (a->jobs[i].query.err.code != ERR_OK ||
		    a->jobs[i].query.answered != kept)
			ask_again(a, i, kept);
}

const struct err *
ask_await(struct ask *a, size_t number)
{
	struct client_query *query = &a->jobs[number].query;
	struct ask_question *q = &a->questions[number];

	if (q->is_read)
		return &query->err;
	if (!a->is_settled)
		settle(a);
	pool_await(a->pool, &a->jobs[number]);
	q->is_read = true;
	ask_log(a, number, LOG_DEBUG);
	publish_limit(a, number);
	return &query->err;
}

static const struct result *
result_of(const struct ask *a, size_t number)
{
	const struct ask_question *q = &a->questions[number];

	return q->range != NULL ? &q->matrix.result : &q->vector.result;
}

bool
ask_is_partial(const struct ask *a, size_t number)
{
	const struct result *r = result_of(a, number);

	return r->is_partial || r->warning_count > 0;
}

const char *
ask_warning(const struct ask *a, size_t number, size_t i)
{
	const struct result *r = result_of(a, number);

	if (i < r->warning_count)
		return r->warnings[i];
	return i == r->warning_count && r->is_partial
		   ? "Prometheus' answer is partial"
		   : NULL;
}
