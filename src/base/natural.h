/* The order that people expect of names: node-2 before node-10. */
#ifndef BASE_NATURAL_H
#define BASE_NATURAL_H

#include <stddef.h>

/*
 * Less than, equal to or greater than 0, as strcmp. Runs of digits compare as
 * numbers of any length, all else byte by byte. 0 only for equal strings:
 * names that differ in leading zeros alone compare by their bytes.
 */
int natural_compare(const char *a, const char *b);

/* The same for texts of those lengths, whatever is behind them. */
int natural_compare_of(const char *a, size_t a_length, const char *b,
		       size_t b_length);

#endif
