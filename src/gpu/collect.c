#include "gpu/collect.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "prom/promql.h"

enum { PROMQL_MAX_BYTES = 8192 };

/* One query and where its answer goes. */
struct question {
	const struct profile *profile;
	enum field field;
	bool is_required;
	struct arena arena; /* the answer's; used by its query thread alone */
	struct vector vector;
};

/* The queries of one call; the two arrays run side by side. */
struct plan {
	struct question *questions;
	struct pool_job *jobs;
	size_t count;
};

static enum err_code
feed_vector(void *context, const char *bytes, size_t length, struct err *e)
{
	return vector_feed(context, bytes, length, e);
}

static enum err_code
plan_init(struct plan *p, size_t capacity, struct arena *arena, struct err *e)
{
	size_t question_bytes = capacity * sizeof(*p->questions);
	size_t job_bytes = capacity * sizeof(*p->jobs);

	p->count = 0;
	p->questions = arena_alloc(arena, question_bytes);
	p->jobs = arena_alloc(arena, job_bytes);
	if (p->questions == NULL || p->jobs == NULL)
		return err_set_memory(e);
	memset(p->questions, 0, question_bytes);
	memset(p->jobs, 0, job_bytes);
	return ERR_OK;
}

static void
plan_fini(struct plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		vector_fini(&p->questions[i].vector);
		arena_fini(&p->questions[i].arena);
	}
}

typedef void (*add_promql)(struct buf *out, const char *metric);

/* A NUL-terminated query text in the arena, or NULL. */
static const char *
write_promql(add_promql add, const char *metric, struct arena *arena)
{
	const char *copy = NULL;
	struct buf text;

	buf_init(&text, PROMQL_MAX_BYTES);
	add(&text, metric);
	if (buf_status(&text) == ERR_OK)
		copy = arena_copy(arena, text.data, text.length);
	buf_fini(&text);
	return copy;
}

/* Adds the query for one metric of a profile. */
static enum err_code
plan_add(struct plan *p, const struct collector *c, struct collect_call *call,
	 const struct profile *profile, enum field field, add_promql add,
	 struct err *e)
{
	struct question *q = &p->questions[p->count];
	struct client_query *query = &p->jobs[p->count].query;

	query->promql =
	    write_promql(add, profile->metrics[field].name, call->arena);
	if (query->promql == NULL)
		return err_set_memory(e);
	q->profile = profile;
	q->field = field;
	arena_init(&q->arena, call->arena->budget);
	vector_init(&q->vector, &q->arena, profile->labels,
		    profile->label_count, PROFILE_LABEL__MAX, c->max_series);
	query->feed = feed_vector;
	query->context = &q->vector;
	p->count++;
	return ERR_OK;
}

static void
log_query(const struct collect_call *call, enum log_level level,
	  const struct client_query *q)
{
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

/* Asks all at once and checks that each answer is whole. */
static void
plan_run(struct plan *p, const struct collector *c, struct collect_call *call)
{
	call->query_count += p->count;
	pool_run(c->pool, p->jobs, p->count, call->deadline_ms);
	for (size_t i = 0; i < p->count; i++) {
		struct client_query *q = &p->jobs[i].query;

		if (q->err.code == ERR_OK)
			q->err.code =
			    vector_end(&p->questions[i].vector, &q->err);
		log_query(call, LOG_DEBUG, q);
	}
}

/* The same text is given once; what does not fit, or no memory, is left out. */
static void
warn(struct collect_call *call, const char *text)
{
	const char *copy;

	for (size_t i = 0; i < call->warning_count; i++)
		if (strcmp(call->warnings[i], text) == 0)
			return;
	if (call->warning_count == COLLECT_WARNINGS_MAX)
		return;
	copy = arena_copy(call->arena, text, strlen(text));
	if (copy != NULL)
		call->warnings[call->warning_count++] = copy;
}

static void
warn_of_failure(struct collect_call *call, const struct question *q,
		const struct client_query *query)
{
	char text[128];

	snprintf(text, sizeof(text), "The query for %s failed (%s)",
		 field_name(q->field), err_name(query->err.code));
	warn(call, text);
	log_query(call, LOG_WARN, query);
}

static enum err_code
join(struct question *q, struct collect_call *call, struct fleet *fleet,
     struct err *e)
{
	const struct profile_metric *metric = &q->profile->metrics[q->field];
	size_t skipped;
	char text[256];
	enum err_code code = fleet_add(fleet, q->field, metric->scale,
				       &q->vector, &q->arena, &skipped, e);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < q->vector.warning_count; i++)
		warn(call, q->vector.warnings[i]);
	if (skipped > 0) {
		snprintf(text, sizeof(text),
			 "%zu series of %.128s have no label that tells the "
			 "node or the GPU's index",
			 skipped, metric->name);
		warn(call, text);
	}
	return ERR_OK;
}

