/* A growing list of samples in an arena; nothing is ever moved. */
#ifndef PROM_SAMPLES_H
#define PROM_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct sample {
	double value; /* may be NaN or infinite, as Prometheus gave it */
	double timestamp_s;
	/*
	 * The sum of hashes, one of each label but the metric's name and those
	 * that were set aside: equal for the metrics of one thing by one way,
	 * another for each copy of them. Two copies differ by the same in each
	 * metric, also in one that has labels of its own, since "exported_x"
	 * counts as "x". The same in every process; 0 without labels.
	 */
	uint32_t source;
	/* Of the name that filled the first slot: its place in the list. */
	uint32_t rank;
	/* The number of a known series (prom/known), whose labels that tells;
	 * then there is one slot, for the metric's name. SAMPLES_NEW: none. */
	uint32_t known;
	/* One string number for each slot, INTERN_NONE if it is absent. */
	uint32_t label[];
};

#define SAMPLES_NEW UINT32_MAX

struct samples_block;

struct samples {
	size_t count;
	struct arena *arena;
	size_t slot_count;
	struct samples_block *first, *last;
};

/* Samples with that many slots. Allocates nothing yet. */
void samples_init(struct samples *s, struct arena *arena, size_t slot_count);

/* Room for one more, not yet filled in but for known; NULL if there is no
 * memory. */
struct sample *samples_add(struct samples *s, uint32_t known)
    __attribute__((warn_unused_result));

/* Walks the samples in their order. Starts zeroed. */
struct samples_cursor {
	const struct samples_block *block;
	size_t at;
};

/* NULL after the last. */
const struct sample *samples_next(const struct samples *s,
				  struct samples_cursor *c);

#endif
