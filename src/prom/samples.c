#include "prom/samples.h"

#include <stdalign.h>
#include <string.h>

/* Blocks with their heads, so that an arena's hold them without a rest. */
enum { BLOCK_FIRST_BYTES = 4096, BLOCK_MAX_BYTES = 8 * 1024 };

struct samples_block {
	struct samples_block *next;
	size_t used_bytes;
	size_t capacity_bytes;
	alignas(max_align_t) char samples[];
};

void
samples_init(struct samples *s, struct arena *arena, size_t slot_count)
{
	memset(s, 0, sizeof(*s));
	s->arena = arena;
	s->slot_count = slot_count;
}

static size_t
bytes_of(const struct samples *s, uint32_t known)
{
	const size_t align = alignof(struct sample);
	size_t slots = known == SAMPLES_NEW ? s->slot_count : 1;
	size_t bytes =
	    offsetof(struct sample, label) + slots * sizeof(uint32_t);

	return (bytes + align - 1) / align * align;
}

static struct samples_block *
add_block(struct samples *s)
{
	size_t bytes = s->last == NULL
			   ? (size_t)BLOCK_FIRST_BYTES
			   : 2 * (s->last->capacity_bytes + sizeof(*s->last));
	struct samples_block *block;

	if (bytes > BLOCK_MAX_BYTES)
		bytes = BLOCK_MAX_BYTES;
	block = arena_alloc(s->arena, bytes);
	if (block == NULL)
		return NULL;
	*block =
	    (struct samples_block){.capacity_bytes = bytes - sizeof(*block)};
	if (s->last == NULL)
		s->first = block;
	else
		s->last->next = block;
	s->last = block;
	return block;
}

struct sample *
samples_add(struct samples *s, uint32_t known)
{
	struct samples_block *block = s->last;
	size_t bytes = bytes_of(s, known);
	struct sample *sample;

	if (block == NULL || block->capacity_bytes - block->used_bytes < bytes)
		block = add_block(s);
	if (block == NULL)
		return NULL;
	sample = (void *)(block->samples + block->used_bytes);
	sample->known = known;
	block->used_bytes += bytes;
	s->count++;
	return sample;
}

const struct sample *
samples_next(const struct samples *s, struct samples_cursor *c)
{
	const struct sample *sample;

	if (c->block == NULL)
		c->block = s->first;
	else if (c->at == c->block->used_bytes && c->block->next != NULL)
		*c = (struct samples_cursor){c->block->next, 0};
	if (c->block == NULL || c->at == c->block->used_bytes)
		return NULL;
	sample = (const void *)(c->block->samples + c->at);
	c->at += bytes_of(s, sample->known);
	return sample;
}
