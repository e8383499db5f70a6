#include "gpu/collect/plan.h"

#include <string.h>

#include "base/buf.h"
#include "gpu/collect/selection.h"
#include "gpu/profile/accept.h"
#include "prom/promql.h"

/* --- which of them together ---------------------------------------------- */

/*
 * What is added up is to be of one moment and one server: a sum of two scrapes
 * is of none.
 */
static bool
are_of_one_sum(const struct profile_metric *a, const struct profile_metric *b)
{
	return a->kind == PROFILE_FIELD && b->kind == PROFILE_FIELD &&
	       (FIELDS_OF_ONE_MOMENT & FIELD_BIT(a->field)) != 0 &&
	       (FIELDS_OF_ONE_MOMENT & FIELD_BIT(b->field)) != 0;
}

/*
 * Metrics that differ in their names alone can be asked together. Many series
 * are, where they are of one sum, or alternatives: most of those are not there.
 */
static bool
go_together(const struct profile_metric *a, const struct profile_metric *b,
	    bool is_small)
{
	bool are_alternatives = a->kind == b->kind && a->field == b->field;
	bool are_alike =
	    (a->kind == PROFILE_PROCESS) == (b->kind == PROFILE_PROCESS);

	return (are_alternatives || are_of_one_sum(a, b) ||
		(is_small && are_alike)) &&
	       a->value_label == NULL && b->value_label == NULL &&
	       strcmp(a->name, b->name) != 0 &&
	       strcmp(a->conditions, b->conditions) == 0;
}

static bool
goes_with_all(const struct join_source *source, const struct profile_metric *m,
	      bool is_small)
{
	if (source->metric_count == JOIN_METRICS_MAX)
		return false;
	for (size_t i = 0; i < source->metric_count; i++)
		if (!go_together(source->metrics[i], m, is_small))
			return false;
	return true;
}

/* Takes the first metric of the selection, and those that go with it. */
static void
take_group(struct selection *s, struct join_source *out)
{
	size_t left = 0;

	for (size_t i = 0; i < s->count; i++)
		if (goes_with_all(out, s->metrics[i], s->is_small))
			out->metrics[out->metric_count++] = s->metrics[i];
		else
			s->metrics[left++] = s->metrics[i];
	s->count = left;
}

/* --- the queries --------------------------------------------------------- */

/* What the series of this query have to tell beside their values. */
static profile_labels
labels_of(const struct plan *p, const struct join_source *source)
{
	profile_labels labels = ~PROFILE_OF_WORKLOADS;

	if (source->metrics[0]->kind != PROFILE_PROCESS)
		labels &= ~PROFILE_OF_PROCESSES;
	if (p->need.workloads)
		labels |= PROFILE_OF_WORKLOADS;
	/* The same look has seen all pods, and each has a name of its own. */
	if (p->need.roll_call && source->targets != NULL)
		labels &= ~PROFILE_BIT(PROFILE_WORKLOAD);
	return labels;
}

_Static_assert((int)PROFILE_LABEL__MAX <= (int)ELEMENT_SLOTS_MAX,
	       "each label has a slot of its own");

/* The labels that the vector is to keep, in so many slots, of which the first
 * are the series' own; NULL: no memory. */
static const struct element_label *
choose_labels(const struct plan *plan, struct join_source *source,
	      size_t *count, size_t *slots, size_t *own_slots)
{
	const struct profile *p = source->profile;
	const char *value_label = source->metrics[0]->value_label;
	struct element_label *labels = arena_alloc(
	    plan->call->arena, (p->label_count + 2) * sizeof(*labels));

	*count = *slots = 0;
	if (labels == NULL)
		return NULL;
	identify_add_labels(p, labels_of(plan, source), source->slots, labels,
			    count, slots);
	*own_slots = *slots;
	if (source->metric_count > 1) {
		source->slots[PROFILE_METRIC] = (unsigned char)(*slots)++;
		labels[(*count)++] = (struct element_label){
		    "__name__", source->slots[PROFILE_METRIC], NULL, false};
	}
	if (value_label != NULL) {
		source->slots[PROFILE_VALUE] = (unsigned char)(*slots)++;
		labels[(*count)++] = (struct element_label){
		    value_label, source->slots[PROFILE_VALUE], NULL, false};
	}
	return labels;
}

struct join_source
plan_source(const struct plan *p, unsigned rank)
{
	return (struct join_source){
	    .profile = p->found->profiles[rank],
	    .rank = rank,
	    .nodes = p->found->nodes,
	    .targets = roster_targets(p->found->roster, rank),
	    .scales = roster_scales(p->found->roster, rank),
	    .times = &p->times[rank],
	    .recall = &p->recalls[rank]};
}

/* With those of the part that is asked; NULL: no memory. */
static const char *
conditions_of(const struct plan *p, unsigned rank, const char *conditions)
{
	const char *more = p->part != NULL ? p->part->conditions[rank] : "";
	const char *copy = NULL;
	struct buf text;

	if (*more == '\0')
		return conditions;
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	buf_append_text(&text, conditions);
	buf_append_text(&text, *conditions != '\0' ? "," : "");
	buf_append_text(&text, more);
	if (buf_status(&text) == ERR_OK)
		copy = arena_copy(p->call->arena, text.data, text.length);
	buf_fini(&text);
	return copy;
}

