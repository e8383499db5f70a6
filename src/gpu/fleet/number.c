#include "gpu/fleet/number.h"

#include <stdlib.h>
#include <strings.h>

/* No node has cards of more; who says so is not searched a place for each. */
enum { NODE_VENDORS_MAX = 8 };

/* A card to be numbered, and what it is sorted by. */
struct unnumbered {
	struct fleet_gpu *gpu;
	const char *bus; /* "" if it is not known */
};

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Cards of one node and maker stand together. */
static int
compare_homes(const struct unnumbered *a, const struct unnumbered *b)
{
	int order = compare_numbers(a->gpu->home_rank, b->gpu->home_rank);

	return order != 0 ? order
			  : compare_numbers(a->gpu->vendor, b->gpu->vendor);
}

static int
compare_unnumbered(const void *a, const void *b)
{
	const struct unnumbered *left = a, *right = b;
	int order = compare_homes(left, right);

	return order != 0 ? order
			  : strcasecmp(left->bus, right->bus); /* in hex */
}

/* Whether each has an address of its own. */
static bool
have_addresses(const struct unnumbered *cards, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (*cards[i].bus == '\0' ||
		    (i > 0 && strcasecmp(cards[i - 1].bus, cards[i].bus) == 0))
			return false;
	return true;
}

/* Whether a card of the GPU's vendor, or of unknown vendor, has that index on
 * its node. */
static bool
has_index(const struct fleet *f, const struct fleet_gpu *gpu, uint32_t index)
{
	const struct fleet_place place = {gpu->cluster, gpu->node, index};

	return fleet_find_place(f, &place, gpu->vendor) != NULL;
}

/* Those of one home, from the first number on that may be free. */
static bool
number_home(struct fleet *f, const struct unnumbered *cards, size_t count,
	    uint32_t *index)
{
	for (size_t i = 0; i < count; i++) {
		struct fleet_gpu *gpu = cards[i].gpu;

		while (has_index(f, gpu, *index))
			++*index;
		if (!fleet_set_index(f, gpu, *index))
			return false;
	}
	return true;
}

static bool
number_homes(struct fleet *f, const struct unnumbered *cards, size_t count)
{
	uint32_t index = 0;
	unsigned vendors = 0;

	for (size_t first = 0, end; first < count; first = end) {
		const struct unnumbered *home = &cards[first];

		end = first + 1;
		while (end < count && compare_homes(home, &cards[end]) == 0)
			end++;
		if (first > 0 &&
		    home->gpu->home_rank != home[-1].gpu->home_rank)
			index = vendors = 0;
		else if (vendors++ < NODE_VENDORS_MAX)
			index = 0;
		if (have_addresses(home, end - first) &&
		    !number_home(f, home, end - first, &index))
			return false;
	}
	return true;
}

enum err_code
number_cards(struct fleet *f, struct err *e)
{
	struct unnumbered *cards =
	    arena_alloc(&f->scratch, f->card_count * sizeof(*cards));
	size_t count = 0;

	if (cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < f->card_count; i++) {
		struct fleet_gpu *gpu = f->cards[i];
		const struct intern_string *bus = fleet_text(f, gpu->bus);

		if (fleet_is_row(gpu) && gpu->index == FLEET_UNKNOWN)
			cards[count++] = (struct unnumbered){
			    gpu, bus != NULL ? bus->text : ""};
	}
	qsort(cards, count, sizeof(*cards), compare_unnumbered);
	return number_homes(f, cards, count) ? ERR_OK : err_set_memory(e);
}
