#include "fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
target_require(bool is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "fuzz target: %s\n", what);
	abort();
}

char *
target_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	target_require(text != NULL, "no memory");
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}
