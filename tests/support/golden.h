/*
 * Compares answers, byte for byte, with files of tests/golden/. After a change
 * of the contract, GOLDEN_UPDATE=1 in the environment writes the files anew:
 * to be read, line by line, before they are committed.
 */
#ifndef SUPPORT_GOLDEN_H
#define SUPPORT_GOLDEN_H

#include <stddef.h>

/*
 * Asserts that the text is that of tests/golden/PATH, whose newline at the end
 * does not count, and that json-c's strict parser takes it, unless the path
 * ends with ".prom".
 */
void golden_equal(const char *path, const char *text, size_t length,
		  const char *file, unsigned line);
#define GOLDEN_EQUAL(path, text, length)                                       \
	golden_equal((path), (text), (length), __FILE__, __LINE__)

#endif
