/*
 * How long things took, as Prometheus counts it; by any number of threads and,
 * in shared memory, processes at once.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* From half a millisecond to 10 s, and what took longer. */
enum { HISTOGRAM_BUCKETS = 15 };

/* All zero is an empty one. */
struct histogram {
	atomic_ullong counts[HISTOGRAM_BUCKETS]; /* each for itself */
	atomic_ullong sum_us;
};

void histogram_observe(struct histogram *h, int64_t duration_us);

/* The bucket's upper bound in seconds, which belongs to it; INFINITY of the
 * last one. */
double histogram_bound_s(size_t bucket);

#endif
