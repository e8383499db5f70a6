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
#include "gpu/site/targets.h"
#include "prom/element.h"
#include "prom/samples.h"

/* A label that the samples do not keep. */
enum { IDENTIFY_NO_SLOT = 255 };

struct identify_meaning;

/* Samples of one exporter, and what is known of it. */
struct identify_source {
	const struct profile *profile;
	const unsigned char *slots; /* by label, or IDENTIFY_NO_SLOT */
	const struct samples *samples;
	/* Of known series: their labels' strings by slot, of which there are so
	 * many; NULL if no sample is of one. See struct sample. */
	const uint32_t *const *known_labels;
	size_t known_slots;
	const struct nodemap *nodes;   /* or NULL */
	const struct targets *targets; /* that were seen before; or NULL */
};

struct identify_reader {
	const struct identify_source *source;
	struct intern *texts; /* of the samples, and of what is made of them */
	struct arena *scratch;
	/* By the texts' numbers; NULL as long as nobody wanted one. */
	struct identify_meaning *meanings;
	struct targets new_targets; /* of these samples */
	bool has_new_targets;
	uint32_t vendor;
	/* Some series tell of cards what others do not: a place among it. */
	bool has_identities;
	bool is_out_of_memory;
};

/*
 * Appends the profile's names for these labels, and gives each label a slot.
 * The array has room for all names of the profile.
 */
void identify_add_labels(const struct profile *p, profile_labels labels,
			 unsigned char slots[static PROFILE_LABEL__MAX],
			 struct element_label *out, size_t *count,
			 size_t *slot_count);

/*
 * For samples whose texts are all there; what is made of them is added to the
 * texts. All is borrowed until identify_fini, and the memory is scratch's.
 */
enum err_code identify_init(struct identify_reader *r,
			    const struct identify_source *source,
			    struct intern *texts, struct arena *scratch,
			    struct err *e);

/* Safe on a zeroed reader. */
void identify_fini(struct identify_reader *r);

/*
 * False if the sample, of that metric, does not tell which card it is of, or if
 * is_out_of_memory.
 */
bool identify(struct identify_reader *r, const struct sample *s,
	      const struct profile_metric *metric, struct identity *out);

/* The same of the cluster and the node alone. */
bool identify_place(struct identify_reader *r, const struct sample *s,
		    struct identity *out);

/* What the sample says of its target. */
struct targets_series identify_target(const struct identify_source *source,
				      const struct intern *texts,
				      const struct sample *s);

/* Has the targets know those of the samples. */
enum err_code identify_learn(const struct identify_source *source,
			     const struct intern *texts, struct targets *t,
			     struct err *e);

/* The label's number among those that a sample keeps, or IDENTITY_UNKNOWN. */
static inline uint32_t
identify_in_slot(const uint32_t *labels, const unsigned char *slots,
		 enum profile_label label)
{
	unsigned slot = slots[label];

	return slot == IDENTIFY_NO_SLOT ? IDENTITY_UNKNOWN : labels[slot];
}

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
