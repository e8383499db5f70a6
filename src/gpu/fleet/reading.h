/* One measured value: of several, which counts. */
#ifndef GPU_FLEET_READING_H
#define GPU_FLEET_READING_H

#include <stdint.h>

struct reading {
	double value; /* in the field's unit; NaN if nobody measured it */
	int64_t time_ms : 48;
	uint64_t rank : 16; /* a lower one has precedence */
};

/* Nothing yet. */
struct reading reading_none(void);

struct reading reading_of(double value, double time_s, unsigned rank);

/*
 * Keeps one of both: that with the lowest rank that has a value, then the
 * newest, then the greatest.
 */
void reading_take(struct reading *r, const struct reading *other);

#endif
