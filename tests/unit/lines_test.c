#include "gpu/fleet/lines.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
/* A series that has all points. */
#define OF(rank, field, alternative, values)                                   \
	{rank, field, alternative, values, 0, LENGTH(values), NULL}
#define GIB (1024.0 * 1024 * 1024)

static const double no = NAN;

static void
expect(const char *what, double value, double expected)
{
	bool is_right =
	    isnan(expected) ? isnan(value) : fabs(value - expected) < 1e-9;

	if (!is_right)
		printf("# %s is %g, not %g\n", what, value, expected);
	CU_ASSERT_TRUE(is_right);
}

/* Points of one GPU, of a series each. */
static struct strands
sorted(struct strand *list, size_t count)
{
	qsort(list, count, sizeof(*list), strand_compare);
	return (struct strands){list, count};
}

/* A card's series before and after a restart, of which one step has both. */
static void
goes_on_over_restarts(void)
{
	const double before[] = {1, 5}, after[] = {4, 6};
	const double often[] = {9, 9}, seldom[] = {3, 9};
	const struct strand list[] = {
	    {0, FIELD_UTILIZATION, 0, before, 0, LENGTH(before), often},
	    {0, FIELD_UTILIZATION, 0, after, 1, LENGTH(after), seldom}};
	static const struct {
		enum strands_merge how;
		double expected[4];
	} cases[] = {{STRANDS_GREATEST, {1, 5, 6, NAN}},
		     {STRANDS_LEAST, {1, 4, 6, NAN}},
		     {STRANDS_MEAN, {1, 4.75, 6, NAN}}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double merged[4];

		strands_merge(list, LENGTH(list), cases[i].how, LENGTH(merged),
			      merged);
		for (size_t k = 0; k < LENGTH(merged); k++)
			expect("merged", merged[k], cases[i].expected[k]);
	}
}

/* Another metric, and another exporter, where the first ones tell nothing. */
static void
prefers_the_first(void)
{
	const double one[] = {1, 5}, second[] = {70, 70, 70, 8, no};
	const double other[] = {90, 90, 90, 90, 9};
	struct strand list[] = {OF(1, FIELD_UTILIZATION, 0, other),
				OF(0, FIELD_UTILIZATION, 1, second),
				OF(0, FIELD_UTILIZATION, 0, one)};
	const double expected[] = {1, 5, 70, 8, 9};
	struct strands s = sorted(list, LENGTH(list));

	CU_ASSERT_TRUE(strands_are_of(&s, FIELD_UTILIZATION));
	CU_ASSERT_FALSE(strands_are_of(&s, FIELD_POWER_DRAW));
	for (size_t i = 0; i < LENGTH(expected); i++) {
		double v[FIELD__MAX];

		strands_at(&s, i, v);
		expect("utilization", v[FIELD_UTILIZATION], expected[i]);
		expect("alone", strands_value_at(&s, i), expected[i]);
	}
}

/* Of what two exporters count neither is the other's before. */
static void
grows_for_each_counter(void)
{
	const double before[] = {1e9, 1e9 + 10};
	const double after[] = {3, 5, no, 25, 40};
	const double other[] = {100, 107, 114, 121, 128, 135};
	const struct strand counters[] = {
	    OF(0, FIELD_ENERGY, 0, before),
	    {0, FIELD_ENERGY, 0, after, 1, LENGTH(after), NULL},
	    OF(1, FIELD_ENERGY, 0, other)};
	const double expected[] = {10, 5, 7, 7, 15};
	double first[LENGTH(expected)], second[LENGTH(expected)];
	const struct strand list[] = {OF(0, FIELD_ENERGY, 0, first),
				      OF(1, FIELD_ENERGY, 0, second)};
	struct strands s = {list, LENGTH(list)};

	strands_growth(counters, 2, LENGTH(expected), first);
	strands_growth(&counters[2], 1, LENGTH(expected), second);
	for (size_t i = 0; i < LENGTH(expected); i++) {
		double v[FIELD__MAX];

		strands_at(&s, i, v);
		expect("energy", v[FIELD_ENERGY], expected[i]);
	}
}

static void
computes_of_one_exporter(void)
{
	const double used[] = {10 * GIB, 10 * GIB, no};
	const double free_bytes[] = {30 * GIB, no, no};
	const double other_used[] = {20 * GIB, 20 * GIB, no};
	const double other_total[] = {100 * GIB, 80 * GIB, 80 * GIB};
	struct strand list[] = {OF(0, FIELD_MEMORY_USED, 0, used),
				OF(0, FIELD_MEMORY_FREE, 0, free_bytes),
				OF(1, FIELD_MEMORY_USED, 0, other_used),
				OF(1, FIELD_MEMORY_TOTAL, 0, other_total)};
	struct strands s = sorted(list, LENGTH(list));
	double v[FIELD__MAX];

	strands_at(&s, 0, v);
	expect("percent", v[FIELD_MEMORY_UTILIZATION], 25);
	/* Half of a sum is nobody's: the other one has it all. */
	strands_at(&s, 1, v);
	expect("percent", v[FIELD_MEMORY_UTILIZATION], 25);
	expect("used", v[FIELD_MEMORY_USED], 20 * GIB);
	strands_at(&s, 2, v);
	expect("percent", v[FIELD_MEMORY_UTILIZATION], no);
	expect("total", v[FIELD_MEMORY_TOTAL], 80 * GIB);
}

