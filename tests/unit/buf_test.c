#include "base/buf.h"

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

/* A shortage must come back as NULL, as without the sanitizer. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static int
holds(const struct buf *b, const char *text)
{
	return b->length == strlen(text) &&
	       memcmp(b->data, text, b->length) == 0;
}

static void
appends(void)
{
	struct buf b;

	buf_init(&b, 100);
	CU_ASSERT_EQUAL(b.length, 0);
	CU_ASSERT_PTR_NULL(b.data);
	buf_append(&b, "abcdef", 3);
	buf_append_text(&b, "");
	buf_append(&b, "x", 0);
	buf_append_text(&b, "DEF");
	CU_ASSERT_TRUE(holds(&b, "abcDEF"));
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	buf_fini(&b);
	CU_ASSERT_EQUAL(b.length, 0);
	buf_fini(&b);
}

static void
grows_without_losing_a_byte(void)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (unsigned i = 0; i < 100000; i++) {
		char byte = (char)('a' + i % 26);

		buf_append(&b, &byte, 1);
	}
	CU_ASSERT_EQUAL(b.length, 100000);
	for (unsigned i = 0; i < 100000; i++)
		if (b.data[i] != (char)('a' + i % 26))
			CU_FAIL("a byte was lost");
	CU_ASSERT_TRUE(b.capacity <= b.max_bytes);
	buf_fini(&b);
}

static void
takes_exactly_the_maximum(void)
{
	static const size_t maxima[] = {1,    2,    1023, 1024,
					1025, 2048, 3000, 70000};
	static char text[70001];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(maxima) / sizeof(*maxima); i++) {
		struct buf b;

		buf_init(&b, maxima[i]);
		buf_append(&b, text, maxima[i]);
		CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
		CU_ASSERT_EQUAL(b.length, maxima[i]);
		buf_append(&b, text, 1);
		CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
		CU_ASSERT_EQUAL(b.length, maxima[i]);
		buf_fini(&b);

		buf_init(&b, maxima[i]);
		buf_append(&b, text, maxima[i] + 1);
		CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
		CU_ASSERT_EQUAL(b.length, 0);
		buf_fini(&b);
	}
}

static void
takes_the_maximum_byte_by_byte(void)
{
	struct buf b;

	buf_init(&b, 5000);
	for (int i = 0; i < 5000; i++)
		buf_append(&b, "y", 1);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	CU_ASSERT_EQUAL(b.length, 5000);
	CU_ASSERT_TRUE(b.capacity <= 5000);
	buf_append_text(&b, "y");
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	buf_fini(&b);
}

static void
a_maximum_of_0_takes_nothing(void)
{
	struct buf b;

	buf_init(&b, 0);
	buf_append(&b, "", 0);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	buf_append(&b, "x", 1);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	buf_fini(&b);
}

static void
remembers_a_failure(void)
{
	struct buf b;

	buf_init(&b, 4);
	buf_append_text(&b, "abc");
	buf_append_text(&b, "de");
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	buf_append_text(&b, "f");
	buf_append_format(&b, "%d", 1);
	CU_ASSERT_PTR_NULL(buf_reserve(&b, 1));
	CU_ASSERT_TRUE(holds(&b, "abc"));
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	buf_reset(&b);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	CU_ASSERT_EQUAL(b.length, 0);
	buf_append_text(&b, "1234");
	CU_ASSERT_TRUE(holds(&b, "1234"));
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	buf_fini(&b);
}

static void
reset_keeps_the_memory(void)
{
	const char *data;
	struct buf b;

	buf_init(&b, 10000);
	buf_append_text(&b, "something");
	data = b.data;
	buf_reset(&b);
	buf_append_text(&b, "else");
	CU_ASSERT_PTR_EQUAL(b.data, data);
	CU_ASSERT_TRUE(holds(&b, "else"));
	buf_fini(&b);
}

static void
says_when_memory_is_spent(void)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_append_text(&b, "kept");
	CU_ASSERT_PTR_NULL(buf_reserve(&b, PTRDIFF_MAX));
	CU_ASSERT_EQUAL(buf_status(&b), ERR_MEMORY);
	CU_ASSERT_TRUE(holds(&b, "kept"));
	/* The first failure stays, whatever comes after it. */
	buf_append_format(&b, "%1000d", 1);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_MEMORY);
	buf_fini(&b);
}

static void
reserves_room_that_counts_once_committed(void)
{
	struct buf b;
	char *room;

	buf_init(&b, 2000);
	buf_append_text(&b, "a");
	room = buf_reserve(&b, 1999);
	CU_ASSERT_PTR_NOT_NULL_FATAL(room);
	memset(room, 'z', 1999);
	CU_ASSERT_EQUAL(b.length, 1);
	buf_commit(&b, 2);
	CU_ASSERT_TRUE(holds(&b, "azz"));
	CU_ASSERT_PTR_NULL(buf_reserve(&b, 1998));
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	buf_fini(&b);
}

static void
formats(void)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_append_format(&b, "%d-%s", 42, "x");
	buf_append_format(&b, "%s", "");
	CU_ASSERT_TRUE(holds(&b, "42-x"));
	buf_append_format(&b, "%0500d", 7);
	CU_ASSERT_EQUAL(b.length, 504);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	buf_append_format(&b, "%0497d", 7);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	CU_ASSERT_EQUAL(b.length, 504);
	buf_fini(&b);
}

