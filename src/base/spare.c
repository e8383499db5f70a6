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
};

struct spare *
spare_new(struct budget *of_all)
{
	struct spare *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->of_all = of_all;
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

/* Lets so many bytes go, or all, the oldest first. Under the lock. */
static size_t
let_go(struct spare *s, size_t bytes)
{
	size_t gone_bytes = 0, count = 0;

	for (; count < s->count && gone_bytes < bytes; count++) {
		gone_bytes += s->blocks[count].bytes;
		free(s->blocks[count].block);
	}
	forget(s, 0, count);
	return gone_bytes;
}

void *
spare_take(struct spare *s, size_t bytes)
{
	size_t freed_bytes = 0;
	void *block = NULL;

	if (s == NULL || bytes < SPARE_MIN_BYTES)
		return malloc(bytes);
	pthread_mutex_lock(&s->lock);
	block = find(s, bytes);
	freed_bytes = block != NULL ? bytes : let_go(s, bytes);
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
	if (s != NULL && bytes >= SPARE_MIN_BYTES)
		give_back(s, bytes);
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
	pthread_mutex_unlock(&s->lock);
	if (idle_bytes > 0)
		give_back(s, idle_bytes);
}
