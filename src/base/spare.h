/*
 * Large blocks of memory between two uses. To give one back to the system and
 * get it again, page by page, takes longer than to work with it; so those of
 * one request wait for the next, and as many as nobody needed for a second go
 * back.
 *
 * They count against their budget while they wait, but never stand in the way:
 * where it is short, they go. And what is taken while others wait lets of them
 * go what makes all together more than was in use alone, in these seconds.
 */
#ifndef BASE_SPARE_H
#define BASE_SPARE_H

#include <stdbool.h>
#include <stddef.h>

struct budget;
struct spare;

enum {
	/* Smaller blocks are no matter. */
	SPARE_MIN_BYTES = 64 * 1024,
	/* Of this size most are: what one left another can take then. */
	SPARE_BLOCK_BYTES = SPARE_MIN_BYTES + 16
};

/* For those that draw on that budget, which is of all, and outlives it. NULL:
 * no memory. */
struct spare *spare_new(struct budget *of_all);

/* NULL is fine. */
void spare_free(struct spare *s);

/* As malloc and free, for blocks of that size, which is taken of the budget
 * before, and given back before; s may be NULL. */
void *spare_take(struct spare *s, size_t bytes)
    __attribute__((warn_unused_result));
void spare_give(struct spare *s, void *block, size_t bytes);

/* A block that is no spare one has grown by so much, which was taken of the
 * budget. */
void spare_make_room(struct spare *s, size_t bytes);

/*
 * Gives all back to the system, then budget_try, in one: what another thread is
 * done with is in the budget or among the spare blocks, and is not missed.
 */
bool spare_clear_for(struct spare *s, struct budget *b, size_t bytes);

/* Once a second: lets those go that waited all the time since the last one. */
void spare_tick(struct spare *s);

#endif
