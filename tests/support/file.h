/* Whole files as text, and logs that grow while a test looks at them. */
#ifndef SUPPORT_FILE_H
#define SUPPORT_FILE_H

#include <stdbool.h>

/* The whole text, to be freed; "" if there is no such file. */
char *file_read(const char *path);

/* Bails out if it cannot be written. */
void file_write(const char *path, const char *text);

/* How often the text occurs in the file. */
unsigned file_count(const char *path, const char *text);

/*
 * Waits until a whole line of the file holds all of the texts (the second may
 * be NULL), and returns the last such line, to be freed; NULL if there was
 * none for half a minute.
 */
char *file_wait_line(const char *path, const char *text, const char *other);

#endif
