#include "gpu/collect/history_plan.h"

#include <stdlib.h>
#include <string.h>

#include "gpu/collect/history_promql.h"
#include "gpu/collect/need.h"
#include "gpu/site/identify.h"
#include "prom/promql.h"

enum { ALTERNATIVES_MAX = PROFILE_ALTERNATIVES_MAX, NODE_LABELS_MAX = 8 };

/* One exporter, and what it is asked. */
struct part {
	const struct history_plan *plan;
	const struct history_wanted *wanted;
	const struct profile *profile;
	unsigned rank;
	field_set fields; /* with what they are made of */
	bool is_plain;	  /* see is_plain */
	/* Of a plain one: the labels by which its cards have their nodes. */
	const char *node_labels[NODE_LABELS_MAX];
	size_t node_label_count;
	enum history_level level;
	struct history_arms arms;
	bool has_arms;
	/* Its cards among those that are wanted. */
	const struct card **cards;
	size_t count;
};

/* --- which level ---------------------------------------------------------- */

static bool
has_card(const struct card *card, unsigned rank)
{
	return rank < IDENTITY_EXPORTERS_MAX &&
	       (card->exporters >> rank & 1) != 0;
}

/* The metrics of the field that are there, or may be. Of GPUs those too that
 * none of them has now: one may have been split. */
static size_t
list_metrics(const struct part *part, enum field field,
	     const struct profile_metric *out[static ALTERNATIVES_MAX])
{
	const uint64_t *series = part->plan->found->series[part->rank];
	size_t count = 0;

	for (size_t i = 0; i < part->profile->metric_count; i++) {
		const struct profile_metric *m = &part->profile->metrics[i];

		if (m->kind == PROFILE_FIELD && m->field == (int)field &&
		    m->value_label == NULL && count < ALTERNATIVES_MAX &&
		    (series == NULL || series[i] > 0 || !m->is_optional ||
		     part->level == HISTORY_OF_GPUS))
			out[count++] = m;
	}
	return count;
}

/*
 * Whether each card's series have its uuid, and a label with the name of its
 * node: then they are told apart without their target, which may be another one
 * after a restart.
 */
static bool
has_node_label(const struct part *part, const char *label)
{
	size_t i = 0;

	while (i < part->node_label_count &&
	       strcmp(part->node_labels[i], label) != 0)
		i++;
	return i < part->node_label_count;
}

static bool
is_plain(struct part *part)
{
	const struct cards *roster = &part->plan->found->roster->cards;

	for (size_t i = 0; i < roster->count; i++) {
		const struct card *card = &roster->cards[i];
		const struct card_spelling *s;

		if (!has_card(card, part->rank))
			continue;
		s = history_spelling(card, part->profile);
		if (s == NULL || s->uuid == NULL ||
		    !history_names_node(card, s))
			return false;
		if (has_node_label(part, s->node_label))
			continue;
		if (part->node_label_count == NODE_LABELS_MAX)
			return false;
		part->node_labels[part->node_label_count++] = s->node_label;
	}
	return part->node_label_count > 0;
}

/* Nodes that are told by their targets: of two of a node neither is all of it.
 */
static bool
has_node_of_two_targets(const struct part *part)
{
	const struct roster *roster = part->plan->found->roster;
	const struct targets *targets = roster_targets(roster, part->rank);
	const struct card *before = NULL;
	size_t nodes = 0;

	for (size_t i = 0; i < roster->cards.count; i++) {
		const struct card *card = &roster->cards.cards[i];

		if (!has_card(card, part->rank) || card->is_missing)
			continue;
		nodes += before == NULL || before->node != card->node ||
			 before->cluster != card->cluster;
		before = card;
	}
	return targets == NULL || targets_count(targets) > nodes;
}

/* "node-1:9400", "node-1.example.com" for node-1. */
static bool
is_named_by_target(const struct card *card, const struct card_spelling *s)
{
	size_t length = card->node != NULL ? card->node->length : 0;

	return length > 0 && s->instance != NULL &&
	       s->instance->length >= length &&
	       memcmp(s->instance->text, card->node->text, length) == 0 &&
	       (s->instance->length == length ||
		s->instance->text[length] == ':' ||
		s->instance->text[length] == '.');
}

/* Who is told by others which node it is on was another target before, of
 * which nobody tells now: then each GPU's uuid says whose a series is. */
