#include "gpu/fleet/copies.h"

#include <stdbool.h>

/* So many others are enough to know a copy by. */
enum { OTHERS_MAX = 8 };

int
copies_compare_losses(double a_s, double b_s)
{
	if (a_s == b_s || a_s == 0 || b_s == 0)
		return (a_s > 0) - (b_s > 0);
	return a_s > b_s ? -1 : 1;
}

/*
 * Sources are points on a circle: the one from which it is the least way to all
 * others. That is the same one wherever all are moved by the same number.
 */
static size_t
choose(const struct copies_way *ways, size_t count)
{
	uint64_t least = UINT64_MAX;
	size_t chosen = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t way = 0;

		for (size_t k = 0; k < count; k++)
			way += (uint32_t)(ways[k].source - ways[i].source);
		if (way < least) {
			least = way;
			chosen = i;
		}
	}
	return chosen;
}

/* What two series of one metric tell. */
static bool
tell_the_same(const struct copies_way *a, const struct copies_way *b)
{
	return (a->known & b->known) != 0;
}

/* By how much the chosen one differs from those that may be its copies. */
static size_t
list_differences(const struct copies_way *ways, size_t count, size_t chosen,
		 uint32_t out[static OTHERS_MAX])
{
	size_t others = 0;

	for (size_t i = 0; i < count && others < OTHERS_MAX; i++)
		if (i != chosen && tell_the_same(&ways[chosen], &ways[i]))
			out[others++] = ways[chosen].source - ways[i].source;
	return others;
}

static bool
is_listed(const uint32_t *differences, size_t count, uint32_t difference)
{
	size_t i = 0;

	while (i < count && differences[i] != difference)
		i++;
	return i < count;
}

void
copies_relate(const struct copies_way *ways, size_t count, size_t alike,
	      unsigned *out)
{
	uint32_t differences[OTHERS_MAX];
	size_t chosen = choose(ways, alike);
	size_t others = list_differences(ways, count, chosen, differences);

	for (size_t i = 0; i < count; i++) {
		out[i] = 0;
		for (size_t k = 0; others > 0 && k < count; k++)
			out[i] += tell_the_same(&ways[i], &ways[k]) &&
				  is_listed(differences, others,
					    ways[i].source - ways[k].source);
	}
	out[chosen] = COPIES_CHOSEN;
}
