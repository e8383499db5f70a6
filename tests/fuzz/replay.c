/* Feeds a fuzz target each file of a corpus: tests/fuzz/corpus/TARGET. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/target.h"

enum { INPUT_MAX_BYTES = 1 << 20 };

static void
replay(const char *path)
{
	static uint8_t input[INPUT_MAX_BYTES];
	FILE *file = fopen(path, "r");
	size_t length;

	target_require(file != NULL, "an input cannot be read");
	length = fread(input, 1, sizeof(input), file);
	fclose(file);
	/* Last words, should the target abort. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(input, length);
}

static int
is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(void)
{
	static const char suffix[] = "_replay";
	const char *top = getenv("top_srcdir"),
		   *name = program_invocation_short_name;
	struct dirent **entries;
	char directory[1024], path[2048];
	int count;

	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%.*s",
		 top != NULL ? top : ".", (int)(strlen(name) - strlen(suffix)),
		 name);
	count = scandir(directory, &entries, is_input, alphasort);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory,
			 entries[i]->d_name);
		replay(path);
		free(entries[i]);
	}
	printf("%s 1 - %d inputs of %s\n1..1\n", count > 0 ? "ok" : "not ok",
	       count, directory);
	if (count >= 0)
		free(entries);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
