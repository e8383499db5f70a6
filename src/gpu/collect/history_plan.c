#include "gpu/collect/history_plan.h"

#include <string.h>

#include "gpu/collect/history_level.h"
#include "gpu/collect/history_promql.h"
#include "gpu/collect/need.h"
#include "gpu/site/identify.h"
#include "prom/promql.h"

/* --- questions ------------------------------------------------------------ */

static profile_labels
group_labels(const struct history_part *part)
{
	profile_labels labels = PROFILE_BIT(PROFILE_CLUSTER);

	if (part->level == HISTORY_OF_NODES)
		labels |= PROFILE_BIT(PROFILE_NODE);
	if (part->level == HISTORY_OF_NODES && !part->is_plain)
		labels |= PROFILE_OF_TARGETS;
	if (part->level == HISTORY_OF_NODES && history_part_has_scales(part))
		labels |= PROFILE_OF_TARGETS;
	if (part->plan->need->by == HISTORY_BY_MODEL)
		labels |= PROFILE_BIT(PROFILE_MODEL);
	return labels;
}

/*
 * The fewer the sooner, since Prometheus looks at each of them for each point:
 * a uuid says which card it is, and the number of an instance which part of it.
 */
static profile_labels
gpu_labels(const struct history_part *part, const struct profile_metric *m)
{
	const profile_labels few =
	    PROFILE_BIT(PROFILE_CLUSTER) | PROFILE_BIT(PROFILE_NODE) |
	    PROFILE_BIT(PROFILE_UUID) | PROFILE_BIT(PROFILE_MIG_INSTANCE);
	profile_labels labels =
	    ~(PROFILE_OF_PROCESSES | PROFILE_BIT(PROFILE_WORKLOAD));

	if (part->is_plain && part->level != HISTORY_OF_GPUS) {
		labels = few;
		if (part->plan->need->by == HISTORY_BY_MODEL)
			labels |= PROFILE_BIT(PROFILE_MODEL);
		if (m->is_ratio_or_percent)
			labels |= PROFILE_OF_TARGETS;
		return labels;
	}
	if (part->is_plain && !m->is_ratio_or_percent)
		labels &= ~(PROFILE_BIT(PROFILE_INSTANCE) |
			    PROFILE_BIT(PROFILE_EXPORTED_INSTANCE));
	return labels;
}

struct label_list {
	struct element_label *list;
	size_t count, slot_count;
};

/* Those of the node's names alone that there are. */
static void
drop_node_labels(const struct history_part *part, unsigned node_slot,
		 struct label_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].slot != node_slot ||
		    history_part_has_node_label(part, list->list[i].name))
			list->list[kept++] = list->list[i];
	list->count = kept;
}

static bool
list_labels(const struct history_part *part, profile_labels wanted,
	    unsigned char slots[static PROFILE_LABEL__MAX],
	    struct label_list *out)
{
	size_t bytes = part->profile->label_count * sizeof(*out->list);

	out->count = out->slot_count = 0;
	out->list = arena_alloc(part->plan->call->arena, bytes);
	if (out->list != NULL)
		identify_add_labels(part->profile, wanted, slots, out->list,
				    &out->count, &out->slot_count);
	if (out->list != NULL && part->is_plain &&
	    part->level != HISTORY_OF_GPUS &&
	    slots[PROFILE_NODE] != IDENTIFY_NO_SLOT)
		drop_node_labels(part, slots[PROFILE_NODE], out);
	return out->list != NULL;
}

/* Whose names it has is up to the request. */
static enum err_code
check_length(const struct history_part *part, const struct buf *text,
	     struct err *e)
{
	if (!part->has_arms || buf_status(text) != ERR_TOO_BIG)
		return ERR_OK;
	return err_set(e, ERR_QUERY,
		       "The query would name too many GPUs, in more than %d "
		       "bytes: name fewer, or ask for a smaller page by limit",
		       ASK_RANGE_MAX_BYTES);
}

/* NULL for a series for each GPU. */
static enum err_code
add_question(struct history_plan *p, const struct history_part *part,
	     const char *aggregate, const struct profile_metric *const *metrics,
	     size_t count, struct err *e)
{
	struct history_question *q = &p->questions[p->ask.count];
	unsigned char slots[PROFILE_LABEL__MAX];
	struct label_list gpus, groups = {.count = 0};
	const struct query_range *range =
	    aggregate != NULL ? &p->range : &p->gpu_range;
	const struct label_list *kept = aggregate != NULL ? &groups : &gpus;
	enum err_code code;
	struct buf text;

	*q = (struct history_question){
	    .rank = part->rank,
	    .level = part->level,
	    .field = (enum field)metrics[0]->field,
	    .metric = metrics[0],
	    .is_count = aggregate != NULL && strcmp(aggregate, "count") == 0};
	if (!list_labels(part, gpu_labels(part, metrics[0]),
			 aggregate != NULL ? slots : q->slots, &gpus) ||
	    (aggregate != NULL &&
	     !list_labels(part, group_labels(part), q->slots, &groups)))
		return err_set_memory(e);
	history_rows_init(&q->rows, p->call->arena->budget, kept->slot_count,
			  query_points(range), p->max_rows_points,
			  history_takes_means(p->need));
	buf_init(&text, ASK_RANGE_MAX_BYTES);
	history_add_query(
	    &text,
	    &(struct history_query){.need = p->need,
				    .metrics = metrics,
				    .metric_count = count,
				    .arms = part->has_arms ? &part->arms : NULL,
				    .labels = gpus.list,
				    .label_count = gpus.count,
				    .aggregate = aggregate,
				    .group_labels = groups.list,
				    .group_label_count = groups.count});
	code = check_length(part, &text, e);
	if (code == ERR_OK)
		code = ask_add_range(&p->ask, &text, kept->list, kept->count,
				     kept->slot_count, range, &q->rows.sink, e);
	buf_fini(&text);
	return code;
}

