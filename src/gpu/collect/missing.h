/*
 * Which of the cards that were known are not among those that are there. One
 * may have got a uuid meanwhile, another place, or another name: it is not
 * missing then. In doubt nobody is.
 */
#ifndef GPU_COLLECT_MISSING_H
#define GPU_COLLECT_MISSING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/fleet.h"
#include "gpu/site/site.h"

enum missing {
	MISSING_NOT, /* or for so long that it is forgotten */
	MISSING,
	MISSING_DISPLACED /* and another one has its index now */
};

/*
 * *out, in that arena, has each of the older one's cards. The fleet is
 * finished, and of the exporters that were found.
 */
enum err_code missing_find(const struct detection *older,
			   const struct detection *found, const struct fleet *f,
			   int64_t now_ms, struct arena *arena,
			   unsigned char **out, struct err *e);

/* Whether it is known no longer: all of its exporters, or it itself, were not
 * seen for too long. */
bool missing_is_forgotten(const struct card *card,
			  const struct detection *older,
			  const struct detection *found, int64_t now_ms);

/* The card's exporters by their places in what was found. */
uint64_t missing_exporters(const struct card *card,
			   const struct detection *older,
			   const struct detection *found);

/* Whether that silent card is in a finished fleet after all. */
bool missing_is_back(const struct fleet *f, const struct card *card);

#endif
