#include "base/hash.h"

#include <string.h>

static uint64_t
mix(uint64_t hash, uint64_t word)
{
	const uint64_t odd = 0x9e3779b97f4a7c15U;

	hash = (hash ^ word) * odd;
	return hash ^ hash >> 29;
}

uint64_t
hash_bytes(uint64_t seed, const char *bytes, size_t length)
{
	uint64_t hash = mix(seed, length), word = 0;

	for (; length >= sizeof(word); length -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = mix(hash, word);
		bytes += sizeof(word);
	}
	word = 0;
	if (length > 0)
		memcpy(&word, bytes, length);
	return mix(hash, word);
}

uint64_t
hash_number(uint64_t seed, uint64_t number)
{
	return mix(mix(seed, number), number);
}
