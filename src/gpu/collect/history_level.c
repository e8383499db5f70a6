#include "gpu/collect/history_level.h"

#include <stdlib.h>
#include <string.h>

#include "gpu/collect/need.h"

bool
history_part_has_card(const struct card *card, unsigned rank)
{
	return rank < IDENTITY_EXPORTERS_MAX &&
	       (card->exporters >> rank & 1) != 0;
}

/* The metrics of the field that are there, or may be. Of GPUs those too that
 * none of them has now: one may have been split. */
size_t
history_part_metrics(
    const struct history_part *part, enum field field,
    const struct profile_metric *out[static PROFILE_ALTERNATIVES_MAX])
{
	const uint64_t *series = part->plan->found->series[part->rank];
	size_t count = 0;

	for (size_t i = 0; i < part->profile->metric_count; i++) {
		const struct profile_metric *m = &part->profile->metrics[i];

		if (m->kind == PROFILE_FIELD && m->field == (int)field &&
		    m->value_label == NULL &&
		    count < PROFILE_ALTERNATIVES_MAX &&
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
bool
history_part_has_node_label(const struct history_part *part, const char *label)
{
	size_t i = 0;

	while (i < part->node_label_count &&
	       strcmp(part->node_labels[i], label) != 0)
		i++;
	return i < part->node_label_count;
}

static bool
is_plain(struct history_part *part)
{
	const struct cards *roster = &part->plan->found->roster->cards;

	for (size_t i = 0; i < roster->count; i++) {
		const struct card *card = &roster->cards[i];
		const struct card_spelling *s;

		if (!history_part_has_card(card, part->rank))
			continue;
		s = history_spelling(card, part->profile);
		if (s == NULL || s->uuid == NULL ||
		    !history_names_node(card, s))
			return false;
		if (history_part_has_node_label(part, s->node_label))
			continue;
		if (part->node_label_count == HISTORY_NODE_LABELS_MAX)
			return false;
		part->node_labels[part->node_label_count++] = s->node_label;
	}
	return part->node_label_count > 0;
}

/* Nodes that are told by their targets: of two of a node neither is all of it.
 */
static bool
has_node_of_two_targets(const struct history_part *part)
{
	const struct roster *roster = part->plan->found->roster;
	const struct targets *targets = roster_targets(roster, part->rank);
	const struct card *before = NULL;
	size_t nodes = 0;

	for (size_t i = 0; i < roster->cards.count; i++) {
		const struct card *card = &roster->cards.cards[i];

		if (!history_part_has_card(card, part->rank) ||
		    card->is_missing)
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
has_node_told_by_others(const struct history_part *part)
{
	const struct cards *roster = &part->plan->found->roster->cards;

	for (size_t i = 0; i < roster->count; i++) {
		const struct card *card = &roster->cards[i];
		const struct card_spelling *s;

		if (!history_part_has_card(card, part->rank))
			continue;
		s = history_spelling(card, part->profile);
		if (s == NULL || (!history_names_node(card, s) &&
				  !is_named_by_target(card, s)))
			return true;
	}
	return false;
}

static bool
has_split_cards(const struct history_part *part)
{
	const struct cards *roster = &part->plan->found->roster->cards;

	for (size_t i = 0; i < roster->count; i++)
		if (history_part_has_card(&roster->cards[i], part->rank) &&
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
has_all_ingredients(const struct history_part *part)
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
is_summable(const struct history_part *part)
{
	const struct profile_metric *metrics[PROFILE_ALTERNATIVES_MAX];

	if (!has_all_ingredients(part))
		return false;
	if ((part->fields & FIELD_BIT(FIELD_MEMORY_USED_RATIO)) != 0 &&
	    history_part_metrics(part, FIELD_MEMORY_USED_RATIO, metrics) > 0)
		return false;
	for (int i = 0; i < FIELD__MAX; i++) {
		size_t count =
		    (part->fields & FIELD_BIT(i)) != 0
			? history_part_metrics(part, (enum field)i, metrics)
			: 0;

		for (size_t k = 0; count > 1 && k < count; k++)
			if (metrics[k]->is_ratio_or_percent)
				return false;
	}
	return true;
}

bool
history_part_has_scales(const struct history_part *part)
{
	const struct profile_metric *metrics[PROFILE_ALTERNATIVES_MAX];

	return history_part_metrics(part, part->plan->need->field, metrics) >
		   0 &&
	       metrics[0]->is_ratio_or_percent;
}

static bool
tells_models(const struct history_part *part)
{
	return profile_has_label(part->profile, PROFILE_MODEL) &&
	       !profile_has_kind(part->profile, PROFILE_INFO) &&
	       !profile_has_kind(part->profile, PROFILE_INDEX_VALUE);
}

static bool
may_have_field(const struct history_plan *p, unsigned rank)
{
	const struct history_part part = {.plan = p,
					  .profile = p->found->profiles[rank],
					  .rank = rank,
					  .level = HISTORY_OF_GPUS};
	const field_set fields =
	    need_ingredients(p->found, rank, FIELD_BIT(p->need->field));
	const struct profile_metric *metrics[PROFILE_ALTERNATIVES_MAX];

	for (int i = 0; i < FIELD__MAX; i++)
		if ((fields & FIELD_BIT(i)) != 0 &&
		    history_part_metrics(&part, (enum field)i, metrics) > 0)
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
enum err_code
history_find_shared(struct history_plan *p, struct err *e)
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
has_shared_nodes(const struct history_part *part)
{
	return part->rank >= IDENTITY_EXPORTERS_MAX ||
	       (part->plan->shared >> part->rank & 1) != 0;
}

enum history_level
history_choose_level(struct history_part *part)
{
	const struct history_need *need = part->plan->need;

	part->is_plain = is_plain(part);
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
	    part->wanted->are_all && !history_part_has_scales(part))
		return HISTORY_OF_CLUSTERS;
	return HISTORY_OF_NODES;
}
