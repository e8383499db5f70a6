/* What is there: the exporters, and what is to be known of them. */
#ifndef GPU_SITE_SITE_H
#define GPU_SITE_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu/field.h"
#include "gpu/identity.h"
#include "gpu/profile/profile.h"
#include "gpu/site/nodemap.h"
#include "gpu/site/roster.h"

/* How long who is silent is known, an exporter or a card. */
enum { SITE_KNOWN_FOR_MS = 10 * 60000 };

/* Which of its profile's fields an exporter has. */
struct coverage {
	field_set fields;
	bool is_known;
	enum err_code outcome; /* why not, if something failed */
};

/* What was found; does not change once it is complete. */
struct detection {
	const struct profile **profiles; /* in the order of the set */
	uint64_t *gpu_counts;		 /* of each; 0: it is not known */
	bool *is_silent; /* each: it was there, but not at the last look */
	size_t count;
	const struct nodemap *nodes;
	const struct roster *roster; /* NULL: nothing is known */
	/* Of each profile's metrics, as inventory_read has them; NULL for a
	 * profile for which they are not known. */
	const uint64_t **series;
	struct coverage *coverage; /* of each */
	uint64_t look; /* by which: each has another number, from 1 on */
};

/* The place of that exporter; count if it was not found. */
static inline size_t
site_find(const struct detection *found, const struct profile *p)
{
	size_t i = 0;

	while (i < found->count && found->profiles[i] != p)
		i++;
	return i;
}

/* A bit for the rank of each that passes on what others tell. */
static inline uint64_t
site_second_hand(const struct detection *found)
{
	uint64_t exporters = 0;

	for (size_t i = 0; i < found->count && i < IDENTITY_EXPORTERS_MAX; i++)
		if (found->profiles[i]->is_second_hand)
			exporters |= UINT64_C(1) << i;
	return exporters;
}

#endif
