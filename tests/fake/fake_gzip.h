/*
 * A small gzip file that becomes a large one, made without a library.
 */
#ifndef TEST_FAKE_GZIP_H
#define TEST_FAKE_GZIP_H

#include <stddef.h>

/*
 * About 1.7 MB, in memory that the caller frees, that become 268 MB: a correct
 * and empty answer to a query with very many spaces in it.
 */
char *fake_gzip_bomb(size_t *length);

#endif
