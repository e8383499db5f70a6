#include "support/golden.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/strict_json.h"

enum { GOLDEN_MAX_BYTES = 1 << 20 };

static FILE *
open_golden(const char *path, const char *mode)
{
	const char *top = getenv("top_srcdir");
	char name[4096];

	snprintf(name, sizeof(name), "%s/tests/golden/%s",
		 top != NULL ? top : ".", path);
	return fopen(name, mode);
}

static void
write_golden(const char *path, const char *text)
{
	FILE *file = open_golden(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

/* On the heap, without the newline at its end; empty if there is no file. */
static char *
read_golden(const char *path)
{
	FILE *file = open_golden(path, "r");
	char *text = calloc(1, GOLDEN_MAX_BYTES);
	size_t length;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	if (file == NULL) {
		CU_FAIL("the golden file exists");
		return text;
	}
	length = fread(text, 1, GOLDEN_MAX_BYTES - 1, file);
	fclose(file);
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return text;
}

static bool
is_json(const char *text)
{
	struct json_object *root = strict_json(text, strlen(text));
	bool is_whole = json_object_is_type(root, json_type_object);

	json_object_put(root);
	return is_whole;
}

/* An exposition is no JSON. */
static bool
is_exposition(const char *path)
{
	const char *end = strrchr(path, '.');

	return end != NULL && strcmp(end, ".prom") == 0;
}

/* Of texts of several lines only those that differ. */
static void
show_difference(const char *path, const char *got, const char *expected)
{
	enum { SHOWN_LINES = 8 };

	printf("# %s:\n", path);
	for (int shown = 0; shown < SHOWN_LINES && (*got || *expected);) {
		int got_length = (int)strcspn(got, "\n");
		int length = (int)strcspn(expected, "\n");

		if (got_length != length ||
		    memcmp(got, expected, (size_t)length) != 0) {
			printf("# got:      %.*s\n# expected: %.*s\n",
			       got_length, got, length, expected);
			shown++;
		}
		got += got_length + (got[got_length] != '\0');
		expected += length + (expected[length] != '\0');
	}
}

void
golden_equal(const char *path, const char *text, size_t length,
	     const char *file, unsigned line)
{
	char *got = strndup(text, length), *expected;

	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	CU_assertImplementation(strlen(got) == length, line, "holds no NUL",
				file, "", CU_FALSE);
	CU_assertImplementation(is_exposition(path) || is_json(got), line,
				"is strict JSON", file, "", CU_FALSE);
	if (getenv("GOLDEN_UPDATE") != NULL)
		write_golden(path, got);
	expected = read_golden(path);
	CU_assertImplementation(strcmp(got, expected) == 0, line,
				"is what the golden file says", file, "",
				CU_FALSE);
	if (strcmp(got, expected) != 0)
		show_difference(path, got, expected);
	free(expected);
	free(got);
}
