/* Bodies that are no answer, whole and in pieces; and some that just are. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/answer.h"
#include "support/suite.h"

#define DATA(data)     "{\"status\":\"success\",\"data\":" data "}"
#define RESULT(result) DATA("{\"resultType\":\"vector\",\"result\":" result "}")
#define METRIC(metric) RESULT("[{\"metric\":" metric ",\"value\":[1,\"2\"]}]")
#define SAMPLE(sample) RESULT("[{\"metric\":{},\"value\":" sample "}]")
#define LABEL(value)   METRIC("{\"node\":\"" value "\"}")
#define OTHER(member)                                                          \
	"{" member ",\"status\":\"success\",\"data\":{\"result\":[]}}"

static const char *const not_json[] = {
    "",
    " ",
    "<html><body>502 Bad Gateway</body></html>",
    "\xef\xbb\xbf" RESULT("[]"),
    RESULT("[]") "x",
    RESULT("[]") "{}",
    RESULT("[]") ",",
    RESULT("[]") "}",
    "[" RESULT("[]") "]",
    "{'status':'success'}",
    "{\"status\":'success'}",
    "{status:\"success\"}",
    "{,\"status\":\"success\"}",
    "{\"status\":\"success\",}",
    "{\"status\":\"success\",,\"data\":{}}",
    "{\"status\"=\"success\"}",
    "{\"status\" \"success\"}",
    "{\"status\":}",
    "{\"status\"}",
    "{\"status\":\"success\" \"data\":{}}",
    "{\"status\":\"success\"]",
    "{\"status\":\"success\"/* */}",
    DATA("{,}"),
    DATA("{\"resultType\":\"vector\",}"),
    RESULT("[,]"),
    RESULT("[{\"value\":[1,\"2\"]},]"),
    RESULT("[,{\"value\":[1,\"2\"]}]"),
    RESULT("[{\"value\":[1,\"2\"]}{\"value\":[1,\"2\"]}]"),
    RESULT("[{\"value\":[1,\"2\"]},,{\"value\":[1,\"2\"]}]"),
    RESULT("[{\"value\":[1,\"2\"],}]"),
    RESULT("[{\"value\":[1,\"2\"]}}"),
    METRIC("{,}"),
    METRIC("{\"a\":\"b\",}"),
    METRIC("{\"a\":\"b\" \"c\":\"d\"}"),
    METRIC("{\"a\" \"b\"}"),
    METRIC("{a:\"b\"}"),
    METRIC("{\"a\":'b'}"),
    LABEL("\t"),
    LABEL("\n"),
    LABEL("\x01"),
    LABEL("\x1f"),
    LABEL("\\x"),
    LABEL("\\'"),
    LABEL("\\0"),
    LABEL("\\U0041"),
    LABEL("\\u"),
    LABEL("\\u12"),
    LABEL("\\u123g"),
    LABEL("\\u-123"),
    LABEL("\\"),
    LABEL("\""),
    LABEL("\x80"),
    LABEL("\xc3"),
    LABEL("\xc0\xaf"),
    LABEL("\xe0\x80\xaf"),
    LABEL("\xed\xa0\x80"),
    LABEL("\xf0\x8f\xbf\xbf"),
    LABEL("\xf4\x90\x80\x80"),
    LABEL("\xf8\x88\x80\x80\x80"),
    LABEL("\xff"),
    METRIC("{\"\x80\":\"b\"}"),
    METRIC("{\"unwanted\":\"\xff\"}"),
    METRIC("{\"unwanted\":\"\\x\"}"),
    SAMPLE("[1,\"2\",]"),
    SAMPLE("[,1,\"2\"]"),
    SAMPLE("[01,\"2\"]"),
    SAMPLE("[1.,\"2\"]"),
    SAMPLE("[.5,\"2\"]"),
    SAMPLE("[+1,\"2\"]"),
    SAMPLE("[1e,\"2\"]"),
    SAMPLE("[1e+,\"2\"]"),
    SAMPLE("[-,\"2\"]"),
    SAMPLE("[0x1,\"2\"]"),
    SAMPLE("[NaN,\"2\"]"),
    SAMPLE("[Infinity,\"2\"]"),
    OTHER("\"a\":nul"),
    OTHER("\"a\":True"),
    OTHER("\"a\":falsey"),
    OTHER("\"a\":nullnull"),
    OTHER("\"a\":[1,]"),
    OTHER("\"a\":[,1]"),
    OTHER("\"a\":[1 2]"),
    OTHER("\"a\":{\"b\":1,}"),
    OTHER("\"a\":{\"b\"}"),
    OTHER("\"a\":{1:2}"),
    OTHER("\"a\":[}"),
    OTHER("\"a\":{]"),
    OTHER("\"a\":-01"),
    OTHER("\"a\":1.e3"),
    OTHER("\"a\":\"\\z\""),
    OTHER("\"a\":\"\x02\""),
    OTHER("\"a\":\"\xc3\x28\""),
};

