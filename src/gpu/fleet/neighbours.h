/* What the other cards of a node say of a field: whether one is as they are. */
#ifndef GPU_FLEET_NEIGHBOURS_H
#define GPU_FLEET_NEIGHBOURS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/fleet.h"

/* In the field's unit; NaN: none of them tells. */
struct neighbours_span {
	double min, median, max;
};

struct neighbours {
	size_t gpu_count; /* without the card itself */
	struct neighbours_span of[FIELD__MAX];
};

/* Of a card of a finished fleet; what it takes is the arena's. */
enum err_code neighbours_find(const struct fleet *f,
			      const struct fleet_gpu *card, struct arena *arena,
			      struct neighbours *out, struct err *e);

#endif
