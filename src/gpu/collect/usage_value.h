/* What is told of a GPU with the name of one who had it. */
#ifndef GPU_COLLECT_USAGE_VALUE_H
#define GPU_COLLECT_USAGE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "gpu/collect/history_rows.h"
#include "gpu/collect/usage_holders.h"

/* By one series. It is that one's alone at each point where the GPU's own is
 * told beside it, or (beside is NULL) always; else the GPU's, repeated. */
struct usage_own {
	int field; /* enum workload_field */
	unsigned rank, alternative;
	uint32_t container; /* a text's number: whose part that is */
	const struct history_row *row;
	const usage_points *beside;
	struct usage_own *next;
};

/* Puts what was told in order; false if there is no memory. */
bool usage_value_settle(struct usage_holder *holder, struct arena *arena);

/*
 * What is told at that point by the first exporter, and the metric that it
 * prefers, and whether it is that one's alone: then it is what its containers
 * have together, each by the greatest of its copies. NaN: nobody tells.
 */
double usage_value(const struct usage_holder *holder, enum workload_field field,
		   size_t point, bool *is_own);

/* What is told at that point by those series of one metric that repeat what is
 * the GPU's; NaN: none does. */
double usage_value_repeated(const struct usage_holder *holder,
			    const struct usage_own *like, size_t point);

#endif
