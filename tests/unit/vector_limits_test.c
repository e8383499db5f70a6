/* The decoder's limits: samples, bytes of a series, memory. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prom/vector.h"
#include "support/answer.h"
#include "support/suite.h"

static const char head[] = "{\"status\":\"success\",\"data\":{\"resultType\":"
			   "\"vector\",\"result\":[";
static const char tail[] = "]}}";
static const char series_head[] = "{\"metric\":{\"gpu\":\"0\",\"node\":\"";
static const char series_tail[] = "\"},\"value\":[1700000000.5,\"1\"]}";

enum {
	SERIES_FIXED_BYTES = sizeof(series_head) + sizeof(series_tail) - 2,
	/* What libcurl hands over at once. */
	CURL_BYTES = 16384
};

struct body {
	char *text;
	size_t length;
	FILE *file;
};

static void
body_open(struct body *b)
{
	memset(b, 0, sizeof(*b));
	b->file = open_memstream(&b->text, &b->length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->file);
	fputs(head, b->file);
}

static void
body_close(struct body *b)
{
	fputs(tail, b->file);
	fclose(b->file);
}

static void
add_small_series(struct body *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		fprintf(b->file,
			"%s{\"metric\":{\"node\":\"node-%u\"},\"value\":[1,"
			"\"%u\"]}",
			i > 0 ? "," : "", i, i);
}

/* A series of that many bytes, from brace to brace. */
static void
add_series_of(struct body *b, size_t bytes)
{
	fputs(series_head, b->file);
	for (size_t i = SERIES_FIXED_BYTES; i < bytes; i++)
		fputc('a' + (int)(i % 26), b->file);
	fputs(series_tail, b->file);
}

static void
check_code(const struct answer_setup *setup, const struct body *b,
	   struct answer_cut cut, enum err_code code)
{
	struct answer got;

	answer_decode(&got, setup, b->text, b->length, cut);
	CU_ASSERT_EQUAL(got.code, code);
	if (got.code != code)
		printf("# %zu bytes in pieces of %zu: %s (%s)\n", b->length,
		       cut.piece_bytes, err_name(got.code), got.err.text);
	answer_free(&got);
}

static void
check_same_as_json_c(const struct body *b, struct answer_cut cut)
{
	struct answer got, expected;

	answer_decode(&got, &answer_gpu, b->text, b->length, cut);
	answer_expect(&expected, &answer_gpu, b->text, b->length);
	CU_ASSERT_EQUAL(got.code, ERR_OK);
	CU_ASSERT_EQUAL(expected.code, ERR_OK);
	CU_ASSERT_EQUAL(got.text_length, expected.text_length);
	CU_ASSERT_TRUE(strcmp(got.text, expected.text) == 0);
	answer_free(&got);
	answer_free(&expected);
}

static void
takes_as_many_samples_as_allowed(void)
{
	struct answer_setup setup = answer_gpu;
	struct answer got;
	struct body b;

	body_open(&b);
	add_small_series(&b, 500);
	fputs(",{\"histogram\":[1,{}]}", b.file);
	body_close(&b);
	setup.max_samples = 500;
	check_code(&setup, &b, answer_whole, ERR_OK);
	check_code(&setup, &b, (struct answer_cut){7, 0}, ERR_OK);
	setup.max_samples = 499;
	check_code(&setup, &b, (struct answer_cut){7, 0}, ERR_TOO_BIG);
	answer_decode(&got, &setup, b.text, b.length, answer_whole);
	CU_ASSERT_EQUAL(got.code, ERR_TOO_BIG);
	SUITE_EQUAL(got.err.text, "One metric has more than 499 series; "
				  "MAX_SERIES sets this limit");
	answer_free(&got);
	free(b.text);
}

static void
reads_a_large_label(void)
{
	struct body b;

	body_open(&b);
	add_small_series(&b, 3);
	fputc(',', b.file);
	add_series_of(&b, 1 << 20);
	fputc(',', b.file);
	add_small_series(&b, 3);
	body_close(&b);
	check_same_as_json_c(&b, answer_whole);
	check_same_as_json_c(&b, (struct answer_cut){CURL_BYTES, 0});
	check_same_as_json_c(&b, (struct answer_cut){1, 0});
	check_same_as_json_c(&b, (struct answer_cut){2 * CURL_BYTES, 5});
	free(b.text);
}

static void
reads_a_large_label_with_escapes(void)
{
	struct body b;

	body_open(&b);
	fputs(series_head, b.file);
	for (unsigned i = 0; i < 100000; i++)
		fprintf(b.file, "\\u%04x", 0x20 + i % 0xd000);
	fputs(series_tail, b.file);
	body_close(&b);
	check_same_as_json_c(&b, answer_whole);
	check_same_as_json_c(&b, (struct answer_cut){CURL_BYTES, 0});
	free(b.text);
}

