/*
 * From a series' labels to the card that it is of: what the profile calls them,
 * names of nodes, uuids.
 */
#ifndef GPU_SITE_IDENTIFY_H
#define GPU_SITE_IDENTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/identity.h"
#include "gpu/profile/profile.h"
#include "gpu/site/nodemap.h"
#include "prom/samples.h"

/* A label that the samples do not keep. */
enum { IDENTIFY_NO_SLOT = 255 };

struct identify_meaning;

struct identify_reader {
	const unsigned char *slots;  /* by label, or IDENTIFY_NO_SLOT */
	const struct nodemap *nodes; /* or NULL */
	struct intern *texts;	     /* of the samples, and of what is made of
				      * them */
	struct identify_meaning *meanings; /* by the texts' numbers */
	uint32_t vendor;
	/* Some series tell of cards what others do not: a place among it. */
	bool has_identities;
	bool is_out_of_memory;
};

/*
 * For samples whose texts are all there; what is made of them is added to the
 * texts. All is borrowed; the memory is scratch's.
 */
enum err_code
identify_init(struct identify_reader *r, const struct profile *profile,
	      const unsigned char slots[static PROFILE_LABEL__MAX],
	      const struct nodemap *nodes, struct intern *texts,
	      struct arena *scratch, struct err *e);

/*
 * False if the sample, of that metric, does not tell which card it is of, or if
 * is_out_of_memory.
 */
bool identify(struct identify_reader *r, const struct sample *s,
	      const struct profile_metric *metric, struct identity *out);

/* The number of what the sample says, or IDENTITY_UNKNOWN. */
uint32_t identify_label(const struct identify_reader *r, const struct sample *s,
			enum profile_label label);

/* The same; an empty text is IDENTITY_UNKNOWN. */
uint32_t identify_text(const struct identify_reader *r, const struct sample *s,
		       enum profile_label label);

/* The label's number, or IDENTITY_UNKNOWN if it is absent or no whole one. */
uint32_t identify_number(struct identify_reader *r, const struct sample *s,
			 enum profile_label label);

#endif
