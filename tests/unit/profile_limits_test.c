/* profile_read: text that is no JSON, and too much of anything. */
#include "gpu/profile/profile.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/profile_case.h"
#include "support/suite.h"

static char text[16384];

/* The same words whatever the version of json-c. */
static void
refuses_what_is_not_json(void)
{
	static const struct {
		const char *text;
		const char *wrong;
	} cases[] = {
	    {"", "its end before that of the value at byte 0"},
	    {"   \n", "its end before that of the value at byte 4"},
	    {"{", "its end before that of the value at byte 1"},
	    {"{\"name\":\"x", "its end before that of the value at byte 10"},
	    {"{\"name\":tru", "its end before that of the value at byte 11"},
	    {"{\"name\":-", "its end before that of the value at byte 9"},
	    {"name: x", "a value that is not JSON at byte 1"},
	    {"{name: 1}", "unexpected character at byte 1"},
	    {"{\"name\":\"x\",}", "unexpected character at byte 12"},
	    {"{\"a\":[1,]}", "a malformed number at byte 8"},
	    {"{\"a\":01}", "unexpected character at byte 6"},
	    {"{\"a\":+1}", "a malformed number at byte 5"},
	    {"{\"a\":.5}", "a malformed number at byte 5"},
	    {"{\"a\":TRUE}", "a malformed number at byte 5"},
	    {"{\"a\":NaN}", "NaN at byte 5"},
	    {"{\"a\":Infinity}", "Infinity at byte 5"},
	    {"{\"a\":-Infinity}", "Infinity at byte 6"},
	    {"{'name':'x'}", "a single quote at byte 1"},
	    {"{\"name\":'x'}", "a single quote at byte 8"},
	    {"// comment\n{}", "a comment at byte 0"},
	    {"{/* comment */}", "a comment at byte 1"},
	    {"{} // comment", "a comment at byte 3"},
	    {"# comment\n{}", "a comment at byte 0"},
	    {"{} {}", "more text behind the value at byte 3"},
	    {"{\"name\":\"x\"}}", "more text behind the value at byte 12"},
	    {"{\"name\":\"\xff\"}", "a string that is not UTF-8 at byte 9"},
	    {"{\"name\":\"\xed\xa0\x80 \"}",
	     "a string that is not UTF-8 at byte 9"},
	    {"{\"na\tme\":1}", "a raw control character in a string at byte 4"},
	    {"{\"name\":\"two\nlines\"}",
	     "a raw control character in a string at byte 12"},
	    {"{\"name\":\"\\'\"}", "unknown escape in a string at byte 9"},
	    {"\xef\xbb\xbf{}", "a malformed number at byte 0"},
	    {"\xc3\xa9", "a malformed number at byte 0"},
	};
	char expected[120];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(expected, sizeof(expected), "x.json: is not JSON: %s",
			 cases[i].wrong);
		SUITE_EQUAL(
		    profile_case_refused(cases[i].text, strlen(cases[i].text)),
		    expected);
	}
}

/* What follows is json-c's own description. */
static void
limits_the_depth(void)
{
	static const char expected[] = "x.json: is not JSON: nesting too deep";
	char start[sizeof(expected)];

	snprintf(start, sizeof(start), "%s",
		 profile_case_refused("[[[[[[[[[[[[]]]]]]]]]]]]", 24));
	SUITE_EQUAL(start, expected);
}

static void
takes_any_utf8(void)
{
	profile_case_right(
	    "{\"name\":\"gr\xc3\xb6\xc3\x9f"
	    "e \xe3\x81\x82 \xf0\x9f\x98\x80 \x7f \\u00e9\"," PROFILE_CASE_REST
	    "}");
	profile_case_right(WITH_MORE("where", "{\"room\":\"M\xc3\xbcnster\"}"));
}

/* Names, too, as Prometheus 3 takes them. */
static void
takes_any_name(void)
{
	profile_case_right(WITH_METRIC("{\"metric\":\"hw.gpu.temperature\"}"));
	profile_case_right(WITH_METRIC("{\"metric\":\"W\xc3\xa4rme\"}"));
	profile_case_right(
	    WITH_MATCH("{\"metrics\":[\"1 m\"],\"labels\":[\"hw.id\"]}"));
	profile_case_right(WITH_NODE("[\"host.name\",\"host\"]"));
	profile_case_right(WITH_MORE("where", "{\"hw.gpu.task\":\"general\"}"));
	profile_case_right(WITH_MORE("value_label", "\"a:b\""));
}

