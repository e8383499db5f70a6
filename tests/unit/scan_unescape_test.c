/* Strings with escapes: scan_unescape and scan_equals. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "prom/scan.h"
#include "support/suite.h"

#define EACH(i, list)                                                          \
	size_t i = 0;                                                          \
	i < sizeof(list) / sizeof(*(list));                                    \
	i++

/* The string in quotes, read. */
static struct scan_text
string_of(const char *quoted)
{
	struct scan s = {quoted, quoted + strlen(quoted), NULL};
	struct scan_text text = {0};

	CU_ASSERT_EQUAL(scan_string(&s, &text), SCAN_OK);
	return text;
}

static const struct {
	const char *quoted, *decoded;
	size_t length;
} escapes[] = {{"\"\"", "", 0},
	       {"\"plain\"", "plain", 5},
	       {"\"\\\"\\\\\\/\"", "\"\\/", 3},
	       {"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t", 5},
	       {"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac", 6},
	       {"\"a\\u0000b\"", "a\0b", 3},
	       {"\"\\\\u0041\"", "\\u0041", 6},
	       {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4},
	       {"\"\\uD800\\uDC00\"", "\xf0\x90\x80\x80", 4},
	       {"\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf", 4},
	       {"\"\\ud83d\"", "\xef\xbf\xbd", 3},
	       {"\"\\ude00\"", "\xef\xbf\xbd", 3},
	       {"\"\\ud83dx\"", "\xef\xbf\xbdx", 4},
	       {"\"\\ud83d\\n\"", "\xef\xbf\xbd\n", 4},
	       {"\"\\ud83d\\u0041\"",
		"\xef\xbf\xbd"
		"A",
		4},
	       {"\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd", 6},
	       {"\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80", 7},
	       {"\"\xc3\xa9\\u00e9\"", "\xc3\xa9\xc3\xa9", 4}};

static void
decodes_escapes(void)
{
	for (EACH(i, escapes)) {
		struct scan_text text = string_of(escapes[i].quoted);
		/* As the contract says: room for as many bytes as it has. */
		char *out = malloc(text.length + 1);
		size_t length = scan_unescape(&text, out + 1);

		CU_ASSERT_EQUAL(text.length, strlen(escapes[i].quoted) - 2);
		CU_ASSERT_EQUAL(text.has_escapes,
				strchr(escapes[i].quoted, '\\') != NULL);
		CU_ASSERT_EQUAL_FATAL(length, escapes[i].length);
		CU_ASSERT_EQUAL(memcmp(out + 1, escapes[i].decoded, length), 0);
		free(out);
	}
}

static void
compares_decoded_strings(void)
{
	char quoted[400] = "\"", name[64] = "";
	struct scan_text text;

	for (EACH(i, escapes)) {
		text = string_of(escapes[i].quoted);
		CU_ASSERT_EQUAL(scan_equals(&text, escapes[i].decoded),
				strlen(escapes[i].decoded) ==
				    escapes[i].length);
		CU_ASSERT_FALSE(scan_equals(&text, "another"));
	}
	text = string_of("\"n\\u006fde\"");
	CU_ASSERT_TRUE(scan_equals(&text, "node"));
	CU_ASSERT_FALSE(scan_equals(&text, "nod"));
	CU_ASSERT_FALSE(scan_equals(&text, "nodes"));
	CU_ASSERT_FALSE(scan_equals(&text, "n\\u006fde"));
	for (int i = 0; i < 50; i++) {
		strcat(quoted, "\\u0061");
		strcat(name, "a");
	}
	text = string_of(strcat(quoted, "\""));
	CU_ASSERT_TRUE(scan_equals(&text, name));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"decodes escapes", decodes_escapes},
	    {"compares decoded strings", compares_decoded_strings},
	    {NULL, NULL}};

	return suite_run("scan_unescape", tests);
}
