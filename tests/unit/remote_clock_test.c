/* remote_clock: what a server's clock shows now, and when nobody knows. */
#include "prom/remote_clock.h"

#include <CUnit/CUnit.h>

#include "base/clock.h"
#include "support/suite.h"

enum { AHEAD_MS = 180000, MINUTE_MS = 60000 };

static struct remote_clock remote;

/* It was so far ahead of clock_boot_ms within those bounds, that long ago. */
static void
learn(int64_t least_ahead_ms, int64_t most_ahead_ms, int64_t ago_ms)
{
	int64_t answered_ms = clock_boot_ms() - ago_ms;
	int64_t took_ms = most_ahead_ms - least_ahead_ms;

	remote_clock_learn(&remote, answered_ms + least_ahead_ms,
			   answered_ms - took_ms, answered_ms);
}

/* How much it is ahead now. The two clocks are not read at one moment, which
 * on a busy machine may take its time: never early, though. */
static void
expect_ahead(int64_t ahead_ms)
{
	int64_t before_ms = clock_boot_ms();
	int64_t now_ms = remote_clock_now_ms(&remote);

	CU_ASSERT_TRUE(now_ms >= before_ms + ahead_ms);
	CU_ASSERT_TRUE(now_ms <= clock_boot_ms() + ahead_ms);
}

static void
knows_nothing_at_first(void)
{
	remote_clock_init(&remote);
	CU_ASSERT_EQUAL(remote_clock_now_ms(&remote), 0);
}

static void
is_never_in_the_future(void)
{
	remote_clock_init(&remote);
	learn(AHEAD_MS, AHEAD_MS + 700, 0);
	expect_ahead(AHEAD_MS);
	remote_clock_init(&remote);
	learn(-AHEAD_MS, -AHEAD_MS + 700, 0);
	expect_ahead(-AHEAD_MS);
}

static void
gets_more_exact(void)
{
	remote_clock_init(&remote);
	learn(AHEAD_MS, AHEAD_MS + 700, 0);
	learn(AHEAD_MS + 600, AHEAD_MS + 1400, 0);
	expect_ahead(AHEAD_MS + 600);
	learn(AHEAD_MS - 5000, AHEAD_MS + 650, 0);
	expect_ahead(AHEAD_MS + 600);
}

/* After a minute 60 ms of what was known are doubtful. */
static void
follows_a_drift(void)
{
	remote_clock_init(&remote);
	learn(AHEAD_MS, AHEAD_MS + 10, MINUTE_MS);
	learn(AHEAD_MS - 5000, AHEAD_MS + 5, 0);
	expect_ahead(AHEAD_MS - MINUTE_MS / 1000);
}

static void
follows_a_step(void)
{
	remote_clock_init(&remote);
	learn(AHEAD_MS, AHEAD_MS + 10, 0);
	learn(-AHEAD_MS, -AHEAD_MS + 10, 0);
	expect_ahead(-AHEAD_MS);
	learn(AHEAD_MS, AHEAD_MS + 10, 0);
	expect_ahead(AHEAD_MS);
}

static void
forgets(void)
{
	remote_clock_init(&remote);
	learn(AHEAD_MS, AHEAD_MS, 4 * MINUTE_MS);
	expect_ahead(AHEAD_MS);
	remote_clock_init(&remote);
	learn(AHEAD_MS, AHEAD_MS, 6 * MINUTE_MS);
	CU_ASSERT_EQUAL(remote_clock_now_ms(&remote), 0);
	learn(AHEAD_MS + 9, AHEAD_MS + 9, 0);
	expect_ahead(AHEAD_MS + 9);
}

/* Both clocks may be one machine's. */
static void
distrusts_itself_once_our_clock_is_set(void)
{
	remote_clock_init(&remote);
	learn(AHEAD_MS, AHEAD_MS, 0);
	atomic_fetch_add(&remote.wall_ahead_ms, 3600000);
	CU_ASSERT_EQUAL(remote_clock_now_ms(&remote), 0);
	learn(AHEAD_MS, AHEAD_MS, 0);
	expect_ahead(AHEAD_MS);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"knows nothing at first", knows_nothing_at_first},
	    {"is never in the future", is_never_in_the_future},
	    {"gets more exact", gets_more_exact},
	    {"follows a drift", follows_a_drift},
	    {"follows a step", follows_a_step},
	    {"forgets", forgets},
	    {"distrusts itself once our clock is set",
	     distrusts_itself_once_our_clock_is_set},
	    {NULL, NULL}};

	return suite_run("remote_clock", tests);
}
