/* sheet: which of several values of one row count. */
#include "gpu/fleet/sheet.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { AMPLE_BYTES = 1 << 20, TOLD_MAX = 12 };

/* One value of an exporter, by a way of its own. */
struct told {
	unsigned exporter;
	uint32_t source;
	enum field field;
	double value;
	unsigned alternative;
	double time_s;
};

#define USED(e, s, v)  {e, s, FIELD_MEMORY_USED, v, 0, 10}
#define FREE(e, s, v)  {e, s, FIELD_MEMORY_FREE, v, 0, 10}
#define TOTAL(e, s, v) {e, s, FIELD_MEMORY_TOTAL, v, 0, 10}
#define BUSY(e, s, v)  {e, s, FIELD_UTILIZATION, v, 0, 10}
#define NOTHING	       {0, 0, FIELD__MAX, 0, 0, 0}

static struct budget budget;
static struct arena arena;

static void
start(size_t bytes)
{
	budget_init(&budget, bytes);
	arena_init(&arena, &budget);
}

static bool
tell(struct sheet_list *list, const struct told *t)
{
	const struct sheet_origin origin = {t->exporter, t->source};
	struct reading reading =
	    reading_of(t->value, t->time_s, t->alternative);

	return sheet_take(list, &origin, t->field, &reading, &arena);
}

/* How many there are up to NOTHING. */
static size_t
count_told(const struct told *told)
{
	size_t count = 0;

	while (told[count].field != FIELD__MAX)
		count++;
	return count;
}

static void
expect(double value, double expected)
{
	CU_ASSERT_TRUE(isnan(expected) ? isnan(value)
				       : fabs(value - expected) < 1e-9);
}

struct row {
	struct told told[TOLD_MAX];
	double used, free, total, busy;
};

/* In the order given, and in the reverse: who comes first does not count. */
static void
expect_row(const struct row *row)
{
	size_t count = count_told(row->told);

	for (int is_reverse = 0; is_reverse < 2; is_reverse++) {
		struct sheet_list list = {NULL, 0};
		double v[FIELD__MAX];

		start(AMPLE_BYTES);
		for (size_t i = 0; i < count; i++)
			CU_ASSERT_TRUE_FATAL(tell(
			    &list, &row->told[is_reverse ? count - 1 - i : i]));
		sheet_settle(&list, v);
		expect(v[FIELD_MEMORY_USED], row->used);
		expect(v[FIELD_MEMORY_FREE], row->free);
		expect(v[FIELD_MEMORY_TOTAL], row->total);
		expect(v[FIELD_UTILIZATION], row->busy);
		arena_fini(&arena);
	}
}

