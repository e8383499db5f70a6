/*
 * One measured value: of several, which counts. Here and not in a file of its
 * own, since it is asked of each sample.
 */
#ifndef GPU_FLEET_READING_H
#define GPU_FLEET_READING_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct reading {
	double value; /* in the field's unit; NaN if nobody measured it */
	int64_t time_ms : 48;
	uint64_t rank : 16; /* a lower one has precedence */
};

enum { READING_NO_RANK = 0xffff };

/* Nothing yet. */
static inline struct reading
reading_none(void)
{
	return (struct reading){NAN, 0, READING_NO_RANK};
}

/* Times beyond the limit, which no clock shows, are the limit's; and so is what
 * is no time. */
static inline struct reading
reading_of(double value, double time_s, unsigned rank)
{
	const double limit_ms = 1e14;
	double time_ms = time_s * 1000;

	if (!(time_ms < limit_ms))
		time_ms = limit_ms;
	if (time_ms < -limit_ms)
		time_ms = -limit_ms;
	return (struct reading){
	    .value = value,
	    .time_ms = (int64_t)time_ms,
	    .rank = rank < READING_NO_RANK ? rank : READING_NO_RANK - 1};
}

/* Whether the new reading is to replace the old one. */
static inline bool
reading_is_better(const struct reading *old, const struct reading *new)
{
	if (old->rank != new->rank)
		return isfinite(new->value) &&
		       (isnan(old->value) || new->rank < old->rank);
	if (old->time_ms != new->time_ms)
		return new->time_ms > old->time_ms;
	return isfinite(new->value) && !(new->value <= old->value);
}

/*
 * Keeps one of both: that with the lowest rank that has a value, then the
 * newest, then the greatest.
 */
static inline void
reading_take(struct reading *r, const struct reading *other)
{
	if (other->rank != READING_NO_RANK &&
	    (r->rank == READING_NO_RANK || reading_is_better(r, other)))
		*r = *other;
}

#endif
