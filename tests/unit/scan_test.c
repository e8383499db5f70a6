#include "prom/scan.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

/* A token of one kind: its result and how far it went. */
typedef enum scan_result (*scan_one)(struct scan *s);

static enum scan_result
one_string(struct scan *s)
{
	struct scan_text text;

	return scan_string(s, &text);
}

static enum scan_result
one_number(struct scan *s)
{
	struct scan_text text;

	return scan_number(s, &text);
}

static enum scan_result
one_comma(struct scan *s)
{
	return scan_mark(s, ',');
}

static enum scan_result
one_either(struct scan *s)
{
	bool is_one;

	return scan_either(s, ',', ']', &is_one);
}

/*
 * Reads from a heap block of just that length, so that AddressSanitizer sees
 * what is read beyond it; *used is how far it went.
 */
static enum scan_result
scan_window(scan_one scan, const char *text, size_t length, size_t *used)
{
	char *window = malloc(length + 1);
	struct scan s = {window + 1, window + 1 + length, NULL};
	enum scan_result r;

	memcpy(window + 1, text, length);
	r = scan(&s);
	CU_ASSERT_EQUAL(r == SCAN_BAD, s.reason != NULL);
	*used = (size_t)(s.at - (window + 1));
	free(window);
	return r;
}

/* The token is all but the last `behind` bytes of the text. */
static void
check_taken(scan_one scan, const char *text, size_t behind)
{
	size_t length = strlen(text), used;

	for (size_t cut = 0; cut <= length; cut++) {
		enum scan_result r = scan_window(scan, text, cut, &used);
		enum scan_result expected =
		    cut + (behind == 0) > length - behind ? SCAN_OK : SCAN_MORE;

		CU_ASSERT_EQUAL(r, expected);
		if (r != expected)
			printf("# the first %zu bytes of: %s\n", cut, text);
		if (r == SCAN_OK)
			CU_ASSERT_EQUAL(used, length - behind);
	}
}

/* Bad at some byte and from there on, and never taken. */
static void
check_refused(scan_one scan, const char *text)
{
	size_t length = strlen(text), used;
	enum scan_result r = SCAN_MORE;

	for (size_t cut = 0; cut <= length; cut++) {
		enum scan_result before = r;

		r = scan_window(scan, text, cut, &used);
		CU_ASSERT_NOT_EQUAL(r, SCAN_OK);
		CU_ASSERT_FALSE(before == SCAN_BAD && r != SCAN_BAD);
	}
	CU_ASSERT_EQUAL(r, SCAN_BAD);
	if (r != SCAN_BAD)
		printf("# not refused: %s\n", text);
}

#define EACH(i, list)                                                          \
	size_t i = 0;                                                          \
	i < sizeof(list) / sizeof(*(list));                                    \
	i++

static void
reads_strings(void)
{
	static const char *const texts[] = {
	    "\"\"",
	    " \t\r\n\"a\"",
	    "\"0123456789abcdef\"",
	    "\"\x7f\"",
	    "\"\\\"\"",
	    "\"\\\\\"",
	    "\"\\/\\b\\f\\n\\r\\t\"",
	    "\"\\u0041\"",
	    "\"\\uabcdef\"",
	    "\"\\uABCD\\uffff\"",
	    "\"\xc2\x80\"",
	    "\"\xe0\xa0\x80\"",
	    "\"\xf0\x90\x80\x80\"",
	    "\"\xed\x9f\xbf\xee\x80\x80\"",
	    "\"\xf4\x8f\xbf\xbf\"",
	    "\"1234567\xc3\xa9yyyyyyyy\\n12345678\""};
	static const char *const bad[] = {"a\"",
					  "'a'",
					  "1",
					  "\"\x1f\"",
					  "\"\n\"",
					  "\"1234567\t1234567\"",
					  "\"\x01\"",
					  "\"\\a\"",
					  "\"\\'\"",
					  "\"\\0\"",
					  "\"\\x41\"",
					  "\"\\U0041\"",
					  "\"\\u004g\"",
					  "\"\\u00\"",
					  "\"\\u 041\"",
					  "\"\\ud83d\\u\"",
					  "\"\x80xxx\"",
					  "\"\xc0\x80xxx\"",
					  "\"\xc3(xxx\"",
					  "\"\xe0\x9f\xbfxxx\"",
					  "\"\xed\xa0\x80xxx\"",
					  "\"\xf0\x8f\xbf\xbfxxx\"",
					  "\"\xf4\x90\x80\x80xxx\"",
					  "\"\xf5\x80\x80\x80xxx\"",
					  "\"\xffxxx\""};

	for (EACH(i, texts))
		check_taken(one_string, texts[i], 0);
	for (EACH(i, bad))
		check_refused(one_string, bad[i]);
}

