#include "base/intern.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

enum { MANY = 100000 };

struct fixture {
	struct budget budget;
	struct intern set;
};

static void
setup(struct fixture *f, size_t budget_bytes)
{
	budget_init(&f->budget, budget_bytes);
	intern_init(&f->set, &f->budget);
}

static void
counts_from_0(void)
{
	struct fixture f;

	setup(&f, 1 << 20);
	CU_ASSERT_EQUAL(intern_count(&f.set), 0);
	CU_ASSERT_EQUAL(atomic_load(&f.budget.left_bytes), 1 << 20);
	CU_ASSERT_EQUAL(intern_add(&f.set, "a", 1), 0);
	CU_ASSERT_EQUAL(intern_add(&f.set, "b", 1), 1);
	CU_ASSERT_EQUAL(intern_add(&f.set, "a", 1), 0);
	CU_ASSERT_EQUAL(intern_add(&f.set, "", 0), 2);
	CU_ASSERT_EQUAL(intern_add(&f.set, "", 0), 2);
	CU_ASSERT_EQUAL(intern_add(&f.set, "b and more", 1), 1);
	CU_ASSERT_EQUAL(intern_count(&f.set), 3);
	intern_fini(&f.set);
}

static void
keeps_a_copy(void)
{
	char text[] = "node-1";
	struct fixture f;

	setup(&f, 1 << 20);
	CU_ASSERT_EQUAL(intern_add(&f.set, text, 4), 0);
	memset(text, 'x', sizeof(text));
	SUITE_EQUAL(intern_text(&f.set, 0)->text, "node");
	CU_ASSERT_EQUAL(intern_text(&f.set, 0)->length, 4);
	intern_fini(&f.set);
}

/* A closed set has all strings by their numbers, finds none, and takes more. */
static void
closes(void)
{
	enum { STRINGS = 1000, BUDGET_BYTES = 1 << 20 };
	struct fixture f;
	size_t left;
	char text[16];

	setup(&f, BUDGET_BYTES);
	for (uint32_t i = 0; i < STRINGS; i++) {
		snprintf(text, sizeof(text), "%u", i);
		CU_ASSERT_EQUAL(intern_add(&f.set, text, strlen(text)), i);
	}
	left = atomic_load(&f.budget.left_bytes);
	intern_close(&f.set);
	CU_ASSERT_TRUE(atomic_load(&f.budget.left_bytes) >=
		       left + STRINGS * sizeof(uint32_t));
	SUITE_EQUAL(intern_text(&f.set, STRINGS - 1)->text, "999");
	CU_ASSERT_EQUAL(intern_find(&f.set, "999", 3), INTERN_NONE);
	CU_ASSERT_EQUAL(intern_add(&f.set, "more", 4), STRINGS);
	CU_ASSERT_EQUAL(intern_find(&f.set, "999", 3), STRINGS - 1);
	intern_fini(&f.set);
	CU_ASSERT_EQUAL(atomic_load(&f.budget.left_bytes), BUDGET_BYTES);
}

static void
tells_strings_with_nuls_apart(void)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {{"", 0},
		     {"\0", 1},
		     {"\0\0", 2},
		     {"a", 1},
		     {"a\0", 2},
		     {"a\0b", 3},
		     {"a\0c", 3},
		     {"\0a", 2},
		     {"12345678", 8},
		     {"12345678\0", 9},
		     {"12345678\0\0\0\0\0\0\0\0", 16}};
	struct fixture f;

	setup(&f, 1 << 20);
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			CU_ASSERT_EQUAL(
			    intern_add(&f.set, cases[i].text, cases[i].length),
			    i);
			CU_ASSERT_EQUAL(intern_text(&f.set, i)->length,
					cases[i].length);
			CU_ASSERT_EQUAL(memcmp(intern_text(&f.set, i)->text,
					       cases[i].text,
					       cases[i].length + 1),
					0);
		}
	intern_fini(&f.set);
}

static size_t
make_text(char *out, size_t out_bytes, uint32_t number)
{
	return (size_t)snprintf(out, out_bytes, "%.*s-%u", (int)(number % 20),
				"a-common-beginning-of-names", number);
}

