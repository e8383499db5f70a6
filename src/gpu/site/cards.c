#include "gpu/site/cards.h"

#include "gpu/identity.h"

void
cards_init(struct cards *c, struct budget *budget)
{
	*c = (struct cards){.count = 0};
	intern_init(&c->texts, budget);
}

void
cards_fini(struct cards *c)
{
	intern_fini(&c->texts);
}

bool
cards_is_silent(const struct cards *c, const struct card *card)
{
	return c->is_whole && card->is_missing;
}

size_t
cards_count(const struct cards *c, size_t rank)
{
	size_t count = 0;

	for (size_t i = 0; rank < IDENTITY_EXPORTERS_MAX && i < c->count; i++)
		count += !c->cards[i].is_missing &&
			 (c->cards[i].exporters >> rank & 1) != 0;
	return count;
}
