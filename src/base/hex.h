/* Hexadecimal digits. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

/* The digit of each value, in lower case. */
extern const char hex_digits[16];

/* The value of a digit in either case; -1 for any other character. */
int hex_value(char c);

#endif