static bool
has_node_told_by_others(const struct part *part)
{
	const struct cards *roster = &part->plan->found->roster->cards;

	for (size_t i = 0; i < roster->count; i++) {
		const struct card *card = &roster->cards[i];
		const struct card_spelling *s;

		if (!has_card(card, part->rank))
			continue;
		s = history_spelling(card, part->profile);
		if (s == NULL || (!history_names_node(card, s) &&
				  !is_named_by_target(card, s)))
			return true;
	}
	return false;
}

static bool
has_split_cards(const struct part *part)
{
	const struct cards *roster = &part->plan->found->roster->cards;

	for (size_t i = 0; i < roster->count; i++)
		if (has_card(&roster->cards[i], part->rank) &&
		    roster->cards[i].part_count > 0)
			return true;
	return false;
}

/*
 * Whether all of its cards have all that the field is made of, as far as it is
 * there: what is computed of sums is wrong where one card lacks a part. Without
 * reserved memory there is none.
 */
static bool
has_all_ingredients(const struct part *part)
{
	const struct detection *found = part->plan->found;
	const uint64_t *series = found->series[part->rank];
	uint64_t before = 0;

	if (part->fields == FIELD_BIT(part->plan->need->field))
		return true;
	for (int i = 0; series != NULL && i < FIELD__MAX; i++) {
		uint64_t count = (part->fields & FIELD_BIT(i)) != 0 &&
					 i != FIELD_MEMORY_RESERVED
				     ? need_count_series(part->profile, series,
							 (enum field)i)
				     : 0;

		if (count == 0)
			continue;
		if (before != 0 && count != before)
			return false;
		before = count;
	}
	return before > 0 &&
	       before >= cards_count(&found->roster->cards, part->rank);
}

/* Where sums of what the exporter tells yield the group's value. */
static bool
is_summable(const struct part *part)
{
	const struct profile_metric *metrics[ALTERNATIVES_MAX];

	if (!has_all_ingredients(part))
		return false;
	if ((part->fields & FIELD_BIT(FIELD_MEMORY_USED_RATIO)) != 0 &&
	    list_metrics(part, FIELD_MEMORY_USED_RATIO, metrics) > 0)
		return false;
	for (int i = 0; i < FIELD__MAX; i++) {
		size_t count = (part->fields & FIELD_BIT(i)) != 0
				   ? list_metrics(part, (enum field)i, metrics)
				   : 0;

		for (size_t k = 0; count > 1 && k < count; k++)
			if (metrics[k]->is_ratio_or_percent)
				return false;
	}
	return true;
}

static bool
has_scales(const struct part *part)
{
	const struct profile_metric *metrics[ALTERNATIVES_MAX];

	return list_metrics(part, part->plan->need->field, metrics) > 0 &&
	       metrics[0]->is_ratio_or_percent;
}

static bool
tells_models(const struct part *part)
{
	return profile_has_label(part->profile, PROFILE_MODEL) &&
	       !profile_has_kind(part->profile, PROFILE_INFO) &&
	       !profile_has_kind(part->profile, PROFILE_INDEX_VALUE);
}

static bool
may_have_field(const struct history_plan *p, unsigned rank)
{
	const struct part part = {.plan = p,
				  .profile = p->found->profiles[rank],
				  .rank = rank,
				  .level = HISTORY_OF_GPUS};
	const field_set fields =
	    need_ingredients(p->found, rank, FIELD_BIT(p->need->field));
	const struct profile_metric *metrics[ALTERNATIVES_MAX];

	for (int i = 0; i < FIELD__MAX; i++)
		if ((fields & FIELD_BIT(i)) != 0 &&
		    list_metrics(&part, (enum field)i, metrics) > 0)
			return true;
	return false;
}

/* A card's node, whatever the cluster, and who tells of it. */
struct place {
	const struct intern_string *node;
	uint64_t exporters;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	return (left->node > right->node) - (left->node < right->node);
}

static uint64_t
shared_of(const struct place *places, size_t count)
{
	uint64_t shared = 0, of_node = 0;

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || places[i].node != places[i - 1].node)
			of_node = 0;
		of_node |= places[i].exporters;
		if ((of_node & (of_node - 1)) != 0)
			shared |= of_node;
	}
	return shared;
}

/*
 * The exporters that tell of a node of which another one tells, too: a bit for
 * each. Which of them counts is found out for each GPU at each point.
 */
