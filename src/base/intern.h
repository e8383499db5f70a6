/*
 * A set of strings, each stored once and known by a small number: 0 for the
 * first, 1 for the next. Lives in an arena, so nothing is freed singly.
 */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Returned where there is no string, or no memory for it. */
#define INTERN_NONE UINT32_MAX

struct intern_string {
	const char *text; /* NUL-terminated; may also contain NULs */
	uint32_t length;
	uint32_t hash;
};

struct intern {
	struct arena *arena;
	struct intern_string *strings;
	uint32_t count;
	uint32_t capacity;
	uint32_t *slots; /* string number + 1, 0 is free */
	uint32_t slot_count;
};

/* Allocates nothing yet. The arena must outlive the set. */
void intern_init(struct intern *in, struct arena *arena);

/* The string's number, adding a copy of it if it is new. */
uint32_t intern_add(struct intern *in, const char *text, size_t length)
    __attribute__((warn_unused_result));

/*
 * A hash of the number. Who chooses such numbers cannot choose hashes: they
 * depend on a seed of this process.
 */
uint64_t intern_hash_number(uint64_t number);

/* The string's number, or INTERN_NONE if it has not been added. */
uint32_t intern_find(const struct intern *in, const char *text, size_t length);

#endif
