/*
 * Large blocks of memory between two uses. To give one back to the system and
 * get it again, page by page, takes longer than to work with it; so those of
 * one request wait for the next, and as many as nobody needed for a second go
 * back.
 *
 * They count against their budget while they wait, but never stand in the way:
 * where it is short, they go. And what is taken instead of one of another size
 * lets as much go: all together it is never more than was once in use.
 */
#ifndef BASE_SPARE_H
#define BASE_SPARE_H

#include <stdbool.h>
#include <stddef.h>

struct budget;
struct spare;

/* Smaller blocks are no matter. */
enum { SPARE_MIN_BYTES = 64 * 1024 };

/* For those that draw on that budget, which is of all, and outlives it. NULL:
 * no memory. */
struct spare *spare_new(struct budget *of_all);

/* NULL is fine. */
void spare_free(struct spare *s);

/* As malloc and free, for blocks of that size; s may be NULL. */
void *spare_take(struct spare *s, size_t bytes)
    __attribute__((warn_unused_result));
void spare_give(struct spare *s, void *block, size_t bytes);

/* A block that is no spare one has grown: so much of the others goes. */
void spare_make_room(struct spare *s, size_t bytes);

/* Gives all back to the system; false: there was nothing. */
bool spare_clear(struct spare *s);

/* Once a second: lets those go that waited all the time since the last one. */
void spare_tick(struct spare *s);

#endif
