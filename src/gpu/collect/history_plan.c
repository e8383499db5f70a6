#include "gpu/collect/history_plan.h"

#include "gpu/collect/history_promql.h"
#include "gpu/collect/need.h"
#include "gpu/site/identify.h"

/* One exporter, and what it is asked. */
struct part {
	struct history_plan *plan;
	const struct profile *profile;
	unsigned rank;
	field_set fields; /* with what they are made of */
	struct history_arms arms;
	bool has_arms;
	/* Its cards among those that are wanted. */
	const struct card **cards;
	size_t count;
};

static bool
has_card(const struct part *part, const struct card *card)
{
	return part->rank < IDENTITY_EXPORTERS_MAX &&
	       (card->exporters >> part->rank & 1) != 0;
}

/* --- questions ------------------------------------------------------------ */

/* Of the wanted fields, whether there are series now or not: a card may have
 * been split before. */
static bool
is_asked_for(const struct part *part, const struct profile_metric *m)
{
	switch (m->kind) {
	case PROFILE_FIELD:
		return m->value_label == NULL &&
		       (part->fields & FIELD_BIT(m->field)) != 0;
	case PROFILE_WORKLOAD_FIELD:
	case PROFILE_JOB_VALUE:
		return part->plan->need->tells_holders;
	default:
		return false;
	}
}

static field_set
fields_of(const struct history_need *need)
{
	return FIELD_BIT(need->field) | need->more_fields;
}

static profile_labels
labels_of(const struct history_need *need)
{
	const profile_labels holders =
	    PROFILE_OF_WORKLOADS | PROFILE_BIT(PROFILE_WORKLOAD);

	return ~(PROFILE_OF_PROCESSES | (need->tells_holders ? 0 : holders));
}

/* Whose names it has is up to the request. */
static enum err_code
check_length(const struct part *part, const struct buf *text, struct err *e)
{
	if (!part->has_arms || buf_status(text) != ERR_TOO_BIG)
		return ERR_OK;
	return err_set(e, ERR_QUERY,
		       "The query would name too many GPUs, in more than %d "
		       "bytes: name fewer, or ask for a smaller page by limit",
		       ASK_RANGE_MAX_BYTES);
}

static enum err_code
add_question(const struct part *part, const struct profile_metric *m,
	     bool is_of_counts, struct err *e)
{
	struct history_plan *p = part->plan;
	struct history_question *q = &p->questions[p->ask.count];
	size_t count = 0, slot_count = 0;
	struct element_label *labels =
	    arena_alloc(p->arena, part->profile->label_count * sizeof(*labels));
	enum err_code code;
	struct buf text;

	if (labels == NULL)
		return err_set_memory(e);
	*q = (struct history_question){
	    .rank = part->rank, .metric = m, .is_of_counts = is_of_counts};
	identify_add_labels(part->profile, labels_of(p->need), q->slots, labels,
			    &count, &slot_count);
	history_rows_init(&q->rows, p->call->arena->budget, slot_count,
			  query_points(&p->range), p->need->max_points);
	buf_init(&text, ASK_RANGE_MAX_BYTES);
	history_add_query(
	    &text,
	    &(struct history_query){.need = p->need,
				    .metric = m,
				    .arms = part->has_arms ? &part->arms : NULL,
				    .is_of_counts = is_of_counts});
	code = check_length(part, &text, e);
	if (code == ERR_OK)
		code = ask_add_range(&p->ask, &text, labels, count, slot_count,
				     &p->range, &q->rows.sink, e);
	buf_fini(&text);
	return code;
}

static enum err_code
ask_all(const struct part *part, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < part->profile->metric_count;
	     i++) {
		const struct profile_metric *m = &part->profile->metrics[i];

		if (!is_asked_for(part, m))
			continue;
		code = add_question(part, m, false, e);
		if (code == ERR_OK && history_takes_means(part->plan->need))
			code = add_question(part, m, true, e);
	}
	return code;
}

/* --- an exporter ---------------------------------------------------------- */

