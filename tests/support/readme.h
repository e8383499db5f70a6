/* The README, where tests check that it is true. */
#ifndef SUPPORT_README_H
#define SUPPORT_README_H

#include <stddef.h>

/* A file of the source tree; valid until the next call. */
const char *readme_path_of(const char *name);

/* The whole README, to be freed. */
char *readme_read(void);

/*
 * The part of the text from behind the first mark to the second; ends the test
 * if they are not there.
 */
const char *readme_part(const char *text, const char *from, const char *to,
			size_t *length);

#endif
