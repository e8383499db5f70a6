#include "web/closer.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/suite.h"

enum { FAR_MS = 1000000, SOON_MS = 50, WAIT_MS = 30000, MANY = 300 };

static struct closer *closer;
static struct err err;

static void
start(int64_t limit_ms)
{
	CU_ASSERT_EQUAL_FATAL(closer_new(limit_ms, &closer, &err), ERR_OK);
}

/* Gives one end away; the other one has an answer to read. */
static int
connect_peer(void)
{
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CU_ASSERT_EQUAL(write(ends[0], "answer", 6), 6);
	closer_take(closer, ends[0]);
	return ends[1];
}

/* The answer, and its end. */
static void
expect_answer(int peer)
{
	char text[16];
	size_t length = 0;
	ssize_t got;

	while ((got = read(peer, text + length, sizeof(text) - length)) > 0)
		length += (size_t)got;
	CU_ASSERT_EQUAL(got, 0);
	CU_ASSERT_EQUAL(length, 6);
	CU_ASSERT_EQUAL(memcmp(text, "answer", 6), 0);
}

/* Whether the other end is closed, not only for writing. */
static bool
is_closed(int peer, int wait_ms)
{
	struct pollfd p = {.fd = peer};

	poll(&p, 1, wait_ms);
	return (p.revents & POLLHUP) != 0;
}

static void
reads_until_the_peer_closes(void)
{
	static char body[1000];
	int peer;

	start(FAR_MS);
	peer = connect_peer();
	/* More than a socket holds: somebody reads it. */
	for (int i = 0; i < 2000; i++)
		CU_ASSERT_EQUAL(write(peer, body, sizeof(body)), sizeof(body));
	expect_answer(peer);
	CU_ASSERT_FALSE(is_closed(peer, 0));
	CU_ASSERT_EQUAL(shutdown(peer, SHUT_WR), 0);
	CU_ASSERT_TRUE(is_closed(peer, WAIT_MS));
	close(peer);
	closer_free(closer);
}

static void
closes_when_the_time_is_over(void)
{
	int peers[3];

	start(SOON_MS);
	for (size_t i = 0; i < 3; i++)
		peers[i] = connect_peer();
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(is_closed(peers[i], WAIT_MS));
		close(peers[i]);
	}
	closer_free(closer);
}

static int
count_descriptors(void)
{
	DIR *all = opendir("/proc/self/fd");
	int count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	while (readdir(all) != NULL)
		count++;
	closedir(all);
	return count;
}

static void
closes_all_at_the_end(void)
{
	int before = count_descriptors(), peer;

	start(FAR_MS);
	peer = connect_peer();
	closer_free(closer);
	expect_answer(peer);
	CU_ASSERT_TRUE(is_closed(peer, 0));
	close(peer);
	closer_free(NULL);
	CU_ASSERT_EQUAL(count_descriptors(), before);
}

/* The last ones are closed at once; the first ones are waited for. */
static void
has_a_limit(void)
{
	static int peers[MANY];
	unsigned closed = 0;

	start(FAR_MS);
	for (size_t i = 0; i < MANY; i++)
		peers[i] = connect_peer();
	for (size_t i = 0; i < MANY; i++)
		closed += is_closed(peers[i], 0);
	CU_ASSERT_EQUAL(closed, MANY - 256);
	CU_ASSERT_FALSE(is_closed(peers[0], 0));
	CU_ASSERT_TRUE(is_closed(peers[MANY - 1], 0));
	/* One that goes makes room for another one. */
	close(peers[0]);
	do {
		close(peers[MANY - 1]);
		peers[MANY - 1] = connect_peer();
	} while (is_closed(peers[MANY - 1], 0));
	for (size_t i = 1; i < MANY; i++)
		close(peers[i]);
	closer_free(closer);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads until the peer closes", reads_until_the_peer_closes},
	    {"closes when the time is over", closes_when_the_time_is_over},
	    {"closes all at the end", closes_all_at_the_end},
	    {"has a limit", has_a_limit},
	    {NULL, NULL}};

	signal(SIGPIPE, SIG_IGN);
	return suite_run("closer", tests);
}
