#include "base/histogram.h"

#include <math.h>

static const int64_t bounds_us[HISTOGRAM_BUCKETS - 1] = {
    500,    1000,   2500,   5000,    10000,   25000,   50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

void
histogram_observe(struct histogram *h, int64_t duration_us)
{
	size_t bucket = 0;

	if (duration_us < 0)
		duration_us = 0;
	while (bucket < HISTOGRAM_BUCKETS - 1 &&
	       duration_us > bounds_us[bucket])
		bucket++;
	atomic_fetch_add_explicit(&h->sum_us, (unsigned long long)duration_us,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&h->counts[bucket], 1, memory_order_relaxed);
}

double
histogram_bound_s(size_t bucket)
{
	return bucket < HISTOGRAM_BUCKETS - 1 ? (double)bounds_us[bucket] / 1e6
					      : INFINITY;
}
