/*
 * How exporters spell the cards that they tell of: what a query needs to select
 * the series of some cards alone.
 */
#ifndef GPU_COLLECT_SPELL_H
#define GPU_COLLECT_SPELL_H

#include <stddef.h>

#include "gpu/collect/join.h"
#include "gpu/fleet/fleet.h"
#include "gpu/site/cards.h"

/* What one exporter calls one card. */
struct spelled {
	struct card_spelling spelling;
	struct spelled *next; /* of the same card */
};

struct spell {
	struct arena *arena;
	const struct fleet *fleet;
	struct spelled **cards; /* by the card's number */
	size_t capacity;
};

/* Of a fleet that is being joined, in that arena. */
void spell_init(struct spell *s, const struct fleet *f, struct arena *arena);

/*
 * Notes what a sample says of the card that it turned out to be of, unless that
 * exporter said it before; labels are those that its answer was asked with.
 * False if there is no memory.
 */
bool spell_note(struct spell *s, const struct join *j,
		const struct sample *sample, const struct fleet_gpu *gpu,
		const struct element_label *labels);

/* Once the fleet is finished: all that was noted of a card, of which it turned
 * out to be one. */
void spell_finish(struct spell *s);
const struct spelled *spell_find(const struct spell *s,
				 const struct fleet_gpu *card);

#endif
