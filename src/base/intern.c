#include "base/intern.h"

#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/natural.h"

enum {
	FIRST_SLOTS = 2 * INTERN_FIRST_BLOCK,
	COUNT_MAX = INTERN_FIRST_BLOCK << (INTERN_BLOCKS - 1)
};

/*
 * Never changed but by entering strings: threads may go on with the slots of
 * before, and look again under the lock for what they did not find there.
 */
struct intern_slots {
	uint32_t count;	       /* a power of 2 */
	atomic_uint numbers[]; /* of strings, + 1; 0 is free */
};

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

uint64_t
intern_hash_number(uint64_t number)
{
	need_seed();
	return hash_number(seed, number);
}

uint64_t
intern_hash_text(uint64_t before, const char *text, size_t length)
{
	need_seed();
	return hash_bytes(hash_number(seed, before), text, length);
}

static uint32_t
hash_of(const char *text, size_t length)
{
	uint64_t hash = hash_bytes(seed, text, length);

	return (uint32_t)(hash ^ hash >> 32);
}

void
intern_init(struct intern *in, struct budget *budget)
{
	need_seed();
	memset(in, 0, sizeof(*in));
	pthread_mutex_init(&in->lock, NULL);
	arena_init(&in->arena, budget);
	arena_init_for_few(&in->slot_arena, budget);
}

void
intern_close(struct intern *in)
{
	atomic_store_explicit(&in->slots, NULL, memory_order_relaxed);
	arena_fini(&in->slot_arena);
}

void
intern_fini(struct intern *in)
{
	arena_fini(&in->slot_arena);
	arena_fini(&in->arena);
	pthread_mutex_destroy(&in->lock);
	memset(in, 0, sizeof(*in));
}

uint32_t
intern_count(const struct intern *in)
{
	return atomic_load_explicit(&in->count, memory_order_acquire);
}

static struct intern_slots *
slots_of(const struct intern *in)
{
	return atomic_load_explicit(&in->slots, memory_order_acquire);
}

static uint32_t
find(const struct intern *in, const char *text, size_t length, uint32_t hash)
{
	const struct intern_slots *slots = slots_of(in);
	uint32_t at, entry;

	if (slots == NULL)
		return INTERN_NONE;
	at = hash & (slots->count - 1);
	while ((entry = atomic_load_explicit(&slots->numbers[at],
					     memory_order_acquire)) != 0) {
		const struct intern_string *s = intern_text(in, entry - 1);

		if (s->hash == hash && s->length == length &&
		    memcmp(s->text, text, length) == 0)
			return entry - 1;
		at = (at + 1) & (slots->count - 1);
	}
	return INTERN_NONE;
}

/* --- under the lock ------------------------------------------------------ */

static void
enter(struct intern_slots *slots, uint32_t hash, uint32_t number)
{
	uint32_t at = hash & (slots->count - 1);

	while (atomic_load_explicit(&slots->numbers[at],
				    memory_order_relaxed) != 0)
		at = (at + 1) & (slots->count - 1);
	/* Who sees the number sees the string. */
	atomic_store_explicit(&slots->numbers[at], number + 1,
			      memory_order_release);
}

/* So many slots; the old ones stay behind in the arena. */
static struct intern_slots *
grow_slots(struct intern *in, uint32_t count)
{
	size_t bytes =
	    sizeof(struct intern_slots) + (size_t)count * sizeof(atomic_uint);
	struct intern_slots *slots = arena_alloc(&in->slot_arena, bytes);

	if (slots == NULL)
		return NULL;
	memset(slots, 0, bytes);
	slots->count = count;
	for (uint32_t i = 0; i < intern_count(in); i++)
		enter(slots, intern_text(in, i)->hash, i);
	atomic_store_explicit(&in->slots, slots, memory_order_release);
	return slots;
}

/* Slots with at least half of them free for one more string. */
static struct intern_slots *
need_slots(struct intern *in, uint32_t number)
{
	struct intern_slots *slots = slots_of(in);
	uint32_t count = slots != NULL ? slots->count : FIRST_SLOTS;

	if (slots != NULL && number < count / 2)
		return slots;
	/* Of a set that was closed there may be many. */
	while (number >= count / 2)
		count *= 2;
	return grow_slots(in, count);
}

/* Room for the string of that number; NULL if there is no memory. */
static struct intern_string *
need_room(struct intern *in, uint32_t number)
{
	size_t block = 0, first = 0, size = INTERN_FIRST_BLOCK;

	while (number >= first + size) {
		first += size;
		size = first;
		block++;
	}
	if (in->blocks[block] == NULL)
		in->blocks[block] = arena_alloc(
		    &in->arena, size * sizeof(struct intern_string));
	return in->blocks[block] != NULL ? &in->blocks[block][number - first]
					 : NULL;
}

static uint32_t
add(struct intern *in, const char *text, size_t length, uint32_t hash)
{
	uint32_t number = intern_count(in);
	struct intern_slots *slots;
	struct intern_string *room;
	char *copy;

	if (length >= UINT32_MAX || number >= COUNT_MAX)
		return INTERN_NONE;
	slots = need_slots(in, number);
	room = need_room(in, number);
	copy = arena_copy(&in->arena, text, length);
	if (slots == NULL || room == NULL || copy == NULL)
		return INTERN_NONE;
	*room = (struct intern_string){copy, (uint32_t)length, hash};
	atomic_store_explicit(&in->count, number + 1, memory_order_release);
	enter(slots, hash, number);
	return number;
}

/* --- for all ------------------------------------------------------------- */

uint32_t
intern_add(struct intern *in, const char *text, size_t length)
{
	uint32_t hash = hash_of(text, length);
	uint32_t number = find(in, text, length, hash);

	if (number != INTERN_NONE)
		return number;
	pthread_mutex_lock(&in->lock);
	/* Somebody else may have added it meanwhile. */
	number = find(in, text, length, hash);
	if (number == INTERN_NONE)
		number = add(in, text, length, hash);
	pthread_mutex_unlock(&in->lock);
	return number;
}

bool
intern_take(struct intern *in, const struct intern *from, uint32_t number,
	    uint32_t *out)
{
	const struct intern_string *text = intern_text_or_null(from, number);

	*out = INTERN_NONE;
	if (text != NULL)
		*out = intern_add(in, text->text, text->length);
	return text == NULL || *out != INTERN_NONE;
}

uint32_t
intern_find(const struct intern *in, const char *text, size_t length)
{
	return find(in, text, length, hash_of(text, length));
}

bool
intern_is_same(const struct intern_string *a, const struct intern_string *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

bool
intern_is(const struct intern_string *s, const char *text)
{
	return s->length == strlen(text) &&
	       memcmp(s->text, text, s->length) == 0;
}

int
intern_compare(const struct intern_string *a, const struct intern_string *b,
	       int of_none)
{
	if (a == NULL || b == NULL)
		return ((a == NULL) - (b == NULL)) * of_none;
	return natural_compare_of(a->text, a->length, b->text, b->length);
}
