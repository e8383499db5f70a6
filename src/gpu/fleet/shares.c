#include "gpu/fleet/shares.h"

#include <math.h>

#include "gpu/fleet/slices.h"

/* 0 if one does not say. */
static unsigned
sum_slices(const struct shares_split *s)
{
	unsigned sum = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->slices[i] == 0)
			return 0;
		sum += s->slices[i];
	}
	return sum;
}

/* Where each tells all of the card's for its own, they have more than it. */
static bool
has_memory(const struct shares_split *s)
{
	static const double off_at_most = 1.01;
	double sum = 0;

	for (size_t i = 0; i < s->count; i++)
		sum += s->memory[i] > 0 ? s->memory[i] : NAN;
	return sum <= off_at_most * s->memory_of_card;
}

enum shares_source
shares_find(const struct shares_split *s,
	    double shares[static FLEET_INSTANCES_MAX])
{
	unsigned slices = sum_slices(s);
	unsigned all = slices > SLICES_OF_MEMORY ? slices : SLICES_OF_MEMORY;
	enum shares_source source = SHARES_EQUAL;

	if (slices > 0)
		source = SHARES_OF_PROFILES;
	else if (has_memory(s))
		source = SHARES_OF_MEMORY;
	for (size_t i = 0; i < s->count; i++)
		if (source == SHARES_OF_PROFILES)
			shares[i] = (double)s->slices[i] / all;
		else if (source == SHARES_OF_MEMORY)
			shares[i] = fmin(1, s->memory[i] / s->memory_of_card);
		else
			shares[i] = 1.0 / (double)s->count;
	return source;
}

enum shares_source
shares_of_card(const struct fleet *f, const struct fleet_gpu *card,
	       double shares[static FLEET_INSTANCES_MAX])
{
	struct shares_split s = {.memory_of_card =
				     fleet_value(card, FIELD_MEMORY_TOTAL)};

	for (const struct fleet_gpu *gpu = card->instances; gpu != NULL;
	     gpu = gpu->next_instance) {
		s.slices[s.count] = fleet_memory_slices(f, gpu);
		s.memory[s.count++] = fleet_value(gpu, FIELD_MEMORY_TOTAL);
	}
	return shares_find(&s, shares);
}

/* To the byte, it is no coincidence. */
bool
shares_repeat_memory(const struct fleet *f, const struct fleet_gpu *card)
{
	double first = fleet_value(card->instances, FIELD_MEMORY_USED);

	for (const struct fleet_gpu *gpu = card->instances; gpu != NULL;
	     gpu = gpu->next_instance)
		if (!(first > 0 &&
		      fleet_value(gpu, FIELD_MEMORY_USED) == first))
			return false;
	return card->instances->next_instance != NULL &&
	       fleet_may_repeat_memory(f, card);
}

bool
shares_have_one_memory(const struct fleet *f, const struct fleet_gpu *gpu)
{
	const struct fleet_gpu *card = gpu->card;

	return card != NULL && card->instances->next_instance != NULL &&
	       fleet_may_repeat_memory(f, card) &&
	       fleet_value(gpu, FIELD_MEMORY_TOTAL) >=
		   fleet_value(card, FIELD_MEMORY_TOTAL);
}

bool
shares_are_known(enum shares_source source, const struct fleet *f,
		 const struct fleet_gpu *card)
{
	return source != SHARES_EQUAL || (card->vendor != FLEET_UNKNOWN &&
					  fleet_may_repeat_memory(f, card));
}
