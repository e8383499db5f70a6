/* One metric of an exporter stands for all of its cards. */
#ifndef GPU_SITE_ROLL_CALL_H
#define GPU_SITE_ROLL_CALL_H

#include <stdint.h>

#include "gpu/profile/profile.h"

/*
 * The field's metric by which the cards are known: the one with the most series
 * (NULL: not known), or the first that each exporter of the kind has. NULL:
 * there is none, or the cards are known by others, which are asked for anyway.
 */
const struct profile_metric *roll_call_find(const struct profile *p,
					    const uint64_t *series);

/*
 * Any metric that tells of the cards, be it one that identifies them: the one
 * with the most series, or that is most likely there. NULL: there is none.
 */
const struct profile_metric *roll_call_always(const struct profile *p,
					      const uint64_t *series);

#endif
