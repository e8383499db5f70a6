#include "base/spare.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/budget.h"

enum { BLOCKS_MAX = 1024 };

struct spare {
	struct budget *of_all;
	/* Of what follows, and of what it takes of the budget: who has the lock
	 * finds the one as the other says. */
	pthread_mutex_t lock;
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
	spare_clear_for(s, s->of_all, 0);
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
static void
let_go(struct spare *s, size_t bytes)
{
	size_t one = bytes > 0 ? find_smallest(s, bytes) : s->count;
	size_t gone_bytes = 0, count = 0;

	if (one < s->count) {
		gone_bytes = s->blocks[one].bytes;
		free(s->blocks[one].block);
		forget(s, one, 1);
		budget_give(s->of_all, gone_bytes);
		return;
	}
	for (; count < s->count && gone_bytes < bytes; count++) {
		gone_bytes += s->blocks[count].bytes;
		free(s->blocks[count].block);
	}
	forget(s, 0, count);
	budget_give(s->of_all, gone_bytes);
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
	size_t excess;
	void *block;

	if (s == NULL || bytes < SPARE_MIN_BYTES)
		return malloc(bytes);
	pthread_mutex_lock(&s->lock);
	excess = excess_bytes(s);
	block = find(s, bytes);
	if (block != NULL)
		budget_give(s->of_all, bytes);
	else
		let_go(s, excess);
	pthread_mutex_unlock(&s->lock);
	return block != NULL ? block : malloc(bytes);
}

/* False: there is no room, here or in the budget. Under the lock. */
static bool
keep(struct spare *s, void *block, size_t bytes)
{
	if (s->count == BLOCKS_MAX || !budget_try(s->of_all, bytes))
		return false;
	s->blocks[s->count++] = (struct spare_block){block, bytes};
	s->bytes += bytes;
	return true;
}

void
spare_give(struct spare *s, void *block, size_t bytes)
{
	bool is_kept = false;

	if (s != NULL && bytes >= SPARE_MIN_BYTES) {
		pthread_mutex_lock(&s->lock);
		is_kept = keep(s, block, bytes);
		pthread_mutex_unlock(&s->lock);
	}
	if (!is_kept)
		free(block);
}

void
spare_make_room(struct spare *s, size_t bytes)
{
	if (s == NULL || bytes < SPARE_MIN_BYTES)
		return;
	pthread_mutex_lock(&s->lock);
	let_go(s, excess_bytes(s));
	pthread_mutex_unlock(&s->lock);
}

bool
spare_clear_for(struct spare *s, struct budget *b, size_t bytes)
{
	bool is_taken;

	pthread_mutex_lock(&s->lock);
	let_go(s, SIZE_MAX);
	is_taken = budget_try(b, bytes);
	pthread_mutex_unlock(&s->lock);
	return is_taken;
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
	let_go(s, idle_bytes);
	pthread_mutex_unlock(&s->lock);
}
