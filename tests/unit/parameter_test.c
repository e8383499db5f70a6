#include "api/parameter.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const char *const choices[] = {"avg", "min", "max", NULL};

static const struct endpoint_parameter number = {
    .type = PARAMETER_INTEGER, .min = 2, .max = 2000};
static const struct endpoint_parameter span = {
    .type = PARAMETER_DURATION, .min = 60, .max = 31 * 86400};
static const struct endpoint_parameter long_span = {.type = PARAMETER_DURATION,
						    .min = 60};
static const struct endpoint_parameter moment = {.type = PARAMETER_TIME};
static const struct endpoint_parameter choice = {.type = PARAMETER_CHOICE,
						 .choices = choices};

static void
reads_what_it_takes(void)
{
	static const struct {
		const struct endpoint_parameter *p;
		const char *text;
		long long value;
	} cases[] = {{&number, "2", 2},
		     {&number, "2000", 2000},
		     {&span, "60", 60},
		     {&span, "1h30m", 5400},
		     {&span, "31d", 2678400},
		     {&long_span, "4000d", 345600000},
		     {&moment, "2023-11-14T22:13:20Z", 1700000000000},
		     {&moment, "2023-11-14T22:13:20.123Z", 1700000000123},
		     {&moment, "1700000000", 1700000000000},
		     {&moment, "1700000000.123", 1700000000123},
		     {&moment, "1700000000.5", 1700000000500},
		     {&choice, "avg", 0},
		     {&choice, "max", 2}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		long long value = -1;

		CU_ASSERT_TRUE(parameter_read(cases[i].p, cases[i].text,
					      strlen(cases[i].text), &value));
		CU_ASSERT_EQUAL(value, cases[i].value);
	}
}

static void
refuses_the_rest(void)
{
	static const struct {
		const struct endpoint_parameter *p;
		const char *text;
	} cases[] = {{&number, "1"},	      {&number, "2001"},
		     {&number, "+5"},	      {&number, "5 "},
		     {&number, ""},	      {&span, "59s"},
		     {&long_span, "59s"},     {&span, "31d1s"},
		     {&span, "1y"},	      {&span, ""},
		     {&moment, ""},	      {&moment, "now"},
		     {&moment, "-1"},	      {&moment, "1.2345"},
		     {&moment, "1e9"},	      {&moment, "17000000000000000"},
		     {&moment, "2023-11-14"}, {&moment, "2023-02-30T00:00:00Z"},
		     {&choice, "Avg"},	      {&choice, "av"},
		     {&choice, "avgg"},	      {&choice, ""}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		long long value = -1;

		if (parameter_read(cases[i].p, cases[i].text,
				   strlen(cases[i].text), &value))
			CU_FAIL(cases[i].text);
	}
}

static void
says_what_it_takes(void)
{
	static const struct {
		const struct endpoint_parameter *p;
		const char *takes;
	} cases[] = {
	    {&number, "a whole number from 2 to 2000"},
	    {&span, "a span of time from 1m to 31d, as 90s, 1h30m, 7d or in "
		    "whole seconds"},
	    {&moment, "a time, as 2026-01-02T03:04:05Z or in Unix seconds"},
	    {&choice, "one of avg, min, max"}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		char takes[PARAMETER_TAKES_BYTES];

		parameter_write_takes(cases[i].p, takes);
		SUITE_EQUAL(takes, cases[i].takes);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads what it takes", reads_what_it_takes},
	    {"refuses the rest", refuses_the_rest},
	    {"says what it takes", says_what_it_takes},
	    {NULL, NULL}};

	return suite_run("parameter", tests);
}
