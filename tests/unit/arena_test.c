#include "base/arena.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "support/suite.h"

enum { BUDGET_BYTES = 1 << 20 };

static size_t
left(struct budget *b)
{
	return atomic_load(&b->left_bytes);
}

static void
aligns_every_piece(void)
{
	struct budget b;
	struct arena a;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	for (size_t bytes = 0; bytes < 300; bytes++) {
		char *piece = arena_alloc(&a, bytes);

		CU_ASSERT_PTR_NOT_NULL_FATAL(piece);
		CU_ASSERT_EQUAL((uintptr_t)piece % alignof(max_align_t), 0);
		memset(piece, 0xa5, bytes);
	}
	arena_fini(&a);
}

static void
keeps_pieces_apart_until_the_end(void)
{
	enum { PIECES = 1000 };
	static unsigned char *pieces[PIECES];
	struct budget b;
	struct arena a;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_alloc(&a, i % 200 + 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(pieces[i]);
		memset(pieces[i], (int)(i % 251), i % 200 + 1);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < i % 200 + 1; k++)
			if (pieces[i][k] != i % 251)
				CU_FAIL("a piece was overwritten");
	arena_fini(&a);
}

static void
takes_nothing_until_asked(void)
{
	struct budget b;
	struct arena a;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
	arena_fini(&a);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
}

static void
never_takes_more_than_the_budget(void)
{
	struct budget b;
	struct arena a;
	size_t taken = 0;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	while (arena_alloc(&a, 1000) != NULL)
		taken += 1000;
	CU_ASSERT_TRUE(taken > 0);
	CU_ASSERT_TRUE(taken <= BUDGET_BYTES);
	CU_ASSERT_TRUE(left(&b) + taken <= BUDGET_BYTES);
	arena_fini(&a);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
}

/* NULL only if the budget has no more: a little overhead is all it may cost. */
static void
gives_what_the_budget_has(void)
{
	static const size_t budgets[] = {1000, 5000, 20000, 300000};

	for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++) {
		struct budget b;
		struct arena a;

		budget_init(&b, budgets[i]);
		arena_init(&a, &b);
		CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, 100));
		CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, budgets[i] / 2));
		arena_fini(&a);
		CU_ASSERT_EQUAL(left(&b), budgets[i]);
	}
}

static void
refuses_what_no_machine_has(void)
{
	static const size_t sizes[] = {
	    BUDGET_BYTES + 1, SIZE_MAX,	     SIZE_MAX - 1, SIZE_MAX - 15,
	    SIZE_MAX - 16,    SIZE_MAX - 32, SIZE_MAX / 2};
	struct budget b;
	struct arena a;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		CU_ASSERT_PTR_NULL(arena_alloc(&a, sizes[i]));
	CU_ASSERT_PTR_NULL(arena_copy(&a, "", SIZE_MAX));
	CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, 10));
	arena_fini(&a);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
}

static void
shares_a_budget(void)
{
	struct budget b;
	struct arena one, other;
	size_t after_one;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&one, &b);
	arena_init(&other, &b);
	CU_ASSERT_PTR_NOT_NULL(arena_alloc(&one, BUDGET_BYTES * 3 / 4));
	CU_ASSERT_PTR_NULL(arena_alloc(&other, BUDGET_BYTES / 2));
	after_one = left(&b);
	CU_ASSERT_PTR_NOT_NULL(arena_alloc(&other, 1000));
	CU_ASSERT_TRUE(left(&b) < after_one);
	arena_fini(&other);
	CU_ASSERT_EQUAL(left(&b), after_one);
	arena_fini(&one);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
}

static void *
fill_an_arena(void *context)
{
	struct budget *b = context;

	for (int round = 0; round < 50; round++) {
		struct arena a;

		arena_init(&a, b);
		for (int i = 0; i < 100; i++) {
			char *piece = arena_alloc(&a, 5000);

			if (piece != NULL)
				memset(piece, i, 5000);
		}
		arena_fini(&a);
	}
	return NULL;
}

static void
shares_a_budget_among_threads(void)
{
	pthread_t threads[4];
	struct budget b;

	budget_init(&b, BUDGET_BYTES);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, fill_an_arena, &b), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
}

static void
copies_with_a_nul_behind(void)
{
	static const char text[] = "a\0b and more";
	struct budget b;
	struct arena a;
	char *copy;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	copy = arena_copy(&a, text, 3);
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	CU_ASSERT_EQUAL(memcmp(copy, "a\0b\0", 4), 0);
	copy = arena_copy(&a, text, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	SUITE_EQUAL(copy, "");
	CU_ASSERT_PTR_NULL(arena_copy(&a, text, BUDGET_BYTES));
	arena_fini(&a);
}

static void
grows_with_zeros_behind(void)
{
	static const char zeros[61];
	struct budget b;
	struct arena a;
	char *old, *grown;

	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	old = arena_grow(&a, NULL, 0, 3);
	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	CU_ASSERT_EQUAL(memcmp(old, zeros, 3), 0);
	memcpy(old, "abc", 3);
	grown = arena_grow(&a, old, 3, 64);
	CU_ASSERT_PTR_NOT_NULL_FATAL(grown);
	CU_ASSERT_EQUAL(memcmp(grown, "abc", 3), 0);
	CU_ASSERT_EQUAL(memcmp(grown + 3, zeros, 61), 0);
	CU_ASSERT_EQUAL(memcmp(old, "abc", 3), 0);
	CU_ASSERT_PTR_NULL(arena_grow(&a, grown, 64, BUDGET_BYTES));
	arena_fini(&a);
}

static void
can_be_used_again_after_fini(void)
{
	struct arena zeroed = {0}, a;
	struct budget b;

	arena_fini(&zeroed);
	budget_init(&b, BUDGET_BYTES);
	arena_init(&a, &b);
	CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, 1));
	arena_fini(&a);
	arena_fini(&a);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
	CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, 1));
	arena_fini(&a);
	CU_ASSERT_EQUAL(left(&b), BUDGET_BYTES);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"aligns every piece", aligns_every_piece},
	    {"keeps pieces apart until the end",
	     keeps_pieces_apart_until_the_end},
	    {"takes nothing until asked", takes_nothing_until_asked},
	    {"never takes more than the budget",
	     never_takes_more_than_the_budget},
	    {"gives what the budget has", gives_what_the_budget_has},
	    {"refuses what no machine has", refuses_what_no_machine_has},
	    {"shares a budget", shares_a_budget},
	    {"shares a budget among threads", shares_a_budget_among_threads},
	    {"copies with a NUL behind", copies_with_a_nul_behind},
	    {"grows with zeros behind", grows_with_zeros_behind},
	    {"can be used again after fini", can_be_used_again_after_fini},
	    {NULL, NULL}};

	return suite_run("arena", tests);
}