static enum err_code
find_shared(struct history_plan *p, struct err *e)
{
	const struct cards *roster = &p->found->roster->cards;
	struct place *places =
	    arena_alloc(p->call->arena, (roster->count + 1) * sizeof(*places));
	uint64_t telling = 0;

	if (places == NULL)
		return err_set_memory(e);
	for (unsigned i = 0; i < p->found->count && i < IDENTITY_EXPORTERS_MAX;
	     i++)
		if (may_have_field(p, i))
			telling |= UINT64_C(1) << i;
	for (size_t i = 0; i < roster->count; i++)
		places[i] =
		    (struct place){roster->cards[i].node,
				   roster->cards[i].exporters & telling};
	qsort(places, roster->count, sizeof(*places), compare_places);
	p->shared = shared_of(places, roster->count);
	return ERR_OK;
}

static bool
has_shared_nodes(const struct part *part)
{
	return part->rank >= IDENTITY_EXPORTERS_MAX ||
	       (part->plan->shared >> part->rank & 1) != 0;
}

static enum history_level
choose_level(const struct part *part)
{
	const struct history_need *need = part->plan->need;

	if (need->by == HISTORY_BY_GPU || !part->wanted->are_whole_nodes ||
	    (need->by == HISTORY_BY_MODEL && !tells_models(part)) ||
	    profile_has_label(part->profile, PROFILE_CARD) ||
	    has_split_cards(part) || has_shared_nodes(part) ||
	    !is_summable(part) ||
	    (!part->is_plain &&
	     (has_node_of_two_targets(part) || has_node_told_by_others(part))))
		return HISTORY_OF_GPUS;
	if ((need->by == HISTORY_BY_CLUSTER || need->by == HISTORY_BY_ALL) &&
	    part->plan->found->count == 1 && part->is_plain &&
	    part->wanted->are_all && !has_scales(part))
		return HISTORY_OF_CLUSTERS;
	return HISTORY_OF_NODES;
}

/* --- questions ------------------------------------------------------------ */

static profile_labels
group_labels(const struct part *part)
{
	profile_labels labels = PROFILE_BIT(PROFILE_CLUSTER);

	if (part->level == HISTORY_OF_NODES)
		labels |= PROFILE_BIT(PROFILE_NODE);
	if (part->level == HISTORY_OF_NODES && !part->is_plain)
		labels |= PROFILE_OF_TARGETS;
	if (part->level == HISTORY_OF_NODES && has_scales(part))
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
gpu_labels(const struct part *part, const struct profile_metric *m)
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
drop_node_labels(const struct part *part, unsigned node_slot,
		 struct label_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].slot != node_slot ||
		    has_node_label(part, list->list[i].name))
			list->list[kept++] = list->list[i];
	list->count = kept;
}

static bool
list_labels(const struct part *part, profile_labels wanted,
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
check_length(const struct part *part, const struct buf *text, struct err *e)
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
add_question(struct history_plan *p, const struct part *part,
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
ask_of_groups(struct history_plan *p, const struct part *part,
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
ask_of_gpus(struct history_plan *p, const struct part *part,
	    const struct profile_metric *const *metrics, size_t count,
	    struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = add_question(p, part, NULL, &metrics[i], 1, e);
	return code;
}

static enum err_code
ask_all(struct history_plan *p, const struct part *part, struct err *e)
{
	enum err_code code = ERR_OK;

	for (int i = 0; code == ERR_OK && i < FIELD__MAX; i++) {
		const struct profile_metric *metrics[ALTERNATIVES_MAX];
		size_t count = (part->fields & FIELD_BIT(i)) != 0
				   ? list_metrics(part, (enum field)i, metrics)
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
list_cards(struct part *part, struct err *e)
{
	const struct history_wanted *wanted = part->wanted;

	part->cards = arena_alloc(part->plan->call->arena,
				  wanted->count * sizeof(*part->cards));
	if (part->cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < wanted->count; i++)
		if (has_card(wanted->cards[i], part->rank))
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
	struct part part = {.plan = p,
			    .wanted = wanted,
			    .profile = p->found->profiles[rank],
			    .rank = rank,
			    .fields = need_ingredients(
				p->found, rank, FIELD_BIT(p->need->field))};
	enum err_code code = list_cards(&part, e);

	if (code != ERR_OK)
		return code;
	if (!wanted->are_all && part.count == 0 && filter->node_count == 0 &&
	    filter->uuid_count == 0)
		return ERR_OK;
	code = check_computed(&part, e);
	if (code != ERR_OK)
		return code;
	part.is_plain = is_plain(&part);
	part.level = choose_level(&part);
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
	code = find_shared(p, e);
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
