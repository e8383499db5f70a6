#include "gpu/fleet/sick.h"

#include <stdlib.h>

static uint64_t
hash_text(uint64_t before, const struct intern_string *text)
{
	return text != NULL ? intern_hash_text(before, text->text, text->length)
			    : intern_hash_number(before);
}

/* False if it has no name. */
static bool
name_of(const struct fleet *f, const struct fleet_gpu *card, uint64_t *out)
{
	enum { BY_UUID = 1, BY_PLACE };
	const struct intern_string *uuid =
	    fleet_text(f, fleet_told_uuid(f, card));
	const struct intern_string *node =
	    fleet_text(f, fleet_told_node(f, card));
	uint64_t hash = hash_text(0, fleet_text(f, card->cluster));

	if (uuid != NULL) {
		*out = hash_text(hash ^ BY_UUID, uuid);
		return true;
	}
	hash = hash_text(hash ^ BY_PLACE, node);
	*out = intern_hash_number(hash ^ card->index);
	return node != NULL && card->index != FLEET_UNKNOWN;
}

static int
compare_names(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

enum err_code
sick_cards_find(const struct problem_table *t, struct arena *arena,
		const struct sick_cards **out, struct err *e)
{
	struct sick_cards *s = arena_alloc(arena, sizeof(*s));

	*out = s;
	if (s == NULL)
		return err_set_memory(e);
	*s = (struct sick_cards){
	    .names = arena_alloc(arena, t->count * sizeof(*s->names))};
	if (s->names == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < t->count; i++) {
		const struct problem *p = t->sorted[i];

		if (p->severity == PROBLEM_CRITICAL && !p->is_of_node &&
		    p->gpu != NULL &&
		    name_of(&t->workloads.fleet, fleet_card(p->gpu),
			    &s->names[s->count]))
			s->count++;
	}
	qsort(s->names, s->count, sizeof(*s->names), compare_names);
	return ERR_OK;
}

bool
sick_cards_has(const struct sick_cards *s, const struct fleet *f,
	       const struct fleet_gpu *gpu)
{
	uint64_t name;

	return s->count > 0 && name_of(f, fleet_card(gpu), &name) &&
	       bsearch(&name, s->names, s->count, sizeof(*s->names),
		       compare_names) != NULL;
}
