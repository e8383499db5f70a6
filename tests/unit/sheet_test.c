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
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		expect_row(&rows[i]);
}

/* What was lost loses, however much it knows, and the row is as old as what
 * counts of its first exporter. */
static void
is_as_old_as_what_counts(void)
{
	static const struct {
		bool is_a_lost;
		double a_s, b_s, used, measured_s;
	} cases[] = {{false, 995, 970, 70, 995},
		     {false, 970, 995, 70, 970},
		     {true, 700, 995, 1, 995},
		     {true, 700, 0, 1, 700},
		     {false, 0, 0, 70, 0}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct told more[] = {USED(0, 1, 70), FREE(0, 1, 10)},
				  less = USED(0, 2, 1);
		const struct sheet_origin a = {0, 1}, b = {0, 2};
		struct sheet_list list = {NULL, 0};
		double v[FIELD__MAX];

		start(AMPLE_BYTES);
		CU_ASSERT_TRUE_FATAL(sheet_date(&list, &a, cases[i].a_s,
						cases[i].is_a_lost, &arena));
		CU_ASSERT_TRUE_FATAL(
		    sheet_date(&list, &b, cases[i].b_s, false, &arena));
		CU_ASSERT_TRUE_FATAL(tell(&list, &more[0]));
		CU_ASSERT_TRUE_FATAL(tell(&list, &more[1]));
		CU_ASSERT_TRUE_FATAL(tell(&list, &less));
		CU_ASSERT_EQUAL(sheet_settle(&list, v), cases[i].measured_s);
		expect(v[FIELD_MEMORY_USED], cases[i].used);
		arena_fini(&arena);
	}
}

/* Of copies that know as much, what is there; else what was there last. */
static void
takes_what_is_not_lost(void)
{
	static const struct {
		double a_s, b_s, used;
	} cases[] = {
	    {0, 0, 70}, {100, 0, 1}, {0, 100, 70}, {100, 90, 70}, {90, 100, 1}};

	for (size_t i = 0; i < 2 * LENGTH(cases); i++) {
		struct sheet_list list = {NULL, 0};
		double v[FIELD__MAX];

		start(AMPLE_BYTES);
		for (unsigned n = 0; n < 2; n++) {
			bool is_a = (n + i) % 2 == 0;
			const struct told used =
			    USED(0, is_a ? 1 : 2, is_a ? 70 : 1);
			const struct sheet_origin origin = {0, used.source};
			double lost_s =
			    is_a ? cases[i / 2].a_s : cases[i / 2].b_s;

			CU_ASSERT_TRUE_FATAL(
			    lost_s == 0 ||
			    sheet_date(&list, &origin, lost_s, true, &arena));
			CU_ASSERT_TRUE_FATAL(tell(&list, &used));
		}
		sheet_settle(&list, v);
		expect(v[FIELD_MEMORY_USED], cases[i / 2].used);
		arena_fini(&arena);
	}
}

/*
 * Copies of a card, and labels that only one metric has: a source is a sum over
 * the labels.
 */
#define COPY_A	   0x10203040U
#define COPY_B	   0x7ee5a700U
#define COPY_C	   0x3b001234U
#define ENGINE	   0x600d0001U
#define BANK	   0x2badc0deU
#define OTHER_BANK 0xfca1ab1eU