/* JSON can say U+0000; C strings would end there. */
static void
refuses_nul_characters(void)
{
	static const char behind[] =
	    "{" PROFILE_CASE_NAME "," PROFILE_CASE_REST "}\0,";
	static const char *const cases[][2] = {
	    {WITH_NAME("\"\\u0000\""),
	     "x.json: name must be a text of 1 to 200 bytes"},
	    {WITH_NAME("\"x\\u0000y\""),
	     "x.json: name must be a text of 1 to 200 bytes"},
	    {WITH_MATCH("{\"metrics\":[\"busy\\u0000\"]}"),
	     "x.json: match.metrics must list names of Prometheus metrics"},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":[\"a\\u0000\"]}"),
	     "x.json: match.labels must name Prometheus labels"},
	    {WITH_NODE("[\"node\\u0000=\"]"),
	     "x.json: labels.node must list names of Prometheus labels"},
	    {WITH_METRIC("{\"metric\":\"t\\u0000{}\"}"),
	     "x.json: fields.temperature metric must be the name of a "
	     "Prometheus metric"},
	    /* "" would mean something else: that the label is absent. */
	    {WITH_MORE("where", "{\"a\":\"b\\u0000c\"}"),
	     "x.json: fields.temperature.where must give texts"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
	snprintf(text, sizeof(text), "x.json: is not JSON: a NUL at byte %zu",
		 strlen(behind));
	SUITE_EQUAL(profile_case_refused(behind, sizeof(behind) - 1), text);
}

/* Puts so many x for the %s. */
static const char *
with_long_text(const char *format, int length)
{
	static char long_text[4096];

	memset(long_text, 'x', sizeof(long_text));
	snprintf(text, sizeof(text), "%.*s%.*s%s",
		 (int)(strchr(format, '%') - format), format, length, long_text,
		 strchr(format, '%') + 1);
	return text;
}

static void
limits_texts(void)
{
	static const struct {
		const char *format;
		int longest;
		const char *expected;
	} cases[] = {
	    {WITH_NAME("\"%\""), 200,
	     "x.json: name must be a text of 1 to 200 bytes"},
	    {WITH_KEY("\"vendor\":\"%\""), 200,
	     "x.json: vendor must be a text of 1 to 200 bytes"},
	    {WITH_NODE("[\"%\"]"), 200,
	     "x.json: labels.node must list names of Prometheus labels"},
	    /* x!="", and a query of 2048 bytes. */
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":[\"%\"]}"), 2044,
	     "x.json: match is longer than any query should be"},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"without\":[\"%\"]}"), 2045,
	     "x.json: match is longer than any query should be"},
	    {WITH_MORE("where", "{\"a\":\"%\"}"), 2044,
	     "x.json: fields.temperature.where is longer than any query "
	     "should be"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		profile_case_right(
		    with_long_text(cases[i].format, cases[i].longest));
		profile_case_wrong(
		    with_long_text(cases[i].format, cases[i].longest + 1),
		    cases[i].expected);
	}
}

