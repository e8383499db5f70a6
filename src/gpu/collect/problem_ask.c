#include "gpu/collect/problem_ask.h"

#include "base/log.h"
#include "gpu/collect/problem_alerts.h"
#include "gpu/collect/problem_promql.h"
#include "gpu/collect/problem_question.h"
#include "gpu/site/roll_call.h"

/* Who is slowed down by heat for so long is in trouble. */
enum { LASTING_S = 600 };

/* --- the questions -------------------------------------------------------- */

/* A field that is an Xid's number, and not the time of one that a label has. */
static bool
is_code(const struct profile_metric *m)
{
	return m->kind == PROFILE_FIELD && m->field == FIELD_XID &&
	       m->value_label == NULL;
}

size_t
problem_ask_count(const struct detection *found)
{
	size_t count = PROBLEM_ALERTS_QUESTIONS + 1;

	for (size_t i = 0; i < found->count; i++)
		count += 3 + 2 * found->profiles[i]->metric_count;
	return count;
}

static enum err_code
add(struct problem_ask *a, enum problem_role role, unsigned rank,
    const struct profile_metric *m, const struct buf *text, struct err *e)
{
	struct problem_question *q = &a->questions[a->count++];

	return problem_question_add(a, &a->plan->ask, q, role, rank, m, text,
				    e);
}

static enum err_code
ask_metric(struct problem_ask *a, unsigned rank, const struct profile_metric *m,
	   const struct problem_core *core, struct buf *text, struct err *e)
{
	const struct profile *p = a->plan->found->profiles[rank];
	enum err_code code = ERR_OK;

	buf_reset(text);
	if (m->kind == PROFILE_PROBLEM) {
		const struct profile_problem *problem = &p->problems[m->field];

		problem_promql_add(text, problem, m, core);
		code = add(a, ROLE_METRIC, rank, m, text, e);
		if (code != ERR_OK ||
		    problem->kind != PROBLEM_THERMAL_SLOWDOWN ||
		    !problem_promql_has_past(problem))
			return code;
		buf_reset(text);
		problem_promql_add_past(text, problem, m, LASTING_S);
		return add(a, ROLE_METRIC_BEFORE, rank, m, text, e);
	}
	for (int is_past = 0; code == ERR_OK && is_past < 2; is_past++) {
		buf_reset(text);
		problem_promql_add_codes(text, m, is_past);
		code = add(a, is_past ? ROLE_CODES_BEFORE : ROLE_CODES, rank, m,
			   text, e);
	}
	return code;
}

/* What the exporter does not have is not asked for. */
static enum err_code
ask_metrics(struct problem_ask *a, unsigned rank,
	    const struct problem_core *core, struct buf *text, struct err *e)
{
	const struct profile *p = a->plan->found->profiles[rank];
	const uint64_t *series = a->plan->found->series[rank];
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];

		if ((m->kind == PROFILE_PROBLEM || is_code(m)) &&
		    (series == NULL || series[i] > 0))
			code = ask_metric(a, rank, m, core, text, e);
	}
	return code;
}

static enum err_code
ask_lost(struct problem_ask *a, unsigned rank, const struct problem_core *core,
	 struct buf *text, struct err *e)
{
	const struct detection *found = a->plan->found;
	const struct profile_metric *m =
	    roll_call_always(found->profiles[rank], found->series[rank]);
	enum err_code code;

	if (m == NULL)
		return ERR_OK;
	buf_reset(text);
	problem_promql_add_targets(text, m);
	code = add(a, ROLE_TARGETS, rank, m, text, e);
	for (int is_fresh = 0; code == ERR_OK && is_fresh < 2; is_fresh++) {
		buf_reset(text);
		problem_promql_add_lost(text, m, core, is_fresh);
		code =
		    add(a, is_fresh ? ROLE_FRESH : ROLE_LOST, rank, m, text, e);
	}
	return code;
}

/* Where each target of a job is down, none of its metrics tells which job that
 * is. */
static enum err_code
ask_down(struct problem_ask *a, struct err *e)
{
	static const struct profile_metric up = {.kind = PROFILE_INFO,
						 .name = "up"};
	enum err_code code;
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	buf_append_text(&text, "up == 0");
	code = add(a, ROLE_DOWN, 0, &up, &text, e);
	buf_fini(&text);
	return code;
}

enum err_code
problem_ask_add(struct problem_ask *a, struct plan *plan,
		const struct problems_settings *settings,
		struct problem_table *table, struct err *e)
{
	const struct detection *found = plan->found;
	struct arena *arena = plan->call->arena;
	enum err_code code = ERR_OK;
	struct buf text;

	*a = (struct problem_ask){
	    .settings = settings, .table = table, .plan = plan};
	a->first = plan->ask.count;
	a->questions = arena_alloc(arena, problem_ask_count(found) *
					      sizeof(*a->questions));
	if (a->questions == NULL)
		return err_set_memory(e);
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (unsigned i = 0; code == ERR_OK && i < found->count; i++) {
		struct problem_core core;

		code = problem_promql_core(found, i, arena, &core, e);
		if (code == ERR_OK)
			code = ask_lost(a, i, &core, &text, e);
		if (code == ERR_OK)
			code = ask_metrics(a, i, &core, &text, e);
	}
	buf_fini(&text);
	if (code == ERR_OK && found->count > 0)
		code = ask_down(a, e);
	a->first_alert = plan->ask.count;
	return code == ERR_OK && found->count > 0
		   ? problem_alerts_ask(&plan->ask, found->profiles[0],
					settings->alert_match, &a->alert_count,
					e)
		   : code;
}

/* --- the answers ---------------------------------------------------------- */

/* Which codes are new nobody can tell without those of before, which were asked
 * for behind them. */
static bool
lacks_past(const struct problem_ask *a, size_t question)
{
	return a->questions[question].role == ROLE_CODES &&
	       call_await(a->plan->call, &a->plan->ask, a->first + question + 1)
		       ->code != ERR_OK;
}

enum err_code
problem_ask_read(struct problem_ask *a, struct err *e)
{
	struct call *call = a->plan->call;
	struct ask *ask = &a->plan->ask;
	struct err failure = {.code = ERR_OK};
	enum err_code code = ERR_OK;
	bool has_failed;

	a->table->knows_targets = true;
	for (size_t i = 0; code == ERR_OK && i < a->count; i++) {
		struct problem_question *q = &a->questions[i];
		const struct err *outcome = call_await(call, ask, a->first + i);

		if (outcome->code == ERR_OK) {
			call_take_warnings(call, ask, a->first + i);
			if (!lacks_past(a, i))
				code = problem_question_read(
				    a, q, &ask->questions[a->first + i].arena,
				    e);
		} else if (outcome->code == ERR_MEMORY) {
			*e = *outcome;
			return e->code;
		} else {
			a->failed++;
			failure = *outcome;
			a->table->knows_targets &= q->role != ROLE_TARGETS;
			call_warn(call, "The query for %s failed (%s)",
				  problem_question_name(q),
				  err_name(outcome->code));
			ask_log(ask, a->first + i, LOG_WARN);
		}
		ask_drop(ask, a->first + i);
	}
	if (code == ERR_OK && a->alert_count > 0)
		code = problem_alerts_read(call, ask, a->first_alert, a->table,
					   &has_failed, e);
	if (code == ERR_OK && a->failed < a->count)
		code = problem_seen_find(a, e);
	/* Nothing wrong would be found where nobody could look. */
	if (code == ERR_OK && a->failed > 0 && a->failed == a->count)
		*e = failure;
	return code == ERR_OK && a->failed > 0 && a->failed == a->count
		   ? e->code
		   : code;
}
