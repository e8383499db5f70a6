/* Since when cards are lost: asked of those alone. */
#include "base/log.h"
#include "gpu/collect/problem_promql.h"
#include "gpu/collect/problem_question.h"
#include "prom/promql.h"

/* instance=~"a|b"; NULL: there is no memory. */
static const char *
instances_of(struct problem_ask *a, const struct problem_question *q)
{
	const struct intern *texts = &a->table->workloads.fleet.texts;
	const char *values[PROBLEM_INSTANCES_MAX], *copy = NULL;
	struct buf text;

	for (size_t i = 0; i < q->instance_count; i++)
		values[i] = intern_text(texts, q->instances[i])->text;
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	promql_add_choice(&text, "instance", values, q->instance_count);
	if (buf_status(&text) == ERR_OK)
		copy = arena_copy(a->plan->call->arena, text.data, text.length);
	buf_fini(&text);
	return copy;
}

static enum err_code
ask_seen(struct problem_ask *a, const struct problem_question *lost,
	 struct ask *ask, struct problem_question *out, struct err *e)
{
	const char *instances = instances_of(a, lost);
	enum err_code code = ERR_OK;
	struct buf text;

	if (instances == NULL)
		return err_set_memory(e);
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (int is_of_day = 0; code == ERR_OK && is_of_day < 2; is_of_day++) {
		buf_reset(&text);
		problem_promql_add_seen(&text, lost->source.metrics[0],
					instances, is_of_day);
		code = problem_question_add(a, ask, &out[ask->count], ROLE_SEEN,
					    lost->source.rank,
					    lost->source.metrics[0], &text, e);
	}
	buf_fini(&text);
	return code;
}

/* What fails here only leaves open since when it is so. */
static enum err_code
read_seen(struct problem_ask *a, struct ask *ask,
	  struct problem_question *questions, struct err *e)
{
	struct call *call = a->plan->call;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < ask->count; i++) {
		const struct err *outcome = call_await(call, ask, i);

		if (outcome->code == ERR_OK) {
			code = problem_question_read(
			    a, &questions[i], &ask->questions[i].arena, e);
			continue;
		}
		if (outcome->code == ERR_MEMORY) {
			*e = *outcome;
			return e->code;
		}
		call_warn(call, "The query for since failed (%s)",
			  err_name(outcome->code));
		ask_log(ask, i, LOG_WARN);
	}
	return code;
}

/* Asked only now, about these alone. */
enum err_code
problem_seen_find(struct problem_ask *a, struct err *e)
{
	struct call *call = a->plan->call;
	size_t capacity = 2 * a->count;
	struct problem_question *questions =
	    arena_alloc(call->arena, capacity * sizeof(*questions));
	struct ask ask;
	enum err_code code =
	    call_ask(call, &ask, capacity, &a->table->workloads.fleet.texts,
		     a->plan->ask.max_series, e);

	if (code == ERR_OK && questions == NULL)
		code = err_set_memory(e);
	for (size_t i = 0; code == ERR_OK && i < a->count; i++) {
		const struct problem_question *q = &a->questions[i];

		if (q->role == ROLE_LOST && q->instance_count > 0 &&
		    q->instance_count <= PROBLEM_INSTANCES_MAX)
			code = ask_seen(a, q, &ask, questions, e);
	}
	if (code == ERR_OK && ask.count > 0) {
		call_start(call, &ask, a->plan->ask.pool);
		code = read_seen(a, &ask, questions, e);
	}
	ask_fini(&ask);
	return code;
}
