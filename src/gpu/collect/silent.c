#include "gpu/collect/silent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/natural.h"
#include "gpu/collect/missing.h"

/* Told of: so many nodes, and of each so many cards. */
enum { NODES_MAX = 5, NAMES_MAX = 16, LIST_BYTES = 640 };

/* --- which --------------------------------------------------------------- */

static bool
is_to_be_told(const struct detection *found, const struct card *card,
	      const struct fleet *f, uint64_t told, int64_t now_ms)
{
	return cards_is_silent(&found->roster->cards, card) &&
	       (card->exporters & told) == 0 &&
	       now_ms - card->seen_ms < SITE_KNOWN_FOR_MS &&
	       !missing_is_back(f, card);
}

static size_t
list_silent(const struct detection *found, const struct fleet *f, uint64_t told,
	    const struct card **out)
{
	const struct cards *all = &found->roster->cards;
	int64_t now_ms = clock_now_ms();
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		if (is_to_be_told(found, &all->cards[i], f, told, now_ms))
			out[count++] = &all->cards[i];
	return count;
}

/*
 * Those too that are gone since the last look, if the fleet has all that are
 * there: who asks once learns it as well. They are copies, since one may be
 * displaced only now.
 */
static size_t
list_gone(struct call *call, const struct detection *found,
	  const struct fleet *f, uint64_t told, const struct card **out)
{
	const struct cards *all = &found->roster->cards;
	int64_t now_ms = clock_now_ms();
	unsigned char *missing;
	struct card *copies;
	size_t count = 0;
	struct err e;

	/* Most often nobody is gone, and that is quickly seen. */
	if (!all->is_whole || fleet_count_cards(f) >= all->count)
		return list_silent(found, f, told, out);
	copies = arena_alloc(call->arena, all->count * sizeof(*copies));
	if (copies == NULL || missing_find(found, found, f, now_ms, call->arena,
					   &missing, &e) != ERR_OK) {
		call->lacks_warning = true;
		return 0;
	}
	for (size_t i = 0; i < all->count; i++) {
		if (missing[i] == MISSING_NOT ||
		    (all->cards[i].exporters & told) != 0)
			continue;
		copies[count] = all->cards[i];
		copies[count].is_displaced |= missing[i] == MISSING_DISPLACED;
		out[count] = &copies[count];
		count++;
	}
	return count;
}

static const char *
text_or_empty(const struct intern_string *s)
{
	return s != NULL ? s->text : "";
}

static int
compare_homes(const struct card *a, const struct card *b)
{
	int order = natural_compare(text_or_empty(a->cluster),
				    text_or_empty(b->cluster));

	return order != 0 ? order
			  : natural_compare(text_or_empty(a->node),
					    text_or_empty(b->node));
}

static int
compare_cards(const void *a, const void *b)
{
	const struct card *left = *(const struct card *const *)a,
			  *right = *(const struct card *const *)b;
	int order = compare_homes(left, right);

	if (order == 0)
		order =
		    (left->index > right->index) - (left->index < right->index);
	return order != 0 ? order
			  : strcmp(text_or_empty(left->uuid),
				   text_or_empty(right->uuid));
}

/* --- in words ------------------------------------------------------------- */

/* Its index, unless that is another card's now; else its uuid. False if it has
 * neither. */
static bool
add_name(const struct card *card, char list[static LIST_BYTES], size_t *length)
{
	char name[64];

	if (card->index != IDENTITY_UNKNOWN && !card->is_displaced)
		snprintf(name, sizeof(name), "%" PRIu32, card->index);
	else if (fleet_is_told_uuid(card->uuid))
		snprintf(name, sizeof(name), "%s", card->uuid->text);
	else
		return false;
	if (*length + strlen(name) + sizeof(" and 4294967295 others, ") >
	    LIST_BYTES)
		return false;
	*length += (size_t)snprintf(list + *length, LIST_BYTES - *length,
				    "%s%s", *length > 0 ? ", " : "", name);
	return true;
}

static void
write_names(const struct card *const *cards, size_t count,
	    char list[static LIST_BYTES])
{
	size_t length = 0, named = 0;

	for (size_t i = 0; i < count && named < NAMES_MAX; i++)
		named += add_name(cards[i], list, &length);
	if (named == 0)
		snprintf(list, LIST_BYTES, "%zu", count);
	else if (named < count)
		snprintf(list + length, LIST_BYTES - length, " and %zu more",
			 count - named);
}

static void
warn_of_node(struct call *call, const struct card *const *cards, size_t count)
{
	const struct card *card = cards[0];
	bool is_told = card->node != NULL && card->node->length > 0 &&
		       card->node->text[0] != IDENTITY_MASK;
	char list[LIST_BYTES];

	write_names(cards, count, list);
	call_warn(call,
		  "GPUs missing on %.128s%s%.128s, silent for less than ten "
		  "minutes: %s",
		  is_told ? card->node->text : "a node that no label tells",
		  card->cluster != NULL ? " of cluster " : "",
		  text_or_empty(card->cluster), list);
}

/* Those whose GPUs end with their jobs: nothing is wrong with these. */
static uint64_t
of_jobs(const struct detection *found)
{
	uint64_t exporters = 0;

	for (size_t i = 0; i < found->count && i < IDENTITY_EXPORTERS_MAX; i++)
		if (found->profiles[i]->id_is_job)
			exporters |= UINT64_C(1) << i;
	return exporters;
}

void
silent_warn(struct call *call, const struct detection *found,
	    const struct fleet *f, bool has_all, uint64_t told)
{
	size_t bytes = found->roster->cards.count * sizeof(struct card *);
	const struct card **cards = arena_alloc(call->arena, bytes);
	size_t count, first = 0;

	if (cards == NULL) {
		call->lacks_warning = true;
		return;
	}
	told |= of_jobs(found);
	count = has_all ? list_gone(call, found, f, told, cards)
			: list_silent(found, f, told, cards);
	qsort(cards, count, sizeof(*cards), compare_cards);
	for (size_t node = 0; node < NODES_MAX && first < count; node++) {
		size_t end = first;

		while (end < count &&
		       compare_homes(cards[first], cards[end]) == 0)
			end++;
		warn_of_node(call, cards + first, end - first);
		first = end;
	}
	if (first < count)
		call_warn(call,
			  "GPUs missing on other nodes, silent for less than "
			  "ten minutes: %zu",
			  count - first);
}

bool
silent_is_nobody(const struct detection *found, size_t card_count)
{
	const struct cards *all = &found->roster->cards;

	for (size_t i = 0; i < found->count; i++)
		if (found->is_silent[i])
			return false;
	/* Who is missing stands last. */
	return !all->is_whole || all->count == 0 ||
	       (card_count >= all->count &&
		!all->cards[all->count - 1].is_missing);
}
