#include "gpu/collect/few.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "gpu/collect/missing.h"
#include "prom/promql.h"

/* A query has more than one part, and proxies limit what there may be. */
enum { CONDITIONS_MAX_BYTES = 4096 };

/* Looks are a minute apart: who has found nothing out for longer knows what
 * was, not what is. */
enum { LOOK_MAX_AGE_MS = 150000 };

struct few {
	struct plan_part part;
	bool *is_asked; /* each island */
};

uint64_t
few_hash(const struct few_names *names)
{
	uint64_t hash = 0;

	for (int kind = 0; kind < FEW__MAX; kind++) {
		hash = intern_hash_number(hash ^ names->of[kind].count);
		for (size_t i = 0; i < names->of[kind].count; i++)
			hash = intern_hash_text(
			    hash, names->of[kind].texts[i].text,
			    names->of[kind].texts[i].length);
	}
	return hash;
}

/* --- whether enough is known ---------------------------------------------- */

static bool
is_exporter_known(const struct detection *found, size_t rank, enum few_of of)
{
	return rank < IDENTITY_EXPORTERS_MAX && !found->is_silent[rank] &&
	       found->series[rank] != NULL &&
	       roster_targets(found->roster, rank) != NULL &&
	       (of == FEW_OF_CARDS ||
		roster_has_processes_at_targets(found->roster, rank,
						found->profiles[rank],
						found->series[rank]));
}

static bool
is_site_known(const struct detection *found, enum few_of of)
{
	const struct roster *roster = found->roster;

	if (found->count == 0 || roster == NULL || !roster->cards.is_whole ||
	    !roster->cards.has_islands ||
	    clock_now_ms() - roster->made_ms > LOOK_MAX_AGE_MS)
		return false;
	for (size_t i = 0; i < found->count; i++)
		if (!is_exporter_known(found, i, of))
			return false;
	return true;
}

/* --- which cards ---------------------------------------------------------- */

/* The cards' own strings for the names of a kind. */
struct wanted {
	const struct intern_string **texts; /* NULL: any will do */
	bool *is_met;	 /* of each: one who is asked for has it */
	bool is_unknown; /* one of them is no card's */
	size_t count;
};

static bool
find_texts(const struct cards *cards, const struct few_names *names,
	   enum few_kind kind, struct arena *arena, struct wanted *out)
{
	size_t count = names->of[kind].count;

	*out = (struct wanted){.texts = NULL};
	if (count == 0)
		return true;
	out->texts = arena_alloc(arena, count * sizeof(*out->texts));
	out->is_met = arena_grow(arena, NULL, 0, count * sizeof(*out->is_met));
	if (out->texts == NULL || out->is_met == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct few_text *name = &names->of[kind].texts[i];
		uint32_t number =
		    intern_find(&cards->texts, name->text, name->length);

		if (number == INTERN_NONE)
			out->is_unknown = true;
		else
			out->texts[out->count++] =
			    intern_text(&cards->texts, number);
	}
	return true;
}

static bool
is_wanted(const struct wanted *w, const struct intern_string *text)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->texts[i] == text)
			return true;
	return w->texts == NULL;
}

/* An instance may have a uuid of its own, by which rows are chosen. */
static bool
has_wanted_uuid(const struct wanted *w, const struct card *card)
{
	bool has = is_wanted(w, card->uuid);

	for (size_t i = 0; !has && i < card->part_count; i++)
		has = is_wanted(w, card->parts[i].uuid);
	return has;
}

static void
meet(struct wanted *w, const struct intern_string *text)
{
	for (size_t i = 0; i < w->count; i++)
		w->is_met[i] |= w->texts[i] == text;
}

static void
meet_card(struct wanted *wanted, const struct card *card)
{
	meet(&wanted[FEW_NODE], card->node);
	meet(&wanted[FEW_CLUSTER], card->cluster);
	meet(&wanted[FEW_UUID], card->uuid);
	for (size_t i = 0; i < card->part_count; i++)
		meet(&wanted[FEW_UUID], card->parts[i].uuid);
}

/* Who has a name that nobody has yet is somewhere else, or new. */
static bool
are_all_met(const struct wanted *wanted)
{
	for (int kind = 0; kind < FEW__MAX; kind++) {
		const struct wanted *w = &wanted[kind];

		if (w->is_unknown)
			return false;
		for (size_t i = 0; i < w->count; i++)
			if (!w->is_met[i])
				return false;
	}
	return true;
}

/* Marks the islands of those that have these names; false if one of the names
 * is not known, or there are too many. */
