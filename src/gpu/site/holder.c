#include "gpu/site/holder.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct holder *
holder_new(struct detector *d, size_t max_memory_bytes, struct budget *budget)
{
	static _Atomic uint64_t looks;
	struct holder *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	budget_init_within(&h->budget, max_memory_bytes, budget);
	arena_init(&h->arena, &h->budget);
	nodemap_init(&h->nodes, &h->budget);
	h->detection.nodes = &h->nodes;
	h->detection.roster = &h->roster;
	h->detection.look = 1 + atomic_fetch_add(&looks, 1);
	h->references = 1;
	h->detector = d;
	return h;
}

void
holder_free(struct holder *h)
{
	roster_fini(&h->roster);
	nodemap_fini(&h->nodes);
	arena_fini(&h->arena);
	free(h);
}

enum err_code
holder_set_profiles(struct holder *h, size_t capacity, struct err *e)
{
	struct detection *found = &h->detection;
	size_t series_bytes = capacity * sizeof(*found->series);
	size_t coverage_bytes = capacity * sizeof(*found->coverage);
	size_t count_bytes = capacity * sizeof(*found->gpu_counts);

	found->profiles =
	    arena_alloc(&h->arena, capacity * sizeof(*found->profiles));
	found->gpu_counts = arena_alloc(&h->arena, count_bytes);
	found->is_silent =
	    arena_alloc(&h->arena, capacity * sizeof(*found->is_silent));
	h->seen_ms = arena_alloc(&h->arena, capacity * sizeof(*h->seen_ms));
	found->series = arena_alloc(&h->arena, series_bytes);
	found->coverage = arena_alloc(&h->arena, coverage_bytes);
	if (found->profiles == NULL || found->gpu_counts == NULL ||
	    found->series == NULL || found->is_silent == NULL ||
	    found->coverage == NULL || h->seen_ms == NULL)
		return err_set_memory(e);
	memset(found->gpu_counts, 0, count_bytes);
	memset(found->series, 0, series_bytes);
	memset(found->coverage, 0, coverage_bytes);
	return ERR_OK;
}

void
holder_add_profile(struct holder *h, const struct profile *p,
		   uint64_t gpu_count, int64_t seen_ms, bool is_silent)
{
	struct detection *found = &h->detection;

	found->profiles[found->count] = p;
	found->gpu_counts[found->count] = gpu_count;
	found->is_silent[found->count] = is_silent;
	h->seen_ms[found->count++] = seen_ms;
}

bool
holder_is_same(const struct holder *a, const struct holder *b)
{
	const struct detection *left = &a->detection, *right = &b->detection;

	return left->count == right->count &&
	       memcmp(left->profiles, right->profiles,
		      left->count * sizeof(*left->profiles)) == 0;
}
