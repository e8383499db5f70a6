#include "gpu/field.h"

#include <CUnit/CUnit.h>
#include <math.h>
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
    {FIELD_SM_CLOCK, "sm_clock"},
    {FIELD_MEMORY_CLOCK, "memory_clock"},
    {FIELD_FAN_SPEED, "fan_speed"},
    {FIELD_MEMORY_TEMPERATURE, "memory_temperature"},
    {FIELD_ENERGY, "energy"},
    {FIELD_XID, "xid"},
    {FIELD_MEMORY_RESERVED, "memory_reserved"},
    {FIELD_MEMORY_USED_RATIO, "memory_used_ratio"},
};

static void
has_a_name_for_each(void)
{
	CU_ASSERT_EQUAL(sizeof(names) / sizeof(*names), FIELD__MAX);
	for (size_t i = 0; i < FIELD__MAX; i++)
		SUITE_EQUAL(field_table[names[i].field].name, names[i].name);
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

/* The sets, which endpoints need as constants, are those of the table. */
static void
has_sets_of_its_rows(void)
{
	field_set told = 0, of_groups = 0;

	for (int i = 0; i < FIELD__MAX; i++) {
		if (field_table[i].key != NULL)
			told |= FIELD_BIT(i);
		if (field_table[i].of_group != GROUP_NONE)
			of_groups |= FIELD_BIT(i);
	}
	CU_ASSERT_EQUAL(FIELDS_TOLD, told);
	CU_ASSERT_EQUAL(FIELDS_OF_GROUPS, of_groups);
}

/* What is told has a unit that can be told, and limits that can be met. */
static void
has_whole_rows(void)
{
	for (int i = 0; i < FIELD__MAX; i++) {
		const struct field_info *info = &field_table[i];

		CU_ASSERT_TRUE(info->min < info->max && info->clamp > 0);
		CU_ASSERT_PTR_NOT_NULL(unit_table[info->unit].kept);
		if (info->key != NULL)
			CU_ASSERT_PTR_NOT_NULL(unit_table[info->unit].told);
		if (info->is_computed)
			CU_ASSERT_NOT_EQUAL(info->made_of, 0);
	}
}

/* Who is computed, and of what, is of memory: the one family there is. */
static void
knows_what_belongs_together(void)
{
	field_set together = 0;

	for (int i = 0; i < FIELD__MAX; i++)
		if (field_table[i].made_of != 0)
			together |= FIELD_BIT(i) | field_table[i].made_of;
	CU_ASSERT_EQUAL(FIELDS_OF_MEMORY, together);
}

static void
knows_processes(void)
{
	static const char *const process_names[] = {"gpu_memory", "cpu",
						    "memory"};

	for (int i = 0; i < PROCESS_FIELD__MAX; i++) {
		SUITE_EQUAL(process_field_table[i].name, process_names[i]);
		CU_ASSERT_EQUAL((int)field_process_find(process_names[i]), i);
	}
	CU_ASSERT_EQUAL(field_process_find("gpu"), PROCESS_FIELD__MAX);
}

static void
expect_clean(enum field field, double value, double expected)
{
	double clean = field_clean(field, value);

	CU_ASSERT_TRUE(isnan(expected) ? isnan(clean) : clean == expected);
}

/* What no GPU measures is nobody's measurement. */
static void
cleans_values(void)
{
	expect_clean(FIELD_UTILIZATION, 0, 0);
	expect_clean(FIELD_UTILIZATION, 100.5, 100);
	expect_clean(FIELD_UTILIZATION, 65535, NAN);
	expect_clean(FIELD_UTILIZATION, -1, NAN);
	expect_clean(FIELD_UTILIZATION, NAN, NAN);
	expect_clean(FIELD_FAN_SPEED, 112, 112);
	expect_clean(FIELD_TEMPERATURE, -3.25, -3.25);
	expect_clean(FIELD_TEMPERATURE, 65535, NAN);
	expect_clean(FIELD_MEMORY_USED, 0, 0);
	expect_clean(FIELD_MEMORY_USED, 1e18, NAN);
	expect_clean(FIELD_TEMPERATURE, 0, NAN);
	expect_clean(FIELD_MEMORY_TEMPERATURE, 0, NAN);
	expect_clean(FIELD_POWER_DRAW, 0, NAN);
	expect_clean(FIELD_POWER_LIMIT, 0, NAN);
	expect_clean(FIELD_POWER_DRAW, 4294967.295, NAN);
	expect_clean(FIELD_SM_CLOCK, 65535, NAN);
	expect_clean(FIELD_XID, 0, NAN);
	expect_clean(FIELD_XID, 79, 79);
	expect_clean(FIELD_MEMORY_USED_RATIO, 1.5, NAN);
}

static void
tells_blanks(void)
{
	static const double blanks[] = {NAN,
					INFINITY,
					-INFINITY,
					2147483632,
					2147483635,
					9223372036854775794.0,
					140737488355328.0,
					140737488355331.0};
	static const double samples[] = {
	    0, -1, 100, 2147483631, 2147483636, 85520809984.0, 1e15};

	for (size_t i = 0; i < sizeof(blanks) / sizeof(*blanks); i++)
		CU_ASSERT_TRUE(field_is_blank(blanks[i]));
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		CU_ASSERT_FALSE(field_is_blank(samples[i]));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"has a name for each", has_a_name_for_each},
	    {"finds each by its name", finds_each_by_its_name},
	    {"finds nothing else", finds_nothing_else},
	    {"has a bit for each", has_a_bit_for_each},
	    {"has sets of its rows", has_sets_of_its_rows},
	    {"has whole rows", has_whole_rows},
	    {"knows what belongs together", knows_what_belongs_together},
	    {"knows what processes have", knows_processes},
	    {"cleans values that nobody can have measured", cleans_values},
	    {"tells the numbers that stand for unknown", tells_blanks},
	    {NULL, NULL}};

	return suite_run("field", tests);
}
