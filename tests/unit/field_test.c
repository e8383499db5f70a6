#include "gpu/field.h"

#include <CUnit/CUnit.h>
#include <stddef.h>

#include "support/suite.h"

static const struct {
	enum field field;
	const char *name;
} names[] = {
    {FIELD_UTILIZATION, "utilization"},
    {FIELD_MEMORY_USED, "memory_used"},
    {FIELD_MEMORY_TOTAL, "memory_total"},
    {FIELD_MEMORY_FREE, "memory_free"},
    {FIELD_MEMORY_UTILIZATION, "memory_utilization"},
    {FIELD_TEMPERATURE, "temperature"},
    {FIELD_POWER_DRAW, "power_draw"},
    {FIELD_POWER_LIMIT, "power_limit"},
    {FIELD_MEMORY_CONTROLLER_UTILIZATION, "memory_controller_utilization"},
};

static void
has_a_name_for_each(void)
{
	CU_ASSERT_EQUAL(sizeof(names) / sizeof(*names), FIELD__MAX);
	for (size_t i = 0; i < FIELD__MAX; i++)
		SUITE_EQUAL(field_name(names[i].field), names[i].name);
}

static void
finds_each_by_its_name(void)
{
	for (size_t i = 0; i < FIELD__MAX; i++)
		CU_ASSERT_EQUAL(field_find(names[i].name), names[i].field);
}

static void
finds_nothing_else(void)
{
	static const char *const texts[] = {
	    "",	      "Utilization",  "utilization ",
	    "memory", "memory_used_", "power"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CU_ASSERT_EQUAL(field_find(texts[i]), FIELD__MAX);
}

static void
has_a_bit_for_each(void)
{
	field_set all = 0;

	for (int i = 0; i < FIELD__MAX; i++) {
		CU_ASSERT_EQUAL(all & FIELD_BIT(i), 0);
		all |= FIELD_BIT(i);
	}
	CU_ASSERT_EQUAL(all, (UINT32_C(1) << FIELD__MAX) - 1);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"has a name for each", has_a_name_for_each},
	    {"finds each by its name", finds_each_by_its_name},
	    {"finds nothing else", finds_nothing_else},
	    {"has a bit for each", has_a_bit_for_each},
	    {NULL, NULL}};

	return suite_run("field", tests);
}
