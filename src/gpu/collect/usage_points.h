/* Sets of points of a span of time. */
#ifndef GPU_COLLECT_USAGE_POINTS_H
#define GPU_COLLECT_USAGE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The words of a set, of so many points as its owner knows. */
typedef uint64_t usage_points;

enum { USAGE_POINTS_OF_WORD = 64 };

static inline size_t
usage_points_words(size_t point_count)
{
	return (point_count + USAGE_POINTS_OF_WORD - 1) / USAGE_POINTS_OF_WORD;
}

/* None; NULL without memory. */
static inline usage_points *
usage_points_new(struct arena *arena, size_t point_count)
{
	return arena_grow(arena, NULL, 0,
			  usage_points_words(point_count) *
			      sizeof(usage_points));
}

static inline bool
usage_has(const usage_points *points, size_t point)
{
	return (points[point / USAGE_POINTS_OF_WORD] >>
		    (point % USAGE_POINTS_OF_WORD) &
		1) != 0;
}

static inline void
usage_points_set(usage_points *points, size_t point)
{
	points[point / USAGE_POINTS_OF_WORD] |=
	    UINT64_C(1) << (point % USAGE_POINTS_OF_WORD);
}

static inline void
usage_points_clear(usage_points *points, size_t point)
{
	points[point / USAGE_POINTS_OF_WORD] &=
	    ~(UINT64_C(1) << (point % USAGE_POINTS_OF_WORD));
}

/* The first point from there on that is one of the set, or none of it; count
 * behind the last. */
static inline size_t
usage_points_find(const usage_points *points, size_t count, size_t from,
		  bool is_in)
{
	while (from < count) {
		usage_points word = points[from / USAGE_POINTS_OF_WORD];

		word = (is_in ? word : ~word) >> from % USAGE_POINTS_OF_WORD;
		if (word != 0) {
			from += (size_t)__builtin_ctzll(word);
			return from < count ? from : count;
		}
		from += USAGE_POINTS_OF_WORD - from % USAGE_POINTS_OF_WORD;
	}
	return count;
}

#endif
