/* Files that people name in settings, and where they put them. */
#ifndef BASE_REGULAR_H
#define BASE_REGULAR_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Opens it for reading, to be closed by the caller. NULL and errno: EINVAL if
 * it is no regular file, such as a FIFO, which could make a reader wait.
 */
FILE *regular_open(const char *path);

/* What that errno means. */
const char *regular_reason(int error);

/* The whole file, and a NUL behind it, into a buffer that takes no more than
 * one byte above a number of KiB. ERR_SETTING: "path: why not", which calls a
 * longer one no such thing. */
enum err_code regular_read(const char *path, const char *what, struct buf *out,
			   struct err *e);

#endif
