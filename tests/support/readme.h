/* The READMEs, where tests check that they are true. */
#ifndef SUPPORT_README_H
#define SUPPORT_README_H

#include <stddef.h>

/* A file of the source tree; valid until the next call. */
const char *readme_path_of(const char *name);

/* A whole README, by its path in the source tree; to be freed. */
char *readme_read(const char *name);

/*
 * The part of the text from behind the first mark to the second; ends the test
 * if they are not there.
 */
const char *readme_part(const char *text, const char *from, const char *to,
			size_t *length);

#endif
