/* spare: what waits for its next use, and when it goes. */
#include "base/spare.h"

#include <CUnit/CUnit.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "support/suite.h"

enum { ALL_BYTES = 1 << 20, BLOCK_BYTES = SPARE_MIN_BYTES };

static struct budget all;
static struct spare *spare;

static void
start(void)
{
	budget_init(&all, ALL_BYTES);
	spare = spare_new(&all);
	CU_ASSERT_PTR_NOT_NULL_FATAL(spare);
	CU_ASSERT_PTR_EQUAL(budget_spare(&all), spare);
}

static void
end(void)
{
	spare_free(spare);
	CU_ASSERT_PTR_NULL(budget_spare(&all));
	CU_ASSERT_EQUAL(budget_used(&all, ALL_BYTES), 0);
}

/* As those do it that draw on the budget. */
static void *
take(size_t bytes)
{
	void *block;

	CU_ASSERT_TRUE_FATAL(budget_take(&all, bytes));
	block = spare_take(spare, bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(block);
	return block;
}

static void
give(void *block, size_t bytes)
{
	budget_give(&all, bytes);
	spare_give(spare, block, bytes);
}

/* One that waits. */
static void
give_one(size_t bytes)
{
	void *block = take(bytes);

	memset(block, 'x', bytes);
	give(block, bytes);
}

/* So many that wait, of those that were in use at once. */
static void
give_several(size_t count, size_t bytes)
{
	void *blocks[8];

	for (size_t i = 0; i < count; i++)
		blocks[i] = take(bytes);
	for (size_t i = 0; i < count; i++)
		give(blocks[i], bytes);
}

/* Also what is in use. */
static size_t
used_bytes(void)
{
	return budget_used(&all, ALL_BYTES);
}

static void
keeps_what_is_large(void)
{
	char *block;

	start();
	give_one(BLOCK_BYTES - 1);
	CU_ASSERT_EQUAL(used_bytes(), 0);
	give_one(BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), BLOCK_BYTES);
	block = take(BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), BLOCK_BYTES);
	/* It is the one that was given. */
	CU_ASSERT_EQUAL(block[BLOCK_BYTES - 1], 'x');
	give(block, BLOCK_BYTES);
	end();
}

/* What is new and what waits are never more than what was in use. */
static void
makes_room_for_another_size(void)
{
	void *block;

	start();
	give_several(3, BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), 3 * BLOCK_BYTES);
	block = take(BLOCK_BYTES + 8);
	CU_ASSERT_EQUAL(used_bytes(), 2 * BLOCK_BYTES + 8);
	give(block, BLOCK_BYTES + 8);
	/* Of several that are large enough the smallest goes. */
	give_one(4 * BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), 4 * BLOCK_BYTES);
	end();
}

/* Where less is in use than was, what waits may stay. */
static void
stays_within_what_was_in_use(void)
{
	void *small, *large;

	start();
	give_several(4, BLOCK_BYTES);
	small = take(BLOCK_BYTES);
	give(take(BLOCK_BYTES), BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), 4 * BLOCK_BYTES);
	give(small, BLOCK_BYTES);
	spare_tick(spare);
	/* What was in use before that tick still counts, ... */
	small = take(BLOCK_BYTES);
	large = take(2 * BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), 4 * BLOCK_BYTES);
	give(large, 2 * BLOCK_BYTES);
	give(small, BLOCK_BYTES);
	end();
}

static void
makes_room_for_what_grows(void)
{
	start();
	give_several(3, BLOCK_BYTES);
	CU_ASSERT_TRUE(budget_take(&all, BLOCK_BYTES));
	spare_make_room(spare, BLOCK_BYTES - 1);
	CU_ASSERT_EQUAL(used_bytes(), 4 * BLOCK_BYTES);
	spare_make_room(spare, BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), 3 * BLOCK_BYTES);
	budget_give(&all, BLOCK_BYTES);
	end();
}

