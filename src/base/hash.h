/* A fast hash for tables and tags; not against somebody who knows the seed. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * The same bytes and the same seed give the same hash in every process. Of no
 * bytes, the pointer may be NULL.
 */
uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t length);

uint64_t hash_number(uint64_t seed, uint64_t number);

#endif