/* Many series behind it, so that none of them is taken for a part of it. */
static void
check_series_of(size_t bytes, struct answer_cut cut, enum err_code code)
{
	struct body b;

	body_open(&b);
	add_series_of(&b, bytes);
	fputc(',', b.file);
	add_small_series(&b, 20000);
	body_close(&b);
	check_code(&answer_gpu, &b, cut, code);
	free(b.text);
}

static const struct answer_cut large_cuts[] = {
    {CURL_BYTES, 0},	{997, 0},	    {1 << 20, 0},
    {2 * (1 << 20), 0}, {3 * (1 << 20), 0}, {(size_t)1 << 30, 0}};

static void
takes_a_series_up_to_the_limit(void)
{
	static const size_t sizes[] = {3 * (1 << 20), 7 * (1 << 19),
				       RESULT_PIECE_MAX_BYTES - 64,
				       RESULT_PIECE_MAX_BYTES};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t k = 0; k < sizeof(large_cuts) / sizeof(*large_cuts);
		     k++)
			check_series_of(sizes[i], large_cuts[k], ERR_OK);
}

static void
refuses_a_series_past_the_limit(void)
{
	for (size_t k = 0; k < sizeof(large_cuts) / sizeof(*large_cuts); k++)
		check_series_of(RESULT_PIECE_MAX_BYTES + 1, large_cuts[k],
				ERR_PROM);
}

static void
check_text(const char *before, const char *text)
{
	struct answer got;
	struct body b;

	body_open(&b);
	fputs(before, b.file);
	for (size_t i = 0; i <= RESULT_PIECE_MAX_BYTES; i++)
		fputc('x', b.file);
	body_close(&b);
	answer_decode(&got, &answer_gpu, b.text, b.length,
		      (struct answer_cut){CURL_BYTES, 0});
	CU_ASSERT_EQUAL(got.code, ERR_PROM);
	SUITE_EQUAL(got.err.text, text);
	answer_free(&got);
	free(b.text);
}

static void
says_what_is_too_long(void)
{
	check_text("{\"metric\":{\"node\":\"",
		   "Prometheus' answer has a series of more than 4194304 "
		   "bytes");
	check_text("],\"stats\":\"",
		   "Prometheus' answer has a member of more than 4194304 "
		   "bytes");
	check_text("]},\"warnings\":[\"",
		   "Prometheus' answer has a member of more than 4194304 "
		   "bytes");
}

/* Whatever the budget: the whole answer, or the one error. */
static void
ends_when_the_memory_is_spent(void)
{
	struct answer_setup setup = answer_gpu;
	enum err_code last = ERR_MEMORY;
	unsigned refused = 0;
	struct body b;

	body_open(&b);
	add_small_series(&b, 300);
	body_close(&b);
	for (size_t bytes = 0; bytes < 200000; bytes += 500) {
		struct answer got;

		setup.budget_bytes = bytes;
		answer_decode(&got, &setup, b.text, b.length,
			      (struct answer_cut){100, 0});
		CU_ASSERT_TRUE(got.code == ERR_MEMORY || got.code == ERR_OK);
		if (got.code == ERR_MEMORY) {
			CU_ASSERT_NOT_EQUAL(last, ERR_OK);
			CU_ASSERT_PTR_NOT_NULL(
			    strstr(got.err.text, "MAX_REQUEST_MEMORY_BYTES"));
			refused++;
		}
		last = got.code;
		answer_free(&got);
	}
	CU_ASSERT_TRUE(refused > 10);
	CU_ASSERT_EQUAL(last, ERR_OK);
	free(b.text);
}

/* The same budget is enough, whatever the pieces. */
static void
cuts_take_no_more_memory(void)
{
	struct answer_setup setup = answer_gpu;
	struct body b;

	setup.budget_bytes = 65536;
	body_open(&b);
	add_small_series(&b, 3);
	fputs("]},\"warnings\":[", b.file);
	for (unsigned i = 0; i < RESULT_WARNINGS_MAX; i++)
		fprintf(b.file, "%s\"%0200u\"", i > 0 ? "," : "", i);
	fputs("],\"more\":{\"a\":[1", b.file);
	body_close(&b);
	check_code(&setup, &b, answer_whole, ERR_OK);
	check_code(&setup, &b, (struct answer_cut){100, 0}, ERR_OK);
	check_code(&setup, &b, (struct answer_cut){1, 0}, ERR_OK);
	free(b.text);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"takes as many samples as allowed",
	     takes_as_many_samples_as_allowed},
	    {"reads a large label", reads_a_large_label},
	    {"reads a large label with escapes",
	     reads_a_large_label_with_escapes},
	    {"takes a series up to the limit", takes_a_series_up_to_the_limit},
	    {"refuses a series past the limit",
	     refuses_a_series_past_the_limit},
	    {"says what is too long", says_what_is_too_long},
	    {"ends when the memory is spent", ends_when_the_memory_is_spent},
	    {"cuts take no more memory", cuts_take_no_more_memory},
	    {NULL, NULL}};

	return suite_run("vector_limits", tests);
}