static void
grows(void)
{
	struct fixture f;
	uint32_t wrong = 0;
	char text[64];

	setup(&f, 64 << 20);
	for (uint32_t i = 0; i < MANY; i++)
		wrong += intern_add(&f.set, text,
				    make_text(text, sizeof(text), i)) != i;
	for (uint32_t i = 0; i < MANY; i++) {
		size_t length = make_text(text, sizeof(text), i);

		wrong += intern_add(&f.set, text, length) != i;
		wrong += strcmp(intern_text(&f.set, i)->text, text) != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(intern_count(&f.set), MANY);
	intern_fini(&f.set);
}

/* Whatever the budget: numbers in a row, then none, and the rest still there.
 */
static void
ends_when_the_memory_is_spent(void)
{
	for (size_t bytes = 0; bytes < 40000; bytes += 997) {
		struct fixture f;
		uint32_t kept = 0;
		char text[64];

		setup(&f, bytes);
		while (intern_add(&f.set, text,
				  make_text(text, sizeof(text), kept)) == kept)
			kept++;
		CU_ASSERT_EQUAL(intern_add(&f.set, text, strlen(text)),
				INTERN_NONE);
		CU_ASSERT_EQUAL(intern_count(&f.set), kept);
		for (uint32_t i = 0; i < kept; i++)
			CU_ASSERT_EQUAL(
			    intern_add(&f.set, text,
				       make_text(text, sizeof(text), i)),
			    i);
		intern_fini(&f.set);
		CU_ASSERT_EQUAL(atomic_load(&f.budget.left_bytes), bytes);
	}
}

static void
takes_long_strings(void)
{
	static char text[1 << 20];
	struct fixture f;

	setup(&f, 8 << 20);
	memset(text, 'x', sizeof(text));
	CU_ASSERT_EQUAL(intern_add(&f.set, text, sizeof(text)), 0);
	CU_ASSERT_EQUAL(intern_add(&f.set, text, sizeof(text) - 1), 1);
	text[sizeof(text) - 1] = 'y';
	CU_ASSERT_EQUAL(intern_add(&f.set, text, sizeof(text)), 2);
	CU_ASSERT_EQUAL(intern_add(&f.set, text, sizeof(text) - 1), 1);
	CU_ASSERT_EQUAL(intern_text(&f.set, 2)->length, sizeof(text));
	intern_fini(&f.set);
}

struct adder {
	struct intern *set;
	unsigned seed;
	uint32_t wrong;
	uint32_t numbers[MANY / 10];
};

/* All of them, in an order of its own. */
static void *
add_all(void *context)
{
	enum { COUNT = MANY / 10 };
	struct adder *a = context;
	uint32_t at = a->seed;

	for (uint32_t n = 0; n < COUNT; n++) {
		size_t length;
		char text[64];

		at = (at + 7919) % COUNT; /* a prime: comes by each */
		length = make_text(text, sizeof(text), at);
		a->numbers[at] = intern_add(a->set, text, length);
		a->wrong += a->numbers[at] >= COUNT ||
			    strcmp(intern_text(a->set, a->numbers[at])->text,
				   text) != 0;
	}
	return NULL;
}

static void
serves_several_threads(void)
{
	enum { THREADS = 4 };
	static struct adder adders[THREADS];
	pthread_t threads[THREADS];
	struct fixture f;

	setup(&f, 64 << 20);
	for (unsigned i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){.set = &f.set, .seed = i * 1000};
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, add_all, &adders[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(adders[i].wrong, 0);
		CU_ASSERT_EQUAL(memcmp(adders[i].numbers, adders[0].numbers,
				       sizeof(adders[0].numbers)),
				0);
	}
	CU_ASSERT_EQUAL(intern_count(&f.set), MANY / 10);
	intern_fini(&f.set);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"counts from 0", counts_from_0},
	    {"keeps a copy", keeps_a_copy},
	    {"closes", closes},
	    {"tells strings with NULs apart", tells_strings_with_nuls_apart},
	    {"grows", grows},
	    {"takes long strings", takes_long_strings},
	    {"serves several threads", serves_several_threads},
	    {"ends when the memory is spent", ends_when_the_memory_is_spent},
	    {NULL, NULL}};

	return suite_run("intern", tests);
}
