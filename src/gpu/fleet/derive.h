/*
 * Arithmetic: what was not measured and follows from what was. On plain values,
 * in the fields' units, NaN where nobody knows; so it is the same for one
 * moment as for each point of a span of time.
 */
#ifndef GPU_FLEET_DERIVE_H
#define GPU_FLEET_DERIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/field.h"

/*
 * Completes the values of one GPU, card or instance, which must be of one
 * source. A total of 0, measured or computed, is no memory that anybody knows
 * of; what contradicts itself by more than 1 % is unknown: free memory that
 * does not fit beside what is used, and all of it if what is used does not fit.
 */
void derive_gpu(double v[FIELD__MAX]);

/* A card's instances, as many as count: their values, and how many of the
 * card's compute slices each one has; 0 if its profile does not say. */
struct derive_split {
	double *const *instances;
	const unsigned *slices;
	size_t count;
	unsigned card_slices;
	/* Each may tell the whole card's memory for its own. */
	bool may_repeat_memory;
};

/*
 * The values of a card from its own and those of its instances, and the other
 * way round; derive_gpu has been there. A card that is split is as busy as its
 * instances, by their slices: what it says of itself does not count, and an
 * instance that nobody measured makes it unknown. Its memory is its own, as far
 * as it is known, else that of its instances. What is measured for the whole
 * card alone is true for each of its instances.
 */
void derive_card(double card[FIELD__MAX], const struct derive_split *split);

#endif
