/* What an exporter is to be asked for, that some fields may be known. */
#ifndef GPU_COLLECT_NEED_H
#define GPU_COLLECT_NEED_H

#include <stdint.h>

#include "gpu/field.h"
#include "gpu/profile/profile.h"
#include "gpu/site/site.h"

/* How many series all of a field's metrics have, by the profile's inventory. */
uint64_t need_count_series(const struct profile *p, const uint64_t *series,
			   enum field field);

/* The fields, and of those that the exporter of that rank does not have for
 * each of its cards, as far as is known, what they are computed from. */
field_set need_ingredients(const struct detection *found, unsigned rank,
			   field_set fields);

#endif
