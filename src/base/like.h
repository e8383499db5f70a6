/* Patterns of texts. */
#ifndef BASE_LIKE_H
#define BASE_LIKE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text is like the pattern, in which * is any characters. */
bool like_matches(const char *text, size_t length, const char *pattern,
		  size_t pattern_length);

#endif
