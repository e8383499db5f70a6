/* profile_load: which files of a directory count; profile_choose: which of
 * them are wanted. */
#include "gpu/profile/profile.h"

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
			 "{\"name\":\"%s\",\"match\":{\"metrics\":[\"busy\"]},"
			 "\"labels\":{\"index\":[\"gpu\"]},\"fields\":{"
			 "\"utilization\":{\"metric\":\"busy\"}}}",
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
	check_wrong("/b.json: nmae is not a known key (name, vendor, match, "
		    "labels, id_is_job, info, fields, processes, workloads, "
		    "problems, second_hand)");
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
	check_wrong("/a.json: cannot be read: is no regular file");
	remove_directory();
	/* One that would make a reader wait. */
	make_directory();
	CU_ASSERT_EQUAL_FATAL(mkfifo(path_of("a.json"), 0600), 0);
	check_wrong("/a.json: cannot be read: is no regular file");
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

/* --- profile_choose ------------------------------------------------------- */

static void
load_three(void)
{
	make_directory();
	write_profile("1.json", "one", 0);
	write_profile("2.json", "two-2", 0);
	write_profile("3.json", "three 3", 0);
	CU_ASSERT_EQUAL_FATAL(load(), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(set.count, 3);
	remove_directory();
}

/* The names in their order, a bar between. */
static const char *
names(void)
{
	static char text[256];

	text[0] = '\0';
	for (size_t i = 0; i < set.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s", i > 0 ? "|" : "", set.profiles[i]->name);
	return text;
}

static void
chooses_in_the_order_of_the_list(void)
{
	static const char *const cases[][2] = {
	    {"one", "one"},
	    {"three 3", "three 3"},
	    {"two-2,one", "two-2|one"},
	    {"three 3,two-2,one", "three 3|two-2|one"},
	    {"one, two-2", "one|two-2"},
	    {"  three 3  ,  one  ", "three 3|one"},
	    /* Each once, in its first place. */
	    {"two-2,one,two-2,one", "two-2|one"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		load_three();
		CU_ASSERT_EQUAL(profile_choose(&set, cases[i][0], &err),
				ERR_OK);
		SUITE_EQUAL(names(), cases[i][1]);
		SUITE_EQUAL(err.text, "");
		profile_free(&set);
	}
}

static void
names_what_cannot_be_chosen(void)
{
	static const char *const cases[][2] = {
	    {"four", "four"},
	    {"one,four,five", "four"},
	    {"", ""},
	    {"one,", ""},
	    {",one", ""},
	    {"one,,two-2", ""},
	    {"One", "One"},
	    {"on", "on"},
	    {"one two-2", "one two-2"},
	    {"two-2;one", "two-2;one"},
	    {"auto,one", "auto"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char expected[ERR_TEXT_BYTES];

		load_three();
		CU_ASSERT_EQUAL(profile_choose(&set, cases[i][0], &err),
				ERR_SETTING);
		CU_ASSERT_EQUAL(err.code, ERR_SETTING);
		snprintf(expected, sizeof(expected),
			 "there is no exporter profile \"%s\"; there are: "
			 "one, two-2, three 3",
			 cases[i][1]);
		SUITE_EQUAL(err.text, expected);
		profile_free(&set);
	}
}

/* An error text holds no more than so much. */
static void
cuts_long_lists_in_its_error(void)
{
	char name[201], wanted[300];

	make_directory();
	for (int i = 0; i < 9; i++) {
		memset(name, 'a' + i, sizeof(name));
		name[sizeof(name) - 1] = '\0';
		snprintf(wanted, sizeof(wanted), "%d.json", i);
		write_profile(wanted, name, 0);
	}
	CU_ASSERT_EQUAL_FATAL(load(), ERR_OK);
	remove_directory();
	memset(wanted, 'x', sizeof(wanted));
	wanted[sizeof(wanted) - 1] = '\0';
	CU_ASSERT_EQUAL(profile_choose(&set, wanted, &err), ERR_SETTING);
	snprintf(name, sizeof(name),
		 "there is no exporter profile \"%.64s\"; there are: aaa",
		 wanted);
	CU_ASSERT_EQUAL(strncmp(err.text, name, strlen(name)), 0);
	profile_free(&set);
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
	    {"reads in the order of names", reads_in_the_order_of_names},
	    {"passes over other files", passes_over_other_files},
	    {"wants a directory with profiles",
	     wants_a_directory_with_profiles},
	    {"names the wrong file", names_the_wrong_file},
	    {"refuses two of one name", refuses_two_of_one_name},
	    {"refuses what cannot be read", refuses_what_cannot_be_read},
	    {"limits a file to 64 KiB", limits_a_file_to_64_kib},
	    {"limits the number of files", limits_the_number_of_files},
	    {"chooses in the order of the list",
	     chooses_in_the_order_of_the_list},
	    {"names what cannot be chosen", names_what_cannot_be_chosen},
	    {"cuts long lists in its error", cuts_long_lists_in_its_error},
	    {"frees a zeroed set", frees_a_zeroed_set},
	    {NULL, NULL}};

	return suite_run("profile_load", tests);
}
