#include "base/intern.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hash.h"

enum { FIRST_CAPACITY = 32 };

static uint64_t seed;

/*
 * Label values come from outside: with a seed of our own nobody can choose
 * them so that they all fall into one slot.
 */
static void
choose_seed(void)
{
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(seed))
		seed = (uint64_t)clock_now_us();
}

static void
need_seed(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, choose_seed);
}

void
intern_init(struct intern *in, struct arena *arena)
{
	need_seed();
	memset(in, 0, sizeof(*in));
	in->arena = arena;
}

uint64_t
intern_hash_number(uint64_t number)
{
	need_seed();
	return hash_number(seed, number);
}

static uint32_t
hash_of(const char *text, size_t length)
{
	uint64_t hash = hash_bytes(seed, text, length);

	return (uint32_t)(hash ^ hash >> 32);
}

static void
place(uint32_t *slots, uint32_t slot_count, uint32_t hash, uint32_t number)
{
	uint32_t at = hash & (slot_count - 1);

	while (slots[at] != 0)
		at = (at + 1) & (slot_count - 1);
	slots[at] = number + 1;
}

/* Doubles both tables; the old ones stay behind in the arena. */
static int
grow(struct intern *in)
{
	uint32_t capacity =
	    in->capacity > 0 ? in->capacity * 2 : FIRST_CAPACITY;
	uint32_t slot_count = capacity * 2, *slots;
	struct intern_string *strings;

	if (capacity > UINT32_MAX / 4)
		return -1;
	strings = arena_alloc(in->arena, capacity * sizeof(*strings));
	slots = arena_alloc(in->arena, slot_count * sizeof(*slots));
	if (strings == NULL || slots == NULL)
		return -1;
	if (in->count > 0)
		memcpy(strings, in->strings, in->count * sizeof(*strings));
	memset(slots, 0, slot_count * sizeof(*slots));
	for (uint32_t i = 0; i < in->count; i++)
		place(slots, slot_count, strings[i].hash, i);
	in->strings = strings;
	in->slots = slots;
	in->capacity = capacity;
	in->slot_count = slot_count;
	return 0;
}

static uint32_t
find(const struct intern *in, const char *text, size_t length, uint32_t hash)
{
	uint32_t at;

	if (in->slot_count == 0)
		return INTERN_NONE;
	at = hash & (in->slot_count - 1);
	while (in->slots[at] != 0) {
		const struct intern_string *s = &in->strings[in->slots[at] - 1];

		if (s->hash == hash && s->length == length &&
		    memcmp(s->text, text, length) == 0)
			return in->slots[at] - 1;
		at = (at + 1) & (in->slot_count - 1);
	}
	return INTERN_NONE;
}

uint32_t
intern_add(struct intern *in, const char *text, size_t length)
{
	uint32_t hash = hash_of(text, length);
	uint32_t number = find(in, text, length, hash);
	char *copy;

	if (number != INTERN_NONE)
		return number;
	if (length >= UINT32_MAX ||
	    (in->count == in->capacity && grow(in) != 0))
		return INTERN_NONE;
	copy = arena_copy(in->arena, text, length);
	if (copy == NULL)
		return INTERN_NONE;
	number = in->count++;
	in->strings[number] =
	    (struct intern_string){copy, (uint32_t)length, hash};
	place(in->slots, in->slot_count, hash, number);
	return number;
}

uint32_t
intern_find(const struct intern *in, const char *text, size_t length)
{
	return find(in, text, length, hash_of(text, length));
}
