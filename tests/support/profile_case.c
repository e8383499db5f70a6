#include "support/profile_case.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "gpu/profile/read.h"
#include "support/suite.h"

static struct err err;

static enum err_code
read_text(const char *text, size_t length, struct profile **out)
{
	struct budget budget;
	struct arena arena;
	enum err_code code;

	memset(&err, 0, sizeof(err));
	budget_init(&budget, 1 << 20);
	arena_init(&arena, &budget);
	code = profile_read("x.json", text, length, &arena, out, &err);
	arena_fini(&arena);
	CU_ASSERT_EQUAL(err.code, code);
	return code;
}

const char *
profile_case_refused(const char *text, size_t length)
{
	struct profile *p = (struct profile *)&err;

	CU_ASSERT_EQUAL(read_text(text, length, &p), ERR_SETTING);
	CU_ASSERT_PTR_NULL(p);
	return err.text;
}

void
profile_case_wrong(const char *text, const char *expected)
{
	SUITE_EQUAL(profile_case_refused(text, strlen(text)), expected);
}

void
profile_case_all_wrong(const char *const (*cases)[2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		profile_case_wrong(cases[i][0], cases[i][1]);
}

void
profile_case_right(const char *text)
{
	struct profile *p = NULL;

	CU_ASSERT_EQUAL(read_text(text, strlen(text), &p), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL(p);
	SUITE_EQUAL(err.text, "");
}