/* The greater value is now one copy's and now the other's. */
static void
knows_a_copy_by_its_difference(void)
{
	static const struct row rows[] = {
	    {{USED(0, COPY_A, 70), TOTAL(0, COPY_A, 80),
	      BUSY(0, COPY_A + ENGINE, 99), USED(0, COPY_B, 1),
	      TOTAL(0, COPY_B, 80), BUSY(0, COPY_B + ENGINE, 2), NOTHING},
	     70,
	     10,
	     80,
	     99},
	    {{USED(0, COPY_A, 70), TOTAL(0, COPY_A, 80),
	      BUSY(0, COPY_A + ENGINE, 2), USED(0, COPY_B, 1),
	      TOTAL(0, COPY_B, 80), BUSY(0, COPY_B + ENGINE, 99), NOTHING},
	     70,
	     10,
	     80,
	     2},
	    /* Memory that is not told in one way. */
	    {{USED(0, COPY_A, 70), TOTAL(0, COPY_A + BANK, 80),
	      USED(0, COPY_B, 30), TOTAL(0, COPY_B + BANK, 90), NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	    {{USED(0, COPY_A + BANK, 70), TOTAL(0, COPY_A, 80),
	      USED(0, COPY_B + BANK, 30), TOTAL(0, COPY_B, 90),
	      USED(0, COPY_C + BANK, 40), TOTAL(0, COPY_C, 95), NOTHING},
	     70,
	     10,
	     80,
	     NAN},
	    /* Of parts the greatest, as far as they are of the copy. */
	    {{USED(0, COPY_A, 70), TOTAL(0, COPY_A, 80), USED(0, COPY_B, 1),
	      TOTAL(0, COPY_B, 80), BUSY(0, COPY_A + BANK, 3),
	      BUSY(0, COPY_A + OTHER_BANK, 4), BUSY(0, COPY_B + BANK, 9),
	      BUSY(0, COPY_B + OTHER_BANK, 8), NOTHING},
	     70,
	     10,
	     80,
	     4},
	    /* What the profile prefers, of the copy, though that knows both. */
	    {{USED(0, COPY_A, 70),
	      TOTAL(0, COPY_A, 80),
	      {0, COPY_A, FIELD_UTILIZATION, 5, 1, 10},
	      BUSY(0, COPY_A + ENGINE, 6),
	      USED(0, COPY_B, 1),
	      TOTAL(0, COPY_B, 80),
	      {0, COPY_B, FIELD_UTILIZATION, 7, 1, 10},
	      BUSY(0, COPY_B + ENGINE, 8),
	      NOTHING},
	     70,
	     10,
	     80,
	     6},
	    /* What it lacks is filled, whoever has it. */
	    {{USED(0, COPY_A, 70), TOTAL(0, COPY_A, 80), USED(0, COPY_B, 1),
	      TOTAL(0, COPY_B, 80), BUSY(0, COPY_B + ENGINE, 9), NOTHING},
	     70,
	     10,
	     80,
	     9},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		expect_row(&rows[i]);
}

/* A number that looks like a hash, another one for each n. */
static uint32_t
number(uint32_t n)
{
	uint64_t mixed = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(mixed >> 32);
}

/* Any number of copies, any labels of each metric: values of copy i are from
 * 10 * i to 10 * i + 9. */
static void
never_mixes_copies(void)
{
	static const enum field fields[] = {
	    FIELD_UTILIZATION, FIELD_MEMORY_USED, FIELD_TEMPERATURE,
	    FIELD_POWER_DRAW,  FIELD_SM_CLOCK,	  FIELD_MEMORY_CLOCK};

	for (uint32_t seed = 0; seed < 3000; seed++) {
		uint32_t copies = 2 + number(seed) % 3, chosen;
		struct sheet_list list = {NULL, 0};
		double v[FIELD__MAX];

		start(AMPLE_BYTES);
		for (uint32_t n = 0; n < copies * LENGTH(fields) * 2; n++) {
			uint32_t copy = n / 2 % copies, i = n / 2 / copies;
			uint32_t is_part = n % 2;
			/* Of the labels of metrics some are the same. */
			uint32_t label = number(seed + i) % 3 * (2 * i + n % 2);
			const struct told told = {
			    0,
			    number(seed * 7 + copy) + number(label) * (label > 0),
			    fields[i],
			    10.0 * copy + number(n) % 10,
			    0,
			    10};

			if (is_part && number(seed ^ i) % 2 == 0)
				continue;
			CU_ASSERT_TRUE_FATAL(tell(&list, &told));
		}
		sheet_settle(&list, v);
		chosen = (uint32_t)(v[FIELD_MEMORY_USED] / 10);
		for (size_t i = 0; i < LENGTH(fields); i++)
			if ((uint32_t)(v[fields[i]] / 10) != chosen) {
				CU_FAIL("two copies in one row");
				printf("# seed %u, field %zu: %g\n", seed, i,
				       v[fields[i]]);
			}
		arena_fini(&arena);
	}
}

/* The utilization of that copy counts where nothing else was asked, and on
 * another card, which moves all of its sources. */
static void
chooses_the_same_copy(void)
{
	static const uint32_t copies[] = {COPY_A, COPY_B, COPY_C};
	double alone = NAN;

	for (uint32_t moved = 0; moved < 100; moved++) {
		struct sheet_list list = {NULL, 0};
		double v[FIELD__MAX];

		start(AMPLE_BYTES);
		for (uint32_t i = 0; i < LENGTH(copies); i++) {
			uint32_t source = copies[i] + moved * 0x9e3779b9U;
			const struct told used = USED(0, source, i),
					  busy = BUSY(0, source + ENGINE, i);

			CU_ASSERT_TRUE_FATAL(tell(&list, &busy));
			CU_ASSERT_TRUE_FATAL(moved == 0 || tell(&list, &used));
		}
		sheet_settle(&list, v);
		if (moved == 0)
			alone = v[FIELD_UTILIZATION];
		else
			expect(v[FIELD_MEMORY_USED], alone);
		expect(v[FIELD_UTILIZATION], alone);
		arena_fini(&arena);
	}
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
	CU_ASSERT_TRUE(sheet_pour(&into, &from, &arena));
	CU_ASSERT_EQUAL(into.count, 2);
	CU_ASSERT_EQUAL(from.count, 0);
	sheet_settle(&into, v);
	expect(v[FIELD_MEMORY_FREE], 10);
	expect(v[FIELD_UTILIZATION], 50);
	arena_fini(&arena);
}

/* A number of its own for each field, which none is computed of. */
static struct told
told_of(enum field field, unsigned times)
{
	return (struct told){0, 1, field, 10 * times + field, 0, 10};
}

/* More fields than a page has room for: each is found again, of the latest time
 * the greatest, whoever told it first. */
static void
keeps_all_fields(void)
{
	struct sheet_list into = {NULL, 0}, from = {NULL, 0};
	double v[FIELD__MAX];

	start(AMPLE_BYTES);
	for (int i = 0; i < FIELD__MAX; i++) {
		struct told low = told_of((enum field)i, 1),
			    high = told_of((enum field)i, 2);
		bool is_first = i % 2 == 0;

		if ((FIELDS_OF_MEMORY & FIELD_BIT(i)) != 0)
			continue;
		CU_ASSERT_TRUE(tell(&into, is_first ? &low : &high));
		CU_ASSERT_TRUE(tell(&from, is_first ? &high : &low));
		CU_ASSERT_TRUE(tell(&from, &low));
	}
	CU_ASSERT_TRUE(sheet_pour(&into, &from, &arena));
	CU_ASSERT_EQUAL(into.count, 1);
	sheet_settle(&into, v);
	for (int i = 0; i < FIELD__MAX; i++)
		if ((FIELDS_OF_MEMORY & FIELD_BIT(i)) == 0)
			expect(v[i], told_of((enum field)i, 2).value);
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
	CU_ASSERT_TRUE(sheet_pour(&list, &other, &arena));
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

/* All of it is spent. */
static void
spend(void)
{
	while (budget_try(&budget, 1))
		;
	arena.next = arena.end;
}

/* Neither for what is told nor for what is poured. */
static void
fails_without_memory_for_more_fields(void)
{
	struct sheet_list into = {NULL, 0}, from = {NULL, 0};
	struct told told;
	const int end = SHEET_PAGE_READINGS;

	start(AMPLE_BYTES);
	for (int i = 0; i < end; i++) {
		told = told_of((enum field)i, 1);
		CU_ASSERT_TRUE(tell(&into, &told));
		told = told_of((enum field)(i + 1), 1);
		CU_ASSERT_TRUE(tell(&from, &told));
	}
	spend();
	told = told_of((enum field)end, 1);
	CU_ASSERT_FALSE(tell(&into, &told));
	CU_ASSERT_FALSE(sheet_pour(&into, &from, &arena));
	arena_fini(&arena);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"takes one copy for all fields", takes_one_copy_for_all_fields},
	    {"is as old as what counts", is_as_old_as_what_counts},
	    {"takes what is not lost", takes_what_is_not_lost},
	    {"knows a copy by its difference", knows_a_copy_by_its_difference},
	    {"never mixes copies", never_mixes_copies},
	    {"chooses the same copy", chooses_the_same_copy},
	    {"takes the copy that knows most", takes_the_copy_that_knows_most},
	    {"brings together what does not conflict",
	     brings_together_what_does_not_conflict},
	    {"takes memory from one exporter", takes_memory_from_one_exporter},
	    {"prefers a metric", prefers_a_metric},
	    {"pours", pours},
	    {"keeps all fields", keeps_all_fields},
	    {"looks at so many", looks_at_so_many},
	    {"fails without memory", fails_without_memory},
	    {"fails without memory for more fields",
	     fails_without_memory_for_more_fields},
	    {NULL, NULL}};

	return suite_run("sheet", tests);
}