static enum err_code
join_all(struct plan *p, struct collect_call *call, struct fleet *fleet,
	 struct err *e)
{
	for (size_t i = 0; i < p->count; i++) {
		struct question *q = &p->questions[i];
		const struct client_query *query = &p->jobs[i].query;

		if (query->err.code == ERR_OK) {
			enum err_code code = join(q, call, fleet, e);

			if (code != ERR_OK)
				return code;
		} else if (q->is_required) {
			*e = query->err;
			return e->code;
		} else {
			warn_of_failure(call, q, query);
		}
		/* Its samples are in the fleet now: keep the peak low. */
		vector_fini(&q->vector);
		arena_fini(&q->arena);
	}
	return fleet_finish(fleet, e);
}

static enum err_code
plan_fields(struct plan *p, const struct collector *c,
	    const struct collect_need *need, struct collect_call *call,
	    struct err *e)
{
	field_set wanted = need->required | need->optional;
	enum err_code code =
	    plan_init(p, c->profiles->count * FIELD__MAX, call->arena, e);

	for (size_t i = 0; code == ERR_OK && i < c->profiles->count; i++) {
		const struct profile *profile = c->profiles->profiles[i];

		for (int f = 0; code == ERR_OK && f < FIELD__MAX; f++) {
			const struct profile_metric *m = &profile->metrics[f];

			if (m->name == NULL || !(wanted & FIELD_BIT(f)))
				continue;
			p->questions[p->count].is_required =
			    (need->required & FIELD_BIT(f)) && !m->is_optional;
			code = plan_add(p, c, call, profile, (enum field)f,
					promql_add_metric, e);
		}
	}
	return code;
}

enum err_code
collect_fleet(const struct collector *c, const struct collect_need *need,
	      struct collect_call *call, struct fleet *out, struct err *e)
{
	struct plan plan = {0};
	enum err_code code = plan_fields(&plan, c, need, call, e);

	if (code == ERR_OK) {
		fleet_init(out, call->arena);
		plan_run(&plan, c, call);
		code = join_all(&plan, call, out, e);
	}
	plan_fini(&plan);
	return code;
}

/* The metric that stands for the exporter: the first that it has. */
static enum field
first_field(const struct profile *profile)
{
	int f = 0;

	while (f < FIELD__MAX - 1 && profile->metrics[f].name == NULL)
		f++;
	return (enum field)f;
}

/* count() of nothing is an empty vector. */
static uint64_t
read_count(const struct vector *v)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s = samples_next(&v->samples, &cursor);

	return s != NULL && s->value > 0 && s->value < 1e15 ? (uint64_t)s->value
							    : 0;
}

static enum err_code
read_counts(const struct plan *p, struct collect_seen *out, struct err *e)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->jobs[i].query.err.code != ERR_OK) {
			*e = p->jobs[i].query.err;
			return e->code;
		}
		out[i].exporter = p->questions[i].profile->name;
		out[i].gpu_count = read_count(&p->questions[i].vector);
	}
	return ERR_OK;
}

static enum err_code
plan_counts(struct plan *p, const struct collector *c,
	    struct collect_call *call, struct err *e)
{
	enum err_code code = plan_init(p, c->profiles->count, call->arena, e);

	for (size_t i = 0; code == ERR_OK && i < c->profiles->count; i++) {
		const struct profile *profile = c->profiles->profiles[i];

		code = plan_add(p, c, call, profile, first_field(profile),
				promql_add_count, e);
	}
	return code;
}

enum err_code
collect_seen(const struct collector *c, struct collect_call *call,
	     struct collect_seen **seen, struct err *e)
{
	struct plan plan = {0};
	enum err_code code = plan_counts(&plan, c, call, e);

	*seen = arena_alloc(call->arena, c->profiles->count * sizeof(**seen));
	if (code == ERR_OK && *seen == NULL)
		code = err_set_memory(e);
	if (code == ERR_OK) {
		plan_run(&plan, c, call);
		code = read_counts(&plan, *seen, e);
	}
	plan_fini(&plan);
	return code;
}
