#include "gpu/fleet/derive.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>

#include "gpu/fleet/slices.h"
#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum { INSTANCES_MAX = 8, USUAL_SLICES = 7 };

static const double no = NAN;

static void
clear(double v[FIELD__MAX])
{
	for (int i = 0; i < FIELD__MAX; i++)
		v[i] = NAN;
}

static void
expect(const char *what, size_t number, double value, double expected)
{
	bool is_right =
	    isnan(expected) ? isnan(value) : fabs(value - expected) < 1e-9;

	if (!is_right)
		printf("# case %zu: %s is %g, not %g\n", number, what, value,
		       expected);
	CU_ASSERT_TRUE(is_right);
}

/* --- one GPU ------------------------------------------------------------- */

struct memory {
	double used, total, free, reserved, ratio;
};

static void
set_memory(double v[FIELD__MAX], const struct memory *m)
{
	clear(v);
	v[FIELD_MEMORY_USED] = m->used;
	v[FIELD_MEMORY_TOTAL] = m->total;
	v[FIELD_MEMORY_FREE] = m->free;
	v[FIELD_MEMORY_RESERVED] = m->reserved;
	v[FIELD_MEMORY_USED_RATIO] = m->ratio;
}

static void
computes_memory(void)
{
	static const struct {
		struct memory in;
		double used, total, free, utilization;
	} cases[] = {
	    {{25, 100, NAN, NAN, NAN}, 25, 100, 75, 25},
	    {{0, 100, NAN, NAN, NAN}, 0, 100, 100, 0},
	    {{100, 100, NAN, NAN, NAN}, 100, 100, 0, 100},
	    /* What was measured stands; used + free may be less than total. */
	    {{25, 100, 70, NAN, NAN}, 25, 100, 70, 25},
	    {{25, 100, NAN, 5, NAN}, 25, 100, 70, 25},
	    /* used + free + reserved */
	    {{25, NAN, 70, 5, NAN}, 25, 100, 70, 25},
	    {{25, NAN, 75, NAN, NAN}, 25, 100, 75, 25},
	    /* used / ratio */
	    {{25, NAN, NAN, NAN, 0.25}, 25, 100, 75, 25},
	    {{0, NAN, NAN, NAN, 0}, 0, NAN, NAN, NAN},
	    /* ratio * total, where nobody measured it */
	    {{NAN, 100, NAN, NAN, 0.25}, 25, 100, 75, 25},
	    {{NAN, 100, NAN, 5, 0.25}, 25, 100, 70, 25},
	    {{NAN, 100, NAN, NAN, 0}, 0, 100, 100, 0},
	    {{30, 100, NAN, NAN, 0.25}, 30, 100, 70, 30},
	    {{NAN, NAN, NAN, NAN, 0.25}, NAN, NAN, NAN, NAN},
	    {{NAN, 100, 70, NAN, NAN}, NAN, 100, 70, NAN},
	    {{NAN, 100, NAN, NAN, NAN}, NAN, 100, NAN, NAN},
	    {{25, NAN, NAN, NAN, NAN}, 25, NAN, NAN, NAN},
	    {{0, NAN, NAN, NAN, NAN}, 0, NAN, NAN, NAN},
	    {{NAN, NAN, 70, 5, NAN}, NAN, NAN, 70, NAN},
	    {{NAN, NAN, NAN, NAN, NAN}, NAN, NAN, NAN, NAN},
	    /* More reserved than is left. */
	    {{95, 100, NAN, 10, NAN}, 95, 100, NAN, 95},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double v[FIELD__MAX];

		set_memory(v, &cases[i].in);
		derive_gpu(v);
		expect("used", i, v[FIELD_MEMORY_USED], cases[i].used);
		expect("total", i, v[FIELD_MEMORY_TOTAL], cases[i].total);
		expect("free", i, v[FIELD_MEMORY_FREE], cases[i].free);
		expect("utilization", i, v[FIELD_MEMORY_UTILIZATION],
		       cases[i].utilization);
	}
}

/* A total of 0: nobody knows the memory, though there are numbers. */
static void
knows_no_memory_of_0(void)
{
	static const struct memory cases[] = {
	    {0, 0, 0, NAN, NAN},      {0, 0, NAN, NAN, NAN},
	    {NAN, 0, 0, NAN, NAN},    {5, 0, 3, NAN, NAN},
	    {0, NAN, 0, NAN, NAN},    {0, NAN, 0, 0, NAN},
	    {NAN, 0, NAN, NAN, NAN},  {0, 0, 0, 0, 0},
	    {NAN, 0, NAN, NAN, 0.25},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double v[FIELD__MAX];

		set_memory(v, &cases[i]);
		derive_gpu(v);
		expect("used", i, v[FIELD_MEMORY_USED], no);
		expect("total", i, v[FIELD_MEMORY_TOTAL], no);
		expect("free", i, v[FIELD_MEMORY_FREE], no);
		expect("utilization", i, v[FIELD_MEMORY_UTILIZATION], no);
	}
}

