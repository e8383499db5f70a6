#include "web/share.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "support/suite.h"

enum { KINDS = 2, WAITERS = 8 };

static const int64_t far_ms = INT64_C(1) << 40;
static struct share *share;
static struct err err;

static void
start(void)
{
	CU_ASSERT_EQUAL_FATAL(share_new(KINDS, &share, &err), ERR_OK);
}

/* With a body, or a failure; made so many seconds ago. */
static struct share_answer *
make(const char *body, int64_t age_s)
{
	struct share_answer *a = calloc(1, sizeof(*a));

	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	if (body != NULL) {
		buf_init(&a->body, 1024);
		buf_append_text(&a->body, body);
		caching_init(&a->caching, &a->body, 0);
		a->caching.made_s -= age_s;
	} else {
		err_set(&a->err, ERR_UPSTREAM, "refused");
	}
	return a;
}

/* The caller has to make it, and does. */
static void
make_one(size_t kind, const char *body, int64_t age_s)
{
	struct share_answer *a;
	bool is_maker;

	CU_ASSERT_PTR_NULL(share_begin(share, kind, far_ms, &is_maker));
	CU_ASSERT_TRUE_FATAL(is_maker);
	a = make(body, age_s);
	share_end(share, kind, a);
	share_release(share, a);
}

static bool
is_known(size_t kind)
{
	bool is_maker;
	struct share_answer *a = share_begin(share, kind, far_ms, &is_maker);

	if (is_maker)
		share_end(share, kind, NULL);
	share_release(share, a);
	return a != NULL;
}

static void
gives_again_what_is_of_this_second(void)
{
	bool was_known = false;

	start();
	/* The second may end in between, but not each time. */
	for (int i = 0; i < 20 && !was_known; i++) {
		make_one(0, "{}", 0);
		was_known = is_known(0);
	}
	CU_ASSERT_TRUE(was_known);
	CU_ASSERT_FALSE(is_known(1));
	make_one(1, "{}", 1);
	CU_ASSERT_FALSE(is_known(1));
	share_free(share);
}

struct waiter {
	pthread_t thread;
	struct share_answer *got;
	bool is_maker;
};

static void *
wait_for_it(void *context)
{
	struct waiter *w = context;

	w->got = share_begin(share, 0, far_ms, &w->is_maker);
	return NULL;
}

/* All that come while it is made get it, whatever it is. */
static void
gives_to_all_who_wait(void)
{
	static const char *const bodies[] = {"{\"a\":1}", NULL};

	for (size_t b = 0; b < 2; b++) {
		const struct timespec pause = {.tv_nsec = 100000000};
		struct waiter waiters[WAITERS] = {0};
		unsigned given = 0;
		struct share_answer *a = make(bodies[b], 7);
		bool is_maker;

		start();
		CU_ASSERT_PTR_NULL(share_begin(share, 0, far_ms, &is_maker));
		CU_ASSERT_TRUE(is_maker);
		for (size_t i = 0; i < WAITERS; i++)
			CU_ASSERT_EQUAL_FATAL(pthread_create(&waiters[i].thread,
							     NULL, wait_for_it,
							     &waiters[i]),
					      0);
		/* Another kind is nobody's business here. */
		CU_ASSERT_FALSE(is_known(1));
		/* A thread that is late finds nothing, and would have to make
		 * it: one that has waited is enough. */
		nanosleep(&pause, NULL);
		share_end(share, 0, a);
		for (size_t i = 0; i < WAITERS; i++) {
			pthread_join(waiters[i].thread, NULL);
			if (waiters[i].is_maker)
				share_end(share, 0, NULL);
			else
				given += waiters[i].got == a;
		}
		CU_ASSERT_TRUE(given > 0);
		CU_ASSERT_EQUAL(a->err.code,
				bodies[b] != NULL ? ERR_OK : ERR_UPSTREAM);
		for (size_t i = 0; i < WAITERS; i++)
			share_release(share, waiters[i].got);
		share_release(share, a);
		/* Who comes later asks anew. */
		CU_ASSERT_FALSE(is_known(0));
		share_free(share);
	}
}

static void
waits_no_longer_than_the_deadline(void)
{
	bool is_maker;

	start();
	CU_ASSERT_PTR_NULL(share_begin(share, 0, far_ms, &is_maker));
	CU_ASSERT_TRUE(is_maker);
	CU_ASSERT_PTR_NULL(
	    share_begin(share, 0, clock_now_ms() + 20, &is_maker));
	CU_ASSERT_FALSE(is_maker);
	share_end(share, 0, NULL);
	CU_ASSERT_FALSE(is_known(0));
	share_free(share);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"gives again what is of this second",
	     gives_again_what_is_of_this_second},
	    {"gives to all who wait", gives_to_all_who_wait},
	    {"waits no longer than the deadline",
	     waits_no_longer_than_the_deadline},
	    {NULL, NULL}};

	return suite_run("share", tests);
}
