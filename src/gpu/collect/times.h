/*
 * When an exporter's targets were scraped last, where one time is that of all
 * cards of a target.
 */
#ifndef GPU_COLLECT_TIMES_H
#define GPU_COLLECT_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/profile/profile.h"
#include "prom/samples.h"

/* Of one exporter; starts zeroed, and then knows none. */
struct times {
	struct times_entry *entries;
	size_t count;
	bool is_of_cards; /* which have times of their own besides */
};

/*
 * From samples whose values are times, the newest of each target; slots are
 * those of the labels in the samples. What it keeps is in the arena.
 */
enum err_code times_read(struct times *t, const struct samples *samples,
			 const unsigned char slots[static PROFILE_LABEL__MAX],
			 struct arena *arena, struct err *e);

/* What tells targets apart: strings of one set, or IDENTITY_UNKNOWN. */
struct times_target {
	uint32_t instance, cluster, exported_instance;
};

/* The time of that target; 0: not known. */
double times_find(const struct times *t, const struct times_target *target);

#endif
