/* The content of a file that somebody may replace while we run: a token. */
#ifndef PROM_SECRET_H
#define PROM_SECRET_H

#include "base/err.h"

struct secret;

enum { SECRET_MAX_BYTES = 64 * 1024 };

/*
 * Reads the file. ERR_SETTING: it cannot be read, is empty or too long, or has
 * control characters before its end, where white space is cut off. The text
 * never gives anything of the content.
 */
enum err_code secret_new(const char *path, struct secret **out, struct err *e);

/* NULL is fine. */
void secret_free(struct secret *s);

/*
 * A copy on the heap, to be freed, or NULL if there is no memory. Looks once a
 * second at most whether the file has changed; if it cannot be read then, the
 * last content stays, and a log line says so once a minute. Any thread.
 */
char *secret_copy(struct secret *s);

#endif
