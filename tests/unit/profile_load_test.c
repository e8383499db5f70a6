/* profile_load: which files of a directory count, and which do not. */
#include "gpu/profile.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/suite.h"

static char directory[64];
static struct profile_set set;
static struct err err;

static void
make_directory(void)
{
	strcpy(directory, "/tmp/profile_load_test.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
}

static const char *
path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void
remove_directory(void)
{
	DIR *d = opendir(directory);
	struct dirent *entry;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			remove(path_of(entry->d_name));
	closedir(d);
	rmdir(directory);
}

/* A profile of that name, filled up with spaces to at_least bytes. */
static void
write_profile(const char *file_name, const char *profile_name, int at_least)
{
	FILE *file = fopen(path_of(file_name), "w");
	int length;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	length = fprintf(file,
			 "{\"name\":\"%s\",\"labels\":{\"node\":[\"node\"],"
			 "\"index\":[\"gpu\"]},\"fields\":{\"utilization\":"
			 "{\"metric\":\"busy\"}}}",
			 profile_name);
	if (length < at_least)
		fprintf(file, "%*s", at_least - length, "");
	fclose(file);
}

static enum err_code
load(void)
{
	memset(&err, 0, sizeof(err));
	memset(&set, 0xff, sizeof(set));
	return profile_load(directory, &set, &err);
}

/* The text starts with the directory; DIR stands for it in expected. */
static void
check_wrong(const char *expected)
{
	char text[ERR_TEXT_BYTES];

	CU_ASSERT_EQUAL(load(), ERR_SETTING);
	CU_ASSERT_EQUAL(err.code, ERR_SETTING);
	snprintf(text, sizeof(text), "%s%s", directory, expected);
	SUITE_EQUAL(err.text, text);
	profile_free(&set);
}

static void
loads_what_is_shipped(void)
{
	static const char *const metrics[FIELD__MAX] = {
	    [FIELD_UTILIZATION] = "nvidia_gpu_utilization_percent",
	    [FIELD_MEMORY_USED] = "nvidia_gpu_used_memory_bytes",
	    [FIELD_MEMORY_TOTAL] = "nvidia_gpu_total_memory_bytes",
	    [FIELD_MEMORY_FREE] = "nvidia_gpu_free_memory_bytes",
	    [FIELD_TEMPERATURE] = "nvidia_gpu_temperature_celsius",
	    [FIELD_POWER_DRAW] = "nvidia_gpu_power_draw_watts",
	    [FIELD_POWER_LIMIT] = "nvidia_gpu_power_limit_watts",
	    [FIELD_MEMORY_CONTROLLER_UTILIZATION] =
		"nvidia_gpu_memory_utilization_percent",
	};
	static const char *const labels[] = {"node", "hostname", "gpu",
					     "gpu_id", "gpu_name"};
	const char *top = getenv("top_srcdir");
	const struct profile *p;
	char path[4096];

	snprintf(path, sizeof(path), "%s/conf/profiles",
		 top != NULL ? top : ".");
	CU_ASSERT_EQUAL_FATAL(profile_load(path, &set, &err), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(set.count, 1);
	p = set.profiles[0];
	SUITE_EQUAL(p->name, "nvidia-gpu-list-exporter");
	CU_ASSERT_EQUAL_FATAL(p->label_count, 5);
	for (size_t i = 0; i < 5; i++)
		SUITE_EQUAL(p->labels[i].name, labels[i]);
	for (int i = 0; i < FIELD__MAX; i++) {
		if (metrics[i] == NULL) {
			CU_ASSERT_PTR_NULL(p->metrics[i].name);
			continue;
		}
		SUITE_EQUAL(p->metrics[i].name, metrics[i]);
		CU_ASSERT_EQUAL(p->metrics[i].scale, 1);
		/* "The last two only where they exist." */
		CU_ASSERT_TRUE(
		    p->metrics[i].is_optional ||
		    (i != FIELD_POWER_DRAW && i != FIELD_POWER_LIMIT));
	}
	profile_free(&set);
}

static void
reads_in_the_order_of_names(void)
{
	static const char *const names[] = {"10", "20", "9", "a", "b"};

	make_directory();
	write_profile("b.json", "b", 0);
	write_profile("9.json", "9", 0);
	write_profile("20.json", "20", 0);
	write_profile("a.json", "a", 0);
	write_profile("10.json", "10", 0);
	CU_ASSERT_EQUAL_FATAL(load(), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(set.count, 5);
	for (size_t i = 0; i < 5; i++)
		SUITE_EQUAL(set.profiles[i]->name, names[i]);
	profile_free(&set);
	remove_directory();
}

static void
passes_over_other_files(void)
{
	static const char *const others[] = {
	    ".hidden.json", ".json",	 "a.json~", "a.json.bak",
	    "a.JSON",	    "README.md", "json",    "ajson",
	    "a.jsonc",	    "a.yaml",	 "#a.json#"};

	make_directory();
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		FILE *file = fopen(path_of(others[i]), "w");

		CU_ASSERT_PTR_NOT_NULL_FATAL(file);
		fputs("not a profile", file);
		fclose(file);
	}
	check_wrong(": holds no profile (*.json); PROFILE_DIR names the "
		    "directory of the profiles");
	write_profile("a.json", "a", 0);
	CU_ASSERT_EQUAL(load(), ERR_OK);
	CU_ASSERT_EQUAL(set.count, 1);
	profile_free(&set);
	remove_directory();
}

static void
wants_a_directory_with_profiles(void)
{
	make_directory();
	check_wrong(": holds no profile (*.json); PROFILE_DIR names the "
		    "directory of the profiles");
	remove_directory();
	check_wrong(": cannot be read: No such file or directory; PROFILE_DIR "
		    "names the directory of the profiles");
	strcpy(directory, "/dev/null");
	check_wrong(": cannot be read: Not a directory; PROFILE_DIR names the "
		    "directory of the profiles");
}

static void
names_the_wrong_file(void)
{
	FILE *file;

	make_directory();
	write_profile("a.json", "a", 0);
	file = fopen(path_of("b.json"), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("{\"nmae\":\"b\"}", file);
	fclose(file);
	write_profile("c.json", "c", 0);
	check_wrong("/b.json: nmae is not a known key (name, labels, fields)");
	remove_directory();
}

static void
refuses_two_of_one_name(void)
{
	make_directory();
	write_profile("a.json", "same", 0);
	write_profile("b.json", "other", 0);
	write_profile("c.json", "same", 0);
	check_wrong("/c.json: name same is another profile's already");
	remove_directory();
}

static void
refuses_what_cannot_be_read(void)
{
	make_directory();
	CU_ASSERT_EQUAL_FATAL(mkdir(path_of("a.json"), 0700), 0);
	check_wrong("/a.json: cannot be read");
	remove_directory();
	make_directory();
	CU_ASSERT_EQUAL_FATAL(symlink("absent", path_of("a.json")), 0);
	check_wrong("/a.json: cannot be read: No such file or directory");
	remove_directory();
	make_directory();
	write_profile("a.json", "a", 0);
	CU_ASSERT_EQUAL_FATAL(truncate(path_of("a.json"), 0), 0);
	CU_ASSERT_EQUAL(load(), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/a.json: is not JSON: "));
	profile_free(&set);
	remove_directory();
}

static void
limits_a_file_to_64_kib(void)
{
	make_directory();
	write_profile("a.json", "a", PROFILE_FILE_MAX_BYTES);
	CU_ASSERT_EQUAL(load(), ERR_OK);
	profile_free(&set);
	write_profile("a.json", "a", PROFILE_FILE_MAX_BYTES + 1);
	check_wrong("/a.json: is longer than 64 KiB, which no profile is");
	remove_directory();
}

static void
limits_the_number_of_files(void)
{
	char name[32];

	make_directory();
	for (int i = 0; i < 256; i++) {
		snprintf(name, sizeof(name), "%03d.json", i);
		write_profile(name, name, 0);
	}
	CU_ASSERT_EQUAL(load(), ERR_OK);
	CU_ASSERT_EQUAL(set.count, 256);
	profile_free(&set);
	write_profile("256.json", "256", 0);
	check_wrong(": holds more than 256 files");
	remove_directory();
}

static void
frees_a_zeroed_set(void)
{
	memset(&set, 0, sizeof(set));
	profile_free(&set);
	profile_free(&set);
	CU_ASSERT_EQUAL(set.count, 0);
	CU_ASSERT_PTR_NULL(set.profiles);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"loads what is shipped", loads_what_is_shipped},
	    {"reads in the order of names", reads_in_the_order_of_names},
	    {"passes over other files", passes_over_other_files},
	    {"wants a directory with profiles",
	     wants_a_directory_with_profiles},
	    {"names the wrong file", names_the_wrong_file},
	    {"refuses two of one name", refuses_two_of_one_name},
	    {"refuses what cannot be read", refuses_what_cannot_be_read},
	    {"limits a file to 64 KiB", limits_a_file_to_64_kib},
	    {"limits the number of files", limits_the_number_of_files},
	    {"frees a zeroed set", frees_a_zeroed_set},
	    {NULL, NULL}};

	return suite_run("profile_load", tests);
}