static const char *const not_an_instant_vector[] = {
    "null",
    "[]",
    "\"success\"",
    "42",
    "{}",
    "{\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
    "{\"status\":\"success\"}",
    "{\"status\":null,\"data\":{\"result\":[]}}",
    "{\"status\":\"SUCCESS\",\"data\":{\"result\":[]}}",
    "{\"status\":\"success\\u0000\",\"data\":{\"result\":[]}}",
    "{\"status\":\"error\",\"data\":{\"result\":[]}}",
    "{\"status\":\"error\",\"errorType\":\"Timeout\"}",
    "{\"status\":\"error\",\"errorType\":7}",
    "{\"status\":\"error\",\"error\":[]}",
    DATA("null"),
    DATA("[]"),
    DATA("{}"),
    DATA("{\"resultType\":\"vector\"}"),
    DATA("{\"resultType\":null,\"result\":[]}"),
    DATA("{\"resultType\":[],\"result\":[]}"),
    DATA("{\"resultType\":\"matrix\",\"result\":[]}"),
    DATA("{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":"
	 "[[1,\"2\"]]}]}"),
    DATA("{\"result\":[{\"metric\":{},\"values\":[[1,\"2\"]]}],"
	 "\"resultType\":\"matrix\"}"),
    DATA("{\"result\":[],\"resultType\":\"matrix\"}"),
    DATA("{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}"),
    DATA("{\"resultType\":\"string\",\"result\":[1,\"2\"]}"),
    DATA("{\"resultType\":\"a vector, but of another kind\",\"result\":[]}"),
    RESULT("null"),
    RESULT("{}"),
    RESULT("\"\""),
    RESULT("[null]"),
    RESULT("[[]]"),
    RESULT("[1]"),
    RESULT("[{}]"),
    RESULT("[{\"metric\":{}}]"),
    RESULT("[{\"metric\":{},\"Value\":[1,\"2\"]}]"),
    METRIC("null"),
    METRIC("[]"),
    METRIC("\"a\""),
    METRIC("{\"node\":1}"),
    METRIC("{\"node\":null}"),
    METRIC("{\"unwanted\":true}"),
    METRIC("{\"unwanted\":{}}"),
    SAMPLE("null"),
    SAMPLE("{}"),
    SAMPLE("[]"),
    SAMPLE("[1]"),
    SAMPLE("[1,2]"),
    SAMPLE("[1,null]"),
    SAMPLE("[\"1\",\"2\"]"),
    SAMPLE("[1,\"2\",3]"),
    SAMPLE("[null,\"2\"]"),
    SAMPLE("[1,\"\"]"),
    SAMPLE("[1,\" 2\"]"),
    SAMPLE("[1,\"2 \"]"),
    SAMPLE("[1,\"2x\"]"),
    SAMPLE("[1,\"0x2\"]"),
    SAMPLE("[1,\"nan\"]"),
    SAMPLE("[1,\"Infinity\"]"),
    SAMPLE("[1,\"1,5\"]"),
    SAMPLE("[1,\"2\\u0000\"]"),
    "{\"warnings\":[1],\"status\":\"success\",\"data\":{\"result\":[]}}",
    "{\"warnings\":[null],\"status\":\"success\",\"data\":{\"result\":[]}}",
};

