/*
 * What a finished fleet is but for what was measured: which rows there are,
 * what they are called, in which order. Where the same series are told again
 * the next fleet is of the same shape, and is made from it: no card is looked
 * for, named, numbered or sorted.
 */
#ifndef GPU_FLEET_SHAPE_H
#define GPU_FLEET_SHAPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/fleet/fleet.h"

/* What struct fleet_gpu says, without values and times. Texts are the shape's.
 * Other GPUs are told by their places; FLEET_UNKNOWN: none. */
struct shape_gpu {
	uint32_t cluster, node, uuid, model, vendor, bus, mig_profile;
	uint32_t index, mig_instance, number, exporter_rank;
	uint32_t card, first_instance, next_instance;
	const char *exporter;
	uint64_t exporters;
	size_t order;
};

/* Does not change. */
struct shape {
	/* The rows in their order, then the cards that are split. */
	struct shape_gpu *gpus;
	size_t row_count, count;
	size_t card_count, homeless_count;
	struct intern texts;

	/* Private. */
	struct arena arena;
	atomic_uint references;
};

/*
 * Of a finished fleet, whose GPUs have places in it from then on; with one
 * reference. The budget outlives it. NULL: no memory, or there is none: what
 * counts was chosen among copies, or depends on the order of what is told.
 */
struct shape *shape_new(const struct fleet *f, struct budget *budget);

/* Has *s be the other one, if that is the same: the reference to the one goes,
 * one to the other is taken. False if it is not. */
bool shape_share(struct shape **s, struct shape *other);

/* The last one frees it. NULL is fine. */
void shape_release(struct shape *s);

/*
 * Has an empty fleet be of that shape, with nothing measured: values and times
 * are to be set, then it is finished. The fleet keeps a reference.
 */
enum err_code shape_begin(struct shape *s, struct fleet *f, struct err *e);

/* The fleet is empty again. */
void shape_abandon(struct fleet *f);

/* The values of a GPU of such a fleet, FIELD__MAX of them, as they were told:
 * cleaned, NaN where there are none. */
double *shape_values(struct fleet_gpu *gpu);

#endif
