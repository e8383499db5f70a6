#include "gpu/collect/missing.h"

/* With more of them at once, names have changed all over the site. */
enum { NEWCOMERS_MAX = 1024 };

struct search {
	const struct detection *older, *found;
	const struct fleet *fleet;
	bool *is_known; /* each card of the fleet, by its order */
	const struct fleet_gpu *newcomers[NEWCOMERS_MAX];
	size_t newcomer_count; /* or one more: too many */
};

uint64_t
missing_exporters(const struct card *card, const struct detection *older,
		  const struct detection *found)
{
	uint64_t now = 0;

	for (size_t i = 0; i < older->count && i < IDENTITY_EXPORTERS_MAX;
	     i++) {
		size_t place = site_find(found, older->profiles[i]);

		if ((card->exporters >> i & 1) != 0 && place < found->count &&
		    place < IDENTITY_EXPORTERS_MAX)
			now |= UINT64_C(1) << place;
	}
	return now;
}

bool
missing_is_forgotten(const struct card *card, const struct detection *older,
		     const struct detection *found, int64_t now_ms)
{
	return now_ms - card->seen_ms >= SITE_KNOWN_FOR_MS ||
	       missing_exporters(card, older, found) == 0;
}

/* --- a card in the fleet -------------------------------------------------- */

/* No text's number: that of a text which nothing in the fleet has. */
#define NOWHERE (FLEET_UNKNOWN - 1)

/* A text that is not there is another one, not one that is not told. */
static uint32_t
number_of(const struct fleet *f, const struct intern_string *s)
{
	uint32_t number;

	if (s == NULL)
		return FLEET_UNKNOWN;
	number = intern_find(&f->texts, s->text, s->length);
	return number != INTERN_NONE ? number : NOWHERE;
}

static const struct fleet_gpu *
find_uuid(const struct fleet *f, const struct card *card)
{
	uint32_t uuid = number_of(f, card->uuid);

	if (uuid == FLEET_UNKNOWN)
		return NULL;
	/* Its cluster may be called otherwise by now. */
	return fleet_find_uuid(f, uuid,
			       fleet_is_told_uuid(card->uuid)
				   ? FLEET_UNKNOWN
				   : number_of(f, card->cluster));
}

static const struct fleet_gpu *
find_place(const struct fleet *f, const struct card *card)
{
	const struct fleet_place place = {
	    number_of(f, card->cluster), number_of(f, card->node), card->index};

	if (place.node == FLEET_UNKNOWN || place.index == FLEET_UNKNOWN)
		return NULL;
	return fleet_find_place(f, &place, number_of(f, card->vendor));
}

/* In its place is itself, unless both have a uuid. */
static const struct fleet_gpu *
find_card(const struct fleet *f, const struct card *card)
{
	const struct fleet_gpu *gpu = find_uuid(f, card);

	if (gpu != NULL)
		return gpu;
	gpu = find_place(f, card);
	return gpu != NULL && fleet_is_told_uuid(card->uuid) &&
		       fleet_told_uuid(f, gpu) != FLEET_UNKNOWN
		   ? NULL
		   : gpu;
}

bool
missing_is_back(const struct fleet *f, const struct card *card)
{
	return find_uuid(f, card) != NULL ||
	       (!card->is_displaced && find_place(f, card) != NULL);
}

/* --- who is missing ------------------------------------------------------- */

/* True if the card had been known. */
static bool
note_known(struct search *s, const struct fleet_gpu *gpu)
{
	bool was_known = s->is_known[gpu->order];

	s->is_known[gpu->order] = true;
	return was_known;
}

static void
find_newcomers(struct search *s)
{
	const struct fleet *f = s->fleet;

	for (size_t i = 0; i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		if (card->order != i || s->is_known[i])
			continue;
		if (s->newcomer_count++ == NEWCOMERS_MAX)
			return;
		s->newcomers[s->newcomer_count - 1] = card;
	}
}

/* Who has no uuid is known by names, and an exporter's pod, its address or its
 * node may have another one now. */
static bool
is_renamed(struct search *s, const struct card *card)
{
	uint64_t exporters = missing_exporters(card, s->older, s->found);

	if (fleet_is_told_uuid(card->uuid))
		return false;
	if (s->newcomer_count > NEWCOMERS_MAX)
		return true;
	for (size_t i = 0; i < s->newcomer_count; i++) {
		const struct fleet_gpu *gpu = s->newcomers[i];

		if (gpu->index == card->index &&
		    (gpu->exporters & exporters) != 0 && !note_known(s, gpu))
			return true;
	}
	return false;
}

/* Of a card that is not found. */
static enum missing
judge(struct search *s, const struct card *card)
{
	const struct fleet_gpu *gpu = find_place(s->fleet, card);

	if (gpu != NULL && fleet_is_row(gpu))
		/* One that was elsewhere before has not replaced it. */
		return note_known(s, gpu) ? MISSING_DISPLACED : MISSING_NOT;
	return is_renamed(s, card) ? MISSING_NOT : MISSING;
}

static void
find_all(struct search *s, int64_t now_ms, unsigned char *out)
{
	const struct cards *before = &s->older->roster->cards;

	for (size_t i = 0; i < before->count; i++) {
		const struct fleet_gpu *gpu =
		    find_card(s->fleet, &before->cards[i]);

		out[i] = gpu == NULL ? MISSING : MISSING_NOT;
		if (gpu != NULL && fleet_is_row(gpu))
			note_known(s, gpu);
	}
	find_newcomers(s);
	for (size_t i = 0; i < before->count; i++) {
		const struct card *card = &before->cards[i];

		if (out[i] == MISSING)
			out[i] = missing_is_forgotten(card, s->older, s->found,
						      now_ms)
				     ? MISSING_NOT
				     : judge(s, card);
	}
}

enum err_code
missing_find(const struct detection *older, const struct detection *found,
	     const struct fleet *f, int64_t now_ms, struct arena *arena,
	     unsigned char **out, struct err *e)
{
	struct search *s = arena_alloc(arena, sizeof(*s));

	*out = arena_alloc(arena, older->roster->cards.count);
	if (s == NULL || *out == NULL)
		return err_set_memory(e);
	*s = (struct search){.older = older, .found = found, .fleet = f};
	s->is_known = arena_grow(arena, NULL, 0, f->count);
	if (s->is_known == NULL)
		return err_set_memory(e);
	find_all(s, now_ms, *out);
	return ERR_OK;
}