static enum err_code
add_question(struct plan *p, struct join_source *source, struct err *e)
{
	const char *conditions =
	    conditions_of(p, source->rank, source->metrics[0]->conditions);
	const char *names[JOIN_METRICS_MAX];
	size_t label_count, slots, own_slots;
	const struct element_label *labels =
	    choose_labels(p, source, &label_count, &slots, &own_slots);
	enum err_code code;
	struct buf text;

	if (labels == NULL || conditions == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < source->metric_count; i++)
		names[i] = source->metrics[i]->name;
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	promql_add_selector(&text, names, source->metric_count, conditions);
	source->samples = &p->ask.questions[p->ask.count].vector.samples;
	code = ask_add(&p->ask, &text, labels, label_count, slots, e);
	if (code == ERR_OK) {
		ask_describe(&p->ask, source->metric_count,
			     source->metrics[0]->aside);
		recall_ask(source->recall, &p->ask, source->metrics,
			   source->metric_count, own_slots);
	}
	buf_fini(&text);
	return code;
}

static enum err_code
add_query(struct plan *p, struct selection *s, struct err *e)
{
	struct plan_query *q = &p->queries[p->ask.count];

	*q = (struct plan_query){.source = plan_source(p, s->rank)};
	take_group(s, &q->source);
	for (size_t i = 0; i < q->source.metric_count; i++)
		q->is_required |= selection_requires(s, q->source.metrics[i]);
	return add_question(p, &q->source, e);
}

/* --- when it was measured ------------------------------------------------- */

/* Stands for the times of the roll call's samples. */
static const struct profile_metric measured_at = {
    .kind = PROFILE_TIME, .name = "measured_at", .scale = 1};

static enum err_code
ask_times(struct plan *p, const struct dating *dating,
	  struct join_source *source, struct err *e)
{
	struct element_label *labels = arena_alloc(
	    p->call->arena, source->profile->label_count * sizeof(*labels));
	size_t count = 0, slots = 0;
	enum err_code code;
	struct buf text;

	if (labels == NULL)
		return err_set_memory(e);
	identify_add_labels(source->profile,
			    dating->is_by_target ? PROFILE_OF_TARGETS
						 : ~(PROFILE_OF_PROCESSES |
						     PROFILE_OF_WORKLOADS),
			    source->slots, labels, &count, &slots);
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	dating_add_query(&text, dating, labels, count);
	source->samples = &p->ask.questions[p->ask.count].vector.samples;
	code = ask_add(&p->ask, &text, labels, count, slots, e);
	/* The sources are to be those of the metric's own samples. */
	if (code == ERR_OK)
		ask_describe(&p->ask, 1, dating->metric->aside);
	if (code == ERR_OK && !dating->is_by_target)
		recall_ask_alike(source->recall, &p->ask, dating->metric->aside,
				 slots, true);
	buf_fini(&text);
	return code;
}

static enum err_code
add_times(struct plan *p, unsigned rank, struct err *e)
{
	const struct detection *found = p->found;
	struct dating dating = roster_dating(
	    found->roster, rank, found->profiles[rank], found->series[rank]);
	struct plan_query *q = &p->queries[p->ask.count];

	if (dating.metric == NULL)
		return ERR_OK;
	dating.conditions = conditions_of(p, rank, dating.conditions);
	if (dating.conditions == NULL)
		return err_set_memory(e);
	*q = (struct plan_query){.source = plan_source(p, rank),
				 .is_of_targets = dating.is_by_target};
	q->source.metrics[q->source.metric_count++] = &measured_at;
	return ask_times(p, &dating, &q->source, e);
}

/* The times come first: by then they are known to what is joined. */
static enum err_code
add_queries(struct plan *p, unsigned rank, struct err *e)
{
	enum err_code code = ERR_OK;
	struct selection s;

	if (p->part != NULL && p->part->conditions[rank] == NULL)
		return ERR_OK;
	selection_make(p, rank, &s);
	if (s.count > 0 && !p->need.roll_call && !p->need.without_times)
		code = add_times(p, rank, e);
	while (code == ERR_OK && s.count > 0)
		code = add_query(p, &s, e);
	return code;
}

/* What is known of each exporter's series, and of its targets' times: nothing
 * yet. */
static enum err_code
prepare_answers(struct plan *p, struct memory *memory, struct err *e)
{
	size_t count = p->found->count;
	struct arena *arena = p->call->arena;
	enum err_code code = ERR_OK;

	p->times = arena_alloc(arena, count * sizeof(*p->times));
	p->recalls = arena_alloc(arena, count * sizeof(*p->recalls));
	if (p->times == NULL || p->recalls == NULL)
		return err_set_memory(e);
	memset(p->times, 0, count * sizeof(*p->times));
	while (code == ERR_OK && p->recall_count < count) {
		size_t i = p->recall_count++;

		code =
		    recall_init(&p->recalls[i], memory, p->found->profiles[i],
				p->need.workloads, arena, e);
	}
	return code;
}

enum err_code
plan_init(struct plan *p, const struct plan_context *context,
	  const struct plan_need *need, struct call *call,
	  struct intern *strings, struct err *e)
{
	const struct detection *found = context->found;
	size_t capacity = 0;
	enum err_code code;

	*p = (struct plan){
	    .call = call, .found = found, .part = context->part, .need = *need};
	for (size_t i = 0; i < found->count; i++)
		capacity += 1 + found->profiles[i]->metric_count;
	p->queries = arena_alloc(call->arena, capacity * sizeof(*p->queries));
	if (p->queries == NULL)
		return err_set_memory(e);
	code = prepare_answers(p, context->memory, e);
	if (code == ERR_OK)
		code =
		    call_ask(call, &p->ask, capacity + context->more_questions,
			     strings, context->max_series, e);
	for (unsigned i = 0; code == ERR_OK && i < found->count; i++)
		code = add_queries(p, i, e);
	p->query_count = p->ask.count;
	return code;
}

void
plan_fini(struct plan *p)
{
	ask_fini(&p->ask);
	for (size_t i = 0; i < p->recall_count; i++)
		recall_fini(&p->recalls[i]);
	p->recall_count = 0;
}
