/* Text to double, exactly, and fast for the numbers that metrics hold. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The whole text as a decimal number (digits, at most one point, an
 * exponent), or one of NaN, Inf, +Inf, -Inf as Prometheus writes them. The
 * result is the double nearest to it. False if the text is anything else, or
 * longer than 400 bytes; then *out is not touched.
 */
bool number_parse(const char *text, size_t length, double *out);

#endif
