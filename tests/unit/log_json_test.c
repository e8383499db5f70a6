/* Log lines as JSON. What does not depend on the format is in log_test.c. */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "support/capture.h"
#include "support/strict_json.h"
#include "support/suite.h"

static const char prefix[] = "{\"time\":\"2026-01-02T03:04:05.678Z\",";

/* What was written, newline included; asserts that it is one JSON object. */
static const char *
written_whole(struct log_line *l)
{
	struct json_object *object;
	const char *line;
	size_t length;

	capture_start();
	log_write(l);
	line = capture_end();
	length = strlen(line);
	CU_ASSERT_TRUE_FATAL(length > 0 && length <= LOG_LINE_BYTES);
	CU_ASSERT_PTR_EQUAL(strchr(line, '\n'), line + length - 1);
	object = strict_json(line, length - 1);
	CU_ASSERT_TRUE(json_object_is_type(object, json_type_object));
	json_object_put(object);
	return line;
}

/* What stands behind the time, which is only checked for its form. */
static const char *
written(struct log_line *l)
{
	const char *line = written_whole(l);

	CU_ASSERT_EQUAL(strncmp(line, "{\"time\":\"", 9), 0);
	CU_ASSERT_EQUAL(strspn(line + 9, "0123456789-T:.Z"), 24);
	CU_ASSERT_EQUAL(strncmp(line + 33, "\",", 2), 0);
	return line + strlen(prefix);
}

static void
writes_one_object(void)
{
	struct log_line l;

	log_start(&l, LOG_INFO, "request");
	log_text(&l, "path", "/api/v1/gpu/metrics?x");
	log_text(&l, "left_out", NULL);
	log_number(&l, "status", 200);
	log_duration(&l, "duration_ms", 1234567);
	SUITE_EQUAL(written(&l),
		    "\"level\":\"info\",\"msg\":\"request\","
		    "\"path\":\"/api/v1/gpu/metrics?x\",\"status\":200,"
		    "\"duration_ms\":1234.567}\n");
}

static void
writes_numbers_as_numbers(void)
{
	struct log_line l;

	log_start(&l, LOG_WARN, "n");
	log_number(&l, "a", 0);
	log_number(&l, "b", INT64_MIN);
	log_number(&l, "c", INT64_MAX);
	log_duration(&l, "d", 0);
	log_duration(&l, "e", 7);
	log_duration(&l, "f", 60000001);
	SUITE_EQUAL(written(&l),
		    "\"level\":\"warn\",\"msg\":\"n\",\"a\":0,"
		    "\"b\":-9223372036854775808,\"c\":9223372036854775807,"
		    "\"d\":0.000,\"e\":0.007,\"f\":60000.001}\n");
}