static void
check_code(const char *body, size_t length, enum err_code code)
{
	static const struct answer_cut cuts[] = {
	    {1 << 20, 0}, {1, 0}, {2, 0}, {3, 0}, {20, 1}, {20, 2}, {20, 3}};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		struct answer got;

		answer_decode(&got, &answer_gpu, body, length, cuts[i]);
		CU_ASSERT_EQUAL(got.code, code);
		CU_ASSERT_EQUAL(got.err.code, code);
		CU_ASSERT_TRUE((got.code == ERR_OK) ==
			       (got.err.text[0] == '\0'));
		if (got.code != code)
			printf("# %s: %s (%s)\n", body, err_name(got.code),
			       got.err.text);
		answer_free(&got);
	}
}

static void
refuses_what_is_not_json(void)
{
	for (size_t i = 0; i < sizeof(not_json) / sizeof(*not_json); i++) {
		struct answer got;

		check_code(not_json[i], strlen(not_json[i]), ERR_PROM);
		answer_decode(&got, &answer_gpu, not_json[i],
			      strlen(not_json[i]), answer_whole);
		/* For its form, not because something is missing in it. */
		CU_ASSERT_TRUE(strstr(got.err.text, "malformed") != NULL ||
			       strstr(got.err.text, "cut off") != NULL);
		answer_free(&got);
	}
}

static void
refuses_what_is_not_an_instant_vector(void)
{
	const size_t count =
	    sizeof(not_an_instant_vector) / sizeof(*not_an_instant_vector);

	for (size_t i = 0; i < count; i++) {
		const char *body = not_an_instant_vector[i];
		struct answer expected;

		check_code(body, strlen(body), ERR_PROM);
		answer_expect(&expected, &answer_gpu, body, strlen(body));
		CU_ASSERT_EQUAL(expected.code, ERR_PROM);
		answer_free(&expected);
	}
}

/* Of repeated keys the last one counts, but the result is not kept. */
static void
refuses_what_takes_back_the_result(void)
{
	static const char *const bodies[] = {
	    DATA("{\"result\":[],\"result\":[]}"),
	    DATA("{\"result\":[]},\"data\":{}"),
	    DATA("{\"result\":[]},\"data\":null"),
	    DATA("{\"result\":[]},\"data\":{\"result\":[]}")};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		check_code(bodies[i], strlen(bodies[i]), ERR_PROM);
}

static void
refuses_a_nul(void)
{
	static const char behind[] = RESULT("[]") "\0";
	static const char within[] = LABEL("a\0b");
	static const char first[] = "\0" RESULT("[]");

	check_code(behind, sizeof(behind) - 1, ERR_PROM);
	check_code(within, sizeof(within) - 1, ERR_PROM);
	check_code(first, sizeof(first) - 1, ERR_PROM);
}

static void
takes_what_is_odd_but_right(void)
{
	static const char *const bodies[] = {
	    RESULT("[]") " \r\n\t",
	    DATA("{\"result\":[]}"),
	    OTHER("\"\":{\"\":[[],{},\"\",-0,0e0,1E+5]}") " ",
	    LABEL("\x7f"),
	    LABEL("\\u0000\\/"),
	    SAMPLE("[-0.5e-3,\"+.5e3\"]"),
	    METRIC("{\"\":\"\"}")};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		check_code(bodies[i], strlen(bodies[i]), ERR_OK);
}

static void
tells_a_timeout(void)
{
	static const char *const bodies[] = {
	    "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"x\"}",
	    "{\"errorType\":\"timeout\",\"error\":\"x\",\"status\":\"error\"}",
	    "{\"errorType\":\"\\u0074imeout\",\"data\":null}",
	    "{\"errorType\":\"timeout\",\"data\":{\"result\":[]}}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		check_code(bodies[i], strlen(bodies[i]), ERR_TIMEOUT);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"refuses what is not JSON", refuses_what_is_not_json},
	    {"refuses what is not an instant vector",
	     refuses_what_is_not_an_instant_vector},
	    {"refuses what takes back the result",
	     refuses_what_takes_back_the_result},
	    {"refuses a NUL", refuses_a_nul},
	    {"takes what is odd but right", takes_what_is_odd_but_right},
	    {"tells a timeout", tells_a_timeout},
	    {NULL, NULL}};

	return suite_run("vector_malformed", tests);
}
