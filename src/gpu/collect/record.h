/* Records of what an answer is made, for repeat.h, while it is joined. */
#ifndef GPU_COLLECT_RECORD_H
#define GPU_COLLECT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/collect/plan.h"
#include "gpu/collect/repeats.h"
#include "gpu/fleet/fleet.h"

/* Whatever goes wrong, nothing is recorded, and that is no harm. */
struct record {
	struct repeats *all;
	struct plan *plan;
	struct repeat *repeat; /* NULL: nothing is recorded, or no more */
	/* By rank and series: the number of its target, see struct repeat. */
	uint32_t **target_of;
};

/* Begins, if such a plan's answers may be repeated. */
void record_begin(struct record *rec, struct repeats *all, struct plan *p);

/* That query has been joined, and its samples are still there; so many do not
 * tell their GPU. */
void record_query(struct record *rec, size_t number, size_t skipped);

/* All have, and the fleet is not finished. */
void record_names(struct record *rec, struct fleet *f);

/* It is finished, and what was recorded is remembered. */
void record_end(struct record *rec, const struct fleet *f);

/* Nothing is. Safe whenever, also on a zeroed one. */
void record_fini(struct record *rec);

#endif
