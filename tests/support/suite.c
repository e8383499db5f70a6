#include "support/suite.h"

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned test_number;
static const char *skip_reason;

static void
on_start(const CU_pTest test, const CU_pSuite suite)
{
	(void)test, (void)suite;
	skip_reason = NULL;
}

static void
print_failures(CU_pFailureRecord failure)
{
	for (; failure != NULL; failure = failure->pNext)
		printf("# %s:%u: %s\n", failure->strFileName,
		       failure->uiLineNumber, failure->strCondition);
}

static void
on_complete(const CU_pTest test, const CU_pSuite suite,
	    const CU_pFailureRecord failure)
{
	(void)suite;
	printf("%sok %u - %s", failure != NULL ? "not " : "", ++test_number,
	       test->pName);
	if (skip_reason != NULL)
		printf(" # SKIP %s", skip_reason);
	putchar('\n');
	print_failures(failure);
	fflush(stdout);
}

void
suite_skip(const char *reason)
{
	skip_reason = reason;
}

bool
suite_has_root(void)
{
	if (geteuid() == 0)
		return true;
	puts("1..0 # SKIP only root may look into the responder");
	return false;
}

void
suite_equal(const char *actual, const char *expected, const char *file,
	    unsigned line)
{
	CU_BOOL is_equal = actual != NULL && strcmp(actual, expected) == 0;

	CU_assertImplementation(is_equal, line, "strings are equal", file, "",
				CU_FALSE);
	if (!is_equal)
		printf("# got:      %s\n# expected: %s\n",
		       actual != NULL ? actual : "NULL", expected);
}

int
suite_run(const char *name, const struct suite_test *tests)
{
	unsigned count = 0;
	CU_pSuite suite;
	int failed;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return EXIT_FAILURE;
	suite = CU_add_suite(name, NULL, NULL);
	for (; tests[count].name != NULL; count++)
		if (CU_add_test(suite, tests[count].name, tests[count].run) ==
		    NULL)
			return EXIT_FAILURE;
	printf("1..%u\n", count);
	CU_set_test_start_handler(on_start);
	CU_set_test_complete_handler(on_complete);
	CU_run_all_tests();
	failed = CU_get_number_of_tests_failed() > 0 || test_number == 0;
	CU_cleanup_registry();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
