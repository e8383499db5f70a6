#include "gpu/fleet/namesakes.h"

enum { FIRST_CAPACITY = 64 };

void
namesakes_init(struct namesakes *n, struct arena *arena)
{
	*n = (struct namesakes){.arena = arena};
	intern_init(&n->names, arena->budget);
}

void
namesakes_fini(struct namesakes *n)
{
	if (n->arena != NULL)
		intern_fini(&n->names);
	*n = (struct namesakes){.arena = NULL};
}

/* The place of that name's first one; NULL if there is no memory. */
static struct namesake **
place_of(struct namesakes *n, uint32_t name)
{
	uint32_t before = n->capacity;
	uint32_t wanted = before > 0 ? before : FIRST_CAPACITY;
	struct namesake **grown;

	while (wanted <= name)
		wanted *= 2;
	if (wanted > before) {
		grown =
		    arena_grow(n->arena, n->by_name, before * sizeof(*grown),
			       wanted * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		for (uint32_t i = before; i < wanted; i++)
			grown[i] = NULL;
		n->by_name = grown;
		n->capacity = wanted;
	}
	return &n->by_name[name];
}

struct namesake *
namesakes_add(struct namesakes *n, const void *name, size_t length,
	      uint32_t cluster, size_t bytes, bool *is_new)
{
	uint32_t number = intern_add(&n->names, name, length);
	struct namesake **first =
	    number != INTERN_NONE ? place_of(n, number) : NULL;
	struct namesake *found;

	*is_new = false;
	if (first == NULL)
		return NULL;
	for (found = *first; found != NULL; found = found->next)
		if (found->cluster == cluster)
			return found;
	found = arena_grow(n->arena, NULL, 0, bytes);
	if (found == NULL)
		return NULL;
	*found = (struct namesake){.cluster = cluster, .next = *first};
	*first = found;
	*is_new = true;
	return found;
}

static bool
may_be_of(const struct namesake *it, uint32_t cluster)
{
	return it->cluster == cluster || it->cluster == INTERN_NONE ||
	       cluster == INTERN_NONE;
}

bool
namesakes_may_have(const struct namesakes *n, const void *name, size_t length,
		   uint32_t cluster)
{
	uint32_t number = intern_find(&n->names, name, length);
	struct namesake *it = number != INTERN_NONE ? n->by_name[number] : NULL;

	while (it != NULL && !may_be_of(it, cluster))
		it = it->next;
	return it != NULL;
}

struct namesake *
namesakes_find(const struct namesakes *n, const void *name, size_t length,
	       uint32_t cluster)
{
	uint32_t number = intern_find(&n->names, name, length);
	struct namesake *found = NULL;
	size_t candidates = 0;

	if (number == INTERN_NONE)
		return NULL;
	for (struct namesake *it = n->by_name[number]; it != NULL;
	     it = it->next) {
		if (it->cluster == cluster)
			return it;
		if (!may_be_of(it, cluster))
			continue;
		found = it;
		candidates++;
	}
	return candidates == 1 ? found : NULL;
}
