#include "gpu/collect/memory.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

enum {
	ENOUGH_BYTES = 1 << 20,
	PROFILES_MAX = 128,
	THREADS = 4,
	ROUNDS = 500,
	SERIES = 20
};

static const struct profile one, other;
static const struct profile_metric metric;

static struct memory *
new_memory(size_t bytes)
{
	struct memory *m = memory_new(bytes, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	return m;
}

static void
put_new(struct memory *m, const struct profile *p)
{
	struct memory_entry entry = {.profile = p, .wanted = &metric};

	entry.known = memory_begin(m, &entry, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(entry.known);
	memory_put(m, &entry);
}

static void
nothing_at_first(void)
{
	struct memory *m = new_memory(ENOUGH_BYTES);
	struct memory_entry entry = memory_get(m, &one, false);

	CU_ASSERT_PTR_EQUAL(entry.profile, &one);
	CU_ASSERT_PTR_NULL(entry.known);
	CU_ASSERT_PTR_NULL(entry.wanted);
	entry = memory_get(NULL, &one, false);
	CU_ASSERT_PTR_EQUAL(entry.profile, &one);
	CU_ASSERT_PTR_NULL(entry.known);
	CU_ASSERT_PTR_NULL(memory_begin(NULL, &entry, 1));
	memory_free(m);
	memory_free(NULL);
}

static void
each_exporter_has_its_own(void)
{
	struct memory *m = new_memory(ENOUGH_BYTES);
	struct memory_entry first, second;

	put_new(m, &one);
	first = memory_get(m, &one, false);
	CU_ASSERT_PTR_NOT_NULL(first.known);
	CU_ASSERT_PTR_EQUAL(first.wanted, &metric);
	CU_ASSERT_PTR_NULL(memory_get(m, &other, false).known);
	put_new(m, &one);
	second = memory_get(m, &one, false);
	CU_ASSERT_PTR_NOT_EQUAL(first.known, second.known);
	/* Whoever has borrowed the first one still has it. */
	CU_ASSERT_EQUAL(first.known->slot_count, 1);
	known_release(first.known);
	known_release(second.known);
	memory_free(m);
}

/* Their texts are of more labels. */
static void
and_one_more_where_it_is_asked_who_has_gpus(void)
{
	struct memory *m = new_memory(ENOUGH_BYTES);
	struct memory_entry entry;

	put_new(m, &one);
	entry = memory_get(m, &one, true);
	CU_ASSERT_PTR_NULL(entry.known);
	entry.known = memory_begin(m, &entry, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(entry.known);
	memory_put(m, &entry);
	entry = memory_get(m, &one, false);
	CU_ASSERT_EQUAL(entry.known->slot_count, 1);
	known_release(entry.known);
	entry = memory_get(m, &one, true);
	CU_ASSERT_EQUAL(entry.known->slot_count, 2);
	known_release(entry.known);
	memory_free(m);
}

static void
rests_when_there_was_no_room(void)
{
	struct memory *m = new_memory(ENOUGH_BYTES);
	const struct memory_entry entry = {.profile = &one};
	struct known *known;

	put_new(m, &one);
	memory_rest(m, &entry);
	CU_ASSERT_PTR_NULL(memory_begin(m, &entry, 1));
	known = memory_get(m, &one, false).known;
	CU_ASSERT_PTR_NOT_NULL(known);
	known_release(known);
	put_new(m, &other);
	memory_free(m);
}

static void
no_more_exporters_than_there_is_room_for(void)
{
	static const struct profile profiles[PROFILES_MAX + 1];
	struct memory *m = new_memory(ENOUGH_BYTES);
	struct memory_entry entry = {.profile = &profiles[PROFILES_MAX]};

	for (size_t i = 0; i < PROFILES_MAX; i++)
		put_new(m, &profiles[i]);
	CU_ASSERT_PTR_NULL(memory_begin(m, &entry, 1));
	CU_ASSERT_PTR_NULL(memory_get(m, entry.profile, false).known);
	memory_put(m, &entry);
	memory_rest(m, &entry);
	memory_free(m);
}

/* --- threads -------------------------------------------------------------- */

static bool
add_series(struct known *k, unsigned number)
{
	static const struct known_part part = {5, 1};
	char text[32];
	int length = snprintf(text, sizeof(text), "\"a\":\"%u\",", number);
	const struct known_series series = {.text = text,
					    .length = (uint16_t)length,
					    .name_at = (uint16_t)length,
					    .parts = &part};

	return known_add_again(k, &series);
}

static bool
is_whole(const struct known *k)
{
	for (size_t i = 0; i < k->count; i++)
		if (!known_has(k, &k->series[i]))
			return false;
	return k->count == SERIES;
}

/* As requests do: one borrows a set, one replaces it. */
static void *
work(void *context)
{
	struct memory *m = context;
	bool is_good = true;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct memory_entry entry = memory_get(m, &one, false);
		struct known *recorded = memory_begin(m, &entry, 1);

		is_good &= entry.known == NULL || is_whole(entry.known);
		for (unsigned i = 0; recorded != NULL && i < SERIES; i++)
			is_good &= add_series(recorded, i);
		known_release(entry.known);
		entry.known = recorded;
		if (recorded != NULL)
			memory_put(m, &entry);
	}
	return is_good ? m : NULL;
}

static void
threads_share_it(void)
{
	struct memory *m = new_memory(ENOUGH_BYTES);
	pthread_t threads[THREADS];
	void *result;

	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, work, m), 0);
	for (int i = 0; i < THREADS; i++) {
		CU_ASSERT_EQUAL(pthread_join(threads[i], &result), 0);
		CU_ASSERT_PTR_EQUAL(result, m);
	}
	memory_free(m);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"nothing at first", nothing_at_first},
	    {"each exporter has its own", each_exporter_has_its_own},
	    {"and one more where it is asked who has GPUs",
	     and_one_more_where_it_is_asked_who_has_gpus},
	    {"rests when there was no room", rests_when_there_was_no_room},
	    {"no more exporters than there is room for",
	     no_more_exporters_than_there_is_room_for},
	    {"threads share it", threads_share_it},
	    {NULL, NULL}};

	return suite_run("memory", tests);
}
