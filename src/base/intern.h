/*
 * A set of strings, each stored once and known by a small number: 0 for the
 * first, 1 for the next. Nothing is freed singly.
 *
 * Any number of threads may use one set at a time. To find a string that is
 * there takes no lock; only one that is new does.
 */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Returned where there is no string, or no memory for it. */
#define INTERN_NONE UINT32_MAX

/* The strings stand in blocks, each as large as all before it together. */
enum { INTERN_BLOCKS = 26, INTERN_FIRST_BLOCK = 32 };

struct intern_string {
	const char *text; /* NUL-terminated; may also contain NULs */
	uint32_t length;
	uint32_t hash;
};

struct intern {
	/* Private. */
	struct intern_string *blocks[INTERN_BLOCKS];
	_Atomic(struct intern_slots *) slots;
	atomic_uint count;
	pthread_mutex_t lock; /* for what is added, and the arenas */
	struct arena arena;
	struct arena slot_arena;
};

/* Allocates nothing yet. The budget must outlive the set. */
void intern_init(struct intern *in, struct budget *budget);

/* Safe on a zeroed set. */
void intern_fini(struct intern *in);

/*
 * Returns the memory that finds strings: all are still there by their numbers.
 * While nobody else uses the set. To add one takes that memory anew.
 */
void intern_close(struct intern *in);

/* The string's number, adding a copy of it if it is new. */
uint32_t intern_add(struct intern *in, const char *text, size_t length)
    __attribute__((warn_unused_result));

/* The number of another set's string, added if it is new: *out, INTERN_NONE for
 * that. False if there is no memory. */
bool intern_take(struct intern *in, const struct intern *from, uint32_t number,
		 uint32_t *out) __attribute__((warn_unused_result));

/* The string's number, or INTERN_NONE if it has not been added, or the set has
 * been closed since. */
uint32_t intern_find(const struct intern *in, const char *text, size_t length);

/* How many there are; the numbers are lower. */
uint32_t intern_count(const struct intern *in);

/* The string of that number, where it stays as long as the set does. */
static inline const struct intern_string *
intern_text(const struct intern *in, uint32_t number)
{
	/* Block 1 starts with number 32, block 2 with 64, block 3 with 128. */
	unsigned block =
	    number < INTERN_FIRST_BLOCK
		? 0
		: 31U - (unsigned)__builtin_clz(number / INTERN_FIRST_BLOCK) +
		      1;
	uint32_t first = block == 0 ? 0 : INTERN_FIRST_BLOCK << (block - 1);

	return &in->blocks[block][number - first];
}

/* Their natural order. What is NULL stands last, or first: of_none is 1, or
 * -1. */
int intern_compare(const struct intern_string *a, const struct intern_string *b,
		   int of_none);

/* The same; NULL for INTERN_NONE. */
static inline const struct intern_string *
intern_text_or_null(const struct intern *in, uint32_t number)
{
	return number != INTERN_NONE ? intern_text(in, number) : NULL;
}

/*
 * A hash of the number. Who chooses such numbers cannot choose hashes: they
 * depend on a seed of this process.
 */
uint64_t intern_hash_number(uint64_t number);

/* The same of a text, and of what was hashed before it. */
uint64_t intern_hash_text(uint64_t before, const char *text, size_t length);

/* True if both are the same text, or NULL. */
bool intern_is_same(const struct intern_string *a,
		    const struct intern_string *b);

/* True if it is that text. */
bool intern_is(const struct intern_string *s, const char *text);

#endif
