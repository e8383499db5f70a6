#include "base/intern.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

enum { MANY = 100000 };

struct fixture {
	struct budget budget;
	struct arena arena;
	struct intern set;
};

static void
setup(struct fixture *f, size_t budget_bytes)
{
	budget_init(&f->budget, budget_bytes);
	arena_init(&f->arena, &f->budget);
	intern_init(&f->set, &f->arena);
}

static void
counts_from_0(void)
{
	struct fixture f;

	setup(&f, 1 << 20);
	CU_ASSERT_EQUAL(f.set.count, 0);
	CU_ASSERT_EQUAL(atomic_load(&f.budget.left_bytes), 1 << 20);
	CU_ASSERT_EQUAL(intern_add(&f.set, "a", 1), 0);
	CU_ASSERT_EQUAL(intern_add(&f.set, "b", 1), 1);
	CU_ASSERT_EQUAL(intern_add(&f.set, "a", 1), 0);
	CU_ASSERT_EQUAL(intern_add(&f.set, "", 0), 2);
	CU_ASSERT_EQUAL(intern_add(&f.set, "", 0), 2);
	CU_ASSERT_EQUAL(intern_add(&f.set, "b and more", 1), 1);
	CU_ASSERT_EQUAL(f.set.count, 3);
	arena_fini(&f.arena);
}

static void
keeps_a_copy(void)
{
	char text[] = "node-1";
	struct fixture f;

	setup(&f, 1 << 20);
	CU_ASSERT_EQUAL(intern_add(&f.set, text, 4), 0);
	memset(text, 'x', sizeof(text));
	SUITE_EQUAL(f.set.strings[0].text, "node");
	CU_ASSERT_EQUAL(f.set.strings[0].length, 4);
	arena_fini(&f.arena);
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
			CU_ASSERT_EQUAL(f.set.strings[i].length,
					cases[i].length);
			CU_ASSERT_EQUAL(memcmp(f.set.strings[i].text,
					       cases[i].text,
					       cases[i].length + 1),
					0);
		}
	arena_fini(&f.arena);
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
		wrong += strcmp(f.set.strings[i].text, text) != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(f.set.count, MANY);
	arena_fini(&f.arena);
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
		CU_ASSERT_EQUAL(f.set.count, kept);
		for (uint32_t i = 0; i < kept; i++)
			CU_ASSERT_EQUAL(
			    intern_add(&f.set, text,
				       make_text(text, sizeof(text), i)),
			    i);
		arena_fini(&f.arena);
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
	CU_ASSERT_EQUAL(f.set.strings[2].length, sizeof(text));
	arena_fini(&f.arena);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"counts from 0", counts_from_0},
	    {"keeps a copy", keeps_a_copy},
	    {"tells strings with NULs apart", tells_strings_with_nuls_apart},
	    {"grows", grows},
	    {"takes long strings", takes_long_strings},
	    {"ends when the memory is spent", ends_when_the_memory_is_spent},
	    {NULL, NULL}};

	return suite_run("intern", tests);
}
