/* server: several servers, and which one is asked next. */
#include "prom/server.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/clock.h"
#include "support/capture.h"
#include "support/suite.h"

static struct server_list list;
static struct err err;

static void
start(const char *urls)
{
	memset(&err, 0, sizeof(err));
	CU_ASSERT_EQUAL_FATAL(server_init(&list, urls, &err), ERR_OK);
}

/* The number of the server to ask, from 0; -1 for none. */
static int
chosen(server_set tried)
{
	struct server *server = server_choose(&list, tried);

	return server != NULL ? (int)(server - list.servers) : -1;
}

static void
set(size_t number, enum server_state state)
{
	capture_start();
	server_set_state(&list.servers[number], state);
	capture_end();
}

static void
expect_refusal(const char *urls, const char *text)
{
	memset(&err, 0, sizeof(err));
	CU_ASSERT_EQUAL(server_check(urls, &err), ERR_SETTING);
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
	server_fini(&list);
}

static void
several_urls(void)
{
	start("http://a:1, https://b/x ,http://u:p@c:3/");
	CU_ASSERT_EQUAL(list.count, 3);
	SUITE_EQUAL(list.servers[1].url, "https://b/x");
	SUITE_EQUAL(list.safe_urls, "http://a:1, https://b/x, http://c:3");
	server_fini(&list);
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
	for (int i = 0; i <= SERVERS_MAX; i++)
		strcat(urls, i > 0 ? ",http://a" : "http://a");
	expect_refusal(urls, "lists more than 16 URLs");
}

static void
first_that_is_alive(void)
{
	start("http://a,http://b,http://c");
	CU_ASSERT_EQUAL(chosen(0), 0);
	CU_ASSERT_EQUAL(chosen(1), 1);
	CU_ASSERT_EQUAL(chosen(3), 2);
	CU_ASSERT_EQUAL(chosen(7), -1);
	set(0, SERVER_DEAD);
	CU_ASSERT_EQUAL(chosen(0), 1);
	set(0, SERVER_ALIVE);
	CU_ASSERT_EQUAL(chosen(0), 0);
	set(0, SERVER_SILENT);
	CU_ASSERT_EQUAL(chosen(0), 1);
	CU_ASSERT_EQUAL(chosen(2), 2);
	server_fini(&list);
}

/* A dead one costs nothing, and may be back; a silent one costs time. */
static void
dead_ones_are_tried_at_last(void)
{
	start("http://a,http://b,http://c");
	set(0, SERVER_DEAD);
	set(1, SERVER_SILENT);
	set(2, SERVER_DEAD);
	CU_ASSERT_EQUAL(chosen(0), 0);
	CU_ASSERT_EQUAL(chosen(1), 2);
	CU_ASSERT_EQUAL(chosen(5), -1);
	server_fini(&list);
}

static void
counts_by_state(void)
{
	start("http://a,http://b,http://c");
	set(1, SERVER_DEAD);
	CU_ASSERT_EQUAL(server_count(&list, 0, SERVER_ALIVE), 2);
	CU_ASSERT_EQUAL(server_count(&list, 1, SERVER_ALIVE), 1);
	CU_ASSERT_EQUAL(server_count(&list, 0, SERVER_DEAD), 1);
	CU_ASSERT_EQUAL(server_count(&list, 2, SERVER_DEAD), 0);
	CU_ASSERT_EQUAL(server_count(&list, 0, SERVER_SILENT), 0);
	server_fini(&list);
}

/* Trouble is none. */
static void
remembers_the_last_answer(void)
{
	struct server *a = &list.servers[0];
	int64_t before_ms = clock_now_ms(), answered_ms;

	start("http://a");
	CU_ASSERT_TRUE(server_answered_at_ms(a) < before_ms);
	set(0, SERVER_ALIVE);
	answered_ms = server_answered_at_ms(a);
	CU_ASSERT_TRUE(answered_ms >= before_ms);
	CU_ASSERT_TRUE(answered_ms <= clock_now_ms());
	set(0, SERVER_DEAD);
	CU_ASSERT_EQUAL(server_answered_at_ms(a), answered_ms);
	server_fini(&list);
}

static void
changes_are_logged(void)
{
	struct server *a = &list.servers[0];
	const char *log;
	size_t lines = 0;

	start("http://u:secret@a,http://b");
	capture_start();
	server_set_state(a, SERVER_ALIVE);
	server_set_state(a, SERVER_DEAD);
	server_set_state(a, SERVER_DEAD);
	server_set_state(a, SERVER_SILENT);
	server_set_state(a, SERVER_ALIVE);
	log = capture_end();
	for (const char *at = log; *at != '\0'; at++)
		lines += *at == '\n';
	CU_ASSERT_EQUAL(lines, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    log, "level=warn msg=\"Prometheus is down\" url=http://a\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    log, "level=warn msg=\"Prometheus is silent\" url=http://a\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    log, "level=info msg=\"Prometheus is back\" url=http://a\n"));
	CU_ASSERT_PTR_NULL(strstr(log, "secret"));
	server_fini(&list);
}

static void
suspects_are_in_trouble(void)
{
	struct server *a = &list.servers[0];

	start("http://a");
	CU_ASSERT_FALSE(server_is_in_trouble(a));
	server_suspect(a);
	CU_ASSERT_TRUE(server_is_in_trouble(a));
	CU_ASSERT_EQUAL(chosen(0), 0);
	set(0, SERVER_ALIVE);
	CU_ASSERT_FALSE(server_is_in_trouble(a));
	set(0, SERVER_DEAD);
	CU_ASSERT_TRUE(server_is_in_trouble(a));
	server_fini(&list);
}

static void
keeps_who_failed_nobody(void)
{
	start("http://a,http://b,http://c");
	CU_ASSERT_EQUAL(server_to_keep(&list, 0, 0), 0);
	CU_ASSERT_EQUAL(server_to_keep(&list, 2, 0), 2);
	CU_ASSERT_EQUAL(server_to_keep(&list, 2, 2), 2);
	CU_ASSERT_EQUAL(server_to_keep(&list, 3, 0), 1);
	CU_ASSERT_EQUAL(server_to_keep(&list, 3, 1), 2);
	CU_ASSERT_EQUAL(server_to_keep(&list, 7, 3), 4);
	CU_ASSERT_EQUAL(server_to_keep(&list, 3, 7), 1);
	set(0, SERVER_DEAD);
	CU_ASSERT_EQUAL(server_to_keep(&list, 3, 0), 2);
	CU_ASSERT_EQUAL(server_to_keep(&list, 3, 2), 1);
	CU_ASSERT_EQUAL(server_to_keep(&list, 3, 3), 2);
	set(1, SERVER_SILENT);
	CU_ASSERT_EQUAL(server_to_keep(&list, 3, 0), 1);
	server_fini(&list);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"one URL: for requests, and for people", one_url},
	    {"several, with spaces around the commas", several_urls},
	    {"wrong ones: which, and what is wrong, no password", wrong_urls},
	    {"the first that is alive and was not tried", first_that_is_alive},
	    {"dead ones are tried at last, silent ones never",
	     dead_ones_are_tried_at_last},
	    {"counts by state", counts_by_state},
	    {"remembers the last answer", remembers_the_last_answer},
	    {"changes are logged, once", changes_are_logged},
	    {"suspects are in trouble", suspects_are_in_trouble},
	    {"keeps who failed nobody", keeps_who_failed_nobody},
	    {NULL, NULL}};

	return suite_run("server", tests);
}
