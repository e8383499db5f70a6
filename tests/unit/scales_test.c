/* scales: what was seen of a metric, and what is asked for it. */
#include "gpu/site/scales.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

enum { BUDGET_BYTES = 1 << 22, TARGETS = 300 };

static struct budget budget;
static struct intern texts;
static struct scales scales, later;
static struct err err;

static void
start(void)
{
	budget_init(&budget, BUDGET_BYTES);
	intern_init(&texts, &budget);
	scales_init(&scales, &budget);
	scales_init(&later, &budget);
}

static void
end(void)
{
	scales_fini(&later);
	scales_fini(&scales);
	intern_fini(&texts);
	CU_ASSERT_EQUAL(budget.left_bytes, BUDGET_BYTES);
}

static const struct intern_string *
target(unsigned number)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "10.0.%u.%u:9400",
			      number / 256, number % 256);

	return intern_text(&texts, intern_add(&texts, text, (size_t)length));
}

static void
remembers_each_target(void)
{
	start();
	for (unsigned i = 0; i < TARGETS; i++)
		CU_ASSERT_EQUAL(
		    scales_note(&scales, 3, target(i),
				i % 2 == 0 ? SCALES_ABOVE : SCALES_FRACTION,
				&err),
		    ERR_OK);
	CU_ASSERT_EQUAL(scales_find(&scales, 3, target(0)), SCALES_ABOVE);
	CU_ASSERT_EQUAL(scales_find(&scales, 3, target(TARGETS - 1)),
			SCALES_FRACTION);
	/* Neither another metric nor another target. */
	CU_ASSERT_EQUAL(scales_find(&scales, 4, target(0)), 0);
	CU_ASSERT_EQUAL(scales_find(&scales, 3, target(TARGETS)), 0);
	end();
}

/* What was seen once stays seen, though it is not seen any more. */
static void
adds_what_was_seen_before(void)
{
	start();
	scales_note(&scales, 0, target(1), SCALES_ABOVE, &err);
	scales.look_count = 7;
	scales_note(&later, 0, target(1), SCALES_FRACTION, &err);
	scales_note(&later, 0, target(2), SCALES_FRACTION, &err);
	CU_ASSERT_EQUAL(scales_add(&later, &scales, &err), ERR_OK);
	CU_ASSERT_EQUAL(scales_find(&later, 0, target(1)),
			SCALES_ABOVE | SCALES_FRACTION);
	CU_ASSERT_EQUAL(scales_find(&later, 0, target(2)), SCALES_FRACTION);
	CU_ASSERT_EQUAL(later.look_count, 7);
	end();
}

static const char *
asked(unsigned look_count)
{
	static const struct profile_metric metric = {.name = "m",
						     .conditions = "a=\"b\""};
	static char text[512];
	struct arena arena;
	struct ask ask;

	arena_init(&arena, &budget);
	CU_ASSERT_EQUAL_FATAL(ask_init(&ask, 1,
				       &(struct ask_asker){.arena = &arena},
				       &texts, 10, &err),
			      ERR_OK);
	CU_ASSERT_EQUAL_FATAL(scales_ask(&ask, &metric, look_count, &err),
			      ERR_OK);
	snprintf(text, sizeof(text), "%s", ask.jobs[0].query.promql);
	ask_fini(&ask);
	arena_fini(&arena);
	return text;
}

static void
looks_far_back_when_nobody_waits(void)
{
	start();
	SUITE_EQUAL(asked(0), "label_replace(max by (instance) "
			      "(max_over_time(m{a=\"b\"}[5m]) > 1.5),"
			      "\"seen\",\"above\",\"\",\"\") or "
			      "label_replace(count by (instance) "
			      "(sum_over_time(m{a=\"b\"}[5m]) % 1 > 0),"
			      "\"seen\",\"fraction\",\"\",\"\")");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(asked(1), "(max_over_time(m{a=\"b\"}[1d]) > 1.5)"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(asked(1), "(sum_over_time(m{a=\"b\"}[1d]) % 1 > 0)"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(asked(2), "(max_over_time(m{a=\"b\"}[5m]) > 1.5)"));
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"remembers each target", remembers_each_target},
	    {"adds what was seen before", adds_what_was_seen_before},
	    {"looks far back when nobody waits",
	     looks_far_back_when_nobody_waits},
	    {NULL, NULL}};

	return suite_run("scales", tests);
}
