#include "gpu/collect/problem_ask.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "gpu/collect/join.h"
#include "gpu/collect/lacks.h"
#include "gpu/collect/problem_alerts.h"
#include "gpu/collect/problem_promql.h"
#include "gpu/site/roll_call.h"

/* What a question is about. */
enum role {
	ROLE_METRIC, /* one of the profile's problems */
	ROLE_CODES,
	ROLE_CODES_BEFORE,
	ROLE_FRESH,
	ROLE_LOST,
	ROLE_TARGETS
};

struct problem_question {
	enum role role;
	struct join_source source;
	const char *name; /* as warnings call it */
};

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
	size_t count = PROBLEM_ALERTS_QUESTIONS;

	for (size_t i = 0; i < found->count; i++)
		count += 3 + 2 * found->profiles[i]->metric_count;
	return count;
}

/* What the answer's samples are to keep. */
static const struct element_label *
choose_labels(struct problem_ask *a, struct join_source *source, size_t *count,
	      size_t *slots)
{
	const struct profile *p = source->profile;
	const char *code_label = source->metrics[0]->value_label;
	struct element_label *labels = arena_alloc(
	    a->plan->call->arena, (p->label_count + 1) * sizeof(*labels));

	*count = *slots = 0;
	if (labels == NULL)
		return NULL;
	identify_add_labels(p, ~(PROFILE_OF_PROCESSES | PROFILE_OF_WORKLOADS),
			    source->slots, labels, count, slots);
	if (code_label != NULL) {
		source->slots[PROFILE_VALUE] = (unsigned char)(*slots)++;
		labels[(*count)++] = (struct element_label){
		    code_label, source->slots[PROFILE_VALUE], NULL, false};
	}
	return labels;
}

/* Of that text, which is complete. */
static enum err_code
add(struct problem_ask *a, enum role role, unsigned rank,
    const struct profile_metric *m, const struct buf *text, struct err *e)
{
	struct ask *ask = &a->plan->ask;
	struct problem_question *q = &a->questions[a->count];
	const struct element_label *labels;
	size_t count, slots;

	*q = (struct problem_question){.role = role,
				       .source = plan_source(a->plan, rank),
				       .name = m->name};
	q->source.recall = NULL;
	q->source.times = NULL;
	q->source.metrics[q->source.metric_count++] = m;
	q->source.samples = &ask->questions[ask->count].vector.samples;
	labels = choose_labels(a, &q->source, &count, &slots);
	if (labels == NULL)
		return err_set_memory(e);
	a->count++;
	return ask_add(ask, text, labels, count, slots, e);
}

