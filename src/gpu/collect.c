#include "gpu/collect.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "gpu/ask.h"
#include "gpu/join.h"
#include "prom/promql.h"

/* What one of the queries is for. */
struct purpose {
	struct join_source source;
	bool is_required;
};

/* The queries of one call; purposes and the questions run side by side. */
struct plan {
	const struct collector *collector;
	const struct detection *detection;
	struct call *call;
	struct purpose *purposes;
	struct ask ask;
};

/* --- which metrics ------------------------------------------------------- */

static bool
has_total(const struct profile *p)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD &&
		    p->metrics[i].field == FIELD_MEMORY_TOTAL &&
		    !p->metrics[i].is_optional)
			return true;
	return false;
}

/* Where the total is not measured, what it is computed from is needed. */
static field_set
with_ingredients(const struct profile *p, field_set fields)
{
	if ((fields & FIELD_BIT(FIELD_MEMORY_TOTAL)) == 0 || has_total(p))
		return fields;
	return fields | FIELD_BIT(FIELD_MEMORY_FREE) |
	       FIELD_BIT(FIELD_MEMORY_RESERVED) |
	       FIELD_BIT(FIELD_MEMORY_USED_RATIO);
}

/* Alternatives that differ in the metric's name alone are asked together. */
static bool
goes_with(const struct profile_metric *a, const struct profile_metric *b)
{
	return a->kind == b->kind && a->field == b->field &&
	       a->value_label == NULL && b->value_label == NULL &&
	       strcmp(a->name, b->name) != 0 &&
	       strcmp(a->conditions, b->conditions) == 0;
}

/* The first metrics of those left that make one query. */
static size_t
group(const struct profile_metric *metrics, size_t count)
{
	size_t n = 1;

	while (n < count && n < JOIN_METRICS_MAX &&
	       goes_with(&metrics[0], &metrics[n]))
		n++;
	return n;
}

/* Whether this kind of sample is wanted, and cannot be done without. */
struct want {
	bool processes;
	bool roll_call; /* who would be asked nothing is asked for its GPUs */
	field_set required;
	field_set optional;
};

static bool
has_kind(const struct profile *p, enum profile_kind kind)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == kind)
			return true;
	return false;
}

/*
 * The metric by which an exporter's GPUs are known where nothing else of it is
 * asked: one that all of them have.
 */
static bool
is_roll_call(const struct profile *p, const struct profile_metric *m)
{
	if (has_kind(p, PROFILE_INFO))
		return false;
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD &&
		    !p->metrics[i].is_optional &&
		    strcmp(p->metrics[i].conditions, p->match_conditions) == 0)
			return m == &p->metrics[i];
	return false;
}

/*
 * What one exporter calls a card may be better than what another one does: so
 * where several may see one, all are asked.
 */
static bool
needs_roll_call(const struct detection *found)
{
	bool has_processes = false;

	for (size_t i = 0; i < found->count; i++)
		has_processes |= has_kind(found->profiles[i], PROFILE_PROCESS);
	return has_processes && found->count > 1;
}

static bool
is_wanted(const struct want *want, const struct profile *p,
	  const struct profile_metric *m)
{
	field_set fields = with_ingredients(p, want->required | want->optional);

	if (m->kind == PROFILE_FIELD)
		return (fields & FIELD_BIT(m->field)) != 0 ||
		       (want->roll_call && is_roll_call(p, m));
	/* Who has these identifies its GPUs by them. */
	return m->kind == PROFILE_PROCESS ? want->processes : true;
}

static bool
is_required(const struct want *want, const struct profile *p,
	    const struct profile_metric *m)
{
	field_set fields = with_ingredients(p, want->required);

	if (m->is_optional)
		return false;
	return m->kind == PROFILE_PROCESS ||
	       (m->kind == PROFILE_FIELD &&
		(fields & FIELD_BIT(m->field)) != 0);
}

/* --- the queries --------------------------------------------------------- */

/* What the series of this query have to tell beside their values. */
static bool
needs_label(const struct join_source *source, enum profile_label label)
{
	switch (label) {
	case PROFILE_PID:
	case PROFILE_PROCESS_NAME:
	case PROFILE_USER:
	case PROFILE_COMMAND:
		return source->metrics[0]->kind == PROFILE_PROCESS;
	default:
		return true;
	}
}

