/* What writing and reading JSON have to know about UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* U+FFFD, three bytes: stands for what could not be decoded. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* The most bytes that one character takes. */
enum { UTF8_MAX_BYTES = 4 };

/*
 * The length in bytes, 1 to 4, of the character that text starts with; 0 if
 * it is not well-formed (RFC 3629: overlong forms, surrogates and characters
 * past U+10FFFF are not) or is cut off by length.
 */
size_t utf8_length(const char *text, size_t length);

/* The code point of a character that has that length. */
unsigned utf8_decode(const char *text, size_t length);

/*
 * Reads the character that text starts with, and returns its length; a byte
 * that starts none is U+FFFD. length is at least 1.
 */
size_t utf8_next(const char *text, size_t length, unsigned *code_point);

/* Whether all of it is well-formed, and no control character. */
bool utf8_is_text(const char *text, size_t length);

/* Writes the UTF-8 form of a code point below 0x110000; returns its length. */
size_t utf8_encode(unsigned code_point, char out[static UTF8_MAX_BYTES]);

#endif
