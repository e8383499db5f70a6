/*
 * When an exporter's targets were scraped last, where one time is that of all
 * cards of a target.
 */
#ifndef GPU_COLLECT_TIMES_H
#define GPU_COLLECT_TIMES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/profile/profile.h"
#include "prom/samples.h"

/* Of one exporter; starts zeroed, and then knows none. */
struct times {
	struct times_entry *entries;
	size_t count;
};

/*
 * From samples whose values are times, one for each target; slots are those of
 * the labels in the samples. What it keeps is in the arena.
 */
enum err_code times_read(struct times *t, const struct samples *samples,
			 const unsigned char slots[static PROFILE_LABEL__MAX],
			 struct arena *arena, struct err *e);

/*
 * The time of the target that the sample, whose labels are in these slots, is
 * of; the texts' numbers are of the same set. 0: not known.
 */
double times_find(const struct times *t, const struct sample *s,
		  const unsigned char slots[static PROFILE_LABEL__MAX]);

#endif
