/* secret: a file whose content may change. */
#include "prom/secret.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/suite.h"

static char directory[] = "/tmp/secret-test-XXXXXX";
static char path[64];
static struct err err;

static void
write_bytes(const char *name, const char *bytes, size_t length)
{
	FILE *file = fopen(name, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fwrite(bytes, 1, length, file);
	fclose(file);
}

static void
write_text(const char *text)
{
	write_bytes(path, text, strlen(text));
}

static void
expect_content(const char *content, const char *text)
{
	struct secret *s;
	char *copy;

	write_text(content);
	CU_ASSERT_EQUAL_FATAL(secret_new(path, &s, &err), ERR_OK);
	copy = secret_copy(s);
	SUITE_EQUAL(copy, text);
	free(copy);
	secret_free(s);
}

static void
expect_refusal(const char *bytes, size_t length, const char *reason)
{
	char expected[128];
	struct secret *s;

	write_bytes(path, bytes, length);
	CU_ASSERT_EQUAL(secret_new(path, &s, &err), ERR_SETTING);
	CU_ASSERT_PTR_NULL(s);
	snprintf(expected, sizeof(expected), "%s %s", path, reason);
	SUITE_EQUAL(err.text, expected);
}

/* Until the copy is that, for 10 s at most. */
static void
expect_change(struct secret *s, const char *text)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	char *copy = secret_copy(s);

	for (int i = 0; i < 500 && strcmp(copy, text) != 0; i++) {
		free(copy);
		nanosleep(&pause, NULL);
		copy = secret_copy(s);
	}
	SUITE_EQUAL(copy, text);
	free(copy);
}

static void
content_without_the_end_of_line(void)
{
	expect_content("token", "token");
	expect_content("token\n", "token");
	expect_content(" two words \t\r\n\n", " two words");
}

static void
wrong_content(void)
{
	static char large[SECRET_MAX_BYTES + 1];

	memset(large, 'x', sizeof(large));
	expect_refusal("", 0, "is empty");
	expect_refusal("\n \n", 3, "is empty");
	expect_refusal("a\nb", 3, "has more than one line");
	expect_refusal("a\0b", 3, "has a NUL in it");
	expect_refusal(large, sizeof(large), "is longer than 64 KiB");
	large[SECRET_MAX_BYTES - 1] = '\n';
	write_bytes(path, large, SECRET_MAX_BYTES);
}

static void
no_file(void)
{
	struct secret *s;

	unlink(path);
	CU_ASSERT_EQUAL(secret_new(path, &s, &err), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "No such file"));
	CU_ASSERT_EQUAL(secret_new(directory, &s, &err), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is no regular file"));
	/* Nobody writes to it: reading would not end. */
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(secret_new(path, &s, &err), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is no regular file"));
	unlink(path);
}

/* As Kubernetes does it: another file takes the name. */
static void
follows_changes(void)
{
	struct secret *s;
	char other[80];

	write_text("one\n");
	CU_ASSERT_EQUAL_FATAL(secret_new(path, &s, &err), ERR_OK);
	snprintf(other, sizeof(other), "%s.new", path);
	write_bytes(other, "two\n", 4);
	CU_ASSERT_EQUAL(rename(other, path), 0);
	expect_change(s, "two");
	write_text("three\n");
	expect_change(s, "three");
	secret_free(s);
}

static void
keeps_the_last_good_one(void)
{
	struct secret *s;

	write_text("good\n");
	CU_ASSERT_EQUAL_FATAL(secret_new(path, &s, &err), ERR_OK);
	unlink(path);
	sleep(2);
	expect_change(s, "good");
	write_text("");
	sleep(2);
	expect_change(s, "good");
	write_text("better");
	expect_change(s, "better");
	secret_free(s);
	secret_free(NULL);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"the content without the end of its line",
	     content_without_the_end_of_line},
	    {"what is no secret is refused", wrong_content},
	    {"a file that is not there", no_file},
	    {"changes are noticed", follows_changes},
	    {"what cannot be read changes nothing", keeps_the_last_good_one},
	    {NULL, NULL}};
	int status;

	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/secret", directory);
	status = suite_run("secret", tests);
	unlink(path);
	rmdir(directory);
	return status;
}
