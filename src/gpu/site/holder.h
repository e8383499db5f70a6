/* A detection, its memory, and who uses it: detect's own. */
#ifndef GPU_SITE_HOLDER_H
#define GPU_SITE_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/site/site.h"

struct detector;

struct holder {
	struct detection detection; /* first: is cast from it */
	struct budget budget;
	struct arena arena;
	struct nodemap nodes;
	struct roster roster;
	int64_t *seen_ms;    /* when each exporter was last there */
	unsigned references; /* under the detector's lock */
	bool is_partial;     /* something was not answered: look again soon */
	struct detector *detector;
};

/* Has found nothing, and one reference; NULL: no memory. */
struct holder *holder_new(struct detector *d, size_t max_memory_bytes,
			  struct budget *budget);

void holder_free(struct holder *h);

/* Room for that many exporters. */
enum err_code holder_set_profiles(struct holder *h, size_t capacity,
				  struct err *e);

/*
 * One of them, with so many GPUs, 0 if that is not known, last seen then; see
 * struct detection.
 */
void holder_add_profile(struct holder *h, const struct profile *p,
			uint64_t gpu_count, int64_t seen_ms, bool is_silent);

/* Whether both have found the same exporters. */
bool holder_is_same(const struct holder *a, const struct holder *b);

#endif