/* Two replicas have scraped before and after a job of 70 GiB ended. */
static void
takes_one_copy_for_all_fields(void)
{
	static const struct row rows[] = {
	    {{USED(0, 1, 70), FREE(0, 1, 10), BUSY(0, 1, 99), USED(0, 2, 1),
	      FREE(0, 2, 79), BUSY(0, 2, 0), NOTHING},
	     70,
	     10,
	     80,
	     99},
	    {{USED(0, 2, 70), FREE(0, 2, 10), BUSY(0, 2, 99), USED(0, 1, 1),
	      FREE(0, 1, 79), BUSY(0, 1, 0), NOTHING},
	     1,
	     79,
	     80,
	     0},
	    /* The newest, if time tells. */
	    {{{0, 1, FIELD_MEMORY_USED, 70, 0, 10},
	      {0, 1, FIELD_MEMORY_TOTAL, 80, 0, 10},
	      {0, 2, FIELD_MEMORY_USED, 1, 0, 11},
	      {0, 2, FIELD_MEMORY_TOTAL, 80, 0, 11},
	      NOTHING},
	     1,
	     79,
	     80,
	     NAN},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		expect_row(&rows[i]);
}

/* A pod's series has no free memory; the card's has all. */
static void
takes_the_copy_that_knows_most(void)
{
	static const struct row rows[] = {
	    {{USED(0, 1, 5), USED(0, 2, 70), FREE(0, 2, 10), NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	    {{USED(0, 1, 5), TOTAL(0, 1, NAN), USED(0, 2, 70), TOTAL(0, 2, 80),
	      BUSY(0, 1, 3), BUSY(0, 2, 4), NOTHING},
	     70,
	     10,
	     80,
	     4},
	    /* The better metric of two. */
	    {{{0, 1, FIELD_MEMORY_USED, 5, 1, 10},
	      {0, 2, FIELD_MEMORY_USED, 6, 0, 10},
	      NOTHING},
	     6,
	     NAN,
	     NAN,
	     NAN},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		expect_row(&rows[i]);
}

/* Metrics of one exporter may have further labels, each its own. */
static void
brings_together_what_does_not_conflict(void)
{
	static const struct row rows[] = {
	    {{USED(0, 1, 70), TOTAL(0, 2, 80), BUSY(0, 3, 50), NOTHING},
	     70,
	     10,
	     80,
	     50},
	    {{USED(0, 1, 70), TOTAL(0, 1, 80), BUSY(0, 3, 50), NOTHING},
	     70,
	     10,
	     80,
	     50},
	    /* The profile's first choice, though it has a label more. */
	    {{USED(0, 1, 70),
	      TOTAL(0, 1, 80),
	      {0, 1, FIELD_UTILIZATION, 20, 1, 10},
	      {0, 3, FIELD_UTILIZATION, 50, 0, 10},
	      NOTHING},
	     70,
	     10,
	     80,
	     50},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		expect_row(&rows[i]);
}

static void
takes_memory_from_one_exporter(void)
{
	static const struct row rows[] = {
	    /* Another's total is of another kind. */
	    {{USED(0, 1, 70), FREE(0, 1, 10), USED(1, 1, 70), TOTAL(1, 1, 160),
	      NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	    {{USED(0, 1, 70), TOTAL(0, 1, 80), FREE(1, 1, 90), NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	    /* Who knows one number leaves all of it to who knows the rest. */
	    {{USED(0, 1, 69), USED(1, 1, 70), TOTAL(1, 1, 80), NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	    {{USED(0, 1, 69), TOTAL(1, 1, 80), NOTHING}, 69, NAN, NAN, NAN},
	    /* 0 of 0 is nothing. */
	    {{USED(0, 1, 0), FREE(0, 1, 0), TOTAL(0, 1, 0), USED(1, 1, 70),
	      TOTAL(1, 1, 80), NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	    /* What does not belong together comes from whoever has it. */
	    {{BUSY(1, 1, 50), BUSY(0, 1, NAN), USED(0, 1, 70), TOTAL(0, 1, 80),
	      NOTHING},
	     70,
	     10,
	     80,
	     50},
	    {{BUSY(1, 1, 50), BUSY(0, 1, 40), NOTHING}, NAN, NAN, NAN, 40},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		expect_row(&rows[i]);
}

/* Two metrics for one field, by the same labels. */
static void
prefers_a_metric(void)
{
	static const struct row rows[] = {
	    {{{0, 1, FIELD_UTILIZATION, 20, 1, 10},
	      {0, 1, FIELD_UTILIZATION, 50, 0, 10},
	      NOTHING},
	     NAN,
	     NAN,
	     NAN,
	     50},
	    /* A total of 0 is none. */
	    {{TOTAL(0, 1, 0),
	      {0, 1, FIELD_MEMORY_TOTAL, 80, 1, 10},
	      USED(0, 1, 70),
	      NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		expect_row(&rows[i]);
}

static void
pours(void)
{
	static const struct told one = USED(0, 1, 70), other = TOTAL(0, 1, 80),
				 more = BUSY(1, 1, 50);
	struct sheet_list into = {NULL, 0}, from = {NULL, 0};
	double v[FIELD__MAX];

	start(AMPLE_BYTES);
	CU_ASSERT_TRUE(tell(&into, &one));
	CU_ASSERT_TRUE(tell(&from, &other));
	CU_ASSERT_TRUE(tell(&from, &more));
	sheet_pour(&into, &from);
	CU_ASSERT_EQUAL(into.count, 2);
	CU_ASSERT_EQUAL(from.count, 0);
	sheet_settle(&into, v);
	expect(v[FIELD_MEMORY_FREE], 10);
	expect(v[FIELD_UTILIZATION], 50);
	arena_fini(&arena);
}

/* Of a great many ways the first count, at a price that has a limit. */
static void
looks_at_so_many(void)
{
	struct sheet_list list = {NULL, 0}, other = {NULL, 0};
	struct told told = USED(0, 0, 5);
	double v[FIELD__MAX];

	start(AMPLE_BYTES);
	for (uint32_t i = 0; i < 10 * SHEETS_MAX; i++) {
		told.source = i;
		CU_ASSERT_TRUE(tell(&list, &told));
		told.source = UINT32_MAX - i;
		CU_ASSERT_TRUE(tell(&other, &told));
	}
	CU_ASSERT_EQUAL(list.count, SHEETS_MAX);
	sheet_pour(&list, &other);
	CU_ASSERT_EQUAL(list.count, SHEETS_MAX);
	sheet_settle(&list, v);
	expect(v[FIELD_MEMORY_USED], 5);
	arena_fini(&arena);
}

static void
fails_without_memory(void)
{
	static const struct told told = USED(0, 1, 70);
	struct sheet_list list = {NULL, 0};
	double v[FIELD__MAX];

	start(8);
	CU_ASSERT_FALSE(tell(&list, &told));
	sheet_settle(&list, v);
	for (int i = 0; i < FIELD__MAX; i++)
		CU_ASSERT_TRUE(isnan(v[i]));
	arena_fini(&arena);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"takes one copy for all fields", takes_one_copy_for_all_fields},
	    {"takes the copy that knows most", takes_the_copy_that_knows_most},
	    {"brings together what does not conflict",
	     brings_together_what_does_not_conflict},
	    {"takes memory from one exporter", takes_memory_from_one_exporter},
	    {"prefers a metric", prefers_a_metric},
	    {"pours", pours},
	    {"looks at so many", looks_at_so_many},
	    {"fails without memory", fails_without_memory},
	    {NULL, NULL}};

	return suite_run("sheet", tests);
}