static void
tells_no_contradiction(void)
{
	static const struct {
		struct memory in;
		double used, total, free, utilization;
	} cases[] = {
	    /* Of moments that differ a little. */
	    {{50, 100, 50.9, NAN, NAN}, 50, 100, 50.9, 50},
	    {{100.9, 100, NAN, NAN, NAN}, 100.9, 100, NAN, 100},
	    /* Free memory that is not beside what is used. */
	    {{50, 100, 51.5, NAN, NAN}, 50, 100, NAN, 50},
	    {{70, 80, 90, NAN, NAN}, 70, 80, NAN, 87.5},
	    {{NAN, 80, 90, NAN, NAN}, NAN, 80, NAN, NAN},
	    /* More used than there is: which of the two is wrong? */
	    {{120, 100, NAN, NAN, NAN}, NAN, NAN, NAN, NAN},
	    {{120, 100, 10, NAN, NAN}, NAN, NAN, NAN, NAN},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double v[FIELD__MAX];

		set_memory(v, &cases[i].in);
		derive_gpu(v);
		expect("used", i, v[FIELD_MEMORY_USED], cases[i].used);
		expect("total", i, v[FIELD_MEMORY_TOTAL], cases[i].total);
		expect("free", i, v[FIELD_MEMORY_FREE], cases[i].free);
		expect("utilization", i, v[FIELD_MEMORY_UTILIZATION],
		       cases[i].utilization);
	}
}

static void
leaves_the_rest_alone(void)
{
	double v[FIELD__MAX];

	for (int i = 0; i < FIELD__MAX; i++)
		v[i] = i + 1;
	derive_gpu(v);
	for (int i = 0; i < FIELD__MAX; i++)
		if ((FIELDS_OF_MEMORY & FIELD_BIT(i)) == 0)
			expect(field_table[i].name, 0, v[i], i + 1);
}

/* --- split cards --------------------------------------------------------- */

/* A field of a card and of its instances, and what becomes of the card's. */
struct split_case {
	double card;
	size_t count;
	unsigned slices[INSTANCES_MAX];
	double instances[INSTANCES_MAX];
	double expected;
};

static double values[INSTANCES_MAX][FIELD__MAX];

static void
split(double card[FIELD__MAX], const struct split_case *c, enum field field)
{
	double *instances[INSTANCES_MAX];
	struct derive_split s = {instances, c->slices, c->count, USUAL_SLICES,
				 true};

	for (size_t i = 0; i < c->count; i++) {
		clear(values[i]);
		values[i][field] = c->instances[i];
		instances[i] = values[i];
	}
	clear(card);
	card[field] = c->card;
	derive_card(card, &s);
}

static void
is_as_busy_as_its_slices(void)
{
	static const struct split_case cases[] = {
	    /* Not split: its own. */
	    {42, 0, {0}, {0}, 42},
	    {NAN, 0, {0}, {0}, NAN},
	    /* 4g idle, three 1g busy. */
	    {0, 4, {4, 1, 1, 1}, {0, 100, 100, 100}, 300.0 / 7},
	    {NAN, 4, {4, 1, 1, 1}, {0, 100, 100, 100}, 300.0 / 7},
	    /* One 1g busy, the rest of the card is not handed out. */
	    {NAN, 1, {1}, {100}, 100.0 / 7},
	    {NAN, 1, {7}, {64}, 64},
	    {NAN, 2, {3, 4}, {50, 100}, 550.0 / 7},
	    /* More slices than a card of today has. */
	    {NAN, 2, {6, 6}, {50, 100}, 75},
	    /* What the card says of itself does not count. */
	    {0, 2, {3, 3}, {NAN, NAN}, NAN},
	    {70, 2, {3, 3}, {NAN, NAN}, NAN},
	    {0, 2, {3, 3}, {20, NAN}, NAN},
	    {99, 2, {3, 4}, {0, 0}, 0},
	    /* Nobody knows the slices: each counts the same. */
	    {NAN, 2, {0, 0}, {20, 40}, 30},
	    {NAN, 2, {3, 0}, {20, 40}, 30},
	    {NAN, 3, {0, 0, 0}, {20, 40, NAN}, NAN},
	    /* The first partition tells for the card. */
	    {NAN, 3, {0, 0, 0}, {61, NAN, NAN}, 61},
	    {0, 3, {0, 0, 0}, {NAN, NAN, NAN}, NAN},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double card[FIELD__MAX];

		split(card, &cases[i], FIELD_UTILIZATION);
		expect("utilization", i, card[FIELD_UTILIZATION],
		       cases[i].expected);
		for (size_t k = 0; k < cases[i].count; k++)
			expect("instance", i, values[k][FIELD_UTILIZATION],
			       cases[i].instances[k]);
	}
}