static enum err_code
list_cards(struct part *part, const struct history_wanted *wanted,
	   struct err *e)
{
	if (wanted->are_all)
		return ERR_OK;
	part->cards = arena_alloc(part->plan->arena,
				  wanted->count * sizeof(*part->cards));
	if (part->cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < wanted->count; i++)
		if (has_card(part, wanted->cards[i]))
			part->cards[part->count++] = wanted->cards[i];
	return ERR_OK;
}

/* More nodes than a query can name: whatever else comes is passed over. */
static bool
are_too_many(const struct part *part)
{
	enum { NODES_MAX = 64 };
	size_t nodes = 0;

	for (size_t i = 0; i < part->count; i++)
		nodes +=
		    i == 0 || part->cards[i]->node != part->cards[i - 1]->node;
	return part->plan->need->by != HISTORY_BY_GPU && nodes > NODES_MAX;
}

/* The least of values that are added up is not the sum of the least ones. */
static enum err_code
check_computed(const struct part *part, struct err *e)
{
	const struct history_need *need = part->plan->need;

	if ((part->fields & ~FIELD_BIT(need->field)) == 0 ||
	    need->of_step == HISTORY_AVG || need->of_step == HISTORY_SAMPLE)
		return ERR_OK;
	return err_set(
	    e, ERR_QUERY,
	    "Query parameter \"aggregate\" is \"%s\": %s is computed "
	    "from other values of %s, so it takes avg or sample",
	    need->of_step == HISTORY_MIN ? "min" : "max",
	    field_table[need->field].key, part->profile->name);
}

static enum err_code
add_exporter(struct history_plan *p, unsigned rank,
	     const struct history_wanted *wanted, struct err *e)
{
	const struct history_filter *filter = &p->need->filter;
	struct part part = {
	    .plan = p,
	    .profile = p->found->profiles[rank],
	    .rank = rank,
	    .fields = need_ingredients(p->found, rank, fields_of(p->need))};
	enum err_code code = list_cards(&part, wanted, e);

	if (code != ERR_OK)
		return code;
	if (!wanted->are_all && part.count == 0 && filter->node_count == 0 &&
	    filter->uuid_count == 0)
		return ERR_OK;
	code = check_computed(&part, e);
	if (code != ERR_OK)
		return code;
	part.has_arms = !wanted->are_all && !are_too_many(&part);
	if (part.has_arms)
		code = history_match(p->found, rank, part.cards, part.count,
				     filter, p->arena, &part.arms, e);
	if (code != ERR_OK || (part.has_arms && part.arms.count == 0))
		return code;
	return ask_all(&part, e);
}

/* Not less than there will be. */
static size_t
count_questions(struct history_plan *p)
{
	size_t count = 0;

	for (unsigned i = 0; i < p->found->count; i++) {
		const struct part part = {.plan = p,
					  .profile = p->found->profiles[i],
					  .fields = need_ingredients(
					      p->found, i, fields_of(p->need))};

		for (size_t k = 0; k < part.profile->metric_count; k++)
			count += is_asked_for(&part, &part.profile->metrics[k]);
	}
	return history_takes_means(p->need) ? 2 * count : count;
}

enum err_code
history_plan_init(struct history_plan *p, const struct detection *found,
		  const struct history_need *need,
		  const struct history_wanted *wanted, size_t max_series,
		  struct call *call, struct intern *strings,
		  struct arena *arena, struct err *e)
{
	size_t capacity;
	enum err_code code;

	*p = (struct history_plan){.need = need,
				   .found = found,
				   .call = call,
				   .arena = arena,
				   .range = {.start_s = need->timeline.start_s,
					     .end_s = need->timeline.end_s,
					     .step_s = need->timeline.step_s}};
	if (history_is_growth(need))
		p->range.start_s -= p->range.step_s;
	capacity = count_questions(p);
	p->questions = arena_alloc(arena, capacity * sizeof(*p->questions));
	if (p->questions == NULL)
		return err_set_memory(e);
	code = call_ask(call, &p->ask, capacity, strings, max_series, e);
	for (unsigned i = 0; code == ERR_OK && i < found->count; i++)
		code = add_exporter(p, i, wanted, e);
	return code;
}

void
history_plan_fini(struct history_plan *p)
{
	size_t count = p->ask.count;

	ask_fini(&p->ask);
	for (size_t i = 0; i < count; i++)
		history_rows_fini(&p->questions[i].rows);
}