static enum err_code
ask_metric(struct problem_ask *a, unsigned rank, const struct profile_metric *m,
	   const struct problem_core *core, struct buf *text, struct err *e)
{
	const struct profile *p = a->plan->found->profiles[rank];
	enum err_code code = ERR_OK;

	buf_reset(text);
	if (m->kind == PROFILE_PROBLEM) {
		problem_promql_add(text, &p->problems[m->field], m, core);
		return add(a, ROLE_METRIC, rank, m, text, e);
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
	a->first_alert = plan->ask.count;
	return code == ERR_OK && found->count > 0
		   ? problem_alerts_ask(&plan->ask, found->profiles[0],
					settings->alert_match, &a->alert_count,
					e)
		   : code;
}

/* --- the answers ---------------------------------------------------------- */

/* What is told by levels is as severe as they are; and of health no more. */
static enum problem_severity
severity_of(const struct profile_problem *p, double value)
{
	if (p->as == PROFILE_AS_LEVEL && value >= p->critical)
		return PROBLEM_CRITICAL;
	return p->as == PROFILE_AS_LEVEL && p->kind == PROBLEM_HEALTH
		   ? PROBLEM_WARNING
		   : problem_kinds[p->kind].severity;
}

/* Of a metric of problems, or of codes. */
static struct problem_note
note_of(const struct problem_question *q, const struct join_hit *hit,
	const struct sample *s)
{
	const struct profile_metric *m = q->source.metrics[0];
	struct problem_note note = {.kind = PROBLEM_XID,
				    .gpu = hit->gpu,
				    .value = s->value,
				    .code = NAN,
				    .was_there = q->role == ROLE_CODES_BEFORE,
				    .timestamp_s = s->timestamp_s};
	const struct profile_problem *p;

	if (m->kind != PROFILE_PROBLEM) {
		note.code = hit->value;
		note.value = NAN;
		return note;
	}
	p = &q->source.profile->problems[m->field];
	note.kind = p->kind;
	note.severity = severity_of(p, s->value);
	if (p->as == PROFILE_AS_CODE) {
		note.code = hit->value;
		note.value = NAN;
	} else if (m->value_label != NULL) {
		note.code = hit->value;
	}
	return note;
}

static bool
take(struct problem_ask *a, const struct problem_question *q, struct join *j,
     const struct sample *s, const struct join_hit *hit)
{
	struct problem_lost lost = {.gpu = hit->gpu,
				    .is_fresh = q->role == ROLE_FRESH,
				    .timestamp_s = s->timestamp_s};
	struct problem_note note;

	if (q->role == ROLE_FRESH || q->role == ROLE_LOST) {
		lost.cluster = identify_text(&j->who, s, PROFILE_CLUSTER);
		lost.instance = identify_text(&j->who, s, PROFILE_INSTANCE);
		return problem_add_lost(a->table, &lost);
	}
	note = note_of(q, hit, s);
	/* A code that is no number is none. */
	if (note.kind == PROBLEM_XID && !(note.code > 0))
		return true;
	return problem_add_note(a->table, &note);
}

static enum err_code
read_cards(struct problem_ask *a, const struct problem_question *q,
	   struct arena *scratch, struct err *e)
{
	struct fleet *fleet = &a->table->workloads.fleet;
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	struct join j;
	struct join_hit hit;
	size_t skipped = 0;
	bool is_usable;
	enum err_code code = join_init(&j, fleet, &q->source, scratch, e);

	while (code == ERR_OK &&
	       (s = samples_next(q->source.samples, &cursor)) != NULL) {
		code = join_sample(&j, s, &hit, &is_usable, e);
		if (code != ERR_OK)
			break;
		if (!is_usable)
			skipped++;
		else if (!take(a, q, &j, s, &hit))
			code = err_set_memory(e);
	}
	join_fini(&j);
	if (code == ERR_OK && skipped > 0)
		lacks_warn_of_skipped(a->plan->call, &q->source, skipped);
	return code;
}

static enum err_code
read_targets(struct problem_ask *a, const struct problem_question *q,
	     struct arena *scratch, struct err *e)
{
	const struct identify_source source = {.profile = q->source.profile,
					       .slots = q->source.slots,
					       .samples = q->source.samples,
					       .nodes = q->source.nodes,
					       .targets = q->source.targets};
	struct samples_cursor cursor = {NULL, 0};
	struct identify_reader r;
	const struct sample *s;
	struct identity id;
	enum err_code code = identify_init(
	    &r, &source, &a->table->workloads.fleet.texts, scratch, e);

	while (code == ERR_OK &&
	       (s = samples_next(source.samples, &cursor)) != NULL) {
		struct problem_target target = {.node = FLEET_UNKNOWN,
						.is_up = s->value > 0,
						.timestamp_s = s->timestamp_s};

		target.cluster = identify_text(&r, s, PROFILE_CLUSTER);
		target.instance = identify_text(&r, s, PROFILE_INSTANCE);
		if (identify_place(&r, s, &id))
			target.node = id.node;
		if (r.is_out_of_memory ||
		    !problem_add_target(a->table, &target))
			code = err_set_memory(e);
	}
	identify_fini(&r);
	return code;
}

static enum err_code
read_answer(struct problem_ask *a, const struct problem_question *q,
	    size_t number, struct err *e)
{
	struct arena *scratch = &a->plan->ask.questions[number].arena;

	return q->role == ROLE_TARGETS ? read_targets(a, q, scratch, e)
				       : read_cards(a, q, scratch, e);
}

static const char *
name_of(const struct problem_question *q)
{
	switch (q->role) {
	case ROLE_FRESH:
	case ROLE_LOST:
		return "lost GPUs";
	case ROLE_TARGETS:
		return "up";
	default:
		return q->name;
	}
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
		const struct problem_question *q = &a->questions[i];
		const struct err *outcome = call_await(call, ask, a->first + i);

		if (outcome->code == ERR_OK) {
			call_take_warnings(call, ask, a->first + i);
			code = read_answer(a, q, a->first + i, e);
		} else if (outcome->code == ERR_MEMORY) {
			*e = *outcome;
			return e->code;
		} else {
			a->failed++;
			failure = *outcome;
			a->table->knows_targets &= q->role != ROLE_TARGETS;
			call_warn(call, "The query for %s failed (%s)",
				  name_of(q), err_name(outcome->code));
			ask_log(ask, a->first + i, LOG_WARN);
		}
		ask_drop(ask, a->first + i);
	}
	if (code == ERR_OK && a->alert_count > 0)
		code = problem_alerts_read(call, ask, a->first_alert, a->table,
					   &has_failed, e);
	/* Nothing wrong would be found where nobody could look. */
	if (code == ERR_OK && a->failed > 0 && a->failed == a->count)
		*e = failure;
	return code == ERR_OK && a->failed > 0 && a->failed == a->count
		   ? e->code
		   : code;
}
