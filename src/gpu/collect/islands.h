/*
 * Which cards have to do with each other: told of by one target, or on one
 * node. So who needs few cards can ask a few targets, and has the same rows as
 * of all.
 */
#ifndef GPU_COLLECT_ISLANDS_H
#define GPU_COLLECT_ISLANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/fleet.h"
#include "gpu/site/cards.h"
#include "gpu/site/targets.h"

struct islands_sighting;

/* Which target tells of which card, as it was seen. */
struct islands {
	struct arena *arena;
	struct islands_sighting *sightings;
	size_t count, capacity;
	/* A target is of no card, or a card of no target: nobody knows what
	 * belongs together. */
	bool is_open;
	/* Once they are settled, by the cards' numbers and the instances'
	 * places behind them: */
	uint32_t *parents;
	uint32_t card_count, instance_count;
};

/* Nothing was seen. The arena is for what is not needed afterwards. */
void islands_init(struct islands *is, struct arena *arena);

/* The exporter of that rank tells of the GPU by that instance, a text of the
 * fleet or FLEET_UNKNOWN. False if there is no memory. */
bool islands_note(struct islands *is, const struct fleet_gpu *gpu,
		  unsigned rank, uint32_t instance);

/* It tells of GPUs by all of these, whether they came in the roll or not: those
 * that others tell of by the same. False if there is no memory. */
bool islands_note_targets(struct islands *is, const struct fleet *f,
			  unsigned rank, const struct targets *t);

/*
 * Finds them, of a finished fleet: the cards' targets, in that arena, with
 * copies of their texts, and all but the islands of its cards. None if they are
 * open.
 */
enum err_code islands_settle(struct islands *is, const struct fleet *f,
			     struct arena *arena, struct cards *out,
			     struct err *e);

/* The card's island. */
uint32_t islands_find(const struct islands *is, const struct fleet_gpu *card);

#endif
