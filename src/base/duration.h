/* Spans of time as people and Prometheus write them: 90s, 1h30m, 7d. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdbool.h>
#include <stddef.h>

enum { DURATION_TEXT_BYTES = 48 };

/*
 * The whole text as seconds: numbers with one of s, m, h, d, w behind each, or
 * one number alone. False if it is anything else, or more than a thousand
 * years; then *out is not touched.
 */
bool duration_read(const char *text, size_t length, long long *out);

/* Such a text, as short as may be: "1h30m", "31d"; "0s" for nothing. */
void duration_write(long long s, char out[static DURATION_TEXT_BYTES]);

#endif
