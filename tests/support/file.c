#include "support/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/harness.h"

enum { WAIT_STEP_MS = 5, WAIT_STEPS = 30000 / WAIT_STEP_MS };

char *
file_read(const char *path)
{
	FILE *in = fopen(path, "r"), *out;
	char *text = NULL, block[4096];
	size_t length, got;

	out = open_memstream(&text, &length);
	harness_require(out != NULL, "out of memory");
	while (in != NULL && (got = fread(block, 1, sizeof(block), in)) > 0)
		fwrite(block, 1, got, out);
	if (in != NULL)
		fclose(in);
	fclose(out);
	return text;
}

void
file_write(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	harness_require(out != NULL && fputs(text, out) >= 0 &&
			    fclose(out) == 0,
			"cannot write %s", path);
}

unsigned
file_count(const char *path, const char *text)
{
	char *all = file_read(path);
	unsigned count = 0;

	for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
		count++;
	free(all);
	return count;
}

static char *
last_line_with(char *all, const char *text, const char *other)
{
	char *end, *found = NULL;

	for (char *line = all; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		*end = '\0';
		if (strstr(line, text) != NULL &&
		    (other == NULL || strstr(line, other) != NULL))
			found = line;
	}
	return found != NULL ? strdup(found) : NULL;
}

char *
file_wait_line(const char *path, const char *text, const char *other)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	char *line = NULL;

	for (int i = 0; line == NULL && i < WAIT_STEPS; i++) {
		char *all = file_read(path);

		line = last_line_with(all, text, other);
		free(all);
		if (line == NULL)
			nanosleep(&pause, NULL);
	}
	return line;
}
