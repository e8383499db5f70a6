#include "gpu/collect/usage_turns.h"

#include <string.h>

/* Of those who are first seen at a point two who are seen for longest: until
 * which point, 0 for nobody, and their places. */
struct usage_coming {
	size_t ends[2];
	size_t places[2];
};

bool
usage_turns_init(struct usage_turns *t, size_t point_count, size_t linger,
		 struct arena *arena)
{
	*t = (struct usage_turns){
	    .comings = arena_alloc(arena, point_count * sizeof(*t->comings)),
	    .point_count = point_count,
	    .linger = linger};
	return t->comings != NULL;
}

static void
note(struct usage_coming *c, size_t place, size_t end)
{
	if (end > c->ends[0]) {
		c->ends[1] = c->ends[0];
		c->places[1] = c->places[0];
		c->ends[0] = end;
		c->places[0] = place;
	} else if (end > c->ends[1]) {
		c->ends[1] = end;
		c->places[1] = place;
	}
}

void
usage_turns_note(struct usage_turns *t, usage_points *const *seen, size_t count)
{
	size_t points = t->point_count;

	memset(t->comings, 0, points * sizeof(*t->comings));
	for (size_t i = 0; i < count; i++) {
		size_t first = 0, end;

		if (seen[i] == NULL)
			continue;
		for (;; first = end) {
			first = usage_points_find(seen[i], points, first, true);
			if (first == points)
				break;
			end = usage_points_find(seen[i], points, first, false);
			note(&t->comings[first], i, end);
		}
	}
}

/* Whether another one comes at that point, and stays beyond the last. */
static bool
is_followed(const struct usage_turns *t, size_t point, size_t place,
	    size_t last)
{
	const struct usage_coming *c = &t->comings[point];

	return c->ends[c->places[0] == place] > last + 1;
}

/* The first point, of those at which a series that ends at the last may be seen
 * without a new sample, from which on another one is there; else behind it. */
static size_t
find_end(const struct usage_turns *t, size_t place, size_t last)
{
	size_t point = last > t->linger ? last - t->linger + 1 : 1;

	while (point <= last && !is_followed(t, point, place, last))
		point++;
	return point;
}

void
usage_turns_leave(const struct usage_turns *t, size_t place,
		  usage_points *points)
{
	size_t first = 0, end;

	for (;; first = end) {
		first = usage_points_find(points, t->point_count, first, true);
		if (first == t->point_count)
			return;
		end = usage_points_find(points, t->point_count, first, false);
		if (end == t->point_count)
			return;
		for (size_t i = find_end(t, place, end - 1); i < end; i++)
			usage_points_clear(points, i);
	}
}
