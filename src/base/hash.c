#include "base/hash.h"

#include <string.h>

static uint64_t
mix(uint64_t hash, uint64_t word)
{
	const uint64_t odd = 0x9e3779b97f4a7c15U;

	hash = (hash ^ word) * odd;
	return hash ^ hash >> 29;
}

static uint64_t
word_at(const char *bytes, size_t number)
{
	uint64_t word;

	memcpy(&word, bytes + number * sizeof(word), sizeof(word));
	return word;
}

/* Of long texts: four at once, since none has to wait for the other. */
static uint64_t
hash_blocks(uint64_t hash, const char **bytes, size_t *length)
{
	enum { BLOCK_BYTES = 4 * sizeof(uint64_t) };
	uint64_t second = ~hash, third = hash + 1, fourth = ~hash + 1;

	for (; *length >= BLOCK_BYTES; *length -= BLOCK_BYTES) {
		hash = mix(hash, word_at(*bytes, 0));
		second = mix(second, word_at(*bytes, 1));
		third = mix(third, word_at(*bytes, 2));
		fourth = mix(fourth, word_at(*bytes, 3));
		*bytes += BLOCK_BYTES;
	}
	return mix(mix(mix(hash, second), third), fourth);
}

uint64_t
hash_bytes(uint64_t seed, const char *bytes, size_t length)
{
	enum { LONG_BYTES = 128 };
	uint64_t hash = mix(seed, length), word = 0;

	if (length >= LONG_BYTES)
		hash = hash_blocks(hash, &bytes, &length);
	for (; length >= sizeof(word); length -= sizeof(word)) {
		hash = mix(hash, word_at(bytes, 0));
		bytes += sizeof(word);
	}
	if (length > 0)
		memcpy(&word, bytes, length);
	return mix(hash, word);
}

uint64_t
hash_number(uint64_t seed, uint64_t number)
{
	return mix(mix(seed, number), number);
}
