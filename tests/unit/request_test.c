#include "web/request.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "support/suite.h"

struct parameter {
	const char *name;
	const char *value;
};

static struct budget budget;
static struct arena arena;
static struct request request;
static struct err err;

static const char *
get(const void *context, const char *name)
{
	const struct parameter *p = context;

	for (; p != NULL && p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p->value;
	return NULL;
}

static enum err_code
parse_with(const struct parameter *parameters, size_t budget_bytes)
{
	memset(&err, 0, sizeof(err));
	memset(&request, 0xff, sizeof(request));
	budget_init(&budget, budget_bytes);
	arena_init(&arena, &budget);
	return request_parse(get, parameters, &arena, &request, &err);
}

static void
parse(const struct parameter *parameters)
{
	CU_ASSERT_EQUAL_FATAL(parse_with(parameters, 1 << 20), ERR_OK);
}

static void
reads_what_nginx_sends(void)
{
	char uri[] = "/api/v1/gpu/metrics", query[] = "a=1&b",
	     method[] = "HEAD";
	char id[] = "0123abcd";
	struct parameter parameters[] = {
	    {"REQUEST_METHOD", method},	     {"QUERY_STRING", query},
	    {"DOCUMENT_URI", uri},	     {"REQUEST_ID", id},
	    {"HTTP_IF_NONE_MATCH", "\"a\""}, {"CACHED_SINCE", "yesterday"},
	    {"SCRIPT_NAME", "/wrong"},	     {"PATH_INFO", "/wrong"},
	    {"REQUEST_URI", "/wrong?c=2"},   {NULL, NULL}};

	parse(parameters);
	/* It keeps copies. */
	memset(uri, 'x', sizeof(uri) - 1);
	memset(query, 'x', sizeof(query) - 1);
	memset(method, 'x', sizeof(method) - 1);
	memset(id, 'x', sizeof(id) - 1);
	SUITE_EQUAL(request.method, "HEAD");
	SUITE_EQUAL(request.path, "/api/v1/gpu/metrics");
	SUITE_EQUAL(request.query, "a=1&b");
	SUITE_EQUAL(request.id, "0123abcd");
	SUITE_EQUAL(request.if_none_match, "\"a\"");
	SUITE_EQUAL(request.cached_since, "yesterday");
	arena_fini(&arena);
}

static void
finds_the_path(void)
{
	static const struct {
		const char *uri, *script, *info, *expected;
	} cases[] = {
	    {"/a", "/b", "/c", "/a"},
	    {NULL, "/b", "/c", "/b/c"},
	    {"", "/b", "/c", "/b/c"},
	    {NULL, "/b", NULL, "/b"},
	    {NULL, NULL, "/c", "/c"},
	    {NULL, "", "/api/health", "/api/health"},
	    {NULL, "/api/health", "", "/api/health"},
	    {NULL, NULL, NULL, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct parameter parameters[] = {
		    {"DOCUMENT_URI", cases[i].uri},
		    {"SCRIPT_NAME", cases[i].script},
		    {"PATH_INFO", cases[i].info},
		    {NULL, NULL}};

		parse(parameters);
		SUITE_EQUAL(request.path, cases[i].expected);
		arena_fini(&arena);
	}
}

static void
reads_a_request_without_parameters(void)
{
	parse(NULL);
	SUITE_EQUAL(request.method, "");
	SUITE_EQUAL(request.path, "");
	SUITE_EQUAL(request.query, "");
	CU_ASSERT_EQUAL(strlen(request.id), 32);
	arena_fini(&arena);
}

#define SIXTEEN	   "0123456789abcdef"
#define SIXTY_FOUR SIXTEEN SIXTEEN SIXTEEN SIXTEEN

static void
keeps_a_good_id(void)
{
	static const char *const ids[] = {"a", "A-Z_a.z0-9", "....",
					  SIXTEEN SIXTEEN, SIXTY_FOUR};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct parameter parameters[] = {{"REQUEST_ID", ids[i]},
						 {NULL, NULL}};

		parse(parameters);
		SUITE_EQUAL(request.id, ids[i]);
		arena_fini(&arena);
	}
}

static void
makes_an_id_of_its_own(void)
{
	static const char *const ids[] = {
	    NULL,	 "",	  SIXTY_FOUR "0", "a b",
	    "a\r\nX: y", "a/b",	  "a\"b",	  "a=b",
	    "\xc3\xb6",	 "a\x7f", "<id>",	  SIXTY_FOUR "\n",
	    " " SIXTEEN, "a;b"};
	char newest[33] = "";

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct parameter parameters[] = {{"REQUEST_ID", ids[i]},
						 {NULL, NULL}};

		parse(parameters);
		CU_ASSERT_EQUAL_FATAL(strlen(request.id), 32);
		CU_ASSERT_EQUAL(strspn(request.id, "0123456789abcdef"), 32);
		CU_ASSERT_STRING_NOT_EQUAL(request.id, newest);
		strcpy(newest, request.id);
		arena_fini(&arena);
	}
}

