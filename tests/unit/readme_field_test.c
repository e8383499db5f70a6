/* What the profiles' README says of fields and their units is what the table
 * has; what the API's does, tests/contract compares. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/field.h"
#include "support/readme.h"
#include "support/suite.h"

enum { CELL_MAX_BYTES = 256 };

/* A table's row: its first two cells. */
struct row {
	char first[CELL_MAX_BYTES];
	char second[CELL_MAX_BYTES];
};

/* "`name`" */
static const char *
quoted(const char *name)
{
	static char text[CELL_MAX_BYTES];

	snprintf(text, sizeof(text), "`%s`", name);
	return text;
}

static const char *
read_cell(const char *text, char *out)
{
	size_t length = strcspn(text, "|\n");

	snprintf(out, CELL_MAX_BYTES, "%.*s", (int)length, text);
	return text + length + (text[length] == '|');
}

/* The row of the section that names it in the second cell; false if there is
 * none. */
static bool
find_row(const char *section, const char *name, struct row *out)
{
	const char *line = section;

	while (line != NULL && *line != '\0') {
		const char *end = strchr(line, '\n');

		if (*line == '|') {
			read_cell(read_cell(line + 1, out->first), out->second);
			if (strstr(out->second, quoted(name)) != NULL)
				return true;
		}
		line = end != NULL ? end + 1 : NULL;
	}
	printf("# no row for %s\n", name);
	return false;
}

static char *
read_section(const char *file, const char *from, const char *to)
{
	char *readme = readme_read(file);
	size_t length;
	const char *part = readme_part(readme, from, to, &length);
	char *copy = strndup(part, length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	free(readme);
	return copy;
}

static void
profiles_are_told_the_units(void)
{
	char *section = read_section("conf/profiles/README.md",
				     "\n| unit of a field |", "\n\n");
	struct row row;

	for (int i = 0; i < FIELD__MAX; i++) {
		const struct field_info *info = &field_table[i];

		if (info->is_computed) {
			CU_ASSERT_PTR_NULL(strstr(section, quoted(info->name)));
			continue;
		}
		CU_ASSERT_TRUE_FATAL(find_row(section, info->name, &row));
		/* "0 to 1, of the total" has a comma of its own. */
		CU_ASSERT_EQUAL(strncmp(row.first + 1,
					unit_table[info->unit].kept,
					strlen(unit_table[info->unit].kept)),
				0);
	}
	free(section);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"units of profiles", profiles_are_told_the_units}, {NULL, NULL}};

	return suite_run("readme_field", tests);
}
