/* headers: the request headers of the settings. */
#include "prom/headers.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static char taken[1024];

static enum err_code
take(void *context, const char *header, struct err *e)
{
	(void)context, (void)e;
	strcat(taken, header);
	strcat(taken, "\n");
	return ERR_OK;
}

static void
expect(const char *text, const char *headers)
{
	struct err e = {.code = ERR_OK};

	taken[0] = '\0';
	CU_ASSERT_EQUAL(headers_read(text, take, NULL, &e), ERR_OK);
	SUITE_EQUAL(taken, headers);
}

static void
expect_refusal(const char *text, const char *reason)
{
	struct err e = {.code = ERR_OK};

	CU_ASSERT_EQUAL(headers_read(text, NULL, NULL, &e), ERR_SETTING);
	SUITE_EQUAL(e.text, reason);
}

static void
names_and_values(void)
{
	expect("", "");
	expect("X-Scope-OrgID=tenant-1", "X-Scope-OrgID: tenant-1\n");
	expect("A=1, THANOS-TENANT=a b,B=x=y", "A: 1\nTHANOS-TENANT: a b\n"
					       "B: x=y\n");
	expect("A=1,", "A: 1\n");
}

static void
percent_encoding(void)
{
	expect("A=a%2Cb%25%7e", "A: a,b%~\n");
	expect_refusal("A=%2", "header 1 has a % that no two hex digits "
			       "follow");
	expect_refusal("A=%zz", "header 1 has a % that no two hex digits "
				"follow");
	expect_refusal("A=1,B=%", "header 2 has a % that no two hex digits "
				  "follow");
}

static void
no_header_splits_another(void)
{
	expect_refusal("A=x%0d%0aEvil:%201",
		       "header 1 has a value that no header can have");
	expect_refusal("A=x\ny",
		       "header 1 has a value that no header can have");
	expect_refusal("A=%00", "header 1 has a value that no header can have");
	expect_refusal("A=", "header 1 has a value that no header can have");
	expect_refusal("A b=1", "header 1 has a name that no header can have");
	expect_refusal("A:=1", "header 1 has a name that no header can have");
	expect_refusal("=1", "header 1 has no name and = before its value");
	expect_refusal("secret", "header 1 has no name and = before its value");
	expect_refusal("A=1,,B=2",
		       "header 2 has no name and = before its value");
}

static void
longest(void)
{
	char *text = malloc(HEADERS_MAX_BYTES + 16);

	memset(text, 'x', HEADERS_MAX_BYTES + 15);
	memcpy(text, "A=", 2);
	text[HEADERS_MAX_BYTES + 15] = '\0';
	expect_refusal(text, "header 1 is longer than 16 KiB");
	text[HEADERS_MAX_BYTES - 2] = '\0';
	CU_ASSERT_EQUAL(headers_read(text, NULL, NULL, &(struct err){0}),
			ERR_OK);
	free(text);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"names and values", names_and_values},
	    {"values are percent-encoded", percent_encoding},
	    {"no value makes a second header", no_header_splits_another},
	    {"the longest", longest},
	    {NULL, NULL}};

	return suite_run("headers", tests);
}
