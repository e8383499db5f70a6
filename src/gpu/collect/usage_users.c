#include "gpu/collect/usage_users.h"

#include <stdlib.h>

#include "gpu/collect/usage_holders.h"

/* With a job, at a point at which no other job was there. */
struct sighting {
	uint32_t holder, user, point;
};

enum { NOBODY = 0, SEVERAL = UINT32_MAX };

/* Of each point the place of the job that alone has the GPU, from 1 on; or
 * NOBODY, or SEVERAL. NULL without memory. */
static uint32_t *
find_single(const struct usage_holding *holding, size_t point_count,
	    struct arena *arena)
{
	uint32_t *single =
	    arena_grow(arena, NULL, 0, point_count * sizeof(*single));

	for (size_t i = 0; single != NULL && i < holding->count; i++) {
		const struct usage_holder *holder = &holding->list[i];
		size_t at = 0;

		while (holder->name.job != FLEET_UNKNOWN &&
		       (at = usage_points_find(holder->points, point_count, at,
					       true)) < point_count) {
			single[at] =
			    single[at] == NOBODY ? (uint32_t)i + 1 : SEVERAL;
			at++;
		}
	}
	return single;
}

static bool
lacks_user(const struct usage_holding *holding, uint32_t single)
{
	return single != NOBODY && single != SEVERAL &&
	       holding->list[single - 1].name.job_user == FLEET_UNKNOWN;
}

/* Adds them from *count on, or counts them alone. */
static void
list_sightings(const struct usage_user *user, const uint32_t *single,
	       const struct usage_holding *holding, size_t point_count,
	       struct sighting *out, size_t *count)
{
	size_t at = 0;

	while ((at = usage_points_find(user->points, point_count, at, true)) <
	       point_count) {
		if (lacks_user(holding, single[at])) {
			if (out != NULL)
				out[*count] = (struct sighting){
				    single[at] - 1, user->user, (uint32_t)at};
			++*count;
		}
		at++;
	}
}

static int
compare(const void *a, const void *b)
{
	const struct sighting *l = a, *r = b;

	if (l->holder != r->holder)
		return l->holder < r->holder ? -1 : 1;
	if (l->user != r->user)
		return l->user < r->user ? -1 : 1;
	return (l->point > r->point) - (l->point < r->point);
}

/* How many of those from first on are of one job and user; and at how many
 * points that is. */
static size_t
count_alike(const struct sighting *list, size_t first, size_t count,
	    size_t *points)
{
	size_t end = first;

	*points = 0;
	for (; end < count && list[end].holder == list[first].holder &&
	       list[end].user == list[first].user;
	     end++)
		*points +=
		    end == first || list[end].point != list[end - 1].point;
	return end - first;
}

static void
settle(const struct sighting *list, size_t count, struct usage_holding *holding)
{
	size_t most = 0, points, i = 0;

	while (i < count) {
		struct workload_name *name =
		    &holding->list[list[i].holder].name;
		size_t alike = count_alike(list, i, count, &points);

		if (i == 0 || list[i].holder != list[i - 1].holder)
			most = 0;
		if (points > most)
			name->job_user = list[i].user;
		else if (points == most)
			name->job_user = FLEET_UNKNOWN;
		if (points > most)
			most = points;
		i += alike;
	}
}

bool
usage_users_find(const struct usage_user *users, size_t count,
		 struct usage_holding *holding, size_t point_count,
		 struct arena *arena)
{
	const uint32_t *single = find_single(holding, point_count, arena);
	struct sighting *list = NULL;
	size_t found = 0, listed = 0;

	for (size_t i = 0; single != NULL && i < count; i++)
		list_sightings(&users[i], single, holding, point_count, NULL,
			       &found);
	if (single != NULL)
		list = arena_alloc(arena, found * sizeof(*list));
	if (list == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		list_sightings(&users[i], single, holding, point_count, list,
			       &listed);
	if (listed > 0)
		qsort(list, listed, sizeof(*list), compare);
	settle(list, listed, holding);
	return true;
}