static void
escapes_texts(void)
{
	static const struct {
		const char *value, *text;
	} cases[] = {{"", ""},
		     {"two words = one", "two words = one"},
		     {"say \"hi\"", "say \\\"hi\\\""},
		     {"back\\slash", "back\\\\slash"},
		     {"</script>&", "</script>&"},
		     {"line\n{\"a\":1}", "line\\u000a{\\\"a\\\":1}"},
		     {"\r\t\b\f\x01\x1f", "\\u000d\\u0009\\u0008\\u000c"
					  "\\u0001\\u001f"},
		     {"\x1b[31mred", "\\u001b[31mred"},
		     {"\x7f", "\\u007f"},
		     /* CSI, as one character: terminals obey it. */
		     {"\xc2\x9b", "\\u009b"},
		     {"caf\xc3\xa9", "caf\\u00e9"},
		     {"\xe2\x80\xae", "\\u202e"},
		     {"\xef\xbf\xbd", "\\ufffd"},
		     {"\xf0\x90\x80\x80", "\\ud800\\udc00"},
		     {"\xf0\x9f\x98\x80!", "\\ud83d\\ude00!"},
		     {"\xf4\x8f\xbf\xbf", "\\udbff\\udfff"},
		     /* No UTF-8: a byte alone, cut off, overlong, a surrogate,
		      * past the last code point. */
		     {"a\xff"
		      "b",
		      "a\\ufffdb"},
		     {"\xc3", "\\ufffd"},
		     {"\xe2\x82", "\\ufffd\\ufffd"},
		     {"\xc0\x80", "\\ufffd\\ufffd"},
		     {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
		     {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char expected[128];
		struct log_line l;

		log_start(&l, LOG_ERROR, cases[i].value);
		log_text(&l, "v", cases[i].value);
		snprintf(expected, sizeof(expected),
			 "\"level\":\"error\",\"msg\":\"%s\",\"v\":\"%s\"}\n",
			 cases[i].text, cases[i].text);
		SUITE_EQUAL(written(&l), expected);
	}
}

static void
writes_printable_ascii_only(void)
{
	for (int byte = 1; byte < 256; byte++) {
		char value[] = {'a', (char)byte, 'b', '\0'};
		const char *line;
		struct log_line l;

		log_start(&l, LOG_INFO, value);
		log_text(&l, "v", value);
		line = written(&l);
		for (; *line != '\n'; line++)
			CU_ASSERT_TRUE(*line >= 0x20 && *line < 0x7f);
	}
}

/* last: a character whose first byte is the value's last but cut - 1. */
static void
check_cut(const char *last, size_t cut, const char *expected_end)
{
	char value[1000], expected[2000];
	struct log_line l;

	memset(value, 'x', 512);
	strcpy(value + 512 - cut, last);
	strcat(value, "behind");
	log_start(&l, LOG_INFO, "m");
	log_text(&l, "v", value);
	snprintf(expected, sizeof(expected),
		 "\"level\":\"info\",\"msg\":\"m\",\"v\":\"%.*s%s\"}\n",
		 (int)(512 - cut), value, expected_end);
	SUITE_EQUAL(written(&l), expected);
}

static void
cuts_a_value_between_characters(void)
{
	check_cut("", 0, "");
	check_cut("\xc3\xa9", 2, "\\u00e9");
	check_cut("\xc3\xa9", 1, "");
	check_cut("\xf0\x9f\x98\x80", 4, "\\ud83d\\ude00");
	check_cut("\xf0\x9f\x98\x80", 3, "");
	check_cut("\xf0\x9f\x98\x80", 2, "");
	check_cut("\xf0\x9f\x98\x80", 1, "");
	/* Where there is no character, there is nothing to keep whole. */
	check_cut("\xf0\x9f\x98", 3, "\\ufffd\\ufffd\\ufffd");
	check_cut("\xff\xff", 1, "\\ufffd");
}

static void
escapes_a_cut_value_wholly(void)
{
	static const char ends[] = "\"}\n";
	char value[1000];
	struct log_line l;
	const char *line;

	memset(value, 0xff, sizeof(value));
	value[sizeof(value) - 1] = '\0';
	log_start(&l, LOG_INFO, value);
	line = written(&l) + strlen("\"level\":\"info\",\"msg\":\"");
	CU_ASSERT_EQUAL(strlen(line), 512 * strlen("\\ufffd") + strlen(ends));
	for (int i = 0; i < 512; i++)
		CU_ASSERT_EQUAL(strncmp(line + 6 * i, "\\ufffd", 6), 0);
}

static void
cuts_a_line_at_a_whole_pair(void)
{
	char value[500],
	    expected[LOG_LINE_BYTES + 1] = "\"level\":\"info\",\"msg\":\"m\"";
	struct log_line l;

	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	log_start(&l, LOG_INFO, "m");
	for (int i = 0; i < 20; i++)
		log_text(&l, "v", value);
	/* 7 pairs of 506 bytes fit beside what stands before them. */
	for (int i = 0; i < 7; i++) {
		strcat(expected, ",\"v\":\"");
		strcat(expected, value);
		strcat(expected, "\"");
	}
	/* What is short enough still has room. */
	log_number(&l, "n", 1);
	strcat(expected, ",\"n\":1}\n");
	SUITE_EQUAL(written(&l), expected);
}

/* Brace and newline included, a line takes LOG_LINE_BYTES and not one more. */
static void
fills_a_line_to_its_last_byte(void)
{
	size_t longest = 0;

	for (size_t last = 400; last < 512; last++) {
		char value[513];
		struct log_line l;
		size_t length;

		memset(value, 'y', sizeof(value));
		log_start(&l, LOG_INFO, "m");
		value[500] = '\0';
		while (l.length + 507 + 400 < LOG_LINE_BYTES)
			log_text(&l, "v", value);
		value[500] = 'y';
		value[last] = '\0';
		log_text(&l, "w", value);
		length = strlen(written_whole(&l));
		if (length > longest)
			longest = length;
	}
	CU_ASSERT_EQUAL(longest, LOG_LINE_BYTES);
}

static void
drops_lines_below_the_level(void)
{
	struct log_line l;

	capture_start();
	log_start(&l, LOG_DEBUG, "m");
	log_text(&l, "a", "b");
	log_number(&l, "n", 1);
	log_duration(&l, "d", 1);
	log_write(&l);
	SUITE_EQUAL(capture_end(), "");
}

static void
write_plain(const char *msg)
{
	struct log_line l;

	log_start(&l, LOG_INFO, msg);
	log_write(&l);
}

/* What was torn by a full disk stays torn; what says so is an object, on a
 * line of its own. */
static void
says_how_many_were_lost(void)
{
	enum { CUT_BYTES = 20 };
	struct rlimit old, none;
	struct json_object *lost;
	char text[1024], *line, *end;

	getrlimit(RLIMIT_FSIZE, &old);
	none = old;
	none.rlim_cur = CUT_BYTES;
	signal(SIGXFSZ, SIG_IGN);
	capture_start();
	setrlimit(RLIMIT_FSIZE, &none);
	write_plain("cut");
	write_plain("lost");
	setrlimit(RLIMIT_FSIZE, &old);
	write_plain("whole");
	snprintf(text, sizeof(text), "%s", capture_end());
	CU_ASSERT_EQUAL_FATAL(text[CUT_BYTES], '\n');
	line = text + CUT_BYTES + 1;
	end = strchr(line, '\n');
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	*end = '\0';
	lost = strict_json(line, (size_t)(end - line));
	CU_ASSERT_TRUE(json_object_is_type(lost, json_type_object));
	json_object_put(lost);
	SUITE_EQUAL(line + strlen(prefix),
		    "\"level\":\"warn\",\"msg\":\"log lines were lost\","
		    "\"count\":2}");
	CU_ASSERT_EQUAL(strncmp(end + 1, "{\"time\":", 8), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(end + 1, "\"msg\":\"whole\"}\n"));
}

static void
goes_back_to_logfmt(void)
{
	struct log_line l;

	log_set_format(LOG_LOGFMT);
	capture_start();
	log_start(&l, LOG_INFO, "two words");
	log_number(&l, "n", 1);
	log_write(&l);
	SUITE_EQUAL(capture_end() + strlen("time=2026-01-02T03:04:05.678Z "),
		    "level=info msg=\"two words\" n=1\n");
	log_set_format(LOG_JSON);
	SUITE_EQUAL(log_format_name(LOG_LOGFMT), "logfmt");
	SUITE_EQUAL(log_format_name(LOG_JSON), "json");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"writes one object", writes_one_object},
	    {"writes numbers as numbers", writes_numbers_as_numbers},
	    {"escapes texts", escapes_texts},
	    {"writes printable ASCII only", writes_printable_ascii_only},
	    {"cuts a value between characters",
	     cuts_a_value_between_characters},
	    {"escapes a cut value wholly", escapes_a_cut_value_wholly},
	    {"cuts a line at a whole pair", cuts_a_line_at_a_whole_pair},
	    {"fills a line to its last byte", fills_a_line_to_its_last_byte},
	    {"drops lines below the level", drops_lines_below_the_level},
	    {"says how many were lost", says_how_many_were_lost},
	    {"goes back to logfmt", goes_back_to_logfmt},
	    {NULL, NULL}};

	log_set_format(LOG_JSON);
	return suite_run("log_json", tests);
}