static void
is_fit_for_logs_without_memory(void)
{
	static const struct parameter parameters[] = {
	    {"REQUEST_METHOD", "GET"},
	    {"DOCUMENT_URI", "/api/v1/gpu/metrics"},
	    {"REQUEST_ID", SIXTEEN},
	    {"QUERY_STRING", "a=1"},
	    {NULL, NULL}};
	size_t bytes = 0, failures = 0;
	enum err_code code;

	do {
		code = parse_with(parameters, bytes);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		CU_ASSERT_EQUAL(err.code, code);
		CU_ASSERT_TRUE(strlen(request.method) <= 3);
		CU_ASSERT_TRUE(strlen(request.path) <= 19);
		CU_ASSERT_TRUE(strlen(request.query) <= 3);
		CU_ASSERT_TRUE(strlen(request.id) <= 16);
		CU_ASSERT_TRUE(strlen(request.if_none_match) <= 3);
		arena_fini(&arena);
		failures += code != ERR_OK;
		bytes += 8;
	} while (code != ERR_OK && bytes < 1 << 16);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

static void
knows_who_is_on_this_machine(void)
{
	static const struct {
		const char *address;
		bool is_local;
	} cases[] = {{"127.0.0.1", true},
		     {"127.255.255.254", true},
		     {"::1", true},
		     {"0:0:0:0:0:0:0:1", true},
		     {"::ffff:127.0.0.1", true},
		     {"::ffff:127.1.2.3", true},
		     {NULL, false},
		     {"", false},
		     {"128.0.0.1", false},
		     {"126.255.255.255", false},
		     {"10.127.0.1", false},
		     {"0.0.0.0", false},
		     {"::", false},
		     {"::2", false},
		     {"::127.0.0.1", false},
		     {"::ffff:10.0.0.1", false},
		     {"fe80::1", false},
		     {"127.0.0.1, 10.0.0.1", false},
		     {"127.0.0.1 ", false},
		     {" 127.0.0.1", false},
		     {"127.1", false},
		     {"2130706433", false},
		     {"0x7f000001", false},
		     {"localhost", false},
		     {"[::1]", false},
		     {"::1%lo", false},
		     {"unix:", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct parameter parameters[] = {
		    {"REMOTE_ADDR", cases[i].address},
		    /* Anybody may say that. */
		    {"HTTP_X_FORWARDED_FOR", "127.0.0.1"},
		    {"HTTP_X_REAL_IP", "127.0.0.1"},
		    {NULL, NULL}};

		parse(parameters);
		CU_ASSERT_EQUAL(request.is_local, cases[i].is_local);
		if (request.is_local != cases[i].is_local)
			printf("# %s\n", cases[i].address);
		arena_fini(&arena);
	}
}

/* That long ago, by the machine's clock; as text with that unit. */
static int64_t
parse_sent(const char *name, const char *before, double units_per_s,
	   double ago_s)
{
	char text[64];
	const struct parameter parameters[] = {{name, text}, {NULL, NULL}};

	snprintf(text, sizeof(text), "%s%.3f", before,
		 (clock_wall_s() - ago_s) * units_per_s);
	parse(parameters);
	arena_fini(&arena);
	return request.queued_us;
}

static bool
is_about(int64_t us, double s)
{
	/* A busy machine may take its time in between. */
	return us >= (int64_t)(s * 1e6) - 2000 &&
	       us < (int64_t)(s * 1e6) + 20000000;
}

static void
knows_how_long_it_was_in_the_queue(void)
{
	static const char *const wrong[] = {"",	   "t=", "yesterday", "1e400",
					    "NaN", "0",	 "-1",	      "17e8 "};

	CU_ASSERT_TRUE(is_about(parse_sent("REQUEST_SENT_S", "", 1, 2.5), 2.5));
	CU_ASSERT_TRUE(
	    is_about(parse_sent("REQUEST_SENT_MS", "", 1e3, 30), 30));
	CU_ASSERT_TRUE(
	    is_about(parse_sent("REQUEST_SENT_US", "t=", 1e6, 0), 0));
	/* A clock that is a little ahead; others, much. */
	CU_ASSERT_TRUE(is_about(parse_sent("REQUEST_SENT_S", "", 1, -0.5), 0));
	CU_ASSERT_EQUAL(parse_sent("REQUEST_SENT_S", "", 1, -30), -1);
	CU_ASSERT_EQUAL(parse_sent("REQUEST_SENT_S", "", 1, 4000), -1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct parameter parameters[] = {
		    {"REQUEST_SENT_S", wrong[i]}, {NULL, NULL}};

		parse(parameters);
		CU_ASSERT_EQUAL(request.queued_us, -1);
		arena_fini(&arena);
	}
	parse(NULL);
	CU_ASSERT_EQUAL(request.queued_us, -1);
	arena_fini(&arena);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads what nginx sends", reads_what_nginx_sends},
	    {"finds the path", finds_the_path},
	    {"reads a request without parameters",
	     reads_a_request_without_parameters},
	    {"keeps a good id", keeps_a_good_id},
	    {"makes an id of its own", makes_an_id_of_its_own},
	    {"is fit for logs without memory", is_fit_for_logs_without_memory},
	    {"knows who is on this machine", knows_who_is_on_this_machine},
	    {"knows how long it was in the queue",
	     knows_how_long_it_was_in_the_queue},
	    {NULL, NULL}};

	return suite_run("request", tests);
}