static bool
mark_islands(const struct cards *cards, struct wanted *wanted, bool *is_asked)
{
	size_t count = 0;

	for (size_t i = 0; i < cards->count; i++) {
		const struct card *card = &cards->cards[i];

		if (!is_wanted(&wanted[FEW_NODE], card->node) ||
		    !has_wanted_uuid(&wanted[FEW_UUID], card) ||
		    !is_wanted(&wanted[FEW_CLUSTER], card->cluster))
			continue;
		if (card->is_missing || count++ == FEW_CARDS_MAX)
			return false;
		meet_card(wanted, card);
		is_asked[card->island] = true;
	}
	return count > 0 && are_all_met(wanted);
}

static bool
is_on_island(const struct few *few, const struct card *card)
{
	return !card->is_missing && few->is_asked[card->island];
}

static size_t
count_cards(const struct few *few, const struct cards *cards)
{
	size_t count = 0;

	for (size_t i = 0; i < cards->count; i++)
		count += is_on_island(few, &cards->cards[i]);
	return count;
}

/* --- whom to ask ---------------------------------------------------------- */

/* The exporter's instances that are asked; false if one cannot be asked by
 * name.
 */
static bool
list_instances(const struct few *few, const struct cards *cards, size_t rank,
	       const char **out, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < cards->target_count; i++) {
		const struct cards_target *t = &cards->targets[i];

		if (t->exporter != rank || !few->is_asked[t->island])
			continue;
		if (strlen(t->instance->text) != t->instance->length ||
		    !promql_is_name(t->instance->text))
			return false;
		out[(*count)++] = t->instance->text;
	}
	return true;
}

/* Of each exporter; *is_possible is false if that makes a query too long. */
static enum err_code
add_conditions(struct few *few, const struct cards *cards, size_t exporters,
	       struct arena *arena, bool *is_possible, struct err *e)
{
	const char **conditions =
	    arena_grow(arena, NULL, 0, exporters * sizeof(*conditions));
	const char **instances =
	    arena_alloc(arena, cards->target_count * sizeof(*instances));
	struct buf text;
	size_t count;

	if (conditions == NULL || instances == NULL)
		return err_set_memory(e);
	few->part.conditions = conditions;
	buf_init_within(&text, CONDITIONS_MAX_BYTES, arena->budget);
	for (size_t i = 0; *is_possible && i < exporters; i++) {
		*is_possible = list_instances(few, cards, i, instances, &count);
		if (!*is_possible || count == 0)
			continue;
		buf_reset(&text);
		promql_add_choice(&text, "instance", instances, count);
		*is_possible = buf_status(&text) != ERR_TOO_BIG;
		if (buf_status(&text) == ERR_OK)
			conditions[i] =
			    arena_copy(arena, text.data, text.length);
		if (*is_possible && conditions[i] == NULL) {
			buf_fini(&text);
			return err_set_memory(e);
		}
	}
	buf_fini(&text);
	return ERR_OK;
}

enum err_code
few_find(const struct few_names *names, enum few_of of,
	 const struct detection *found, struct arena *arena,
	 const struct few **out, struct err *e)
{
	struct wanted wanted[FEW__MAX];
	const struct cards *cards;
	struct few *few;
	bool is_possible;

	*out = NULL;
	if (!is_site_known(found, of))
		return ERR_OK;
	cards = &found->roster->cards;
	few = arena_alloc(arena, sizeof(*few));
	if (few == NULL)
		return err_set_memory(e);
	few->is_asked = arena_grow(arena, NULL, 0, cards->island_end);
	if (few->is_asked == NULL)
		return err_set_memory(e);
	for (int kind = 0; kind < FEW__MAX; kind++)
		if (!find_texts(cards, names, (enum few_kind)kind, arena,
				&wanted[kind]))
			return err_set_memory(e);
	is_possible = mark_islands(cards, wanted, few->is_asked);
	few->part.card_count = is_possible ? count_cards(few, cards) : 0;
	is_possible &= few->part.card_count <= FEW_ASKED_MAX;
	if (is_possible && add_conditions(few, cards, found->count, arena,
					  &is_possible, e) != ERR_OK)
		return e->code;
	if (is_possible)
		*out = few;
	return ERR_OK;
}

const struct plan_part *
few_part(const struct few *few)
{
	return few != NULL ? &few->part : NULL;
}

bool
few_are_there(const struct few *few, const struct detection *found,
	      const struct fleet *f)
{
	const struct cards *cards = &found->roster->cards;

	for (size_t i = 0; i < cards->count; i++)
		if (is_on_island(few, &cards->cards[i]) &&
		    !missing_is_back(f, &cards->cards[i]))
			return false;
	return true;
}

bool
few_are(const struct few_names *names, enum few_of of, struct detector *d,
	struct budget *budget)
{
	const struct detection *found = detect_current(d);
	const struct few *few = NULL;
	struct arena arena;
	struct err ignored;

	arena_init(&arena, budget);
	if (found != NULL)
		few_find(names, of, found, &arena, &few, &ignored);
	arena_fini(&arena);
	detect_release(found);
	return few != NULL;
}
