#include "base/histogram.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <pthread.h>

#include "support/suite.h"

static unsigned long long
sum_of(struct histogram *h, unsigned long long *count)
{
	*count = 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		*count += atomic_load(&h->counts[i]);
	return atomic_load(&h->sum_us);
}

static void
bounds_rise(void)
{
	CU_ASSERT_EQUAL(histogram_bound_s(0), 0.0005);
	for (size_t i = 1; i < HISTOGRAM_BUCKETS; i++)
		CU_ASSERT(histogram_bound_s(i) > histogram_bound_s(i - 1));
	CU_ASSERT_EQUAL(histogram_bound_s(HISTOGRAM_BUCKETS - 2), 10);
	CU_ASSERT(isinf(histogram_bound_s(HISTOGRAM_BUCKETS - 1)));
}

/* A bound belongs to its bucket, as Prometheus' "le" says. */
static void
finds_the_bucket(void)
{
	for (size_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
		struct histogram h = {0};
		int64_t bound_us = llround(histogram_bound_s(i) * 1e6);

		histogram_observe(&h, bound_us);
		CU_ASSERT_EQUAL(atomic_load(&h.counts[i]), 1);
		histogram_observe(&h, bound_us + 1);
		CU_ASSERT_EQUAL(atomic_load(&h.counts[i]), 1);
		CU_ASSERT_EQUAL(atomic_load(&h.counts[i + 1]), 1);
		CU_ASSERT_EQUAL(atomic_load(&h.sum_us), 2 * bound_us + 1);
	}
}

static void
takes_whatever_comes(void)
{
	struct histogram h = {0};
	unsigned long long count;

	histogram_observe(&h, 0);
	/* Clocks are not to be trusted. */
	histogram_observe(&h, -5);
	histogram_observe(&h, INT64_MIN);
	CU_ASSERT_EQUAL(atomic_load(&h.counts[0]), 3);
	CU_ASSERT_EQUAL(sum_of(&h, &count), 0);
	histogram_observe(&h, INT64_MAX);
	CU_ASSERT_EQUAL(atomic_load(&h.counts[HISTOGRAM_BUCKETS - 1]), 1);
	CU_ASSERT_EQUAL(sum_of(&h, &count), INT64_MAX);
	CU_ASSERT_EQUAL(count, 4);
}

enum { THREADS = 4, TIMES = 50000 };

static void *
observe(void *h)
{
	for (int i = 0; i < TIMES; i++)
		histogram_observe(h, i % 1000);
	return NULL;
}

static void
loses_nothing(void)
{
	struct histogram h = {0};
	pthread_t threads[THREADS];
	unsigned long long count;

	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, observe, &h), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(sum_of(&h, &count),
			(unsigned long long)THREADS * TIMES / 1000 * 499500);
	CU_ASSERT_EQUAL(count, THREADS * TIMES);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"bounds rise", bounds_rise},
	    {"finds the bucket", finds_the_bucket},
	    {"takes whatever comes", takes_whatever_comes},
	    {"loses nothing", loses_nothing},
	    {NULL, NULL}};

	return suite_run("histogram", tests);
}
