/* probe: who is in trouble is asked until all is well, the others rarely. */
#include "prom/probe.h"

#include <CUnit/CUnit.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "support/capture.h"
#include "support/suite.h"

enum { LIMIT_MS = 20000 };

static struct server_list list;
static struct probe *probe;
static struct err err;
static atomic_uint asked[SERVERS_MAX];
/* What each server's next answers are, and whether it answered somebody else
 * while it was asked. */
static atomic_int answers[SERVERS_MAX];
static atomic_bool is_alive_for_others;
/* So many of the servers take as long as that is so. */
static atomic_size_t hanging;

static void
pause_briefly(void)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	nanosleep(&pause, NULL);
}

static enum server_state
answer(void *context, struct server *server)
{
	size_t number = (size_t)(server - list.servers);

	CU_ASSERT_PTR_EQUAL(context, answers);
	if (atomic_load(&is_alive_for_others))
		server_set_state(server, SERVER_ALIVE);
	atomic_fetch_add(&asked[number], 1);
	for (int64_t until_ms = clock_now_ms() + LIMIT_MS;
	     number < atomic_load(&hanging) && clock_now_ms() < until_ms;)
		pause_briefly();
	return (enum server_state)atomic_load(&answers[number]);
}

static void
start(const char *urls)
{
	memset(asked, 0, sizeof(asked));
	memset(answers, 0, sizeof(answers));
	capture_start();
	CU_ASSERT_EQUAL_FATAL(server_init(&list, urls, &err), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(probe_new(&list, answer, answers, &probe, &err),
			      ERR_OK);
}

static void
stop(void)
{
	probe_free(probe);
	capture_end();
	server_fini(&list);
}

static bool
becomes(size_t number, enum server_state state)
{
	int64_t until_ms = clock_now_ms() + LIMIT_MS;

	while (server_state(&list.servers[number]) != state) {
		if (clock_now_ms() > until_ms)
			return false;
		pause_briefly();
	}
	return true;
}

static bool
is_asked(size_t number, unsigned times)
{
	int64_t until_ms = clock_now_ms() + LIMIT_MS;

	while (atomic_load(&asked[number]) < times) {
		if (clock_now_ms() > until_ms)
			return false;
		pause_briefly();
	}
	return true;
}

static void
asks_a_suspect(void)
{
	start("http://a,http://b");
	atomic_store(&answers[0], SERVER_SILENT);
	server_suspect(&list.servers[0]);
	CU_ASSERT_TRUE(becomes(0, SERVER_SILENT));
	CU_ASSERT_EQUAL(server_state(&list.servers[1]), SERVER_ALIVE);
	stop();
}

/* For their clocks; what comes of that alone says nothing of their state. */
static void
asks_each_at_first(void)
{
	start("http://a,http://b");
	atomic_store(&answers[1], SERVER_DEAD);
	CU_ASSERT_TRUE(is_asked(0, 1) && is_asked(1, 1));
	CU_ASSERT_EQUAL(server_state(&list.servers[1]), SERVER_ALIVE);
	stop();
}

static void
asks_until_it_is_back(void)
{
	start("http://a,http://b");
	atomic_store(&answers[1], SERVER_SILENT);
	server_set_state(&list.servers[1], SERVER_DEAD);
	CU_ASSERT_TRUE(becomes(1, SERVER_SILENT));
	atomic_store(&answers[1], SERVER_ALIVE);
	CU_ASSERT_TRUE(becomes(1, SERVER_ALIVE));
	CU_ASSERT_TRUE(atomic_load(&asked[1]) >= 2);
	stop();
}

/* A probe that hangs says nothing about who answered others meanwhile. */
static void
believes_later_news(void)
{
	start("http://a");
	CU_ASSERT_TRUE(is_asked(0, 1));
	atomic_store(&is_alive_for_others, true);
	atomic_store(&answers[0], SERVER_SILENT);
	server_suspect(&list.servers[0]);
	CU_ASSERT_TRUE(is_asked(0, 2));
	probe_free(probe);
	CU_ASSERT_EQUAL(server_state(&list.servers[0]), SERVER_ALIVE);
	capture_end();
	server_fini(&list);
	atomic_store(&is_alive_for_others, false);
}

/* A probe that takes as long as it may does not delay those of others. */
static void
silent_ones_hold_nobody_up(void)
{
	start("http://a,http://b,http://c");
	CU_ASSERT_TRUE(is_asked(0, 1) && is_asked(1, 1) && is_asked(2, 1));
	atomic_store(&hanging, 2);
	atomic_store(&answers[2], SERVER_DEAD);
	for (size_t i = 0; i < 2; i++)
		server_suspect(&list.servers[i]);
	CU_ASSERT_TRUE(is_asked(0, 2) && is_asked(1, 2));
	server_set_state(&list.servers[2], SERVER_DEAD);
	CU_ASSERT_TRUE(is_asked(2, 4));
	atomic_store(&answers[2], SERVER_ALIVE);
	CU_ASSERT_TRUE(becomes(2, SERVER_ALIVE));
	CU_ASSERT_EQUAL(atomic_load(&asked[0]), 2);
	CU_ASSERT_EQUAL(atomic_load(&asked[1]), 2);
	atomic_store(&hanging, 0);
	stop();
}

static void
ends_in_the_middle_of_trouble(void)
{
	start("http://a");
	atomic_store(&answers[0], SERVER_DEAD);
	server_set_state(&list.servers[0], SERVER_DEAD);
	stop();
	CU_ASSERT_TRUE(atomic_load(&asked[0]) <= 2);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks a suspect", asks_a_suspect},
	    {"asks each at first", asks_each_at_first},
	    {"asks until it is back", asks_until_it_is_back},
	    {"believes later news", believes_later_news},
	    {"silent ones hold nobody up", silent_ones_hold_nobody_up},
	    {"ends in the middle of trouble", ends_in_the_middle_of_trouble},
	    {NULL, NULL}};

	return suite_run("probe", tests);
}
