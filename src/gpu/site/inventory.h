/*
 * Which of an exporter's metrics are there, and with how many series: so that
 * requests ask for nothing that is not, and choose how to ask.
 */
#ifndef GPU_SITE_INVENTORY_H
#define GPU_SITE_INVENTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"
#include "prom/vector.h"

/* Adds the question about one exporter's metrics. */
enum err_code inventory_ask(struct ask *a, const struct profile *p,
			    struct err *e);

/*
 * Reads its answer: the series of each of the profile's metrics, in their
 * order; of those with conditions of their own, all that meet the exporter's.
 * What a partial answer does not tell of may be there: it counts as one.
 */
void inventory_read(const struct vector *v, const struct profile *p,
		    bool is_partial, uint64_t *series);

#endif
