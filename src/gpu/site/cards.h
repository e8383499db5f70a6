/*
 * The cards that exporters reported when the roll was last called, and those
 * that fell silent not long ago. Does not change once it is complete.
 */
#ifndef GPU_SITE_CARDS_H
#define GPU_SITE_CARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"
#include "gpu/profile/profile.h"

/* What selects a card's series of one exporter. */
struct card_spelling {
	const struct profile *profile;
	/* As the labels have it, NULL where none has: the uuid; the node, and
	 * by which label; the target. */
	const struct intern_string *uuid, *node, *instance;
	const char *node_label;
};

/* An instance of a card that is split. */
struct card_part {
	uint32_t mig_instance;
	uint32_t index;			  /* its own, or the card's */
	const struct intern_string *uuid; /* the same */
};

struct card {
	/* NULL: not known. A node or a uuid that is not told has an
	 * IDENTITY_MASK. */
	const struct intern_string *cluster, *node, *uuid, *vendor, *model;
	const struct card_spelling *spellings; /* one of each exporter */
	size_t spelling_count;
	const struct card_part *parts;
	size_t part_count;
	uint64_t exporters; /* a bit for each, by its place in the detection */
	int64_t seen_ms;    /* when it was there last */
	uint32_t index;	    /* or IDENTITY_UNKNOWN */
	uint32_t island;    /* of one that is there */
	bool is_missing;    /* was there at a look before */
	bool is_displaced;  /* and another one has its index now */
};

/* What one exporter tells of one instance, which is the text of that label. */
struct cards_target {
	const struct intern_string *instance;
	uint32_t exporter; /* its place in the detection */
	uint32_t island;
};

struct cards {
	/* By cluster, node and index, as rows are; then those that are missing.
	 */
	struct card *cards;
	size_t count;
	bool is_whole; /* nothing may be missing of the answers */
	/* A bit for each exporter that answered, no series of which says which
	 * card it is of. */
	uint64_t unplaced;

	/*
	 * Islands: the cards of one have nothing to do with those of another.
	 * Whatever tells of a card is of its island, and so are the cards of
	 * its node, and those that are told of by the same instance.
	 */
	struct cards_target *targets;
	size_t target_count;
	uint32_t island_end; /* their numbers are lower */
	bool has_islands;    /* all series are of these targets */

	/* Private. */
	struct intern texts;
};

/* Knows none. */
void cards_init(struct cards *c, struct budget *budget);

/* Safe on zeroed ones. */
void cards_fini(struct cards *c);

/* Whether it is missing, and not only in what was answered. */
bool cards_is_silent(const struct cards *c, const struct card *card);

/* How many the exporter in that place has; 0 if that is not known. */
size_t cards_count(const struct cards *c, size_t rank);

#endif