/* Whoever needs the budget gets it, but for who is at a limit of its own. */
static void
gives_way(void)
{
	struct budget small;

	start();
	budget_init_within(&small, BLOCK_BYTES, &all);
	give_one(ALL_BYTES / 2);
	CU_ASSERT_FALSE(budget_take(&small, BLOCK_BYTES + 1));
	CU_ASSERT_EQUAL(used_bytes(), ALL_BYTES / 2);
	CU_ASSERT_FALSE(budget_try(&all, ALL_BYTES));
	CU_ASSERT_TRUE(budget_take(&all, ALL_BYTES));
	CU_ASSERT_EQUAL(used_bytes(), ALL_BYTES);
	/* There is no room for a spare one. */
	spare_give(spare, malloc(BLOCK_BYTES), BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), ALL_BYTES);
	budget_give(&all, ALL_BYTES);
	end();
}

/* A burst's blocks go, those that each second needs stay. */
static void
lets_the_idle_go(void)
{
	start();
	give_several(4, BLOCK_BYTES);
	spare_tick(spare);
	give_one(BLOCK_BYTES);
	CU_ASSERT_EQUAL(used_bytes(), 4 * BLOCK_BYTES);
	spare_tick(spare);
	CU_ASSERT_EQUAL(used_bytes(), BLOCK_BYTES);
	give_one(BLOCK_BYTES);
	spare_tick(spare);
	CU_ASSERT_EQUAL(used_bytes(), BLOCK_BYTES);
	spare_tick(spare);
	spare_tick(spare);
	CU_ASSERT_EQUAL(used_bytes(), 0);
	end();
}

/* An arena's blocks come from there, and go there. */
static void
serves_arenas(void)
{
	struct budget request;
	struct arena arena;
	size_t first_bytes;

	start();
	for (int i = 0; i < 2; i++) {
		budget_init_within(&request, ALL_BYTES, &all);
		arena_init(&arena, &request);
		for (int k = 0; k < 100; k++)
			CU_ASSERT_PTR_NOT_NULL(arena_alloc(&arena, 4096));
		arena_fini(&arena);
		CU_ASSERT_EQUAL(budget_used(&request, ALL_BYTES), 0);
		if (i == 0)
			first_bytes = used_bytes();
	}
#ifndef ARENA_SEPARATE_PIECES
	CU_ASSERT_TRUE(first_bytes > 0);
#endif
	CU_ASSERT_EQUAL(used_bytes(), first_bytes);
	end();
}

/* --- between two threads ------------------------------------------------- */

/* What another thread may do just before this one gets the lock, or NULL. */
static void (*before_lock)(void);

typedef int mutex_function(pthread_mutex_t *mutex);

/* In the place of the C library's. */
int
pthread_mutex_lock(pthread_mutex_t *mutex)
{
	/* ISO C knows no way from a pointer to a function's. */
	static union {
		void *data;
		mutex_function *function;
	} lock;
	void (*other)(void) = before_lock;

	if (lock.data == NULL)
		lock.data = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	before_lock = NULL;
	if (other != NULL)
		other();
	return lock.function(mutex);
}

static bool is_taken;

static void
take_all(void)
{
	is_taken = budget_take(&all, ALL_BYTES);
	if (is_taken)
		budget_give(&all, ALL_BYTES);
}

/* What nobody uses is in the budget or among the spare blocks, at any moment.
 */
static void
misses_nothing_that_is_given_back(void)
{
	void *block;

	start();
	block = take(ALL_BYTES);
	budget_give(&all, ALL_BYTES);
	is_taken = false;
	before_lock = take_all;
	spare_give(spare, block, ALL_BYTES);
	CU_ASSERT_PTR_NULL(before_lock);
	CU_ASSERT_TRUE(is_taken);
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"keeps what is large", keeps_what_is_large},
	    {"makes room for another size", makes_room_for_another_size},
	    {"stays within what was in use", stays_within_what_was_in_use},
	    {"makes room for what grows", makes_room_for_what_grows},
	    {"gives way", gives_way},
	    {"lets the idle go", lets_the_idle_go},
	    {"serves arenas", serves_arenas},
	    {"misses nothing that is given back",
	     misses_nothing_that_is_given_back},
	    {NULL, NULL}};

	return suite_run("spare", tests);
}
