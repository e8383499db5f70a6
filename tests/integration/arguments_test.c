/*
 * nginx' cache where requests have arguments, and of endpoints that its files
 * do not name: a responder's answers are kept as it says, whatever it is asked.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/body.h"
#include "support/fake_responder.h"
#include "support/nginx.h"
#include "support/suite.h"

#define LATER "/api/v1/gpu/later"
#define SHEET "/api/v1/gpu/sheet"

static struct responder responder;
static struct nginx nginx;

/* Asks, and expects that of the cache; returns the number of the answer. */
static unsigned
ask(struct http_call call, const char *path, const char *cache_status)
{
	struct http_reply r;
	unsigned number = 0;

	call.url = nginx_url(&nginx, path);
	http_do(&r, &call);
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "X-Cache-Status"), cache_status);
	sscanf(r.body, "{\"answer\":%u}", &number);
	http_free(&r);
	return number;
}

static unsigned
get(const char *path, const char *cache_status)
{
	return ask((struct http_call){0}, path, cache_status);
}

static void
keeps_an_answer_for_its_arguments(void)
{
	static const char *const paths[] = {
	    LATER, LATER "?node_name=gpu-1", LATER "?node_name=gpu-2",
	    /* nginx takes a 0 for no, where it asks whether there is a text. */
	    LATER "?0", LATER "?node_name=gpu-1&limit=1",
	    /* Nobody puts them in order, nor takes a code for its character. */
	    LATER "?limit=1&node_name=gpu-1", LATER "?node_name=gpu%2D1"};
	unsigned numbers[sizeof(paths) / sizeof(*paths)];

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		numbers[i] = get(paths[i], "MISS");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		CU_ASSERT_EQUAL(get(paths[i], "HIT"), numbers[i]);
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(numbers[i], numbers[k]);
	}
	CU_ASSERT_EQUAL(get(LATER "?", "HIT"), numbers[0]);
}

static void
keeps_head_and_get_apart(void)
{
	const struct http_call head = {.is_head = true};

	ask(head, LATER "?head=1", "MISS");
	CU_ASSERT_NOT_EQUAL(get(LATER "?head=1", "MISS"), 0);
	ask(head, LATER "?head=1", "HIT");
}

/* A path with %3F is another one than that of a ?, and its own 404. */
static void
takes_no_path_for_arguments(void)
{
	struct http_reply r;

	get(LATER "?mark=1", "MISS");
	http_get(&r, nginx_url(&nginx, LATER "%3Fmark=1"));
	CU_ASSERT_EQUAL(r.status, 404);
	http_free(&r);
	get(LATER "?mark=1", "HIT");
}

static void
expect_never_kept(const char *path, long status)
{
	char first[64] = "";
	struct http_reply r;

	for (int i = 0; i < 3; i++) {
		http_get(&r, nginx_url(&nginx, path));
		CU_ASSERT_EQUAL(r.status, status);
		SUITE_EQUAL(http_header(&r, "X-Cache-Status"), "MISS");
		SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
		CU_ASSERT_STRING_NOT_EQUAL(r.body, first);
		snprintf(first, sizeof(first), "%s", r.body);
		http_free(&r);
	}
}

static void
keeps_nothing_that_says_no(void)
{
	expect_never_kept("/api/v1/gpu/fresh", 200);
	expect_never_kept("/api/v1/gpu/fresh?node_name=gpu-1", 200);
	expect_never_kept("/api/v1/gpu/none", 404);
	expect_never_kept("/api/v1/gpu/none?node_name=gpu-1", 404);
	expect_never_kept("/api/openapi.json", 404);
}

static void
tells_clients_to_ask_again(void)
{
	struct http_reply r;

	for (int i = 0; i < 2; i++) {
		http_get(&r, nginx_url(&nginx, LATER "?again=1"));
		SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-cache");
		http_free(&r);
	}
}

static void
compresses_a_sheet(void)
{
	struct http_reply plain, packed;

	http_do(&plain,
		&(struct http_call){.url = nginx_url(&nginx, SHEET "?a=1")});
	http_do(&packed,
		&(struct http_call){.url = nginx_url(&nginx, SHEET "?a=1"),
				    .wants_gzip = true});
	SUITE_EQUAL(http_header(&plain, "Content-Type"),
		    "text/csv; charset=utf-8; header=present");
	CU_ASSERT_PTR_NULL(http_header(&plain, "Content-Encoding"));
	SUITE_EQUAL(http_header(&packed, "Content-Encoding"), "gzip");
	SUITE_EQUAL(http_header(&packed, "X-Cache-Status"), "HIT");
	CU_ASSERT_TRUE(packed.length < plain.length / 2);
	http_free(&plain);
	http_free(&packed);
}

/* More answers than the zones of this test have room for. */
static void
keeps_the_plain_beside_invented_arguments(void)
{
	enum { INVENTED = 2000 };
	unsigned plain = get(LATER, "HIT");
	char path[64];

	for (unsigned i = 0; i < INVENTED; i++) {
		snprintf(path, sizeof(path), LATER "?invented=%u", i);
		get(path, "MISS");
	}
	/* The first of them has made room for others. */
	get(LATER "?invented=0", "MISS");
	CU_ASSERT_EQUAL(get(LATER, "HIT"), plain);
}

/* Behind what stale-while-revalidate allows anyway. */
static void
stands_in_for_a_failure(void)
{
	const struct timespec pause = {.tv_sec = 4};
	unsigned first = get(LATER "?s=1", "MISS");
	struct http_reply r;

	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
	nanosleep(&pause, NULL);
	CU_ASSERT_EQUAL(get(LATER "?s=1", "STALE"), first);
	http_get(&r, nginx_url(&nginx, LATER "?s=1&never=asked"));
	body_expect_error(&r, 502,
			  "The GPU monitoring service does not answer");
	http_free(&r);
}

int
main(void)
{
	static const struct webserver_change changes[] = {
	    {"cache.conf", "keys_zone=gpu_api:4m", "keys_zone=gpu_api:64k"},
	    {"cache.conf", "keys_zone=gpu_api_asked:4m",
	     "keys_zone=gpu_api_asked:64k"}};
	static const struct suite_test tests[] = {
	    {"keeps an answer for its arguments",
	     keeps_an_answer_for_its_arguments},
	    {"keeps HEAD and GET apart", keeps_head_and_get_apart},
	    {"takes no path for arguments", takes_no_path_for_arguments},
	    {"keeps nothing that says no", keeps_nothing_that_says_no},
	    {"tells clients to ask again", tells_clients_to_ask_again},
	    {"compresses a sheet", compresses_a_sheet},
	    {"keeps the plain answers beside invented arguments",
	     keeps_the_plain_beside_invented_arguments},
	    {"stands in for a failure", stands_in_for_a_failure},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	fake_responder_start(&responder);
	nginx_start(&nginx, &(struct nginx_plan){.socket = responder.socket,
						 .caches = true,
						 .changes = changes,
						 .change_count = 2});
	return suite_run("arguments", tests);
}
