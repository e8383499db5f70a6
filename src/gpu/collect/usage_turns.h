/*
 * When one leaves a GPU and another one comes. Who is seen for the last time
 * while another one is seen for the first has left: his last sample is told
 * for as long as HISTORY_GAP_S all the same.
 */
#ifndef GPU_COLLECT_USAGE_TURNS_H
#define GPU_COLLECT_USAGE_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "gpu/collect/usage_points.h"

struct usage_coming;

struct usage_turns {
	struct usage_coming *comings; /* of each point */
	size_t point_count;
	size_t linger; /* at so many points a sample may be seen */
};

/* Of so many points; false if there is no memory. */
bool usage_turns_init(struct usage_turns *t, size_t point_count, size_t linger,
		      struct arena *arena);

/* Of all who are seen on one GPU: sets of points, of which some may be NULL. */
void usage_turns_note(struct usage_turns *t, usage_points *const *seen,
		      size_t count);

/* Takes from the points of the one at that place those at which he has left.
 * What is behind the last point nobody knows. */
void usage_turns_leave(const struct usage_turns *t, size_t place,
		       usage_points *points);

#endif
