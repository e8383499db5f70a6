/*
 * Which series to ask for, where some GPUs alone are wanted: by their uuids, or
 * by their nodes. Nothing of a request is in it but names of cards that are not
 * known to be there, in plain letters; see history_is_plain.
 */
#ifndef GPU_COLLECT_HISTORY_MATCH_H
#define GPU_COLLECT_HISTORY_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/history.h"
#include "gpu/site/site.h"

enum { HISTORY_ARMS_MAX = 64 };

/* Conditions: what one of them selects counts. */
struct history_arms {
	const char *conditions[HISTORY_ARMS_MAX];
	size_t count;
};

/*
 * Of that exporter: what selects these of the roster's cards, in the arena, and
 * those that the filter names and that are not there. No arms: none of them is
 * its. It may select more. They are found by their uuids, too, where their
 * target may have been another. ERR_QUERY: there are too many.
 */
enum err_code history_match(const struct detection *found, unsigned rank,
			    const struct card *const *cards, size_t count,
			    const struct history_filter *filter,
			    struct arena *arena, struct history_arms *out,
			    struct err *e);

/* What of the card's spellings is that exporter's; NULL if none is. */
const struct card_spelling *history_spelling(const struct card *card,
					     const struct profile *p);

/* Whether that spelling names the card's node. */
bool history_names_node(const struct card *card,
			const struct card_spelling *spelling);

#endif
