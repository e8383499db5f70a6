#include "gpu/collect/islands.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

struct islands_sighting {
	const struct fleet_gpu *card; /* as it was known then, or NULL */
	uint32_t rank, instance;
};

void
islands_init(struct islands *is, struct arena *arena)
{
	*is = (struct islands){.arena = arena};
}

/* The series of a card stand together more often than not. */
static bool
is_noted(const struct islands *is, const struct islands_sighting *s)
{
	const struct islands_sighting *last;

	if (is->count == 0)
		return false;
	last = &is->sightings[is->count - 1];
	return last->card == s->card && last->rank == s->rank &&
	       last->instance == s->instance;
}

static bool
add(struct islands *is, const struct islands_sighting *s)
{
	size_t capacity = is->capacity > 0 ? 2 * is->capacity : FIRST_CAPACITY;
	struct islands_sighting *grown;

	is->is_open |= s->instance == FLEET_UNKNOWN;
	if (is->is_open || is_noted(is, s))
		return true;
	if (is->count == is->capacity) {
		grown = arena_grow(is->arena, is->sightings,
				   is->count * sizeof(*grown),
				   capacity * sizeof(*grown));
		if (grown == NULL)
			return false;
		is->sightings = grown;
		is->capacity = capacity;
	}
	is->sightings[is->count++] = *s;
	return true;
}

bool
islands_note(struct islands *is, const struct fleet_gpu *gpu, unsigned rank,
	     uint32_t instance)
{
	const struct islands_sighting s = {fleet_card(gpu), rank, instance};

	return add(is, &s);
}

bool
islands_note_targets(struct islands *is, const struct fleet *f, unsigned rank,
		     const struct targets *t)
{
	for (uint32_t i = 0; i < intern_count(&t->instances); i++) {
		const struct intern_string *text =
		    intern_text(&t->instances, i);
		const struct islands_sighting s = {
		    NULL, rank,
		    intern_find(&f->texts, text->text, text->length)};

		if (!add(is, &s))
			return false;
	}
	return true;
}

/* --- who belongs together ------------------------------------------------- */

/* Each way is halved as it is gone. */
static uint32_t
root_of(uint32_t *parents, uint32_t i)
{
	while (parents[i] != i) {
		parents[i] = parents[parents[i]];
		i = parents[i];
	}
	return i;
}

static void
unite(struct islands *is, uint32_t a, uint32_t b)
{
	a = root_of(is->parents, a);
	b = root_of(is->parents, b);
	is->parents[a > b ? a : b] = a < b ? a : b;
}

static bool
is_of_one_node(const struct fleet_gpu *a, const struct fleet_gpu *b)
{
	return a->node == b->node && a->cluster == b->cluster;
}

/* Cards of one node stand together. */
static void
unite_nodes(struct islands *is, const struct fleet *f)
{
	for (size_t i = 1; i < f->count; i++) {
		const struct fleet_gpu *before = fleet_card(f->sorted[i - 1]);
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		if (before != card && is_of_one_node(before, card))
			unite(is, before->number, card->number);
	}
}

static int
compare_targets(const void *a, const void *b)
{
	const struct islands_sighting *left = a, *right = b;

	if (left->instance != right->instance)
		return left->instance < right->instance ? -1 : 1;
	return (left->rank > right->rank) - (left->rank < right->rank);
}

/* Of one instance. */
static enum err_code
add_target(struct islands *is, const struct fleet *f,
	   const struct islands_sighting *s, struct cards *out, struct err *e)
{
	const struct intern_string *text = fleet_text(f, s->instance);
	uint32_t number = intern_add(&out->texts, text->text, text->length);

	if (number == INTERN_NONE)
		return err_set_memory(e);
	out->targets[out->target_count++] = (struct cards_target){
	    .instance = intern_text(&out->texts, number),
	    .exporter = s->rank,
	    .island = is->card_count + is->instance_count - 1};
	return ERR_OK;
}

/* One instance's sightings begin there; returns how many there are, or 0: there
 * is no memory. */
static size_t
unite_instance(struct islands *is, const struct fleet *f,
	       const struct islands_sighting *s, size_t count,
	       struct cards *out, struct err *e)
{
	uint32_t place = is->card_count + is->instance_count++;
	bool has_card = false;
	size_t i = 0;

	is->parents[place] = place;
	for (; i < count && s[i].instance == s->instance; i++) {
		if ((i == 0 || s[i - 1].rank != s[i].rank) &&
		    add_target(is, f, &s[i], out, e) != ERR_OK)
			return 0;
		has_card |= s[i].card != NULL;
		if (s[i].card != NULL)
			unite(is, fleet_settled(s[i].card)->number, place);
	}
	is->is_open |= !has_card;
	return i;
}

static enum err_code
unite_instances(struct islands *is, const struct fleet *f, struct cards *out,
		struct err *e)
{
	size_t i = 0;

	if (is->count > 0)
		qsort(is->sightings, is->count, sizeof(*is->sightings),
		      compare_targets);
	while (i < is->count) {
		size_t taken = unite_instance(is, f, &is->sightings[i],
					      is->count - i, out, e);

		if (taken == 0)
			return e->code;
		i += taken;
	}
	return ERR_OK;
}

enum err_code
islands_settle(struct islands *is, const struct fleet *f, struct arena *arena,
	       struct cards *out, struct err *e)
{
	size_t most = f->card_count + is->count;

	out->has_islands = false;
	if (is->is_open)
		return ERR_OK;
	is->card_count = (uint32_t)f->card_count;
	is->parents = arena_alloc(is->arena, most * sizeof(*is->parents));
	out->targets = arena_alloc(arena, is->count * sizeof(*out->targets));
	out->target_count = 0;
	if (is->parents == NULL || out->targets == NULL)
		return err_set_memory(e);
	for (uint32_t i = 0; i < is->card_count; i++)
		is->parents[i] = i;
	if (unite_instances(is, f, out, e) != ERR_OK)
		return e->code;
	unite_nodes(is, f);
	for (size_t i = 0; i < out->target_count; i++)
		out->targets[i].island =
		    root_of(is->parents, out->targets[i].island);
	out->island_end = is->card_count + is->instance_count;
	out->has_islands = !is->is_open;
	return ERR_OK;
}

uint32_t
islands_find(const struct islands *is, const struct fleet_gpu *card)
{
	return root_of(is->parents, card->number);
}
