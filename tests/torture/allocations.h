/*
 * Has our own code's allocations fail on purpose: linked into a program with
 * --wrap for malloc, calloc, realloc, strdup and strndup. What libraries
 * allocate is not touched.
 */
#ifndef TORTURE_ALLOCATIONS_H
#define TORTURE_ALLOCATIONS_H

#include <stdatomic.h>
#include <stdbool.h>

/*
 * Where there is a file of the size of this whose name is ALLOCATIONS_FILE, it
 * is what the program goes by; so another one can direct it.
 */
struct allocations {
	atomic_ulong count;	/* since allocations_fail */
	atomic_ulong fails_at;	/* the first of them that fails; 0: none */
	atomic_bool is_lasting; /* so do all behind it */
};

extern struct allocations *allocations;

/* From the next one on counted from 1; 0: none fails, they are counted. */
void allocations_fail(struct allocations *a, unsigned long at, bool is_lasting);

#endif
