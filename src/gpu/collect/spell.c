#include "gpu/collect/spell.h"

enum { FIRST_CAPACITY = 64 };

void
spell_init(struct spell *s, const struct fleet *f, struct arena *arena)
{
	*s = (struct spell){.arena = arena, .fleet = f};
}

static bool
make_room(struct spell *s, size_t number)
{
	size_t capacity = s->capacity > 0 ? s->capacity : FIRST_CAPACITY;
	struct spelled **grown;

	while (capacity <= number)
		capacity *= 2;
	if (capacity == s->capacity)
		return true;
	grown = arena_grow(s->arena, s->cards, s->capacity * sizeof(*grown),
			   capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	s->cards = grown;
	s->capacity = capacity;
	return true;
}

static bool
has_spelled(const struct spelled *list, const struct profile *profile)
{
	while (list != NULL && list->spelling.profile != profile)
		list = list->next;
	return list != NULL;
}

static const struct intern_string *
text_of(const struct join *j, const struct sample *s, enum profile_label label)
{
	return intern_text_or_null(&j->fleet->texts,
				   identify_label(&j->who, s, label));
}

bool
spell_note(struct spell *s, const struct join *j, const struct sample *sample,
	   const struct fleet_gpu *gpu, const struct element_label *labels)
{
	const struct profile *profile = j->source->profile;
	size_t number = fleet_card(gpu)->number;
	struct spelled *new;

	if (!make_room(s, number))
		return false;
	if (has_spelled(s->cards[number], profile))
		return true;
	new = arena_alloc(s->arena, sizeof(*new));
	if (new == NULL)
		return false;
	new->spelling = (struct card_spelling){
	    .profile = profile,
	    .uuid = text_of(j, sample, PROFILE_UUID),
	    .node = text_of(j, sample, PROFILE_NODE),
	    .instance = text_of(j, sample, PROFILE_INSTANCE)};
	if (new->spelling.node != NULL)
		new->spelling.node_label = labels[sample->rank].name;
	new->next = s->cards[number];
	s->cards[number] = new;
	return true;
}

/* Adds what the settled card has not been called yet. */
static void
move(struct spelled *from, struct spelled **to)
{
	struct spelled *next;

	for (; from != NULL; from = next) {
		next = from->next;
		if (has_spelled(*to, from->spelling.profile))
			continue;
		from->next = *to;
		*to = from;
	}
}

void
spell_finish(struct spell *s)
{
	for (size_t i = 0; i < s->capacity && i < s->fleet->card_count; i++) {
		size_t settled = fleet_settled(s->fleet->cards[i])->number;
		struct spelled *list = s->cards[i];

		if (settled == i || list == NULL || settled >= s->capacity)
			continue;
		s->cards[i] = NULL;
		move(list, &s->cards[settled]);
	}
}

const struct spelled *
spell_find(const struct spell *s, const struct fleet_gpu *card)
{
	return card->number < s->capacity ? s->cards[card->number] : NULL;
}