static enum err_code
ask_of_groups(struct history_plan *p, const struct history_part *part,
	      const struct profile_metric *const *metrics, size_t count,
	      struct err *e)
{
	bool is_max =
	    lines_total_of((enum field)metrics[0]->field) == LINES_MAX;
	enum err_code code =
	    add_question(p, part, is_max ? "max" : "sum", metrics, count, e);

	return code == ERR_OK
		   ? add_question(p, part, "count", metrics, count, e)
		   : code;
}

static enum err_code
ask_of_gpus(struct history_plan *p, const struct history_part *part,
	    const struct profile_metric *const *metrics, size_t count,
	    struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = add_question(p, part, NULL, &metrics[i], 1, e);
	return code;
}

static enum err_code
ask_all(struct history_plan *p, const struct history_part *part, struct err *e)
{
	enum err_code code = ERR_OK;

	for (int i = 0; code == ERR_OK && i < FIELD__MAX; i++) {
		const struct profile_metric *metrics[PROFILE_ALTERNATIVES_MAX];
		size_t count =
		    (part->fields & FIELD_BIT(i)) != 0
			? history_part_metrics(part, (enum field)i, metrics)
			: 0;

		if (count > 0)
			code = part->level == HISTORY_OF_GPUS
				   ? ask_of_gpus(p, part, metrics, count, e)
				   : ask_of_groups(p, part, metrics, count, e);
	}
	return code;
}

/* --- an exporter ---------------------------------------------------------- */

static enum err_code
list_cards(struct history_part *part, struct err *e)
{
	const struct history_wanted *wanted = part->wanted;

	part->cards = arena_alloc(part->plan->call->arena,
				  wanted->count * sizeof(*part->cards));
	if (part->cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < wanted->count; i++)
		if (history_part_has_card(wanted->cards[i], part->rank))
			part->cards[part->count++] = wanted->cards[i];
	return ERR_OK;
}

/* More nodes than a query can name: whatever else comes is passed over. */
static bool
are_too_many(const struct history_part *part)
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
check_computed(const struct history_part *part, struct err *e)
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
	struct history_part part = {
	    .plan = p,
	    .wanted = wanted,
	    .profile = p->found->profiles[rank],
	    .rank = rank,
	    .fields =
		need_ingredients(p->found, rank, FIELD_BIT(p->need->field))};
	enum err_code code = list_cards(&part, e);

	if (code != ERR_OK)
		return code;
	if (!wanted->are_all && part.count == 0 && filter->node_count == 0 &&
	    filter->uuid_count == 0)
		return ERR_OK;
	code = check_computed(&part, e);
	if (code != ERR_OK)
		return code;
	part.level = history_choose_level(&part);
	part.has_arms = !wanted->are_all && !are_too_many(&part);
	if (part.has_arms)
		code = history_match(p->found, rank, part.cards, part.count,
				     filter, part.level == HISTORY_OF_GPUS,
				     p->call->arena, &part.arms, e);
	if (code != ERR_OK || (part.has_arms && part.arms.count == 0))
		return code;
	return ask_all(p, &part, e);
}

enum err_code
history_plan_init(struct history_plan *p, const struct detection *found,
		  const struct history_need *need,
		  const struct history_wanted *wanted, size_t max_series,
		  struct call *call, struct intern *strings, struct err *e)
{
	size_t capacity = 0;
	enum err_code code;

	*p = (struct history_plan){.need = need,
				   .found = found,
				   .call = call,
				   .range = {.start_s = need->timeline.start_s,
					     .end_s = need->timeline.end_s,
					     .step_s = need->timeline.step_s},
				   .max_rows_points = need->max_points};
	p->gpu_range = p->range;
	if (history_is_growth(need))
		p->gpu_range.start_s -= p->range.step_s;
	for (size_t i = 0; i < found->count; i++)
		capacity += 2 * found->profiles[i]->metric_count;
	p->questions =
	    arena_alloc(call->arena, capacity * sizeof(*p->questions));
	if (p->questions == NULL)
		return err_set_memory(e);
	code = history_find_shared(p, e);
	if (code == ERR_OK)
		code =
		    call_ask(call, &p->ask, capacity, strings, max_series, e);
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
