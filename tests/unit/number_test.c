#include "base/number.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static void
reads_what_strtod_reads(void)
{
	static const char *const texts[] = {"0",
					    "-0",
					    "42",
					    "+7",
					    "3.5",
					    ".5",
					    "5.",
					    "1e3",
					    "1.5E+10",
					    "1e-7",
					    "0.1",
					    "1700000000.123",
					    "1e22",
					    "1e23",
					    "9007199254740993",
					    "123456789012345678",
					    "2.2e-308",
					    "5e-324",
					    "1.7976931348623157e308",
					    "1e400",
					    "-1e400",
					    "0.30000000000000004",
					    "00012",
					    "8.5899345920e+10"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		double value = -1;

		CU_ASSERT_TRUE(
		    number_parse(texts[i], strlen(texts[i]), &value));
		CU_ASSERT_EQUAL(value, strtod(texts[i], NULL));
	}
}

/* Random digits, points and exponents: the nearest double, always. */
static void
agrees_with_strtod_on_random_numbers(void)
{
	unsigned seed = 1;

	for (int i = 0; i < 100000; i++) {
		double value = -1;
		char text[64];

		snprintf(text, sizeof(text), "%d%d.%de%d",
			 rand_r(&seed) % 100000, rand_r(&seed) % 100000,
			 rand_r(&seed), rand_r(&seed) % 60 - 30);
		CU_ASSERT_TRUE(number_parse(text, strlen(text), &value));
		CU_ASSERT_EQUAL(value, strtod(text, NULL));
	}
}

/* With as many digits as it takes to tell a double from all others, or one
 * more or less, so that some lie halfway between two of them. */
static void
agrees_with_strtod_on_quotients(void)
{
	unsigned seed = 7;

	for (int i = 0; i < 400000; i++) {
		double value = -1, quotient = rand_r(&seed) % 1000000 + 1;
		char text[64];

		quotient /= rand_r(&seed) % 100000 + 1;
		snprintf(text, sizeof(text), "%.*f", 10 + i % 10, quotient);
		CU_ASSERT_TRUE(number_parse(text, strlen(text), &value));
		if (value != strtod(text, NULL))
			printf("# %s\n", text);
		CU_ASSERT_EQUAL(value, strtod(text, NULL));
		snprintf(text, sizeof(text), "-%.*g", 15 + i % 5, quotient);
		CU_ASSERT_TRUE(number_parse(text, strlen(text), &value));
		CU_ASSERT_EQUAL(value, strtod(text, NULL));
	}
}

/* Halfway between two doubles, and a little to either side; the largest
 * numbers that are read so, and those that just are not. */
static void
rounds_as_strtod_does(void)
{
	static const char *const texts[] = {"4503599627370497.5",
					    "4503599627370498.5",
					    "4503599627370497.501",
					    "4503599627370497.499",
					    "9007199254740993",
					    "9007199254740995",
					    "9007199254740993.001",
					    "900719925474099.30",
					    "900719925474099.31",
					    "1.0000000000000001110",
					    "1.0000000000000001111",
					    "0.9999999999999999445",
					    "1844674407370955161.9",
					    "18446744073709551615",
					    "18446744073709551616",
					    "9999999999999999999",
					    "0.000000000000000000000000001",
					    "0.0000000000000000000000000001",
					    "0.000000000000000000000000017",
					    "0.0000000000000000000000000000",
					    "123.4567890123456789",
					    "0.3333333333333333148"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		double value = -1;

		CU_ASSERT_TRUE(
		    number_parse(texts[i], strlen(texts[i]), &value));
		CU_ASSERT_EQUAL(value, strtod(texts[i], NULL));
	}
}

static void
reads_what_a_text_begins_with(void)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {{"42\"]", 2}, {"-0.5,1", 4}, {"33.333333333333336\"", 18},
		     {"5.", 2},	   {"1e3", 1},	  {"7", 1}};
	static const char *const others[] = {
	    "", "x1", ".", "-", "NaN", "184467440737095516150"};
	double value = -1;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *text = cases[i].text;
		char copy[32];

		CU_ASSERT_PTR_EQUAL(
		    number_read(text, text + strlen(text), &value),
		    text + cases[i].length);
		snprintf(copy, sizeof(copy), "%.*s", (int)cases[i].length,
			 text);
		CU_ASSERT_EQUAL(value, strtod(copy, NULL));
		/* And no more than it is shown. */
		CU_ASSERT_PTR_EQUAL(
		    number_read(text, text + cases[i].length, &value),
		    text + cases[i].length);
	}
	value = 12.5;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		CU_ASSERT_PTR_NULL(number_read(
		    others[i], others[i] + strlen(others[i]), &value));
	CU_ASSERT_EQUAL(value, 12.5);
}

static void
reads_special_values(void)
{
	double value = 0;

	CU_ASSERT_TRUE(number_parse("NaN", 3, &value));
	CU_ASSERT_TRUE(isnan(value));
	CU_ASSERT_TRUE(number_parse("+Inf", 4, &value));
	CU_ASSERT_EQUAL(value, INFINITY);
	CU_ASSERT_TRUE(number_parse("-Inf", 4, &value));
	CU_ASSERT_EQUAL(value, -INFINITY);
}

static void
refuses_what_is_no_number(void)
{
	static const char *const texts[] = {
	    "",	  " 1",	 "1 ",	  "1x",	  "e5",	 ".",	"-",   "+",
	    "1e", "1e+", "1.2.3", "0x10", "nan", "inf", "--1", "1,5"};
	char longest[401];
	double value = 12.5;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CU_ASSERT_FALSE(
		    number_parse(texts[i], strlen(texts[i]), &value));
	memset(longest, '1', sizeof(longest));
	CU_ASSERT_FALSE(number_parse(longest, sizeof(longest), &value));
	CU_ASSERT_EQUAL(value, 12.5);
}

static void
reads_whole_numbers_of_a_range(void)
{
	static const char *const texts[] = {"",
					    "0",
					    "1000",
					    "-5",
					    "+5",
					    " 5",
					    "5 ",
					    "0x5",
					    "5.",
					    "1e1",
					    "9223372036854775808",
					    "18446744073709551617"};
	long long value = 12;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CU_ASSERT_FALSE(number_parse_whole(texts[i], strlen(texts[i]),
						   1, 999, &value));
	CU_ASSERT_EQUAL(value, 12);
	CU_ASSERT_TRUE(number_parse_whole("1", 1, 1, 999, &value));
	CU_ASSERT_EQUAL(value, 1);
	CU_ASSERT_TRUE(number_parse_whole("0999x", 4, 1, 999, &value));
	CU_ASSERT_EQUAL(value, 999);
	CU_ASSERT_TRUE(number_parse_whole("9223372036854775807", 19, 0,
					  9223372036854775807LL, &value));
	CU_ASSERT_EQUAL(value, 9223372036854775807LL);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads what strtod reads", reads_what_strtod_reads},
	    {"agrees with strtod on random numbers",
	     agrees_with_strtod_on_random_numbers},
	    {"agrees with strtod on quotients",
	     agrees_with_strtod_on_quotients},
	    {"rounds as strtod does", rounds_as_strtod_does},
	    {"reads what a text begins with", reads_what_a_text_begins_with},
	    {"reads NaN and infinities", reads_special_values},
	    {"refuses what is no number", refuses_what_is_no_number},
	    {"reads whole numbers of a range", reads_whole_numbers_of_a_range},
	    {NULL, NULL}};

	return suite_run("number", tests);
}
