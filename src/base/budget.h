/* How much memory may still be taken; shared by threads, without a lock. */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct spare;

struct budget {
	atomic_size_t left_bytes;
	struct budget *of_all; /* or NULL */
	struct spare *spare;   /* of one of all: see base/spare.h; or NULL */
};

void budget_init(struct budget *b, size_t bytes);

/* What is taken of it is taken of the other as well, which outlives it. */
void budget_init_within(struct budget *b, size_t bytes, struct budget *of_all);

/* False if there is not so much, spare blocks included, and then nothing is
 * taken. */
bool budget_take(struct budget *b, size_t bytes);

/* The same, and spare blocks stay. */
bool budget_try(struct budget *b, size_t bytes);

/* Where those who draw on it find spare blocks; or NULL. */
static inline struct spare *
budget_spare(const struct budget *b)
{
	return b->of_all != NULL ? b->of_all->spare : b->spare;
}

/*
 * Whose blocks those use again that draw on it: none where AddressSanitizer is
 * to see what is used after its end. NULL is fine.
 */
static inline struct spare *
budget_blocks(const struct budget *b)
{
#ifdef ARENA_SEPARATE_PIECES
	(void)b;
	return NULL;
#else
	return b != NULL ? budget_spare(b) : NULL;
#endif
}

/* How much may still be taken of it alone, not of the other. */
static inline size_t
budget_left(const struct budget *b)
{
	return atomic_load_explicit(&b->left_bytes, memory_order_relaxed);
}

/* How much is taken of it now, if it began with so much. */
size_t budget_used(const struct budget *b, size_t of_bytes);

void budget_give(struct budget *b, size_t bytes);

#endif