static unsigned
slot_for(struct join_source *source, enum profile_label label, size_t *slots)
{
	if (source->slots[label] == JOIN_NO_SLOT)
		source->slots[label] = (unsigned char)(*slots)++;
	return source->slots[label];
}

/* The labels that the vector is to keep; NULL: no memory. */
static const struct element_label *
choose_labels(struct join_source *source, struct arena *arena, size_t *count,
	      size_t *slots)
{
	const struct profile *p = source->profile;
	const char *value_label = source->metrics[0]->value_label;
	struct element_label *labels =
	    arena_alloc(arena, (p->label_count + 2) * sizeof(*labels));

	*count = *slots = 0;
	memset(source->slots, JOIN_NO_SLOT, sizeof(source->slots));
	if (labels == NULL)
		return NULL;
	for (size_t i = 0; i < p->label_count; i++)
		if (needs_label(source, p->labels[i].label))
			labels[(*count)++] = (struct element_label){
			    p->labels[i].name,
			    slot_for(source, p->labels[i].label, slots)};
	if (source->metric_count > 1)
		labels[(*count)++] = (struct element_label){
		    "__name__", slot_for(source, PROFILE_METRIC, slots)};
	if (value_label != NULL)
		labels[(*count)++] = (struct element_label){
		    value_label, slot_for(source, PROFILE_VALUE, slots)};
	return labels;
}

static enum err_code
plan_question(struct plan *p, struct purpose *purpose, struct err *e)
{
	struct join_source *source = &purpose->source;
	const char *names[JOIN_METRICS_MAX];
	size_t label_count, slots;
	const struct element_label *labels =
	    choose_labels(source, p->call->arena, &label_count, &slots);
	enum err_code code;
	struct buf text;

	if (labels == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < source->metric_count; i++)
		names[i] = source->metrics[i]->name;
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	promql_add_selector(&text, names, source->metric_count,
			    source->metrics[0]->conditions);
	source->vector = &p->ask.questions[p->ask.count].vector;
	code = ask_add(&p->ask, &text, labels, label_count, slots, e);
	buf_fini(&text);
	return code;
}

static enum err_code
plan_profile(struct plan *p, unsigned rank, const struct want *want,
	     struct err *e)
{
	const struct profile *profile = p->detection->profiles[rank];
	enum err_code code = ERR_OK;
	size_t n;

	for (size_t i = 0; code == ERR_OK && i < profile->metric_count;
	     i += n) {
		struct purpose *purpose = &p->purposes[p->ask.count];
		const struct profile_metric *m = &profile->metrics[i];

		n = group(m, profile->metric_count - i);
		if (!is_wanted(want, profile, m))
			continue;
		*purpose =
		    (struct purpose){.source = {.profile = profile,
						.rank = rank,
						.metric_count = n,
						.nodes = p->detection->nodes}};
		for (size_t k = 0; k < n; k++) {
			purpose->source.metrics[k] = &m[k];
			purpose->is_required |=
			    is_required(want, profile, &m[k]);
		}
		code = plan_question(p, purpose, e);
	}
	return code;
}

static enum err_code
plan_init(struct plan *p, const struct collector *c, struct call *call,
	  struct want *want, struct intern *strings, struct err *e)
{
	size_t capacity = 0;
	enum err_code code;

	*p = (struct plan){.collector = c, .call = call};
	if ((code = detect_get(c->detector, call, &p->detection, e)) != ERR_OK)
		return code;
	want->roll_call = want->processes && needs_roll_call(p->detection);
	for (size_t i = 0; i < p->detection->count; i++)
		capacity += p->detection->profiles[i]->metric_count;
	p->purposes = arena_alloc(call->arena, capacity * sizeof(*p->purposes));
	if (p->purposes == NULL)
		return err_set_memory(e);
	code = ask_init(&p->ask, capacity, call, strings, c->max_series, e);
	for (unsigned i = 0; code == ERR_OK && i < p->detection->count; i++)
		code = plan_profile(p, i, want, e);
	return code;
}

static void
plan_fini(struct plan *p)
{
	ask_fini(&p->ask);
	detect_release(p->detection);
}

/* --- the answers --------------------------------------------------------- */