/* What is measured for the whole card, once or in each instance. */
static void
shares_what_is_the_cards(void)
{
	static const struct {
		struct split_case in;
		double instances[INSTANCES_MAX];
	} cases[] = {
	    {{200, 2, {3, 4}, {NAN, NAN}, 200}, {200, 200}},
	    {{200, 2, {3, 4}, {NAN, 90}, 200}, {200, 90}},
	    {{200, 2, {0, 0}, {NAN, NAN}, 200}, {200, 200}},
	    /* Repeated in each: counted once. */
	    {{NAN, 3, {1, 1, 1}, {412, 412, 412}, 412}, {412, 412, 412}},
	    {{NAN, 2, {0, 0}, {412, 412}, 412}, {412, 412}},
	    /* Some say it. */
	    {{NAN, 2, {1, 1}, {412, NAN}, 412}, {412, 412}},
	    {{NAN, 2, {0, 0}, {412, NAN}, 412}, {412, NAN}},
	    {{NAN, 2, {1, 1}, {NAN, NAN}, NAN}, {NAN, NAN}},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double card[FIELD__MAX];

		split(card, &cases[i].in, FIELD_POWER_DRAW);
		expect("power", i, card[FIELD_POWER_DRAW],
		       cases[i].in.expected);
		for (size_t k = 0; k < cases[i].in.count; k++)
			expect("instance", i, values[k][FIELD_POWER_DRAW],
			       cases[i].instances[k]);
	}
}

static void
adds_memory_up(void)
{
	static const struct {
		struct memory card;
		size_t count;
		unsigned slices[INSTANCES_MAX];
		struct memory instances[INSTANCES_MAX];
		double used, total, free, utilization;
		bool has_own_memory; /* each instance, for sure */
	} cases[] = {
	    /* The instances', as nobody knows the card's. */
	    {{NAN, NAN, NAN, NAN, NAN},
	     2,
	     {3, 4},
	     {{10, 40, 30, NAN, NAN}, {5, 40, 35, NAN, NAN}},
	     15,
	     80,
	     65,
	     18.75,
	     false},
	    /* What is not handed out is the card's, and free. */
	    {{NAN, 80, NAN, NAN, NAN},
	     1,
	     {1},
	     {{4, 10, 6, NAN, NAN}},
	     4,
	     80,
	     76,
	     5,
	     false},
	    {{20, 80, 59, NAN, NAN},
	     1,
	     {1},
	     {{4, 10, 6, NAN, NAN}},
	     20,
	     80,
	     59,
	     25,
	     false},
	    /* One that nobody measured: what it has is unknown. */
	    {{NAN, NAN, NAN, NAN, NAN},
	     2,
	     {3, 4},
	     {{10, 40, 30, NAN, NAN}, {NAN, NAN, NAN, NAN, NAN}},
	     NAN,
	     NAN,
	     NAN,
	     NAN,
	     false},
	    {{NAN, 80, NAN, NAN, NAN},
	     2,
	     {3, 4},
	     {{10, 40, 30, NAN, NAN}, {NAN, NAN, NAN, NAN, NAN}},
	     NAN,
	     80,
	     NAN,
	     NAN,
	     false},
	    /* Two instances that are alike are two, by their slices. */
	    {{NAN, NAN, NAN, NAN, NAN},
	     2,
	     {1, 1},
	     {{1, 10, 9, NAN, NAN}, {1, 10, 9, NAN, NAN}},
	     2,
	     20,
	     18,
	     10,
	     false},
	    /* Partitions that each say what the card has. */
	    {{NAN, NAN, NAN, NAN, NAN},
	     2,
	     {0, 0},
	     {{48, 192, 144, NAN, NAN}, {48, 192, 144, NAN, NAN}},
	     48,
	     192,
	     144,
	     25,
	     false},
	    {{NAN, 192, NAN, NAN, NAN},
	     2,
	     {0, 0},
	     {{48, 192, 144, NAN, NAN}, {47, 192, 145, NAN, NAN}},
	     48,
	     192,
	     144,
	     25,
	     false},
	    /* The same numbers, but of instances known to share none. */
	    {{NAN, NAN, NAN, NAN, NAN},
	     2,
	     {0, 0},
	     {{1, 10, 9, NAN, NAN}, {1, 10, 9, NAN, NAN}},
	     2,
	     20,
	     18,
	     10,
	     true},
	    /* Those with memory of their own. */
	    {{NAN, NAN, NAN, NAN, NAN},
	     2,
	     {0, 0},
	     {{40, 96, 56, NAN, NAN}, {8, 96, 88, NAN, NAN}},
	     48,
	     192,
	     144,
	     25,
	     false},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		double card[FIELD__MAX], *instances[INSTANCES_MAX];
		struct derive_split s = {instances, cases[i].slices,
					 cases[i].count, USUAL_SLICES,
					 !cases[i].has_own_memory};

		for (size_t k = 0; k < cases[i].count; k++) {
			set_memory(values[k], &cases[i].instances[k]);
			derive_gpu(values[k]);
			instances[k] = values[k];
		}
		set_memory(card, &cases[i].card);
		derive_gpu(card);
		derive_card(card, &s);
		expect("used", i, card[FIELD_MEMORY_USED], cases[i].used);
		expect("total", i, card[FIELD_MEMORY_TOTAL], cases[i].total);
		expect("free", i, card[FIELD_MEMORY_FREE], cases[i].free);
		expect("utilization", i, card[FIELD_MEMORY_UTILIZATION],
		       cases[i].utilization);
	}
}

