/*
 * What has a name and is in a cluster, as a pod or a node: found by both, or by
 * its name where somebody does not know the cluster.
 */
#ifndef GPU_FLEET_NAMESAKES_H
#define GPU_FLEET_NAMESAKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/intern.h"

/* The first member of what is found. */
struct namesake {
	uint32_t cluster;      /* a text's number, or INTERN_NONE */
	struct namesake *next; /* in another cluster */
};

struct namesakes {
	struct intern names;
	struct namesake **by_name; /* the first of each name's number */

	/* Private. */
	struct arena *arena;
	uint32_t capacity;
};

/* None yet. They live in the arena, but for what finds them. */
void namesakes_init(struct namesakes *n, struct arena *arena);

/* Safe on zeroed ones. */
void namesakes_fini(struct namesakes *n);

/*
 * The one of that name and cluster; one that is new has so many bytes of zeros,
 * *is_new tells. NULL if there is no memory.
 */
struct namesake *namesakes_add(struct namesakes *n, const void *name,
			       size_t length, uint32_t cluster, size_t bytes,
			       bool *is_new);

/*
 * The one of that name and cluster, or the only one of the name if one side
 * does not know its cluster; else NULL.
 */
struct namesake *namesakes_find(const struct namesakes *n, const void *name,
				size_t length, uint32_t cluster);

/* Whether there is one of that name that may be it: of that cluster, or one
 * side does not know its cluster. */
bool namesakes_may_have(const struct namesakes *n, const void *name,
			size_t length, uint32_t cluster);

#endif
