#include "base/utf8.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

enum {
	CODE_POINTS = 0x110000,
	SURROGATE_FIRST = 0xd800,
	SURROGATE_LAST = 0xdfff
};

static bool
is_tail(unsigned char c)
{
	return c >= 0x80 && c <= 0xbf;
}

/* The grammar of RFC 3629, section 4, line by line. */
static size_t
expected_length(const unsigned char *c, size_t n)
{
	if (n >= 1 && c[0] <= 0x7f)
		return 1;
	if (n >= 2 && c[0] >= 0xc2 && c[0] <= 0xdf && is_tail(c[1]))
		return 2;
	if (n >= 3 && is_tail(c[2]) &&
	    ((c[0] == 0xe0 && c[1] >= 0xa0 && c[1] <= 0xbf) ||
	     (c[0] >= 0xe1 && c[0] <= 0xec && is_tail(c[1])) ||
	     (c[0] == 0xed && c[1] >= 0x80 && c[1] <= 0x9f) ||
	     (c[0] >= 0xee && c[0] <= 0xef && is_tail(c[1]))))
		return 3;
	if (n >= 4 && is_tail(c[2]) && is_tail(c[3]) &&
	    ((c[0] == 0xf0 && c[1] >= 0x90 && c[1] <= 0xbf) ||
	     (c[0] >= 0xf1 && c[0] <= 0xf3 && is_tail(c[1])) ||
	     (c[0] == 0xf4 && c[1] >= 0x80 && c[1] <= 0x8f)))
		return 4;
	return 0;
}

static bool
is_right(const unsigned char *c, size_t n)
{
	return utf8_length((const char *)c, n) == expected_length(c, n);
}

/* The bytes where a rule begins or ends, and one in between. */
static const unsigned char edges[] = {
    0x00, 0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xb5, 0xbf, 0xc0,
    0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
    0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};

static void
knows_all_pairs_of_bytes(void)
{
	unsigned wrong = 0;

	for (unsigned pair = 0; pair < 0x10000; pair++) {
		unsigned char c[] = {(unsigned char)(pair >> 8),
				     (unsigned char)pair};

		wrong += !is_right(c, 1) + !is_right(c, 2);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(utf8_length("a", 0), 0);
}

static void
knows_longer_sequences(void)
{
	unsigned wrong = 0;

	for (unsigned pair = 0; pair < 0x10000; pair++)
		for (size_t i = 0; i < sizeof(edges); i++)
			for (size_t k = 0; k < sizeof(edges); k++) {
				unsigned char c[] = {(unsigned char)(pair >> 8),
						     (unsigned char)pair,
						     edges[i], edges[k]};

				wrong += !is_right(c, 3) + !is_right(c, 4);
			}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void
encodes_and_decodes_every_code_point(void)
{
	unsigned wrong = 0;

	for (unsigned point = 0; point < CODE_POINTS; point++) {
		char out[UTF8_MAX_BYTES];
		size_t length = utf8_encode(point, out), expected = 1;

		expected += (point > 0x7f) + (point > 0x7ff) + (point > 0xffff);
		wrong += length != expected;
		wrong += utf8_decode(out, length) != point;
		if (point < SURROGATE_FIRST || point > SURROGATE_LAST)
			wrong += utf8_length(out, length) != length;
		for (size_t cut = 0; cut < length; cut++)
			wrong += utf8_length(out, cut) != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void
encodes_as_expected(void)
{
	static const struct {
		unsigned point;
		const char *text;
	} cases[] = {{'A', "A"},
		     {0x7f, "\x7f"},
		     {0x80, "\xc2\x80"},
		     {0xe9, "\xc3\xa9"},
		     {0x7ff, "\xdf\xbf"},
		     {0x800, "\xe0\xa0\x80"},
		     {0x20ac, "\xe2\x82\xac"},
		     {0xfffd, UTF8_REPLACEMENT},
		     {0xffff, "\xef\xbf\xbf"},
		     {0x10000, "\xf0\x90\x80\x80"},
		     {0x1f600, "\xf0\x9f\x98\x80"},
		     {0x10ffff, "\xf4\x8f\xbf\xbf"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char out[UTF8_MAX_BYTES + 1] = "";

		utf8_encode(cases[i].point, out);
		SUITE_EQUAL(out, cases[i].text);
	}
}

static void
reads_on_past_what_is_malformed(void)
{
	static const char text[] = "a\xc3\xa9\xff\xe2\x82"
				   "b\xe2\x82\xac";
	static const struct {
		unsigned point;
		size_t bytes;
	} expected[] = {{'a', 1},    {0xe9, 2}, {0xfffd, 1}, {0xfffd, 1},
			{0xfffd, 1}, {'b', 1},	{0x20ac, 3}};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		unsigned point;
		size_t bytes =
		    utf8_next(text + at, sizeof(text) - 1 - at, &point);

		CU_ASSERT_EQUAL(bytes, expected[i].bytes);
		CU_ASSERT_EQUAL(point, expected[i].point);
		at += bytes;
	}
	CU_ASSERT_EQUAL(at, sizeof(text) - 1);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"knows all pairs of bytes", knows_all_pairs_of_bytes},
	    {"knows longer sequences", knows_longer_sequences},
	    {"encodes and decodes every code point",
	     encodes_and_decodes_every_code_point},
	    {"encodes as expected", encodes_as_expected},
	    {"reads on past what is malformed",
	     reads_on_past_what_is_malformed},
	    {NULL, NULL}};

	return suite_run("utf8", tests);
}
