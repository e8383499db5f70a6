/*
 * Every answer in tests/golden/vector and matrix, cut in many ways, gives what
 * json-c gives; and no beginning of one is taken for an answer.
 */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/answer.h"
#include "support/suite.h"

enum { FILE_MAX_BYTES = 1 << 20, PREFIXES_MAX = 2000, SEEDS = 40 };

static const struct folder {
	const char *name;
	const struct answer_setup *setup;
	int files_min;
} folders[] = {{"vector", &answer_gpu, 20}, {"matrix", &answer_history, 12}};

/* That is looked at. */
static const struct folder *folder;

/* A check of one body; the name is for whoever reads what failed. */
typedef void (*body_check)(const char *name, const char *body, size_t length);

static char *
read_file(const char *name, size_t *length)
{
	const char *top = getenv("top_srcdir");
	char *body = malloc(FILE_MAX_BYTES), path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/golden/%s/%s",
		 top != NULL ? top : ".", folder->name, name);
	file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	*length = fread(body, 1, FILE_MAX_BYTES, file);
	fclose(file);
	return body;
}

static int
is_json(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".json") == 0;
}

static void
check_folder(body_check check)
{
	const char *top = getenv("top_srcdir");
	struct dirent **entries = NULL;
	char path[4096];
	int count;

	snprintf(path, sizeof(path), "%s/tests/golden/%s",
		 top != NULL ? top : ".", folder->name);
	count = scandir(path, &entries, is_json, alphasort);
	CU_ASSERT_TRUE_FATAL(count >= folder->files_min);
	for (int i = 0; i < count; i++) {
		size_t length;
		char *body = read_file(entries[i]->d_name, &length);

		check(entries[i]->d_name, body, length);
		free(body);
		free(entries[i]);
	}
	free(entries);
}

static void
check_files(body_check check)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		folder = &folders[i];
		check_folder(check);
	}
}

static void
check_same(const char *name, const struct answer *got,
	   const struct answer *expected, struct answer_cut cut)
{
	bool is_same = answer_is_same(got, expected);
	char *got_text, *expected_text;

	CU_ASSERT_TRUE(is_same);
	if (is_same)
		return;
	printf("# %s in pieces of %zu, seed %u: %s\n", name, cut.piece_bytes,
	       cut.seed, got->err.text);
	got_text = answer_summary(got);
	expected_text = answer_summary(expected);
	SUITE_EQUAL(got_text, expected_text);
	free(got_text);
	free(expected_text);
}

static void
check_cut(const char *name, const char *body, size_t length,
	  struct answer_cut cut)
{
	struct answer got, expected;

	answer_expect(&expected, folder->setup, body, length);
	answer_decode(&got, folder->setup, body, length, cut);
	check_same(name, &got, &expected, cut);
	answer_free(&got);
	answer_free(&expected);
}

static void
check_whole(const char *name, const char *body, size_t length)
{
	check_cut(name, body, length, answer_whole);
}

static void
check_fixed_pieces(const char *name, const char *body, size_t length)
{
	static const size_t sizes[] = {1, 2, 3, 5, 7, 16, 63, 64, 1000, 1025};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		check_cut(name, body, length, (struct answer_cut){sizes[i], 0});
}

static void
check_random_pieces(const char *name, const char *body, size_t length)
{
	static const size_t sizes[] = {4, 40, 400, 4000};

	for (unsigned seed = 1; seed <= SEEDS; seed++)
		check_cut(name, body, length,
			  (struct answer_cut){sizes[seed % 4], seed});
}

/* Two pieces, cut at every byte. */
static void
check_two_pieces(const char *name, const char *body, size_t length)
{
	size_t step = length / PREFIXES_MAX + 1;

	for (size_t first = 1; first < length; first += step) {
		struct answer_cut cut = {
		    first > length / 2 ? first : length - first, 0};

		check_cut(name, body, length, cut);
	}
}

static size_t
length_without_space(const char *body, size_t length)
{
	while (length > 0 && strchr(" \t\r\n", body[length - 1]) != NULL)
		length--;
	return length;
}

static void
check_prefixes(const char *name, const char *body, size_t length)
{
	size_t whole = length_without_space(body, length);
	size_t step = whole / PREFIXES_MAX + 1;

	for (size_t bytes = 0; bytes < whole; bytes += step) {
		struct answer_cut cut = {bytes % 2 == 0 ? bytes + 1 : 13, 0};
		struct answer got;

		answer_decode(&got, folder->setup, body, bytes, cut);
		CU_ASSERT_EQUAL(got.code, ERR_PROM);
		if (got.code != ERR_PROM)
			printf("# the first %zu bytes of %s\n", bytes, name);
		SUITE_EQUAL(got.err.text, "Prometheus' answer is cut off");
		answer_free(&got);
	}
}

static void
reads_them_in_one_piece(void)
{
	check_files(check_whole);
}

static void
reads_them_in_pieces_of_one_size(void)
{
	check_files(check_fixed_pieces);
}

static void
reads_them_in_random_pieces(void)
{
	check_files(check_random_pieces);
}

static void
reads_them_in_two_pieces(void)
{
	check_files(check_two_pieces);
}

static void
refuses_what_is_cut_off(void)
{
	check_files(check_prefixes);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads the files as json-c does", reads_them_in_one_piece},
	    {"reads them in pieces of one size",
	     reads_them_in_pieces_of_one_size},
	    {"reads them in random pieces", reads_them_in_random_pieces},
	    {"reads them in two pieces", reads_them_in_two_pieces},
	    {"refuses what is cut off", refuses_what_is_cut_off},
	    {NULL, NULL}};

	return suite_run("answer_files", tests);
}
