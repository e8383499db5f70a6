/*
 * Runs a fuzz target over every file of a directory, as a test.
 *
 * usage: TARGET [DIRECTORY]     default: the target's own corpus
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

enum { INPUT_MAX_BYTES = 1 << 20 };

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In a block of just that size, so that AddressSanitizer sees what is read
 * beyond it. */
static void
replay_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + (size == 0));

	FUZZ_REQUIRE(copy != NULL);
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
replay_file(const char *name)
{
	static uint8_t data[INPUT_MAX_BYTES];
	FILE *file = fopen(name, "r");
	size_t size;

	FUZZ_REQUIRE(file != NULL);
	size = fread(data, 1, sizeof(data), file);
	FUZZ_REQUIRE(feof(file) != 0);
	fclose(file);
	/* For whoever wants to know at which one it ended. */
	printf("# %s\n", name);
	fflush(stdout);
	replay_bytes(data, size);
}

/* Those of the current directory; returns their number. */
static int
replay_files(void)
{
	struct dirent **entries = NULL;
	int count = scandir(".", &entries, is_visible, alphasort);

	for (int i = 0; i < count; i++) {
		replay_file(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return count;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char corpus[4096];
	int count = 0;

	snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s",
		 top != NULL ? top : ".", program_invocation_short_name);
	puts("1..1");
	if (chdir(argc > 1 ? argv[1] : corpus) == 0)
		count = replay_files();
	printf("%sok 1 - %d inputs do no harm\n", count > 0 ? "" : "not ",
	       count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
