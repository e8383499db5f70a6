#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/spare.h"

struct arena_block {
	struct arena_block *older;
	size_t bytes;
	alignas(max_align_t) char data[];
};

/* Without their heads. */
enum {
	BLOCK_FIRST_BYTES = 4096,
	BLOCK_MAX_BYTES = SPARE_BLOCK_BYTES - sizeof(struct arena_block),
	ALIGNMENT = alignof(max_align_t)
};

void
arena_init(struct arena *a, struct budget *b)
{
	memset(a, 0, sizeof(*a));
	a->budget = b;
	a->block_bytes = BLOCK_FIRST_BYTES;
}

void
arena_init_for_few(struct arena *a, struct budget *b)
{
	arena_init(a, b);
	a->block_bytes = 0;
}

void
arena_fini(struct arena *a)
{
	struct arena_block *block = a->newest;

	while (block != NULL) {
		struct arena_block *older = block->older;

		budget_give(a->budget, block->bytes);
		spare_give(budget_blocks(a->budget), block, block->bytes);
		block = older;
	}
	a->newest = NULL;
	a->next = a->end = NULL;
}

static char *
add_block(struct arena *a, size_t data_bytes)
{
	size_t bytes = sizeof(struct arena_block) + data_bytes;
	struct arena_block *block;

	if (bytes < data_bytes || !budget_take(a->budget, bytes))
		return NULL;
	block = spare_take(budget_blocks(a->budget), bytes);
	if (block == NULL) {
		budget_give(a->budget, bytes);
		return NULL;
	}
	block->bytes = bytes;
	block->older = a->newest;
	a->newest = block;
	return block->data;
}

#ifdef ARENA_SEPARATE_PIECES
/* One heap piece each, so that AddressSanitizer sees every overrun. */
void *
arena_alloc(struct arena *a, size_t bytes)
{
	return add_block(a, bytes);
}
#else
static size_t
next_block_bytes(struct arena *a, size_t wanted)
{
	size_t bytes = a->block_bytes;

	if (a->block_bytes < BLOCK_MAX_BYTES)
		a->block_bytes *= 2;
	return wanted > bytes ? wanted : bytes;
}

void *
arena_alloc(struct arena *a, size_t bytes)
{
	size_t rounded = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	char *piece;

	if (rounded < bytes)
		return NULL;
	/* Nothing is a piece too: NULL would mean that memory is spent. */
	if (rounded == 0)
		rounded = ALIGNMENT;
	if (rounded > (size_t)(a->end - a->next)) {
		size_t block = next_block_bytes(a, rounded);
		char *data = add_block(a, block);

		if (data == NULL && rounded < block)
			data = add_block(a, block = rounded);
		if (data == NULL)
			return NULL;
		a->next = data;
		a->end = data + block;
	}
	piece = a->next;
	a->next += rounded;
	return piece;
}
#endif

void *
arena_grow(struct arena *a, const void *old, size_t old_bytes, size_t bytes)
{
	char *grown = arena_alloc(a, bytes);

	if (grown == NULL)
		return NULL;
	if (old_bytes > 0)
		memcpy(grown, old, old_bytes);
	memset(grown + old_bytes, 0, bytes - old_bytes);
	return grown;
}

char *
arena_copy(struct arena *a, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_alloc(a, length + 1) : NULL;

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}
