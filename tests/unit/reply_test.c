#include "web/reply.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static void
check_header(enum err_code outcome, int status, const char *expected)
{
	struct reply r = {.outcome = outcome,
			  .cache_control = "max-age=1",
			  .request_id = "abc-1"};
	struct buf header;
	char text[1024];

	buf_init(&r.body, 64);
	buf_append_text(&r.body, "{\"a\":1}");
	buf_init(&header, sizeof(text) - 1);
	reply_write_header(&r, &header);
	CU_ASSERT_EQUAL(buf_status(&header), ERR_OK);
	memcpy(text, header.data, header.length);
	text[header.length] = '\0';
	SUITE_EQUAL(text, expected);
	CU_ASSERT_EQUAL(reply_status(&r), status);
	buf_fini(&header);
	buf_fini(&r.body);
}

#define HEADER(status, cache_control, extra)                                   \
	"Status: " status "\r\n"                                               \
	"Content-Type: application/json\r\n"                                   \
	"Content-Length: 7\r\n"                                                \
	"Cache-Control: " cache_control "\r\n"                                 \
	"X-Request-Id: abc-1\r\n" extra "\r\n"
#define FAILURE(status) HEADER(status, "no-store", "")

static void
writes_the_header_of_each_outcome(void)
{
	static const struct {
		enum err_code outcome;
		int status;
		const char *header;
	} cases[] = {
	    {ERR_OK, 200, HEADER("200 OK", "max-age=1", "")},
	    {ERR_SETTING, 500, FAILURE("500 Internal Server Error")},
	    {ERR_QUERY, 400, FAILURE("400 Bad Request")},
	    {ERR_NOT_FOUND, 404, FAILURE("404 Not Found")},
	    {ERR_METHOD, 405,
	     HEADER("405 Method Not Allowed", "no-store",
		    "Allow: GET, HEAD\r\n")},
	    {ERR_UPSTREAM, 502, FAILURE("502 Bad Gateway")},
	    {ERR_TIMEOUT, 504, FAILURE("504 Gateway Timeout")},
	    {ERR_NOT_READY, 503,
	     HEADER("503 Service Unavailable", "no-store",
		    "Retry-After: 5\r\n")},
	    {ERR_TOO_BIG, 502, FAILURE("502 Bad Gateway")},
	    {ERR_MEMORY, 503,
	     HEADER("503 Service Unavailable", "no-store",
		    "Retry-After: 5\r\n")},
	};

	CU_ASSERT_EQUAL(sizeof(cases) / sizeof(*cases), ERR__MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_header(cases[i].outcome, cases[i].status,
			     cases[i].header);
}

static void
states_the_length_of_an_empty_body(void)
{
	struct reply r = {
	    .outcome = ERR_OK, .cache_control = "no-store", .request_id = ""};
	struct buf header;
	char text[1024];

	buf_init(&r.body, 64);
	buf_init(&header, sizeof(text) - 1);
	reply_write_header(&r, &header);
	memcpy(text, header.data, header.length);
	text[header.length] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nContent-Length: 0\r\n"));
	buf_fini(&header);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"writes the header of each outcome",
	     writes_the_header_of_each_outcome},
	    {"states the length of an empty body",
	     states_the_length_of_an_empty_body},
	    {NULL, NULL}};

	return suite_run("reply", tests);
}
