/*
 * Each allocation of a query over a range of time fails, once or with all that
 * follow: all of the answer is handed on, or it is a failure.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "prom/ask.h"
#include "support/canned_pool.h"
#include "support/suite.h"
#include "torture/allocations.h"

enum {
	SERIES = 40,
	POINTS = 5,
	PIECE_BYTES = 100,
	BUDGET_BYTES = 1 << 20,
	BODY_BYTES = 16384,
	ALLOCATIONS_MAX = 10000
};

static const struct query_range range = {1700000010, 1700000070, 15};
static const struct element_label labels[] = {{"node", 0, NULL, false},
					      {"gpu", 1, NULL, false}};
static char body[BODY_BYTES];

/* Labels that are new each time, with an escape, and a warning. */
static void
write_body(void)
{
	FILE *out = fmemopen(body, sizeof(body), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fputs("{\"status\":\"success\",\"warnings\":[\"w\"],\"data\":{"
	      "\"result\":[",
	      out);
	for (int i = 0; i < SERIES; i++)
		fprintf(out,
			"%s{\"values\":[[1700000010,\"%d\"],[1700000040,"
			"\"\\u0031\"]],\"metric\":{\"node\":\"n\\n%d\","
			"\"gpu\":\"%d\"}}",
			i > 0 ? "," : "", i, i, i);
	fputs("]}}", out);
	CU_ASSERT_EQUAL_FATAL(fclose(out), 0);
}

struct tally {
	unsigned series;
	double sum;
};

static enum err_code
take(void *context, const struct matrix_series *series, struct err *e)
{
	struct tally *t = context;

	(void)e;
	t->series++;
	t->sum += series->values[0] + series->values[2];
	return ERR_OK;
}

static enum err_code
ask_all(struct ask *a, const struct ask_asker *asker, struct intern *strings,
	const struct matrix_sink *sink, struct err *e)
{
	char promql[] = "range";
	const struct buf query = {.data = promql, .length = sizeof(promql)};
	enum err_code code = ask_init(a, 1, asker, strings, SERIES, e);

	if (code == ERR_OK)
		code = ask_add_range(a, &query, labels, 2, 2, &range, sink, e);
	if (code != ERR_OK)
		return code;
	ask_start(a, NULL);
	return ask_await(a, 0)->code;
}

static enum err_code
ask(struct tally *t)
{
	const struct matrix_sink sink = {NULL, take, t};
	struct ask_asker asker = {.request_id = "torture"};
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct ask a = {.count = 0};
	struct err e = {.code = ERR_OK};
	enum err_code code;

	*t = (struct tally){.series = 0};
	budget_init(&budget, BUDGET_BYTES);
	arena_init(&arena, &budget);
	intern_init(&strings, &budget);
	asker.arena = &arena;
	code = ask_all(&a, &asker, &strings, &sink, &e);
	if (code == ERR_OK && ask_warning(&a, 0, 0) == NULL)
		code = ERR_PROM;
	ask_fini(&a);
	intern_fini(&strings);
	arena_fini(&arena);
	CU_ASSERT_EQUAL(budget_used(&budget, BUDGET_BYTES), 0);
	return code;
}

static void
expect_whole(const struct tally *t)
{
	CU_ASSERT_EQUAL(t->series, SERIES);
	CU_ASSERT_EQUAL(t->sum, SERIES * (SERIES - 1) / 2 + SERIES);
}

static void
answers_wholly_or_not(void)
{
	static const struct canned_answer answers[] = {
	    {"range", body, ERR_OK, NULL}, {NULL, NULL, ERR_OK, NULL}};
	unsigned long count;
	struct tally t;

	write_body();
	canned_pool_use(answers, PIECE_BYTES);
	allocations_fail(allocations, 0, false);
	CU_ASSERT_EQUAL_FATAL(ask(&t), ERR_OK);
	expect_whole(&t);
	count = atomic_load(&allocations->count);
	CU_ASSERT_TRUE(count > 5 && count < ALLOCATIONS_MAX);
	for (unsigned long at = 1; at <= count; at++)
		for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
			enum err_code code;

			canned_pool_use(answers, PIECE_BYTES);
			allocations_fail(allocations, at, is_lasting);
			code = ask(&t);
			allocations_fail(allocations, 0, false);
			CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
			if (code == ERR_OK)
				expect_whole(&t);
		}
	printf("# a query over a range: %lu allocations\n", count);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers wholly or not", answers_wholly_or_not}, {NULL, NULL}};

	return suite_run("torture of ranges", tests);
}
