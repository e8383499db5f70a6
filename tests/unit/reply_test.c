#include "web/reply.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static char text_of_body[] = "{\"a\":1}";
static const struct buf body = {.data = text_of_body, .length = 7};

static void
check_header(enum err_code outcome, int status, const char *expected)
{
	struct reply r = {.outcome = outcome,
			  .is_cacheable = true,
			  .caching = {1700000000, 0, 60, "\"tag\""},
			  .body = &body,
			  .request_id = "abc-1"};
	struct buf header;
	char text[1024];

	buf_init(&header, sizeof(text) - 1);
	reply_write_header(&r, &header);
	CU_ASSERT_EQUAL(buf_status(&header), ERR_OK);
	memcpy(text, header.data, header.length);
	text[header.length] = '\0';
	SUITE_EQUAL(text, expected);
	CU_ASSERT_EQUAL(reply_status(&r), status);
	buf_fini(&header);
}

#define NO_STORE "Cache-Control: no-store"
#define FRESH                                                                  \
	"Cache-Control: max-age=1, stale-while-revalidate=1, "                 \
	"stale-if-error=60\r\n"                                                \
	"X-Accel-Expires: @1700000000\r\n"                                     \
	"Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n"                     \
	"ETag: W/\"tag\""
#define HEADER(status, cache_control, extra)                                   \
	"Status: " status "\r\n"                                               \
	"Content-Type: application/json\r\n"                                   \
	"Content-Length: 7\r\n" cache_control "\r\n"                           \
	"X-Request-Id: abc-1\r\n" extra "\r\n"
#define FAILURE(status) HEADER(status, NO_STORE, "")

static void
writes_the_header_of_each_outcome(void)
{
	static const struct {
		enum err_code outcome;
		int status;
		const char *header;
	} cases[] = {
	    {ERR_OK, 200, HEADER("200 OK", FRESH, "")},
	    {ERR_SETTING, 500, FAILURE("500 Internal Server Error")},
	    {ERR_QUERY, 400, FAILURE("400 Bad Request")},
	    {ERR_NOT_FOUND, 404, FAILURE("404 Not Found")},
	    {ERR_METHOD, 405,
	     HEADER("405 Method Not Allowed", NO_STORE,
		    "Allow: GET, HEAD\r\n")},
	    {ERR_FORBIDDEN, 403, FAILURE("403 Forbidden")},
	    {ERR_BUSY, 409, FAILURE("409 Conflict")},
	    {ERR_PROM, 502, FAILURE("502 Bad Gateway")},
	    {ERR_TIMEOUT, 504, FAILURE("504 Gateway Timeout")},
	    {ERR_NOT_READY, 503,
	     HEADER("503 Service Unavailable", NO_STORE, "Retry-After: 5\r\n")},
	    {ERR_TOO_BIG, 502, FAILURE("502 Bad Gateway")},
	    {ERR_LIMIT, 502, FAILURE("502 Bad Gateway")},
	    {ERR_GONE, 499, FAILURE("499 Client Closed Request")},
	    {ERR_MEMORY, 503,
	     HEADER("503 Service Unavailable", NO_STORE, "Retry-After: 5\r\n")},
	};

	CU_ASSERT_EQUAL(sizeof(cases) / sizeof(*cases), ERR__MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_header(cases[i].outcome, cases[i].status,
			     cases[i].header);
}

static void
states_the_length_of_an_empty_body(void)
{
	const struct buf empty = {.data = NULL};
	struct reply r = {.outcome = ERR_OK, .request_id = "", .body = &empty};
	struct buf header;
	char text[1024];

	buf_init(&header, sizeof(text) - 1);
	reply_write_header(&r, &header);
	memcpy(text, header.data, header.length);
	text[header.length] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nContent-Length: 0\r\n"));
	/* Nor is what no cache may keep for a second. */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nCache-Control: no-store\r\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "X-Accel-Expires"));
	buf_fini(&header);
}

static void
sends_no_body_that_is_known(void)
{
	struct reply r = {.outcome = ERR_OK,
			  .is_cacheable = true,
			  .is_known = true,
			  .caching = {1700000000, 0, 60, "\"tag\""},
			  .body = &body,
			  .request_id = "abc-1"};
	struct buf header;
	char text[1024];

	buf_init(&header, sizeof(text) - 1);
	reply_write_header(&r, &header);
	memcpy(text, header.data, header.length);
	text[header.length] = '\0';
	SUITE_EQUAL(text, "Status: 304 Not Modified\r\n" FRESH "\r\n"
			  "X-Request-Id: abc-1\r\n\r\n");
	CU_ASSERT_EQUAL(reply_status(&r), 304);
	CU_ASSERT_EQUAL(reply_body_bytes(&r), 0);
	buf_fini(&header);
}

/* A cache that hears this keeps what it has, and no longer than before. */
static void
lets_another_answer_stand_in(void)
{
	struct reply r = {.outcome = ERR_PROM,
			  .is_cacheable = true,
			  .is_stand_in = true,
			  .request_id = "abc-1"};
	struct buf header;
	char text[1024];

	buf_init(&header, sizeof(text) - 1);
	reply_write_header(&r, &header);
	memcpy(text, header.data, header.length);
	text[header.length] = '\0';
	SUITE_EQUAL(text, "Status: 304 Not Modified\r\n" NO_STORE "\r\n"
			  "X-Request-Id: abc-1\r\n\r\n");
	CU_ASSERT_EQUAL(reply_body_bytes(&r), 0);
	buf_fini(&header);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"writes the header of each outcome",
	     writes_the_header_of_each_outcome},
	    {"lets another answer stand in", lets_another_answer_stand_in},
	    {"states the length of an empty body",
	     states_the_length_of_an_empty_body},
	    {"sends no body that is known", sends_no_body_that_is_known},
	    {NULL, NULL}};

	return suite_run("reply", tests);
}