static void
reads_numbers(void)
{
	static const char *const texts[] = {"0,",
					    "-0,",
					    "7,",
					    " 42 ",
					    "1234567890123456789]",
					    "0.5}",
					    "-1.25e3,",
					    "1E+5,",
					    "1e-07\n",
					    "0e0,",
					    "0.000,",
					    "1700000000.123,"};
	static const char *const bad[] = {
	    "x",   "+1,",  ".5,", "-,",	  "-x",	  "--1",   "1.,",  "1.e3,",
	    "1e,", "1e+,", "1ex", "NaN,", "Inf,", "\"1\"", "-.5,", ","};
	/* Whole numbers, with something behind that does not belong there. */
	static const char *const first[] = {"01",   "00",  "-01",   "0x1",
					    "1..2", "1 2", "1e5.0", "0-"};
	size_t used;

	for (EACH(i, texts))
		check_taken(one_number, texts[i], 1);
	for (EACH(i, bad))
		check_refused(one_number, bad[i]);
	for (EACH(i, first)) {
		enum scan_result r =
		    scan_window(one_number, first[i], strlen(first[i]), &used);

		CU_ASSERT_TRUE(r == SCAN_BAD || used < strlen(first[i]));
	}
}

static void
reads_marks(void)
{
	check_taken(one_comma, ",", 0);
	check_taken(one_comma, " \t\r\n ,", 0);
	check_taken(one_either, ",", 0);
	check_taken(one_either, "\n]", 0);
	check_refused(one_comma, ";");
	check_refused(one_comma, " \v,");
	check_refused(one_comma, " \f,");
	check_refused(one_comma, "\xc2\xa0,");
	check_refused(one_either, "}");
	check_refused(one_either, " \"");
}

static void
tells_which_mark(void)
{
	static const char text[] = " , ]";
	struct scan s = {text, text + 4, NULL};
	bool is_one = false;

	CU_ASSERT_EQUAL(scan_either(&s, ',', ']', &is_one), SCAN_OK);
	CU_ASSERT_TRUE(is_one);
	CU_ASSERT_EQUAL(scan_either(&s, ',', ']', &is_one), SCAN_OK);
	CU_ASSERT_FALSE(is_one);
	CU_ASSERT_EQUAL(scan_space(&s), SCAN_MORE);
}

static void
passes_over_values(void)
{
	static const char *const texts[] = {
	    "true",
	    "false",
	    " null",
	    "\"a\"",
	    "[]",
	    "{}",
	    " [ ]",
	    "\n{\t}",
	    "[1]",
	    "[1,2 , 3]",
	    "[[],{}]",
	    "[[[[[]]]]]",
	    "{\"a\":1}",
	    "{ \"a\" : [ ] , \"\" : null }",
	    "{\"a\":{\"b\":[true,false,{\"c\":-1.5e-3}]},\"a\":\"\\u0000\"}",
	    "[\"]\",\"}\",\"\\\"]\"]"};
	static const char *const bad[] = {"tru ",
					  "trux",
					  "falsy",
					  "nul]",
					  "None",
					  "True",
					  "]",
					  "}",
					  ",",
					  ":",
					  "[,",
					  "[1,]",
					  "[1,,2]",
					  "[1 2]",
					  "[1;2]",
					  "[}",
					  "{]",
					  "{,}",
					  "{1:2}",
					  "{a:1}",
					  "{\"a\"}",
					  "{\"a\",1}",
					  "{\"a\":}",
					  "{\"a\":1,}",
					  "{\"a\":1 \"b\":2}",
					  "{\"a\":1]",
					  "[1}",
					  "{\"a\" 1}",
					  "['a']",
					  "[1.]",
					  "[01]",
					  "[+1]",
					  "[\"\n\"]",
					  "[\"\\q\"]",
					  "/**/1",
					  "[tru,e]",
					  "[undefined]",
					  "[NaN]",
					  "[-Infinity]",
					  "[\"\xff\"]  "};

	for (EACH(i, texts))
		check_taken(scan_skip, texts[i], 0);
	check_taken(scan_skip, "-12.5e3,", 1);
	for (EACH(i, bad))
		check_refused(scan_skip, bad[i]);
}

/* brackets deep, and closed again. */
static void
nest(char *out, size_t depth, const char *open, const char *close)
{
	*out = '\0';
	for (size_t i = 0; i < depth; i++)
		strcat(out, open);
	strcat(out, "1");
	for (size_t i = 0; i < depth; i++)
		strcat(out, close);
}

static void
passes_over_32_levels(void)
{
	char text[1000];

	nest(text, 32, "[", "]");
	check_taken(scan_skip, text, 0);
	nest(text, 33, "[", "]");
	check_refused(scan_skip, text);
	nest(text, 32, "{\"a\":", "}");
	check_taken(scan_skip, text, 0);
	nest(text, 33, "{\"a\":", "}");
	check_refused(scan_skip, text);
	nest(text, 16, "[{\"a\":", "}]");
	check_taken(scan_skip, text, 0);
	nest(text, 17, "[{\"a\":", "}]");
	check_refused(scan_skip, text);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads strings", reads_strings},
	    {"reads numbers", reads_numbers},
	    {"reads marks", reads_marks},
	    {"tells which mark", tells_which_mark},
	    {"passes over values", passes_over_values},
	    {"passes over 32 levels", passes_over_32_levels},
	    {NULL, NULL}};

	return suite_run("scan", tests);
}
