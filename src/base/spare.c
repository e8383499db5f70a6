#include "base/spare.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/budget.h"

enum { BLOCKS_MAX = 1024 };

struct spare {
	struct budget *of_all;
	pthread_mutex_t lock; /* of what follows */
	struct spare_block {
		void *block;
		size_t bytes;
	} blocks[BLOCKS_MAX]; /* in the order in which they came */
	size_t count, bytes;
	size_t least_bytes; /* that waited at once since the last tick */
	/* The least that was left of the budget, what waits left aside, since
	 * the last tick, and since the one before till then. */
	size_t least_left_bytes[2];
};

struct spare *
spare_new(struct budget *of_all)
{
	struct spare *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->of_all = of_all;
	s->least_left_bytes[0] = s->least_left_bytes[1] = SIZE_MAX;
	pthread_mutex_init(&s->lock, NULL);
	of_all->spare = s;
	return s;
}

void
spare_free(struct spare *s)
{
	if (s == NULL)
		return;
	s->of_all->spare = NULL;
	spare_clear(s);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Those from first on, as many as count, are no longer there. Under the lock.
 */
static void
forget(struct spare *s, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		s->bytes -= s->blocks[i].bytes;
	s->count -= count;
	for (size_t i = first; i < s->count; i++)
		s->blocks[i] = s->blocks[i + count];
	if (s->bytes < s->least_bytes)
		s->least_bytes = s->bytes;
}

/* Under the lock. */
static void *
find(struct spare *s, size_t bytes)
{
	void *block;
	size_t i = 0;

	while (i < s->count && s->blocks[i].bytes != bytes)
		i++;
	if (i == s->count)
		return NULL;
	block = s->blocks[i].block;
	forget(s, i, 1);
	return block;
}

/* The place of the smallest that has so many bytes; or count. Under the lock.
 */
static size_t
find_smallest(const struct spare *s, size_t bytes)
{
	size_t best = s->count;

	for (size_t i = 0; i < s->count; i++)
		if (s->blocks[i].bytes >= bytes &&
		    (best == s->count ||
		     s->blocks[i].bytes < s->blocks[best].bytes))
			best = i;
	return best;
}

/* Lets so many bytes go, or all: one block that has them, and no larger one
 * than it takes, or else the oldest ones. Under the lock. */
static size_t
let_go(struct spare *s, size_t bytes)
{
	size_t one = bytes > 0 ? find_smallest(s, bytes) : s->count;
	size_t gone_bytes = 0, count = 0;

	if (one < s->count) {
		gone_bytes = s->blocks[one].bytes;
		free(s->blocks[one].block);
		forget(s, one, 1);
		return gone_bytes;
	}
	for (; count < s->count && gone_bytes < bytes; count++) {
		gone_bytes += s->blocks[count].bytes;
		free(s->blocks[count].block);
	}
	forget(s, 0, count);
	return gone_bytes;
}

/* How much too much there is, what waits and what is in use: more than was in
 * use alone, just now or lately. Under the lock. */
static size_t
excess_bytes(struct spare *s)
{
	size_t left = budget_left(s->of_all);
	size_t *least = s->least_left_bytes;

	if (left + s->bytes < least[0])
		least[0] = left + s->bytes;
	if (least[1] < least[0])
		return least[1] > left ? least[1] - left : 0;
	return least[0] > left ? least[0] - left : 0;
}

void *
spare_take(struct spare *s, size_t bytes)
{
	size_t freed_bytes, excess;
	void *block;

	if (s == NULL || bytes < SPARE_MIN_BYTES)
		return malloc(bytes);
	pthread_mutex_lock(&s->lock);
	excess = excess_bytes(s);
	block = find(s, bytes);
	freed_bytes = block != NULL ? bytes : let_go(s, excess);
	pthread_mutex_unlock(&s->lock);
	budget_give(s->of_all, freed_bytes);
	return block != NULL ? block : malloc(bytes);
}

void
spare_give(struct spare *s, void *block, size_t bytes)
{
	bool is_kept = false;

	if (s != NULL && bytes >= SPARE_MIN_BYTES &&
	    budget_try(s->of_all, bytes)) {
		pthread_mutex_lock(&s->lock);
		is_kept = s->count < BLOCKS_MAX;
		if (is_kept) {
			s->blocks[s->count++] =
			    (struct spare_block){block, bytes};
			s->bytes += bytes;
		}
		pthread_mutex_unlock(&s->lock);
		if (!is_kept)
			budget_give(s->of_all, bytes);
	}
	if (!is_kept)
		free(block);
}

static size_t
give_back(struct spare *s, size_t bytes)
{
	size_t gone_bytes;

	pthread_mutex_lock(&s->lock);
	gone_bytes = let_go(s, bytes);
	pthread_mutex_unlock(&s->lock);
	budget_give(s->of_all, gone_bytes);
	return gone_bytes;
}

void
spare_make_room(struct spare *s, size_t bytes)
{
	size_t excess;

	if (s == NULL || bytes < SPARE_MIN_BYTES)
		return;
	pthread_mutex_lock(&s->lock);
	excess = excess_bytes(s);
	pthread_mutex_unlock(&s->lock);
	give_back(s, excess);
}

bool
spare_clear(struct spare *s)
{
	return give_back(s, SIZE_MAX) > 0;
}

void
spare_tick(struct spare *s)
{
	size_t idle_bytes;

	pthread_mutex_lock(&s->lock);
	idle_bytes = s->least_bytes;
	s->least_bytes = s->bytes;
	s->least_left_bytes[1] = s->least_left_bytes[0];
	s->least_left_bytes[0] = SIZE_MAX;
	pthread_mutex_unlock(&s->lock);
	if (idle_bytes > 0)
		give_back(s, idle_bytes);
}
