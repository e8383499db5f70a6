/* Text to double, exactly, and fast for the numbers that metrics hold; and to
 * whole numbers. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The whole text as a decimal number (digits, at most one point, an
 * exponent), or one of NaN, Inf, +Inf, -Inf as Prometheus writes them. The
 * result is the double nearest to it. False if the text is anything else, or
 * longer than 400 bytes; then *out is not touched.
 */
bool number_parse(const char *text, size_t length, double *out);

/*
 * What a text begins with as such a number without an exponent; returns what is
 * behind it. NULL if it is not one, or one that takes number_parse: then *out
 * is not touched.
 */
const char *number_read(const char *text, const char *end, double *out);

/* The digits that a text begins with; returns what is behind them. NULL if
 * there are none, or more than 64 bits hold: then *out is not touched. */
const char *number_read_digits(const char *text, const char *end,
			       uint64_t *out);

/*
 * The whole text as digits alone, of a number from min, not negative, to max.
 * False if it is anything else; then *out is not touched.
 */
bool number_parse_whole(const char *text, size_t length, long long min,
			long long max, long long *out);

#endif
