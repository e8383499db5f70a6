#include "gpu/fleet/reading.h"

#include <math.h>
#include <stdbool.h>

enum { NO_RANK = 0xffff };

/* Whether the new reading is to replace the old one. */
static bool
is_better(const struct reading *old, const struct reading *new)
{
	if (old->rank != new->rank)
		return isfinite(new->value) &&
		       (isnan(old->value) || new->rank < old->rank);
	if (old->time_ms != new->time_ms)
		return new->time_ms > old->time_ms;
	return isfinite(new->value) && !(new->value <= old->value);
}

struct reading
reading_none(void)
{
	return (struct reading){NAN, 0, NO_RANK};
}

/* Times beyond, which no clock shows, are the limit's. */
static int64_t
time_ms_of(double time_s)
{
	static const double limit_ms = 1e14;

	return (int64_t)fmax(-limit_ms, fmin(limit_ms, time_s * 1000));
}

struct reading
reading_of(double value, double time_s, unsigned rank)
{
	return (struct reading){.value = value,
				.time_ms = time_ms_of(time_s),
				.rank = rank < NO_RANK ? rank : NO_RANK - 1};
}

void
reading_take(struct reading *r, const struct reading *other)
{
	if (other->rank != NO_RANK &&
	    (r->rank == NO_RANK || is_better(r, other)))
		*r = *other;
}
