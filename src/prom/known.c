#include "prom/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { FIRST_CAPACITY = 64, PLACE_STEPS_MAX = 64 };

struct known *
known_new(size_t slot_count, struct budget *budget)
{
	struct known *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->slot_count = slot_count;
	arena_init(&k->arena, budget);
	arena_init(&k->lists, budget);
	atomic_init(&k->references, 1);
	return k;
}

void
known_take(struct known *k)
{
	atomic_fetch_add_explicit(&k->references, 1, memory_order_relaxed);
}

void
known_release(struct known *k)
{
	if (k == NULL || atomic_fetch_sub_explicit(&k->references, 1,
						   memory_order_acq_rel) > 1)
		return;
	arena_fini(&k->lists);
	arena_fini(&k->arena);
	free(k);
}

static uint64_t
hash_of(const struct known_series *series)
{
	return hash_bytes(series->name_at, series->text, series->length);
}

static bool
is_same(const struct known_series *a, const struct known_series *b)
{
	return a->length == b->length && a->name_at == b->name_at &&
	       memcmp(a->text, b->text, a->length) == 0;
}

uint32_t
known_find(const struct known *k, const struct known_series *series)
{
	size_t at;

	if (k->place_count == 0)
		return UINT32_MAX;
	at = hash_of(series) & (k->place_count - 1);
	for (unsigned i = 0; i < PLACE_STEPS_MAX && k->places[at] != 0; i++) {
		uint32_t number = k->places[at] - 1;

		if (is_same(&k->series[number], series))
			return number;
		at = (at + 1) & (k->place_count - 1);
	}
	return UINT32_MAX;
}

bool
known_has(const struct known *k, const struct known_series *series)
{
	return known_find(k, series) != UINT32_MAX;
}

/* One that finds no free place nearby is never found, and that is no harm. */
static void
enter(struct known *k, uint32_t number)
{
	size_t at = hash_of(&k->series[number]) & (k->place_count - 1);

	for (unsigned i = 0; i < PLACE_STEPS_MAX; i++) {
		if (k->places[at] == 0) {
			k->places[at] = number + 1;
			return;
		}
		at = (at + 1) & (k->place_count - 1);
	}
}

/* What the lists were before goes back: a set stays for long. */
static bool
grow(struct known *k)
{
	size_t capacity =
	    k->capacity > 0 ? 2 * k->capacity : (size_t)FIRST_CAPACITY;
	size_t place_bytes = 2 * capacity * sizeof(*k->places);
	struct known_series *series;
	struct arena lists;
	uint32_t *places;

	arena_init(&lists, k->arena.budget);
	series = arena_grow(&lists, k->series, k->count * sizeof(*series),
			    capacity * sizeof(*series));
	places = arena_alloc(&lists, place_bytes);
	if (series == NULL || places == NULL) {
		arena_fini(&lists);
		return false;
	}
	memset(places, 0, place_bytes);
	arena_fini(&k->lists);
	k->lists = lists;
	k->series = series;
	k->capacity = capacity;
	k->places = places;
	k->place_count = 2 * capacity;
	for (uint32_t i = 0; i < k->count; i++)
		enter(k, i);
	return true;
}

bool
known_add_again(struct known *k, const struct known_series *series)
{
	size_t part_bytes = k->slot_count * sizeof(*series->parts);
	struct known_series copy = *series;
	struct known_part *parts;

	if (k->count == k->capacity && !grow(k))
		return false;
	parts = arena_alloc(&k->arena, part_bytes);
	copy.text = arena_copy(&k->arena, series->text, series->length);
	if (parts == NULL || copy.text == NULL)
		return false;
	memcpy(parts, series->parts, part_bytes);
	copy.parts = parts;
	k->series[k->count] = copy;
	enter(k, (uint32_t)k->count++);
	return true;
}
