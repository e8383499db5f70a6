#include "prom/samples.h"

#include <CUnit/CUnit.h>
#include <stdint.h>

#include "support/suite.h"

static void
keeps_their_order_and_place(void)
{
	enum { COUNT = 10000 };
	static struct sample *places[COUNT];

	for (size_t slots = 0; slots <= 8; slots++) {
		struct samples_cursor at = {NULL, 0};
		const struct sample *s;
		struct budget budget;
		struct arena arena;
		struct samples list;
		size_t seen = 0;

		budget_init(&budget, 16 << 20);
		arena_init(&arena, &budget);
		samples_init(&list, &arena, slots);
		CU_ASSERT_EQUAL(atomic_load(&budget.left_bytes), 16 << 20);
		CU_ASSERT_PTR_NULL(samples_next(&list, &at));
		for (size_t i = 0; i < COUNT; i++) {
			places[i] = samples_add(&list, SAMPLES_NEW);
			CU_ASSERT_PTR_NOT_NULL_FATAL(places[i]);
			CU_ASSERT_EQUAL(
			    (uintptr_t)places[i] % _Alignof(struct sample), 0);
			places[i]->value = (double)i;
			places[i]->timestamp_s = (double)i + 0.5;
			for (size_t k = 0; k < slots; k++)
				places[i]->label[k] = (uint32_t)(i + k);
		}
		CU_ASSERT_EQUAL(list.count, COUNT);
		for (; (s = samples_next(&list, &at)) != NULL; seen++) {
			CU_ASSERT_PTR_EQUAL(s, places[seen]);
			CU_ASSERT_EQUAL(s->value, (double)seen);
			for (size_t k = 0; k < slots; k++)
				CU_ASSERT_EQUAL(s->label[k], seen + k);
		}
		CU_ASSERT_EQUAL(seen, COUNT);
		CU_ASSERT_PTR_NULL(samples_next(&list, &at));
		arena_fini(&arena);
	}
}

/* The cursor goes on where samples were added after it had come to the end. */
static void
walks_on_after_the_end(void)
{
	struct samples_cursor at = {NULL, 0};
	struct budget budget;
	struct arena arena;
	struct samples list;

	budget_init(&budget, 1 << 20);
	arena_init(&arena, &budget);
	samples_init(&list, &arena, 1);
	for (size_t i = 0; i < 200; i++) {
		struct sample *s = samples_add(&list, SAMPLES_NEW);

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		CU_ASSERT_PTR_EQUAL(samples_next(&list, &at), s);
		CU_ASSERT_PTR_NULL(samples_next(&list, &at));
	}
	arena_fini(&arena);
}

static void
ends_when_the_memory_is_spent(void)
{
	for (size_t bytes = 0; bytes < 100000; bytes += 1777) {
		struct samples_cursor at = {NULL, 0};
		struct budget budget;
		struct arena arena;
		struct samples list;
		size_t added = 0, seen = 0;

		budget_init(&budget, bytes);
		arena_init(&arena, &budget);
		samples_init(&list, &arena, 3);
		while (samples_add(&list, SAMPLES_NEW) != NULL)
			added++;
		CU_ASSERT_PTR_NULL(samples_add(&list, SAMPLES_NEW));
		CU_ASSERT_EQUAL(list.count, added);
		while (samples_next(&list, &at) != NULL)
			seen++;
		CU_ASSERT_EQUAL(seen, added);
		arena_fini(&arena);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"keeps their order and place", keeps_their_order_and_place},
	    {"walks on after the end", walks_on_after_the_end},
	    {"ends when the memory is spent", ends_when_the_memory_is_spent},
	    {NULL, NULL}};

	return suite_run("samples", tests);
}
