/* The paths that clients may ask, from the program's own table. */
#ifndef SUPPORT_PUBLIC_PATHS_H
#define SUPPORT_PUBLIC_PATHS_H

#include <stdbool.h>
#include <stddef.h>

bool public_paths_has(const char *path);

size_t public_paths_count(void);

/* Of a request without parameters: some need one. */
long public_paths_status(const char *path);

#endif