/* Eight of them would make a query that is refused at each request. */
static void
limits_names_of_metrics(void)
{
	static const char *const cases[][2] = {
	    {WITH_METRIC("{\"metric\":\"%\"}"), "x.json: fields.temperature"},
	    {WITH_MATCH("{\"metrics\":[\"%\"]}"), "x.json: match.metrics"},
	    {WITH_KEY("\"info\":[{\"metric\":\"%\"}]"), "x.json: info"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *profile = with_long_text(cases[i][0], 200);
		const char *why;

		profile_case_right(profile);
		profile = with_long_text(cases[i][0], 2000);
		why = profile_case_refused(profile, strlen(profile));
		CU_ASSERT_EQUAL(strncmp(why, cases[i][1], strlen(cases[i][1])),
				0);
	}
}

/* Puts for the % so many items, in which # is their number. */
static const char *
with_items(const char *format, const char *item, int count)
{
	const char *behind = strchr(format, '%');
	const char *number = strchr(item, '#');
	size_t at = (size_t)(behind - format);

	memcpy(text, format, at);
	for (int i = 0; i < count; i++)
		at +=
		    (size_t)snprintf(text + at, sizeof(text) - at, "%s%.*s%d%s",
				     i > 0 ? "," : "", (int)(number - item),
				     item, i, number + 1);
	snprintf(text + at, sizeof(text) - at, "%s", behind + 1);
	return text;
}

static void
counts_what_is_listed(void)
{
	static const struct {
		const char *format, *item;
		int most;
		const char *expected;
	} cases[] = {
	    {WITH_MATCH("{\"metrics\":[%]}"), "\"m#\"",
	     PROFILE_MATCH_METRICS_MAX,
	     "x.json: match.metrics lists more than 16 metrics"},
	    /* 128 with what Prometheus renames them to, and with instance. */
	    {WITH_LABELS("{\"uuid\":[%]}"), "\"l#\"", 63,
	     "x.json: labels makes more than 128 label names"},
	    {WITH_LABELS("{\"index\":[\"i\"],\"workload\":[%]}"), "\"l#\"", 125,
	     "x.json: labels makes more than 128 label names"},
	    {WITH_METRIC("[%]"), "{\"metric\":\"m#\"}", 8,
	     "x.json: fields.temperature has more than 8 alternatives"},
	    {WITH_KEY("\"info\":[%]"), "{\"metric\":\"m#\"}", 8,
	     "x.json: info has more than 8 alternatives"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		profile_case_right(
		    with_items(cases[i].format, cases[i].item, cases[i].most));
		profile_case_wrong(with_items(cases[i].format, cases[i].item,
					      cases[i].most + 1),
				   cases[i].expected);
	}
	profile_case_wrong(
	    with_items(WITH_LABELS("{\"uuid\":[%]}"), "\"l#\"", 65),
	    "x.json: labels.uuid makes more than 128 label names");
}

/* Eight for each of so many fields, and that many for the one behind. */
static const char *
with_metrics(int fields, int more)
{
	static const char *const names[] = {
	    "utilization",    "memory_used", "memory_total", "memory_free",
	    "temperature",    "power_draw",  "power_limit",  "sm_clock",
	    "fan_speed",      "energy",	     "xid",	     "memory_clock",
	    "memory_reserved"};
	size_t at =
	    (size_t)snprintf(text, sizeof(text),
			     "{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH
			     "," PROFILE_CASE_LABELS ",\"fields\":{");

	for (int i = 0; i < fields + (more > 0); i++) {
		at +=
		    (size_t)snprintf(text + at, sizeof(text) - at, "%s\"%s\":[",
				     i > 0 ? "," : "", names[i]);
		for (int k = 0; k < (i < fields ? 8 : more); k++)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
					       "%s{\"metric\":\"m%d\"}",
					       k > 0 ? "," : "", k);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "]");
	}
	snprintf(text + at, sizeof(text) - at, "}}");
	return text;
}

static void
counts_all_metrics(void)
{
	profile_case_right(with_metrics(12, 0));
	profile_case_wrong(with_metrics(12, 1),
			   "x.json: fields.memory_reserved is one metric too "
			   "many (96)");
	profile_case_wrong(with_metrics(12, 8),
			   "x.json: fields.memory_reserved is one metric too "
			   "many (96)");
}

#define NAME_OF_128                                                            \
	"a1234567890123456789012345678901234567890123456789012345678901"       \
	"a12345678901234567890123456789012345678901234567890123456789012345"

/* Every request would fail that asks for more than fits into a query. */
static void
counts_what_goes_into_a_query(void)
{
	profile_case_right(
	    with_items(WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":[%]}"),
		       "\"" NAME_OF_128 "#\"", 12));
	profile_case_right(with_items(WITH_LABELS("{\"index\":[\"i\"],"
						  "\"workload\":[%]}"),
				      "\"" NAME_OF_128 "#\"", 40));
	profile_case_wrong(
	    with_items(WITH_LABELS("{\"index\":[\"i\"],\"workload\":[%]}"),
		       "\"" NAME_OF_128 "#\"", 60),
	    "x.json: the names of match and labels have 8151 bytes together, "
	    "more than the 6144 that go into a query: leave some out, or make "
	    "two profiles of it");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"refuses what is not JSON", refuses_what_is_not_json},
	    {"limits the depth", limits_the_depth},
	    {"takes any UTF-8", takes_any_utf8},
	    {"takes any name", takes_any_name},
	    {"refuses NUL characters", refuses_nul_characters},
	    {"limits texts", limits_texts},
	    {"limits names of metrics", limits_names_of_metrics},
	    {"counts what is listed", counts_what_is_listed},
	    {"counts all metrics", counts_all_metrics},
	    {"counts what goes into a query", counts_what_goes_into_a_query},
	    {NULL, NULL}};

	return suite_run("profile_limits", tests);
}
