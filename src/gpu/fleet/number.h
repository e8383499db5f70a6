/* Indexes of cards whose exporters tell none. */
#ifndef GPU_FLEET_NUMBER_H
#define GPU_FLEET_NUMBER_H

#include "base/err.h"
#include "gpu/fleet/fleet.h"

/*
 * The cards of a node and a maker get its free numbers in the order of their
 * bus addresses, which is how the makers' tools number them; if one of them has
 * no address, or that of another, all stay without. home_rank is known.
 */
enum err_code number_cards(struct fleet *f, struct err *e);

#endif
