/*
 * Cards that do not work, as problems tell: found again in another fleet of
 * about the same moment.
 */
#ifndef GPU_FLEET_SICK_H
#define GPU_FLEET_SICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/problem.h"

struct sick_cards {
	/* Private: hashes of their names, ascending. */
	uint64_t *names;
	size_t count;
};

/* Those of which a critical problem is told; in the arena. ERR_MEMORY. */
enum err_code sick_cards_find(const struct problem_table *t,
			      struct arena *arena,
			      const struct sick_cards **out, struct err *e);

/* Whether the card of that GPU is one: by its uuid, and without one by its node
 * and index. */
bool sick_cards_has(const struct sick_cards *s, const struct fleet *f,
		    const struct fleet_gpu *gpu);

#endif
