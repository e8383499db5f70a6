#include "base/duration.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static void
reads_what_prometheus_reads(void)
{
	static const struct {
		const char *text;
		long long s;
	} cases[] = {{"0", 0},
		     {"90", 90},
		     {"90s", 90},
		     {"1m", 60},
		     {"1h30m", 5400},
		     {"7d", 604800},
		     {"2w", 1209600},
		     {"1d12h", 129600},
		     {"1h1h", 7200},
		     {"00001h", 3600},
		     {"1w1d1h1m1s", 694861},
		     {"366000d", 31622400000}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		long long s = -1;

		CU_ASSERT_TRUE(
		    duration_read(cases[i].text, strlen(cases[i].text), &s));
		CU_ASSERT_EQUAL(s, cases[i].s);
	}
}

static void
refuses_the_rest(void)
{
	static const char *const cases[] = {
	    "",	   "s",	   "1x",      "1ms",	      "1y",	      "-1h",
	    "+1h", "1.5h", "1h5",     "1h 5m",	      " 1h",	      "1h ",
	    "h1",  "1hh",  "366001d", "99999999999w", "123456789012", "1h0x5m"};
	long long s = 7;

	for (size_t i = 0; i < LENGTH(cases); i++) {
		CU_ASSERT_FALSE(duration_read(cases[i], strlen(cases[i]), &s));
		CU_ASSERT_EQUAL(s, 7);
	}
	CU_ASSERT_FALSE(duration_read("1h\0m", 4, &s));
}

static void
writes_as_short_as_may_be(void)
{
	static const struct {
		long long s;
		const char *text;
	} cases[] = {{0, "0s"},	    {1, "1s"},	      {60, "1m"},
		     {90, "1m30s"}, {3600, "1h"},     {5400, "1h30m"},
		     {86400, "1d"}, {2678400, "31d"}, {86401, "1d1s"}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		char text[DURATION_TEXT_BYTES];
		long long s = -1;

		duration_write(cases[i].s, text);
		SUITE_EQUAL(text, cases[i].text);
		CU_ASSERT_TRUE(duration_read(text, strlen(text), &s));
		CU_ASSERT_EQUAL(s, cases[i].s);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads what Prometheus reads", reads_what_prometheus_reads},
	    {"refuses the rest", refuses_the_rest},
	    {"writes as short as may be", writes_as_short_as_may_be},
	    {NULL, NULL}};

	return suite_run("duration", tests);
}
