/* What an answer lacks since it fell silent, in words. */
#ifndef GPU_COLLECT_SILENT_H
#define GPU_COLLECT_SILENT_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu/call.h"
#include "gpu/fleet/fleet.h"
#include "gpu/site/site.h"

/*
 * Warns of the cards that were silent at the last look and are not in the
 * finished fleet, and if that has all cards, of those that are gone since: a
 * sentence for each of a few nodes, and one for all others.
 * Not of those of the exporters, as bits, of which has been told.
 */
void silent_warn(struct call *call, const struct detection *found,
		 const struct fleet *f, bool has_all, uint64_t told);

/* Whether there is nobody to warn of for sure, if the fleet has so many cards,
 * of all exporters. */
bool silent_is_nobody(const struct detection *found, size_t card_count);

#endif
