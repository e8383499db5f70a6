#include "base/natural.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

/* In ascending order: every pair is compared, both ways. */
static const char *const ordered[] = {
    "",
    " ",
    "-",
    "0",
    "00",
    "00a",
    "0a",
    "01",
    "1",
    "1-1",
    "1a",
    "002",
    "02",
    "2",
    "9",
    "10",
    "99999999999999999999",
    "100000000000000000000",
    "100000000000000000001",
    "123456789012345678901234567890123456789012345678901234567890",
    "1234567890123456789012345678901234567890123456789012345678900",
    "A",
    "Node-3",
    "a",
    "gpu0",
    "gpu1",
    "gpu1.2",
    "gpu1.10",
    "gpu01a",
    "gpu1b",
    "gpu2",
    "gpu10",
    "node",
    "node-",
    "node-0",
    "node-001",
    "node-01",
    "node-1",
    "node-1-gpu-2",
    "node-1-gpu-10",
    "node-1.local",
    "node-01a",
    "node-1a",
    "node-2",
    "node-9",
    "node-10",
    "node-10a",
    "node-010b",
    "node-11",
    "node-100",
    "node.1",
    "nodea",
    "r1n2",
    "r1n10",
    "r2n1",
    "r10n1",
    "z",
    "\x7f",
    "\xc3\xa4"};

enum { COUNT = sizeof(ordered) / sizeof(*ordered) };

static void
check_order(const char *a, const char *b, int expected)
{
	int order = natural_compare(a, b);
	int sign = (order > 0) - (order < 0);

	CU_ASSERT_EQUAL(sign, expected);
	if (sign != expected)
		printf("# \"%s\" and \"%s\": got %d, expected %d\n", a, b, sign,
		       expected);
}

static void
orders_every_pair(void)
{
	for (int i = 0; i < COUNT; i++)
		for (int k = 0; k < COUNT; k++)
			check_order(ordered[i], ordered[k], (i > k) - (i < k));
}

static void
compares_digits_of_any_number(void)
{
	static char a[100001], b[100001];

	memset(a, '9', sizeof(a) - 1);
	memset(b, '9', sizeof(b) - 1);
	check_order(a, b, 0);
	b[sizeof(b) - 2] = '8';
	check_order(a, b, 1);
	b[sizeof(b) - 2] = '\0';
	check_order(a, b, 1);
	memset(b, '0', sizeof(b) - 1);
	b[sizeof(b) - 2] = '1';
	check_order("1", b, 1);
	check_order(b, "1", -1);
	check_order(b, "2", -1);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"orders every pair", orders_every_pair},
	    {"compares digits of any number", compares_digits_of_any_number},
	    {NULL, NULL}};

	return suite_run("natural", tests);
}