static void
ends_where_a_card_is_split(void)
{
	const double own[] = {40, no, 12};
	const double first[] = {no, 100, no}, second[] = {no, 30, no};
	const struct strand list[] = {OF(0, FIELD_UTILIZATION, 0, own),
				      OF(0, FIELD_UTILIZATION, 0, first),
				      OF(0, FIELD_UTILIZATION, 0, second)};
	static struct lines_card card;
	static double parts[FLEET_INSTANCES_MAX][FIELD__MAX];
	double v[FIELD__MAX];

	card = (struct lines_card){.own = {&list[0], 1},
				   .parts = {{&list[1], 1}, {&list[2], 1}},
				   .slices = {3, 1},
				   .part_count = 2,
				   .card_slices = 7};
	CU_ASSERT_FALSE(lines_at(&card, 0, v, parts));
	expect("whole", v[FIELD_UTILIZATION], 40);
	expect("part", parts[0][FIELD_UTILIZATION], no);
	CU_ASSERT_TRUE(lines_at(&card, 1, v, parts));
	expect("whole", v[FIELD_UTILIZATION], (3 * 100 + 1 * 30) / 7.0);
	expect("part", parts[0][FIELD_UTILIZATION], 100);
	expect("part", parts[1][FIELD_UTILIZATION], 30);
	CU_ASSERT_FALSE(lines_at(&card, 2, v, parts));
	expect("whole", v[FIELD_UTILIZATION], 12);
}

enum { POINTS = 3 };

/* Of three GPUs, of which at the second point only the first is known, and at
 * the third nobody. */
static size_t
group(enum field field, const double values[3], double points[POINTS])
{
	static double room[2 * POINTS];
	struct lines_group g;
	double v[FIELD__MAX];

	CU_ASSERT_EQUAL(lines_group_room(field, POINTS), LENGTH(room));
	lines_group_init(&g, field, POINTS, room);
	for (int i = 0; i < FIELD__MAX; i++)
		v[i] = NAN;
	for (int i = 0; i < 3; i++) {
		v[field] = values[i];
		lines_group_add(&g, 0, v);
		if (i == 0)
			lines_group_add(&g, 1, v);
	}
	v[field] = NAN;
	lines_group_add(&g, 2, v);
	return lines_group_finish(&g, points);
}

static void
combines_by_the_unit(void)
{
	double points[POINTS];

	CU_ASSERT_EQUAL(
	    group(FIELD_UTILIZATION, (double[]){10, 20, 90}, points), 3);
	expect("mean", points[0], 120 / 3.0);
	expect("mean", points[1], 10);
	expect("mean", points[2], no);
	group(FIELD_SM_CLOCK, (double[]){1000, 2000, 3000}, points);
	expect("mean", points[0], 6000 / 3.0);
	group(FIELD_POWER_DRAW, (double[]){10, 20, 90}, points);
	expect("sum", points[0], 120);
	expect("sum", points[1], 10);
	expect("sum", points[2], no);
	group(FIELD_ENERGY, (double[]){1, 2, 3}, points);
	expect("sum", points[0], 6);
	group(FIELD_MEMORY_TEMPERATURE, (double[]){50, 61, 60}, points);
	expect("max", points[0], 61);
	expect("max", points[1], 50);
	expect("max", points[2], no);
}

/* Weighted by what there is: not the mean of what is computed of each. */
static void
computes_of_the_sums(void)
{
	double room[3], point, v[FIELD__MAX];
	struct lines_group g;

	CU_ASSERT_EQUAL(lines_group_room(FIELD_MEMORY_UTILIZATION, 1),
			LENGTH(room));
	lines_group_init(&g, FIELD_MEMORY_UTILIZATION, 1, room);
	for (int i = 0; i < FIELD__MAX; i++)
		v[i] = NAN;
	v[FIELD_MEMORY_USED] = 80 * GIB;
	v[FIELD_MEMORY_TOTAL] = 80 * GIB;
	v[FIELD_MEMORY_UTILIZATION] = 100;
	lines_group_add(&g, 0, v);
	v[FIELD_MEMORY_USED] = 0;
	v[FIELD_MEMORY_TOTAL] = 20 * GIB;
	v[FIELD_MEMORY_UTILIZATION] = 0;
	lines_group_add(&g, 0, v);
	/* Of this one nobody knows what there is. */
	v[FIELD_MEMORY_TOTAL] = v[FIELD_MEMORY_UTILIZATION] = no;
	lines_group_add(&g, 0, v);
	CU_ASSERT_EQUAL(lines_group_finish(&g, &point), 2);
	expect("ratio", point, 80);
}

static void
summarises_what_is_known(void)
{
	const double points[] = {no, 4, no, 1, 10, no};
	const double nothing[] = {no, no};
	struct lines_summary s = lines_summarise(points, LENGTH(points));

	expect("min", s.min, 1);
	expect("avg", s.avg, 5);
	expect("max", s.max, 10);
	expect("last", s.last, 10);
	s = lines_summarise(nothing, LENGTH(nothing));
	expect("min", s.min, no);
	expect("avg", s.avg, no);
	expect("max", s.max, no);
	expect("last", s.last, no);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"goes on over restarts", goes_on_over_restarts},
	    {"prefers the first", prefers_the_first},
	    {"grows for each counter", grows_for_each_counter},
	    {"computes of one exporter's values", computes_of_one_exporter},
	    {"ends where a card is split", ends_where_a_card_is_split},
	    {"combines by the unit", combines_by_the_unit},
	    {"computes of the sums", computes_of_the_sums},
	    {"summarises what is known", summarises_what_is_known},
	    {NULL, NULL}};

	return suite_run("lines", tests);
}