/* --- slices -------------------------------------------------------------- */

static void
reads_profiles(void)
{
	static const struct {
		const char *profile;
		unsigned slices;
	} cases[] = {
	    {"1g.10gb", 1},
	    {"7g.80gb", 7},
	    {"1c.3g.40gb", 3},
	    {"MIG 2g.20gb", 2},
	    {"1g.5gb+me", 1},
	    {"1g.12gb.me", 1},
	    {"MIG 1c.4g.40gb", 4},
	    {"", 0},
	    {"<<<NULL>>>", 0},
	    {"g.10gb", 0},
	    {"10gb", 0},
	    {"3g", 0},
	    {"1c.", 0},
	    {"12g.10gb", 0},
	    {"cpx", 0},
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		expect(cases[i].profile, i, slices_of_profile(cases[i].profile),
		       cases[i].slices);
}

static void
knows_cards_with_fewer_slices(void)
{
	static const struct {
		const char *model;
		unsigned slices;
	} cases[] = {
	    {NULL, 7},
	    {"", 7},
	    {"NVIDIA A100-SXM4-80GB", 7},
	    {"NVIDIA H200", 7},
	    {"NVIDIA A30", 4},
	    {"A30", 4},
	    {"NVIDIA A30-24GB", 4},
	    {"GRID A30-4-24C", 4},
	    {"NVIDIA RTX PRO 6000 Blackwell Server Edition", 4},
	    {"NVIDIA RTX A300", 7},
	    {"NVIDIA RTXA30", 7},
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		expect("slices", i, slices_of_card(cases[i].model),
		       cases[i].slices);
}

static void
knows_parts_of_memory(void)
{
	static const struct {
		const char *profile, *model;
		unsigned slices;
	} cases[] = {
	    {"1g.10gb", "NVIDIA A100-SXM4-80GB", 1},
	    {"1g.20gb", "NVIDIA A100-SXM4-80GB", 2},
	    {"1g.10gb", "NVIDIA A100-SXM4-40GB", 2},
	    {"1g.5gb+me", "NVIDIA A100-SXM4-40GB", 1},
	    {"2g.20gb", "NVIDIA A100-SXM4-80GB", 2},
	    {"3g.40gb", "NVIDIA H100 80GB HBM3", 4},
	    {"4g.40gb", "NVIDIA H100 80GB HBM3", 4},
	    {"7g.80gb", "NVIDIA H100 80GB HBM3", 8},
	    {"1c.3g.40gb", "NVIDIA H100 80GB HBM3", 4},
	    {"MIG 1g.24gb", "NVIDIA H100 NVL 94GB", 2},
	    {"1g.18gb", "NVIDIA H200", 1},
	    {"1g.12gb", NULL, 1},
	    /* The processor's memory. */
	    {"1g.12gb", "NVIDIA GH200 480GB", 1},
	    {"1g.6gb", "NVIDIA A30", 2},
	    {"2g.12gb", "NVIDIA A30", 4},
	    {"4g.24gb", "NVIDIA A30", 8},
	    {"cpx", "AMD Instinct MI300X", 0},
	    {"", NULL, 0},
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		expect(cases[i].profile, i,
		       slices_of_memory(cases[i].profile, cases[i].model),
		       cases[i].slices);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"computes memory", computes_memory},
	    {"a total of 0 is no memory", knows_no_memory_of_0},
	    {"tells no contradiction", tells_no_contradiction},
	    {"leaves the rest alone", leaves_the_rest_alone},
	    {"a card is as busy as its slices", is_as_busy_as_its_slices},
	    {"shares what is the card's", shares_what_is_the_cards},
	    {"adds memory up", adds_memory_up},
	    {"reads profiles of instances", reads_profiles},
	    {"knows cards with fewer slices", knows_cards_with_fewer_slices},
	    {"knows parts of memory", knows_parts_of_memory},
	    {NULL, NULL}};

	return suite_run("derive", tests);
}
