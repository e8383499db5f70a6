/* upstream: several servers, and which one is asked next. */
#include "prom/upstream.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

static struct upstream_list list;
static struct err err;

static void
start(const char *urls)
{
	memset(&err, 0, sizeof(err));
	CU_ASSERT_EQUAL_FATAL(upstream_init(&list, urls, &err), ERR_OK);
}

/* The number of the server to ask, from 0; -1 for none. */
static int
chosen(upstream_set tried, int64_t now_ms)
{
	struct upstream *server = upstream_choose(&list, tried, now_ms);

	return server != NULL ? (int)(server - list.servers) : -1;
}

static void
expect_refusal(const char *urls, const char *text)
{
	memset(&err, 0, sizeof(err));
	CU_ASSERT_EQUAL(upstream_check(urls, &err), ERR_SETTING);
	SUITE_EQUAL(err.text, text);
}

static void
one_url(void)
{
	start("http://operator:hunter2@prometheus:9090/base/");
	CU_ASSERT_EQUAL(list.count, 1);
	SUITE_EQUAL(list.servers[0].url,
		    "http://operator:hunter2@prometheus:9090/base");
	SUITE_EQUAL(list.safe_urls, "http://prometheus:9090/base");
	upstream_fini(&list);
}

static void
several_urls(void)
{
	start("http://a:1, https://b/x ,http://u:p@c:3/");
	CU_ASSERT_EQUAL(list.count, 3);
	SUITE_EQUAL(list.servers[1].url, "https://b/x");
	SUITE_EQUAL(list.safe_urls, "http://a:1, https://b/x, http://c:3");
	upstream_fini(&list);
}

static void
wrong_urls(void)
{
	char urls[512] = "";

	expect_refusal("", "must start with http:// or https://");
	expect_refusal("ftp://a", "must start with http:// or https://");
	expect_refusal("http://a,b", "URL 2 must start with http:// or "
				     "https://");
	expect_refusal("http://a,",
		       "URL 2 must start with http:// or https://");
	expect_refusal("http://a,http://u:secret@b?q",
		       "URL 2 must end with the path, without ? or #");
	for (int i = 0; i <= UPSTREAM_MAX; i++)
		strcat(urls, i > 0 ? ",http://a" : "http://a");
	expect_refusal(urls, "lists more than 16 URLs");
}

static void
first_that_is_alive(void)
{
	start("http://a,http://b,http://c");
	CU_ASSERT_EQUAL(chosen(0, 1000), 0);
	CU_ASSERT_EQUAL(chosen(1, 1000), 1);
	CU_ASSERT_EQUAL(chosen(3, 1000), 2);
	CU_ASSERT_EQUAL(chosen(7, 1000), -1);
	upstream_mark_dead(&list.servers[0], 1000);
	CU_ASSERT_EQUAL(chosen(0, 1000), 1);
	CU_ASSERT_EQUAL(chosen(0, 1000 + UPSTREAM_DEAD_MS - 1), 1);
	upstream_mark_alive(&list.servers[0]);
	CU_ASSERT_EQUAL(chosen(0, 1001), 0);
	upstream_fini(&list);
}

/* One query at a time finds out whether it is back. */
static void
dead_one_is_tried_again(void)
{
	start("http://a,http://b");
	upstream_mark_dead(&list.servers[0], 1000);
	CU_ASSERT_EQUAL(chosen(0, 1000 + UPSTREAM_DEAD_MS), 0);
	CU_ASSERT_EQUAL(chosen(0, 1000 + UPSTREAM_DEAD_MS), 1);
	CU_ASSERT_EQUAL(chosen(0, 1000 + 2 * UPSTREAM_DEAD_MS), 0);
	upstream_fini(&list);
}

/* Nobody is refused without a question. */
static void
all_dead_are_all_tried(void)
{
	start("http://a,http://b");
	upstream_mark_dead(&list.servers[0], 1000);
	upstream_mark_dead(&list.servers[1], 1000);
	CU_ASSERT_EQUAL(chosen(0, 1001), 0);
	CU_ASSERT_EQUAL(chosen(1, 1001), 1);
	CU_ASSERT_EQUAL(chosen(3, 1001), -1);
	upstream_fini(&list);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"one URL: for requests, and for people", one_url},
	    {"several, with spaces around the commas", several_urls},
	    {"wrong ones: which, and what is wrong, no password", wrong_urls},
	    {"the first that is alive and was not tried", first_that_is_alive},
	    {"a dead one is tried again by one query at a time",
	     dead_one_is_tried_again},
	    {"if all are dead all are tried", all_dead_are_all_tried},
	    {NULL, NULL}};

	return suite_run("upstream", tests);
}
