/* Which of an exporter's metrics a plan asks for. */
#ifndef GPU_COLLECT_SELECTION_H
#define GPU_COLLECT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/collect/plan.h"
#include "gpu/field.h"
#include "gpu/profile/profile.h"

/* Its metrics that are to be asked for. */
struct selection {
	const struct plan *plan;
	const struct profile *profile;
	unsigned rank;
	const struct profile_metric *roll_call; /* or NULL */
	field_set fields, required;		/* with what they are made of */
	const struct profile_metric *metrics[PROFILE_METRICS_MAX];
	size_t count;
	bool is_small; /* few series */
};

/* Those of the exporter of that rank. */
void selection_make(const struct plan *plan, unsigned rank,
		    struct selection *out);

/*
 * What is required of processes may be absent, and still may not fail: none is
 * not the same as not known. Nor may what tells which card a series is of, or
 * which cards there are: they would be others than a moment ago.
 */
bool selection_requires(const struct selection *s,
			const struct profile_metric *m);

#endif
