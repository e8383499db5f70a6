/*
 * The times that a history is told for: multiples of its step, so that all who
 * ask for the last hour within one step ask for the same.
 */
#ifndef GPU_FLEET_TIMELINE_H
#define GPU_FLEET_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

struct timeline {
	/* Unix time, and seconds: multiples of the step, and its first and last
	 * points. */
	int64_t start_s, end_s, step_s;
	size_t count; /* of points: at least 2 */
};

/*
 * A step for which a range takes no more than that many points, at least 2, and
 * which is not shorter than the least one: of a ladder whose steps divide a
 * day, or whole days.
 */
int64_t timeline_step(int64_t range_s, int64_t points, int64_t min_s);

/*
 * From the last multiple of the step that is not behind the start to the one
 * that is not behind the end; a step earlier if both are the same. The start is
 * not behind the end, and neither is negative.
 */
struct timeline timeline_align(int64_t start_s, int64_t end_s, int64_t step_s);

/* How many points timeline_align would make, at most, of any such range. */
int64_t timeline_points(int64_t range_s, int64_t step_s);

/* The point's time. */
static inline int64_t
timeline_at(const struct timeline *t, size_t point)
{
	return t->start_s + (int64_t)point * t->step_s;
}

#endif
