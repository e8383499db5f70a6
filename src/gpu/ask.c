#include "gpu/ask.h"

#include <assert.h>
#include <string.h>

enum err_code
ask_init(struct ask *a, size_t capacity, struct arena *arena, size_t max_series,
	 struct err *e)
{
	size_t question_bytes = capacity * sizeof(*a->questions);
	size_t job_bytes = capacity * sizeof(*a->jobs);

	*a = (struct ask){
	    .capacity = capacity, .arena = arena, .max_series = max_series};
	a->questions = arena_alloc(arena, question_bytes);
	a->jobs = arena_alloc(arena, job_bytes);
	if (a->questions == NULL || a->jobs == NULL)
		return err_set_memory(e);
	memset(a->questions, 0, question_bytes);
	memset(a->jobs, 0, job_bytes);
	return ERR_OK;
}

void
ask_drop(struct ask *a, size_t number)
{
	vector_fini(&a->questions[number].vector);
	arena_fini(&a->questions[number].arena);
}

void
ask_fini(struct ask *a)
{
	for (size_t i = 0; i < a->count; i++)
		ask_drop(a, i);
	a->count = 0;
}

static enum err_code
feed_vector(void *context, const char *bytes, size_t length, struct err *e)
{
	return vector_feed(context, bytes, length, e);
}

enum err_code
ask_add(struct ask *a, const struct buf *promql,
	const struct element_label *labels, size_t label_count,
	size_t slot_count, struct err *e)
{
	struct ask_question *q = &a->questions[a->count];
	struct client_query *query = &a->jobs[a->count].query;

	assert(a->count < a->capacity);
	if (buf_status(promql) == ERR_TOO_BIG)
		return err_set(e, ERR_SETTING,
			       "A profile makes a query of "
			       "more than %d bytes",
			       ASK_QUERY_MAX_BYTES);
	query->promql = buf_status(promql) == ERR_OK
			    ? arena_copy(a->arena, promql->data, promql->length)
			    : NULL;
	if (query->promql == NULL)
		return err_set_memory(e);
	arena_init(&q->arena, a->arena->budget);
	vector_init(&q->vector, &q->arena, labels, label_count, slot_count,
		    a->max_series);
	query->feed = feed_vector;
	query->context = &q->vector;
	a->count++;
	return ERR_OK;
}

const struct err *
ask_outcome(const struct ask *a, size_t number)
{
	return &a->jobs[number].query.err;
}

void
ask_log(const struct ask *a, size_t number, const struct call *call,
	enum log_level level)
{
	const struct client_query *q = &a->jobs[number].query;
	struct log_line l;

	if (!log_wants(level))
		return;
	log_start(&l, level, "query");
	log_text(&l, "request_id", call->request_id);
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
ask_run(struct ask *a, struct pool *pool, struct call *call)
{
	call->query_count += a->count;
	pool_run(pool, a->jobs, a->count, call->deadline_ms);
	for (size_t i = 0; i < a->count; i++) {
		struct client_query *q = &a->jobs[i].query;

		if (q->err.code == ERR_OK)
			q->err.code =
			    vector_end(&a->questions[i].vector, &q->err);
		ask_log(a, i, call, LOG_DEBUG);
	}
}

void
ask_warn(const struct ask *a, size_t number, struct call *call)
{
	const struct vector *v = &a->questions[number].vector;

	for (size_t i = 0; i < v->warning_count; i++)
		call_warn(call, "%s", v->warnings[i]);
}
