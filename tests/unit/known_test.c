/* Sets of known series; how answers are read with them is in known_read_test.
 */
#include "prom/known.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

enum { MANY = 5000 };

static struct known_series
series_of(const char *text, size_t name_at)
{
	static const struct known_part parts[2] = {{5, 1}, {0, 0}};

	return (struct known_series){.text = text,
				     .length = (uint16_t)strlen(text),
				     .name_at = (uint16_t)name_at,
				     .source = 7,
				     .rank = 3,
				     .parts = parts};
}

static struct known_series
numbered(char text[static 32], unsigned number)
{
	snprintf(text, 32, "\"a\":\"%u\",", number);
	return series_of(text, strlen(text));
}

static struct known *
new_set(void)
{
	static struct budget budget;
	struct known *k;

	budget_init(&budget, 16 << 20);
	k = known_new(2, &budget);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	return k;
}

static void
a_set_knows_what_was_added(void)
{
	struct known *k = new_set();
	char text[32];

	for (unsigned i = 0; i < MANY; i++) {
		struct known_series series = numbered(text, i);

		CU_ASSERT_FALSE(known_has(k, &series));
		CU_ASSERT_TRUE(known_add_again(k, &series));
	}
	CU_ASSERT_EQUAL(k->count, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		struct known_series series = numbered(text, i);

		CU_ASSERT_TRUE(known_has(k, &series));
		SUITE_EQUAL(k->series[i].text, text);
		CU_ASSERT_PTR_NOT_EQUAL(k->series[i].text, text);
	}
	CU_ASSERT_EQUAL(k->series[9].source, 7);
	CU_ASSERT_EQUAL(k->series[9].rank, 3);
	CU_ASSERT_EQUAL(k->series[9].parts[0].start, 5);
	CU_ASSERT_EQUAL(k->series[9].parts[0].length, 1);
	known_release(k);
}

/* The name's place is a part of it. */
static void
a_series_is_its_text_and_the_place_of_its_name(void)
{
	struct known *k = new_set();
	struct known_series one = series_of("\"a\":\"x\",\"b\":\"\"", 8);
	struct known_series other = series_of("\"a\":\"x\",\"b\":\"\"", 0);

	CU_ASSERT_FALSE(known_has(k, &one));
	CU_ASSERT_TRUE(known_add_again(k, &one));
	CU_ASSERT_TRUE(known_has(k, &one));
	CU_ASSERT_FALSE(known_has(k, &other));
	known_release(k);
}

static void
a_full_set_stays_what_it_was(void)
{
	char text[32];

	for (size_t bytes = 0; bytes < 300000; bytes += 7001) {
		struct budget budget;
		struct known *k;
		struct known_series series;
		unsigned count = 0;

		budget_init(&budget, bytes);
		k = known_new(2, &budget);
		CU_ASSERT_PTR_NOT_NULL_FATAL(k);
		series = numbered(text, count);
		while (count < MANY && known_add_again(k, &series))
			series = numbered(text, ++count);
		CU_ASSERT_TRUE(count < MANY);
		CU_ASSERT_EQUAL(k->count, count);
		for (unsigned i = 0; i < count; i++) {
			series = numbered(text, i);
			CU_ASSERT_TRUE(known_has(k, &series));
		}
		known_release(k);
		CU_ASSERT_EQUAL(budget_used(&budget, bytes), 0);
	}
}

static void
the_last_reference_frees_it(void)
{
	struct budget budget;
	struct known *k;
	struct known_series series = series_of("\"a\":\"x\",", 8);

	budget_init(&budget, 1 << 20);
	k = known_new(2, &budget);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_TRUE(known_add_again(k, &series));
	known_take(k);
	known_release(k);
	CU_ASSERT_TRUE(known_has(k, &series));
	known_release(k);
	CU_ASSERT_EQUAL(budget_used(&budget, 1 << 20), 0);
	known_release(NULL);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"a set knows what was added", a_set_knows_what_was_added},
	    {"a series is its text and the place of its name",
	     a_series_is_its_text_and_the_place_of_its_name},
	    {"a full set stays what it was", a_full_set_stays_what_it_was},
	    {"the last reference frees it", the_last_reference_frees_it},
	    {NULL, NULL}};

	return suite_run("known", tests);
}
