#include "base/clock.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/suite.h"

static void
formats_in_utc_with_milliseconds(void)
{
	static const struct {
		double wall_s;
		const char *text;
	} cases[] = {{0, "1970-01-01T00:00:00.000Z"},
		     {-0.0, "1970-01-01T00:00:00.000Z"},
		     {0.001, "1970-01-01T00:00:00.001Z"},
		     {0.0004, "1970-01-01T00:00:00.000Z"},
		     {0.9996, "1970-01-01T00:00:01.000Z"},
		     {59.9999, "1970-01-01T00:01:00.000Z"},
		     {951782400, "2000-02-29T00:00:00.000Z"},
		     {1700000000.123, "2023-11-14T22:13:20.123Z"},
		     {1700000000.999, "2023-11-14T22:13:20.999Z"},
		     {1767323045.678, "2026-01-02T03:04:05.678Z"},
		     {4102444799.9999, "2100-01-01T00:00:00.000Z"},
		     {253402300799.0, "9999-12-31T23:59:59.000Z"},
		     {253402300799.5, "9999-12-31T23:59:59.500Z"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[CLOCK_TEXT_BYTES];
		int length = clock_format(cases[i].wall_s, text);

		SUITE_EQUAL(text, cases[i].text);
		CU_ASSERT_EQUAL(length, (int)strlen(cases[i].text));
	}
}

static void
refuses_times_without_a_four_digit_year(void)
{
	static const double cases[] = {-0.001, -1,	 253402300800.0,
				       1e15,   1e300,	 -1e300,
				       NAN,    INFINITY, -INFINITY};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[CLOCK_TEXT_BYTES] = "untouched";

		CU_ASSERT_EQUAL(clock_format(cases[i], text), 0);
	}
}

/* The zone of the machine does not show. */
static void
knows_no_zone(void)
{
	char text[CLOCK_TEXT_BYTES];

	setenv("TZ", "Asia/Kathmandu", 1);
	tzset();
	clock_format(1700000000, text);
	SUITE_EQUAL(text, "2023-11-14T22:13:20.000Z");
	unsetenv("TZ");
	tzset();
}

static void
monotonic_clocks_agree_and_never_go_back(void)
{
	int64_t us = clock_now_us(), ms = clock_now_ms(), later;

	for (int i = 0; i < 1000; i++) {
		later = clock_now_us();
		CU_ASSERT_TRUE(later >= us);
		us = later;
	}
	CU_ASSERT_TRUE(clock_now_ms() >= us / 1000);
	CU_ASSERT_TRUE(ms <= us / 1000);
}

static void
wall_clock_can_be_formatted(void)
{
	char text[CLOCK_TEXT_BYTES];

	CU_ASSERT_EQUAL(clock_format(clock_wall_s(), text), 24);
}

static void
speaks_http(void)
{
	static const char *const wrong[] = {"",
					    "Sun, 06 Nov 1994 08:49:37",
					    "Sun, 06 Nov 1994 08:49:37 GMT ",
					    "Sun, 06 Nov 1994 08:49:37 CET",
					    "Sunday, 06-Nov-94 08:49:37 GMT",
					    "784111777"};
	char text[CLOCK_TEXT_BYTES];

	CU_ASSERT_EQUAL(clock_format_http(784111777, text), 29);
	SUITE_EQUAL(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	CU_ASSERT_EQUAL(clock_read_http(text), 784111777);
	CU_ASSERT_EQUAL(clock_read_http("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CU_ASSERT_EQUAL(clock_read_http(wrong[i]), -1);
	CU_ASSERT_EQUAL(clock_format_http(-1, text), 0);
	SUITE_EQUAL(text, "");
}

static void
reads_times(void)
{
	static const struct {
		const char *text;
		double wall_s;
	} right[] = {{"2023-11-14T22:13:20Z", 1700000000},
		     {"2023-11-14T22:13:20.5Z", 1700000000.5},
		     {"2024-02-29T00:00:00.123456789Z", 1709164800.123456789},
		     {"1970-01-01T00:00:00Z", 0}};
	static const char *const wrong[] = {"",
					    "2023-11-14",
					    "2023-11-14T22:13:20",
					    "2023-11-14T22:13:20z",
					    "2023-11-14T22:13:20+00:00",
					    "2023-11-14 22:13:20Z",
					    " 2023-11-14T22:13:20Z",
					    "2023-1-14T22:13:20Z",
					    "2023-02-30T00:00:00Z",
					    "2023-13-01T00:00:00Z",
					    "2023-11-14T24:00:00Z",
					    "2023-11-14T22:13:20.Z",
					    "2023-11-14T22:13:20Zx"};
	double wall_s;

	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		CU_ASSERT_TRUE(
		    clock_read(right[i].text, strlen(right[i].text), &wall_s));
		CU_ASSERT_DOUBLE_EQUAL(wall_s, right[i].wall_s, 1e-6);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CU_ASSERT_FALSE(
		    clock_read(wrong[i], strlen(wrong[i]), &wall_s));
	CU_ASSERT_FALSE(clock_read("2023-11-14T22:13:20Z\0x", 22, &wall_s));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"formats in UTC with milliseconds",
	     formats_in_utc_with_milliseconds},
	    {"refuses times without a four-digit year",
	     refuses_times_without_a_four_digit_year},
	    {"knows no zone", knows_no_zone},
	    {"monotonic clocks agree and never go back",
	     monotonic_clocks_agree_and_never_go_back},
	    {"wall clock can be formatted", wall_clock_can_be_formatted},
	    {"speaks HTTP", speaks_http},
	    {"reads times", reads_times},
	    {NULL, NULL}};

	return suite_run("clock", tests);
}
