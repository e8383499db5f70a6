/* Runs a program's CUnit tests and reports them in TAP, one line for each. */
#ifndef SUPPORT_SUITE_H
#define SUPPORT_SUITE_H

#include <stdbool.h>

struct suite_test {
	const char *name;
	void (*run)(void);
};

/*
 * Runs the tests in their order; the last one has a NULL name. Failed
 * assertions follow their test's line as comments with file and line. Returns
 * the exit status: 0 only if at least one ran and none failed.
 */
int suite_run(const char *name, const struct suite_test *tests);

/*
 * Marks the running test as skipped, and says why; to be called before it
 * asserts anything, and followed by a return.
 */
void suite_skip(const char *reason);

/*
 * For programs that look into the responder, or limit it, while it runs: since
 * it lets nobody dump its memory, only root may. Without root this says that
 * all tests are skipped, and is false.
 */
bool suite_has_root(void);

/* Asserts that two strings are equal, and prints both if they are not. */
void suite_equal(const char *actual, const char *expected, const char *file,
		 unsigned line);
#define SUITE_EQUAL(actual, expected)                                          \
	suite_equal((actual), (expected), __FILE__, __LINE__)

#endif
