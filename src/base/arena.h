/*
 * Memory that lives as long as one request: allocate, never free, drop it all
 * at the end. Several arenas may draw on one budget, each used by one thread.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/budget.h"

struct arena_block;

struct arena {
	struct budget *budget;
	struct arena_block *newest;
	char *next;
	char *end;
	size_t block_bytes;
};

/* The budget must outlive the arena. Allocates nothing yet. */
void arena_init(struct arena *a, struct budget *b);

/* The same for few pieces, of which most are large: each is a block of its own,
 * and takes no more than that. */
void arena_init_for_few(struct arena *a, struct budget *b);

/* Returns every byte to the budget and the heap. Safe on a zeroed arena. */
void arena_fini(struct arena *a);

/*
 * Memory aligned for any type, not zeroed, valid until arena_fini; of no bytes
 * as well. NULL only if the budget or the machine has no more.
 */
void *arena_alloc(struct arena *a, size_t bytes)
    __attribute__((warn_unused_result, malloc));

/*
 * The same with what is there at the beginning, and zeros behind: old may be
 * NULL if it has no bytes, and stays as it is.
 */
void *arena_grow(struct arena *a, const void *old, size_t old_bytes,
		 size_t bytes) __attribute__((warn_unused_result));

/* A NUL-terminated copy of length bytes, or NULL as above. */
char *arena_copy(struct arena *a, const char *text, size_t length)
    __attribute__((warn_unused_result));

#endif
