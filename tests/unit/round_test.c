/* round: at each server one time, whatever is learnt meanwhile. */
#include "prom/round.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/clock.h"
#include "support/suite.h"

enum { AHEAD_MS = 180000 };

static struct server_list list;

static void
learn(size_t number, int64_t ahead_ms)
{
	int64_t now_ms = clock_boot_ms();

	remote_clock_learn(&list.servers[number].clock, now_ms + ahead_ms,
			   now_ms, now_ms);
}

static void
start(void)
{
	struct err e = {.code = ERR_OK};

	CU_ASSERT_EQUAL_FATAL(server_init(&list, "http://a,http://b", &e),
			      ERR_OK);
}

static void
keeps_the_time_of_the_first(void)
{
	struct round round = {0}, next = {0};
	int64_t time_ms;

	start();
	learn(0, AHEAD_MS);
	time_ms = round_time_ms(&round, &list.servers[0]);
	CU_ASSERT_TRUE(time_ms >= clock_boot_ms() + AHEAD_MS / 2);
	learn(0, 10 * AHEAD_MS);
	CU_ASSERT_EQUAL(round_time_ms(&round, &list.servers[0]), time_ms);
	CU_ASSERT_TRUE(round_time_ms(&next, &list.servers[0]) > time_ms);
	server_fini(&list);
}

static void
has_a_time_for_each_server(void)
{
	struct round round = {0};

	start();
	learn(0, AHEAD_MS);
	learn(1, 5 * AHEAD_MS);
	CU_ASSERT_TRUE(round_time_ms(&round, &list.servers[1]) -
			   round_time_ms(&round, &list.servers[0]) >=
		       3 * AHEAD_MS);
	server_fini(&list);
}

/* Or some of its queries had a time, and others not. */
static void
stays_without_a_time(void)
{
	struct round round = {0};

	start();
	CU_ASSERT_EQUAL(round_time_ms(&round, &list.servers[0]), 0);
	learn(0, AHEAD_MS);
	CU_ASSERT_EQUAL(round_time_ms(&round, &list.servers[0]), 0);
	server_fini(&list);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"keeps the time of the first", keeps_the_time_of_the_first},
	    {"has a time for each server", has_a_time_for_each_server},
	    {"stays without a time", stays_without_a_time},
	    {NULL, NULL}};

	return suite_run("round", tests);
}
