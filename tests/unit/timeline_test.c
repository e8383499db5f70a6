#include "gpu/fleet/timeline.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { HOUR_S = 3600, DAY_S = 86400, LEAST_S = 15 };

/* 2026-01-02T03:04:05Z */
static const int64_t now_s = 1767323045;

static void
chooses_a_step_of_the_ladder(void)
{
	static const struct {
		int64_t range_s, points, min_s, step_s;
		size_t count; /* of the range that ends now */
	} cases[] = {{HOUR_S, 300, LEAST_S, 15, 241},
		     {6 * HOUR_S, 300, LEAST_S, 120, 181},
		     {DAY_S, 300, LEAST_S, 300, 289},
		     {7 * DAY_S, 300, LEAST_S, HOUR_S, 169},
		     {30 * DAY_S, 300, LEAST_S, 3 * HOUR_S, 241},
		     {60, 300, LEAST_S, 15, 5},
		     {60, 300, 1, 1, 61},
		     {60, 2, 1, 60, 2},
		     {61, 2, 1, 120, 2},
		     {31 * DAY_S, 2, LEAST_S, 31 * DAY_S, 2},
		     {31 * DAY_S, 3, LEAST_S, 16 * DAY_S, 3},
		     {60, 300, 86401, 2 * DAY_S, 2}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		int64_t step_s = timeline_step(cases[i].range_s,
					       cases[i].points, cases[i].min_s);
		struct timeline t =
		    timeline_align(now_s - cases[i].range_s, now_s, step_s);

		CU_ASSERT_EQUAL(step_s, cases[i].step_s);
		if (t.count != cases[i].count)
			printf("# case %zu has %zu points\n", i, t.count);
		CU_ASSERT_EQUAL(t.count, cases[i].count);
	}
}

/* Whatever the range, the points and the moment. */
static void
never_has_more_points_than_asked_for(void)
{
	for (int64_t range_s = 60; range_s < 40 * DAY_S;
	     range_s += range_s / 7 + 1)
		for (int64_t points = 2; points <= 2000;
		     points += points / 5 + 1) {
			int64_t step_s = timeline_step(range_s, points, 1);

			for (int64_t end_s = now_s; end_s < now_s + 3 * step_s;
			     end_s += step_s / 3 + 1) {
				struct timeline t = timeline_align(
				    end_s - range_s, end_s, step_s);

				if ((int64_t)t.count > points)
					printf("# %lld s, %lld points: %zu\n",
					       (long long)range_s,
					       (long long)points, t.count);
				CU_ASSERT_TRUE_FATAL((int64_t)t.count <=
						     points);
				CU_ASSERT_TRUE(
				    (int64_t)t.count <=
				    timeline_points(range_s, step_s));
			}
		}
}

static void
has_both_ends_on_the_step(void)
{
	struct timeline t = timeline_align(1000, 1299, 100);

	CU_ASSERT_EQUAL(t.start_s, 1000);
	CU_ASSERT_EQUAL(t.end_s, 1200);
	CU_ASSERT_EQUAL(t.count, 3);
	CU_ASSERT_EQUAL(timeline_at(&t, 0), 1000);
	CU_ASSERT_EQUAL(timeline_at(&t, 2), 1200);
	/* Within one step: the one before it as well. */
	t = timeline_align(1010, 1090, 100);
	CU_ASSERT_EQUAL(t.start_s, 900);
	CU_ASSERT_EQUAL(t.end_s, 1000);
	CU_ASSERT_EQUAL(t.count, 2);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"chooses a step of the ladder", chooses_a_step_of_the_ladder},
	    {"never has more points than asked for",
	     never_has_more_points_than_asked_for},
	    {"has both ends on the step", has_both_ends_on_the_step},
	    {NULL, NULL}};

	return suite_run("timeline", tests);
}