/* Too long a piece is a failure, never a cut. */
static void
never_cuts_what_it_formats(void)
{
	struct buf b;

	buf_init(&b, 10000);
	buf_append_text(&b, "x");
	buf_append_format(&b, "%02000d", 1);
	CU_ASSERT_TRUE(buf_status(&b) == ERR_OK ? b.length == 2001
						: b.length == 1);
	buf_fini(&b);
}

static void
fini_is_safe_on_a_zeroed_buf(void)
{
	struct buf zeroed = {0};

	buf_fini(&zeroed);
	CU_ASSERT_EQUAL(buf_status(&zeroed), ERR_OK);
}

/* The whole text, from its pieces. */
static char *
gather(const struct buf *b)
{
	char *text = malloc(buf_bytes(b) + 1), *at = text;
	struct buf_piece piece;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (size_t i = 0; buf_piece(b, i, &piece); i++) {
		memcpy(at, piece.data, piece.length);
		at += piece.length;
	}
	*at = '\0';
	CU_ASSERT_EQUAL(at - text, buf_bytes(b));
	return text;
}

static void
stands_in_pieces(void)
{
	enum { WORDS = 100000, WORD_BYTES = 7 };
	char expected[WORD_BYTES + 1];
	struct budget budget;
	struct buf b;
	char *text;

	budget_init(&budget, 1 << 20);
	buf_init_in_pieces(&b, 1 << 20, &budget);
	for (int i = 0; i < WORDS; i++) {
		snprintf(expected, sizeof(expected), "%06d,", i);
		buf_append(&b, expected, WORD_BYTES);
	}
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	CU_ASSERT_EQUAL(buf_bytes(&b), WORDS * WORD_BYTES);
	CU_ASSERT_TRUE(b.piece_count > 1);
	/* What was reserved at once stands in one piece. */
	for (size_t i = 0; i < b.piece_count; i++)
		CU_ASSERT_EQUAL(b.pieces[i].length % WORD_BYTES, 0);
	text = gather(&b);
	for (int i = 0; i < WORDS; i++) {
		snprintf(expected, sizeof(expected), "%06d,", i);
		if (memcmp(text + (size_t)i * WORD_BYTES, expected,
			   WORD_BYTES) != 0)
			CU_FAIL("a byte was lost");
	}
	free(text);
	buf_reset(&b);
	CU_ASSERT_EQUAL(buf_bytes(&b), 0);
	buf_append_text(&b, "again");
	CU_ASSERT_TRUE(holds(&b, "again"));
	buf_fini(&b);
	CU_ASSERT_EQUAL(budget_used(&budget, 1 << 20), 0);
}

/* One that is longer than a piece has one for itself. */
static void
takes_what_is_longer_than_a_piece(void)
{
	enum { LONG_BYTES = 200000 };
	static char words[LONG_BYTES];
	struct budget budget;
	struct buf b;
	char *text;

	memset(words, 'w', sizeof(words));
	budget_init(&budget, 1 << 20);
	buf_init_in_pieces(&b, 3 * LONG_BYTES, &budget);
	buf_append(&b, words, LONG_BYTES);
	CU_ASSERT_EQUAL(b.piece_count, 0);
	buf_append_text(&b, "x");
	buf_append(&b, words, LONG_BYTES);
	text = gather(&b);
	CU_ASSERT_EQUAL(strspn(text, "w"), LONG_BYTES);
	CU_ASSERT_EQUAL(text[LONG_BYTES], 'x');
	CU_ASSERT_EQUAL(strspn(text + LONG_BYTES + 1, "w"), LONG_BYTES);
	free(text);
	buf_fini(&b);
	CU_ASSERT_EQUAL(budget_used(&budget, 1 << 20), 0);
}

static void
limits_pieces(void)
{
	enum { MAX_BYTES = 200000 };
	struct budget budget;
	struct buf b;

	budget_init(&budget, 1 << 20);
	buf_init_in_pieces(&b, MAX_BYTES, &budget);
	for (int i = 0; i < MAX_BYTES; i++)
		buf_append(&b, "x", 1);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	buf_append(&b, "x", 1);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_TOO_BIG);
	buf_fini(&b);
	budget_init(&budget, MAX_BYTES);
	buf_init_in_pieces(&b, 1 << 20, &budget);
	while (buf_status(&b) == ERR_OK)
		buf_append(&b, "x", 1);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_MEMORY);
	CU_ASSERT_TRUE(buf_bytes(&b) < MAX_BYTES);
	buf_fini(&b);
	CU_ASSERT_EQUAL(budget_used(&budget, MAX_BYTES), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"appends", appends},
	    {"grows without losing a byte", grows_without_losing_a_byte},
	    {"takes exactly the maximum", takes_exactly_the_maximum},
	    {"takes the maximum byte by byte", takes_the_maximum_byte_by_byte},
	    {"a maximum of 0 takes nothing", a_maximum_of_0_takes_nothing},
	    {"remembers a failure", remembers_a_failure},
	    {"reset keeps the memory", reset_keeps_the_memory},
	    {"says when memory is spent", says_when_memory_is_spent},
	    {"reserves room that counts once committed",
	     reserves_room_that_counts_once_committed},
	    {"formats", formats},
	    {"never cuts what it formats", never_cuts_what_it_formats},
	    {"fini is safe on a zeroed buf", fini_is_safe_on_a_zeroed_buf},
	    {"stands in pieces", stands_in_pieces},
	    {"takes what is longer than a piece",
	     takes_what_is_longer_than_a_piece},
	    {"limits pieces", limits_pieces},
	    {NULL, NULL}};

	return suite_run("buf", tests);
}
