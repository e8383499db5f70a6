/* What conf/profiles/README.md says of writing a profile. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/profile/read.h"
#include "support/readme.h"
#include "support/suite.h"

enum { MEMORY_MAX_BYTES = 1 << 20, NAME_MAX_BYTES = 64 };

/* Its section about a profile of one's own; to be freed. */
static char *
format_section(void)
{
	char *readme = readme_read("conf/profiles/README.md");
	size_t length;
	const char *section =
	    readme_part(readme, "\n## Add an exporter\n", "\n## ", &length);
	char *copy = strndup(section, length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	free(readme);
	return copy;
}

static void
check_example(const char *json, size_t length)
{
	char *text = strndup(json, length);
	struct profile *profile = NULL;
	struct err err = {0};
	struct budget budget;
	struct arena arena;

	budget_init(&budget, MEMORY_MAX_BYTES);
	arena_init(&arena, &budget);
	if (profile_read("README.md", text, length, &arena, &profile, &err) !=
	    ERR_OK)
		printf("# %s\n", err.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(profile);
	SUITE_EQUAL(profile->name, "our-rules");
	SUITE_EQUAL(profile->match_conditions, "gpu!=\"\",tile=\"\"");
	CU_ASSERT_EQUAL(profile->metric_count, 6);
	arena_fini(&arena);
	free(text);
}

static void
has_an_example_that_works(void)
{
	static const char fence[] = "```json\n";
	char *section = format_section();
	const char *json;
	size_t length;

	json = readme_part(section, fence, "```", &length);
	check_example(json, length);
	CU_ASSERT_PTR_NULL(strstr(json, fence));
	free(section);
}

static void
check_named(const char *section, const char *name)
{
	char quoted[NAME_MAX_BYTES];

	snprintf(quoted, sizeof(quoted), "`%s`", name);
	if (strstr(section, quoted) == NULL)
		printf("# %s\n", quoted);
	CU_ASSERT_PTR_NOT_NULL(strstr(section, quoted));
}

static void
names_every_field(void)
{
	char *section = format_section();

	for (int i = 0; i < FIELD__MAX; i++)
		if (!field_table[i].is_computed)
			check_named(section, field_table[i].name);
	for (int i = 0; i < PROCESS_FIELD__MAX; i++)
		check_named(section, process_field_table[i].name);
	free(section);
}

/* The error for an unknown key lists those that there are. */
static void
check_keys(const char *section, const char *json)
{
	struct profile *profile;
	struct err err = {0};
	struct budget budget;
	struct arena arena;
	char *keys, *rest;

	budget_init(&budget, MEMORY_MAX_BYTES);
	arena_init(&arena, &budget);
	CU_ASSERT_EQUAL(
	    profile_read("", json, strlen(json), &arena, &profile, &err),
	    ERR_SETTING);
	arena_fini(&arena);
	keys = strchr(err.text, '(');
	CU_ASSERT_FATAL(keys != NULL && strchr(keys, ')') != NULL);
	*strchr(keys, ')') = '\0';
	for (char *key = strtok_r(keys + 1, ", ", &rest); key != NULL;
	     key = strtok_r(NULL, ", ", &rest))
		check_named(section, key);
}

static void
names_every_key(void)
{
	static const char *const unknown[] = {
	    "{\"x\":1}", "{\"name\":\"a\",\"match\":{\"x\":1}}",
	    "{\"name\":\"a\",\"match\":{\"metrics\":[\"m\"]},"
	    "\"labels\":{\"x\":1}}",
	    "{\"name\":\"a\",\"match\":{\"metrics\":[\"m\"]},"
	    "\"labels\":{\"index\":[\"i\"]},"
	    "\"fields\":{\"utilization\":{\"x\":1}}}",
	    "{\"name\":\"a\",\"match\":{\"metrics\":[\"m\"]},"
	    "\"labels\":{\"index\":[\"i\"]},"
	    "\"fields\":{\"utilization\":{\"metric\":\"m\"}},"
	    "\"processes\":{\"labels\":{\"x\":1}}}"};
	char *section = format_section();

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		check_keys(section, unknown[i]);
	free(section);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"has an example that works", has_an_example_that_works},
	    {"names every field", names_every_field},
	    {"names every key", names_every_key},
	    {NULL, NULL}};

	return suite_run("readme_profile", tests);
}
