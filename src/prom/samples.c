#include "prom/samples.h"

#include <stdalign.h>
#include <string.h>

enum { BLOCK_FIRST_SAMPLES = 64, BLOCK_MAX_SAMPLES = 4096 };

struct samples_block {
	struct samples_block *next;
	size_t count;
	size_t capacity;
	alignas(max_align_t) char samples[];
};

void
samples_init(struct samples *s, struct arena *arena, size_t slot_count)
{
	const size_t align = alignof(struct sample);
	size_t bytes =
	    offsetof(struct sample, label) + slot_count * sizeof(uint32_t);

	memset(s, 0, sizeof(*s));
	s->arena = arena;
	s->slot_count = slot_count;
	s->sample_bytes = (bytes + align - 1) / align * align;
}

static struct samples_block *
add_block(struct samples *s)
{
	size_t capacity =
	    s->last == NULL ? BLOCK_FIRST_SAMPLES : s->last->capacity * 2;
	struct samples_block *block;

	if (capacity > BLOCK_MAX_SAMPLES)
		capacity = BLOCK_MAX_SAMPLES;
	block =
	    arena_alloc(s->arena, sizeof(*block) + capacity * s->sample_bytes);
	if (block == NULL)
		return NULL;
	*block = (struct samples_block){.capacity = capacity};
	if (s->last == NULL)
		s->first = block;
	else
		s->last->next = block;
	s->last = block;
	return block;
}

struct sample *
samples_add(struct samples *s)
{
	struct samples_block *block = s->last;

	if (block == NULL || block->count == block->capacity)
		block = add_block(s);
	if (block == NULL)
		return NULL;
	s->count++;
	return (void *)(block->samples + block->count++ * s->sample_bytes);
}

const struct sample *
samples_next(const struct samples *s, struct samples_cursor *c)
{
	if (c->block == NULL)
		c->block = s->first;
	else if (c->at == c->block->count && c->block->next != NULL)
		*c = (struct samples_cursor){c->block->next, 0};
	if (c->block == NULL || c->at == c->block->count)
		return NULL;
	return (const void *)(c->block->samples + c->at++ * s->sample_bytes);
}
