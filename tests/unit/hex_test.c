/* hex: every character there is. */
#include "base/hex.h"

#include <CUnit/CUnit.h>
#include <ctype.h>
#include <stdlib.h>

#include "support/suite.h"

static void
reads_every_character(void)
{
	for (int c = 0; c < 256; c++) {
		char text[] = {(char)c, '\0'};
		int expected = isxdigit(c) ? (int)strtol(text, NULL, 16) : -1;

		CU_ASSERT_EQUAL(hex_value((char)c), expected);
	}
}

static void
reads_what_it_writes(void)
{
	for (int value = 0; value < 16; value++)
		CU_ASSERT_EQUAL(hex_value(hex_digits[value]), value);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads every character", reads_every_character},
	    {"reads what it writes", reads_what_it_writes},
	    {NULL, NULL}};

	return suite_run("hex", tests);
}
