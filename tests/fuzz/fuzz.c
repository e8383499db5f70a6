#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fuzz_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_REQUIRE(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

char *
fuzz_split(const uint8_t *data, size_t size, const char **texts, size_t count)
{
	char *copy = fuzz_text(data, size);
	const char *at = copy, *end = copy + size;

	for (size_t i = 0; i < count; i++) {
		texts[i] = at;
		at += strlen(at);
		at += at < end;
	}
	return copy;
}
