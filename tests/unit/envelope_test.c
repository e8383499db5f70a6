/* The envelope's parts, and what becomes of answers that grow too big. */
#include "api/envelope.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

#define UTILIZATION "nvidia_gpu_utilization_percent"
#define ERROR(text)                                                            \
	"{\"success\":false,\"data\":null,\"message\":null,\"error\":" text "}"

static const struct canned_answer answers[] = {
    {UTILIZATION,
     CANNED_WARNING(
	 "\"a < b\"",
	 CANNED_SERIES(CANNED_GPU("node-1", "0", "A100"), "1700000000",
		       "10") "," CANNED_SERIES(CANNED_GPU("n\\\"2\\n\xc3\xb6",
							  "1", "A100"),
					       "1700000000", "20.25")),
     ERR_OK, NULL},
    {NULL, NULL, ERR_OK, NULL}};

static const struct endpoint *const with_fleet[] = {
    &endpoint_metrics, &endpoint_nodes, &endpoint_utilization};

/* The buf's text, valid until the next call. */
static const char *
text_of(const struct buf *b)
{
	static char text[8192];
	size_t length = b->length < sizeof(text) ? b->length : 0;

	if (length > 0)
		memcpy(text, b->data, length);
	text[length] = '\0';
	return text;
}

static void
opens_and_closes(void)
{
	static const char *const warnings[] = {"one", "tw\"o"};
	static const struct {
		size_t warning_count;
		const char *expected;
	} cases[] = {
	    {0, "{\"success\":true,\"data\":[1],\"message\":\"Done\","
		"\"error\":null}"},
	    {1, "{\"success\":true,\"data\":[1],\"message\":\"Done\","
		"\"error\":null,\"warnings\":[\"one\"]}"},
	    {2, "{\"success\":true,\"data\":[1],\"message\":\"Done\","
		"\"error\":null,\"warnings\":[\"one\",\"tw\\\"o\"]}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct json j;
		struct buf b;

		buf_init(&b, 1024);
		json_init(&j, &b);
		envelope_open(&j);
		json_open_array(&j);
		json_integer(&j, 1);
		json_close_array(&j);
		envelope_close(&j, "Done", NULL, warnings,
			       cases[i].warning_count);
		SUITE_EQUAL(text_of(&b), cases[i].expected);
		buf_fini(&b);
	}
}

static void
writes_errors(void)
{
	struct json j;
	struct buf b;

	buf_init(&b, 1024);
	json_init(&j, &b);
	envelope_write_error(&j, "No such path: /\"<x>\"\n");
	SUITE_EQUAL(text_of(&b),
		    ERROR("\"No such path: /\\\"\\u003cx\\u003e\\\"\\n\""));
	buf_fini(&b);
}

/* Only what was written for clients reaches them. */
static void
hides_what_is_not_for_clients(void)
{
	static const bool is_public[ERR__MAX] = {
	    [ERR_QUERY] = true,	 [ERR_NOT_FOUND] = true,
	    [ERR_METHOD] = true, [ERR_FORBIDDEN] = true,
	    [ERR_BUSY] = true,	 [ERR_TOO_BIG] = true,
	    [ERR_MEMORY] = true, [ERR_LIMIT] = true};

	for (int code = ERR_SETTING; code < ERR__MAX; code++) {
		struct err e = {(enum err_code)code, "http://10.0.0.1"};
		struct buf b;

		buf_init(&b, 1024);
		buf_append_text(&b, "half an answer");
		endpoint_write_error(&b, &e, "It failed");
		SUITE_EQUAL(text_of(&b), is_public[code]
					     ? ERROR("\"http://10.0.0.1\"")
					     : ERROR("\"It failed\""));
		buf_fini(&b);
	}
}

/* An error of an answer that had no room left must still find some. */
static void
writes_errors_after_a_failure(void)
{
	struct err e = {ERR_TOO_BIG, "Too big"};
	struct buf b;

	buf_init(&b, 100);
	for (int i = 0; i < 20; i++)
		buf_append_text(&b, "123456789");
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	endpoint_write_error(&b, &e, "It failed");
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	SUITE_EQUAL(text_of(&b), ERROR("\"Too big\""));
	buf_fini(&b);
}

static size_t
length_of_answer(const struct endpoint *endpoint)
{
	struct canned_call call;
	size_t length;

	canned_call_init(&call, CANNED_ONE, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(canned_call_answer(&call, endpoint, 1 << 20),
			      ERR_OK);
	length = call.body.length;
	canned_call_fini(&call);
	return length;
}

static void
fits_exactly(void)
{
	for (size_t i = 0; i < 3; i++) {
		size_t length = length_of_answer(with_fleet[i]);
		struct canned_call call;

		canned_call_init(&call, CANNED_ONE, answers,
				 CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, with_fleet[i], length), ERR_OK);
		CU_ASSERT_EQUAL(call.body.length, length);
		CU_ASSERT_EQUAL(call.body.data[length - 1], '}');
		canned_call_fini(&call);
	}
}

/* From one byte too few down to what the error itself takes. */
static void
says_that_it_does_not_fit(void)
{
	for (size_t i = 0; i < 3; i++) {
		size_t max_bytes = length_of_answer(with_fleet[i]) - 1;

		for (; max_bytes > 180; max_bytes--) {
			struct canned_call call;
			char expected[256];

			canned_call_init(&call, CANNED_ONE, answers,
					 CANNED_AMPLE_BYTES);
			CU_ASSERT_EQUAL(
			    canned_call_answer(&call, with_fleet[i], max_bytes),
			    ERR_TOO_BIG);
			CU_ASSERT_EQUAL(call.err.code, ERR_TOO_BIG);
			snprintf(expected, sizeof(expected),
				 ERROR("\"The answer has more than %zu bytes; "
				       "MAX_RESPONSE_BYTES sets this limit\""),
				 max_bytes);
			SUITE_EQUAL(text_of(&call.body), expected);
			canned_call_fini(&call);
		}
	}
}

static void
says_that_memory_is_spent(void)
{
	static const char expected[] =
	    ERROR("\"Out of memory: the request needs more than "
		  "MAX_REQUEST_MEMORY_BYTES, all requests more than "
		  "MAX_MEMORY_BYTES, or the machine has no more\"");

	for (size_t i = 0; i < 3; i++) {
		size_t bytes = 0, failures = 0;
		enum err_code code;

		do {
			struct canned_call call;

			canned_call_init(&call, CANNED_ONE, answers, bytes);
			capture_start();
			code =
			    canned_call_answer(&call, with_fleet[i], 1 << 20);
			capture_end();
			CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
			if (code != ERR_OK)
				SUITE_EQUAL(text_of(&call.body), expected);
			canned_call_fini(&call);
			failures += code != ERR_OK;
			bytes += 256;
		} while (code != ERR_OK && bytes < CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(code, ERR_OK);
		CU_ASSERT_TRUE(failures > 0);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"opens and closes", opens_and_closes},
	    {"writes errors", writes_errors},
	    {"hides what is not for clients", hides_what_is_not_for_clients},
	    {"writes errors after a failure", writes_errors_after_a_failure},
	    {"fits exactly", fits_exactly},
	    {"says that it does not fit", says_that_it_does_not_fit},
	    {"says that memory is spent", says_that_memory_is_spent},
	    {NULL, NULL}};

	return suite_run("envelope", tests);
}
