/* What the READMEs say of fields and their units is what the tables have. */
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

/*
 * The row of the section that names it in the first cell, or in the second;
 * false if there is none.
 */
static bool
find_row(const char *section, const char *name, bool in_second, struct row *out)
{
	const char *line = section;

	while (line != NULL && *line != '\0') {
		const char *end = strchr(line, '\n');

		if (*line == '|') {
			read_cell(read_cell(line + 1, out->first), out->second);
			if (strstr(in_second ? out->second : out->first,
				   quoted(name)) != NULL)
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

/* Without the spaces around it, the cell begins with that word. */
static void
expect_word(const char *cell, const char *word, const char *name)
{
	size_t length = strlen(word);
	const char *text = cell + strspn(cell, " ");
	bool is_right = length == 0 ? *text == '\0'
				    : strncmp(text, word, length) == 0 &&
					  strchr(" ,", text[length]) != NULL;

	if (!is_right)
		printf("# %s: \"%s\" instead of \"%s\"\n", name, text, word);
	CU_ASSERT_TRUE(is_right);
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
		CU_ASSERT_TRUE_FATAL(find_row(section, info->name, true, &row));
		/* "0 to 1, of the total" has a comma of its own. */
		CU_ASSERT_EQUAL(strncmp(row.first + 1,
					unit_table[info->unit].kept,
					strlen(unit_table[info->unit].kept)),
				0);
	}
	free(section);
}

static void
clients_are_told_the_units(void)
{
	char *section =
	    read_section("src/api/README.md", "\n## GPUs\n", "\n## ");
	struct row row;

	for (int i = 0; i < FIELD__MAX; i++) {
		const struct field_info *info = &field_table[i];

		if (info->key == NULL)
			continue;
		CU_ASSERT_TRUE_FATAL(find_row(section, info->key, false, &row));
		expect_word(row.second, unit_table[info->unit].told, info->key);
	}
	free(section);
}

static void
clients_are_told_the_units_of_nodes(void)
{
	static const struct {
		enum field_of_group how;
		const char *suffix;
	} suffixes[] = {{GROUP_AVG, "_avg"},
			{GROUP_MAX, "_max"},
			{GROUP_SUM, ""},
			{GROUP_COMPUTED, ""}};
	char *section =
	    read_section("src/api/README.md", "\n## Nodes\n", "\n## ");
	char key[CELL_MAX_BYTES];
	struct row row;

	for (int i = 0; i < FIELD__MAX; i++)
		for (size_t k = 0; k < 4; k++) {
			const struct field_info *info = &field_table[i];

			if ((info->of_group & suffixes[k].how) == 0)
				continue;
			snprintf(key, sizeof(key), "%s%s", info->key,
				 suffixes[k].suffix);
			CU_ASSERT_TRUE_FATAL(
			    find_row(section, key, false, &row));
			expect_word(row.second, unit_table[info->unit].told,
				    key);
		}
	free(section);
}

static void
clients_are_told_the_units_of_processes(void)
{
	char *section =
	    read_section("src/api/README.md", "\n## Processes\n", "\n## ");
	struct row row;

	for (int i = 0; i < PROCESS_FIELD__MAX; i++) {
		const struct process_field_info *info = &process_field_table[i];

		CU_ASSERT_TRUE_FATAL(
		    find_row(section, info->name, false, &row));
		expect_word(row.second, unit_table[info->unit].told,
			    info->name);
	}
	free(section);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"units of profiles", profiles_are_told_the_units},
	    {"units of GPUs", clients_are_told_the_units},
	    {"units of nodes", clients_are_told_the_units_of_nodes},
	    {"units of processes", clients_are_told_the_units_of_processes},
	    {NULL, NULL}};

	return suite_run("readme_field", tests);
}