static const char *
name_of(const struct profile_metric *m)
{
	switch (m->kind) {
	case PROFILE_FIELD:
		return field_name((enum field)m->field);
	case PROFILE_PROCESS:
		return field_process_name((enum process_field)m->field);
	default:
		return m->name;
	}
}

static void
warn_of_failure(struct plan *p, size_t number)
{
	const struct profile_metric *m = p->purposes[number].source.metrics[0];

	call_warn(p->call, "The query for %s failed (%s)", name_of(m),
		  err_name(ask_await(&p->ask, number)->code));
	ask_log(&p->ask, number, LOG_WARN);
}

/* Where the samples go: to a fleet, or to a table of processes. */
struct goal {
	struct fleet *fleet;
	struct process_table *processes; /* or NULL */
};

static enum err_code
join(struct plan *p, size_t number, const struct goal *goal, struct err *e)
{
	const struct join_source *source = &p->purposes[number].source;
	struct arena *scratch = &p->ask.questions[number].arena;
	int64_t start_us = clock_now_us();
	enum err_code code;
	size_t skipped;

	if (source->metrics[0]->kind == PROFILE_PROCESS)
		code =
		    process_add(goal->processes, source, scratch, &skipped, e);
	else
		code = join_fleet(goal->fleet, source, scratch, &skipped, e);
	p->call->join_us += clock_now_us() - start_us;
	ask_warn(&p->ask, number);
	if (code == ERR_OK && skipped > 0)
		call_warn(p->call,
			  "%zu series of %.128s do not tell which %s they "
			  "are of",
			  skipped, source->metrics[0]->name,
			  source->metrics[0]->kind == PROFILE_PROCESS
			      ? "process on which GPU"
			      : "GPU");
	return code;
}

static enum err_code
join_all(struct plan *p, const struct goal *goal, struct err *e)
{
	for (size_t i = 0; i < p->ask.count; i++) {
		const struct err *outcome = ask_await(&p->ask, i);

		if (outcome->code == ERR_OK) {
			enum err_code code = join(p, i, goal, e);

			if (code != ERR_OK)
				return code;
		} else if (p->purposes[i].is_required) {
			*e = *outcome;
			return e->code;
		} else {
			warn_of_failure(p, i);
		}
		/* Its samples are in the fleet now: keep the peak low. */
		ask_drop(&p->ask, i);
	}
	return ERR_OK;
}

static enum err_code
run(const struct collector *c, struct want *want, struct call *call,
    const struct goal *goal, struct err *e)
{
	struct plan plan;
	enum err_code code =
	    plan_init(&plan, c, call, want, &goal->fleet->texts, e);

	if (code == ERR_OK) {
		if (plan.detection->count == 0)
			detect_warn_of_nothing(c->detector, call);
		ask_start(&plan.ask, c->pool);
		code = join_all(&plan, goal, e);
	}
	plan_fini(&plan);
	return code;
}

static void
warn_of_homeless(struct call *call, const struct fleet *fleet)
{
	if (fleet->homeless_count > 0)
		call_warn(call,
			  "GPUs left out, since no label tells their node: "
			  "%zu",
			  fleet->homeless_count);
}

static enum err_code
finish(struct fleet *fleet, struct call *call, struct err *e)
{
	int64_t start_us = clock_now_us();
	enum err_code code = fleet_finish(fleet, e);

	call->join_us += clock_now_us() - start_us;
	return code;
}

enum err_code
collect_fleet(const struct collector *c, const struct collect_need *need,
	      struct call *call, struct fleet *out, struct err *e)
{
	struct want want = {.required = need->required,
			    .optional = need->optional};
	struct goal goal = {.fleet = out};
	enum err_code code;

	fleet_init(out, call->arena);
	code = run(c, &want, call, &goal, e);
	if (code == ERR_OK)
		code = finish(out, call, e);
	if (code == ERR_OK)
		warn_of_homeless(call, out);
	return code;
}

enum err_code
collect_processes(const struct collector *c, struct call *call,
		  struct process_table *out, struct err *e)
{
	struct want want = {.processes = true};
	struct goal goal = {.fleet = &out->fleet, .processes = out};
	enum err_code code;

	process_init(out, call->arena);
	code = run(c, &want, call, &goal, e);
	if (code == ERR_OK)
		code = process_finish(out, e);
	if (code == ERR_OK)
		warn_of_homeless(call, &out->fleet);
	return code;
}
