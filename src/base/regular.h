/* Files that people name in settings, and where they put them. */
#ifndef BASE_REGULAR_H
#define BASE_REGULAR_H

#include <stdio.h>

/*
 * Opens it for reading, to be closed by the caller. NULL and errno: EINVAL if
 * it is no regular file, such as a FIFO, which could make a reader wait.
 */
FILE *regular_open(const char *path);

/* What that errno means. */
const char *regular_reason(int error);

#endif
