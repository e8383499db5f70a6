/* Texts of a query string: their escapes, patterns, uuids. */
#ifndef API_TEXT_H
#define API_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "api/column.h"

/* Decodes %XX, once, and + as a space; the escapes are whole. out has room for
 * length bytes; returns how many it took. */
size_t text_decode(const char *text, size_t length, char *out);

/* Makes the uuid one as answers tell it: in lower case, and without "gpu-". */
struct cell_text text_plain_uuid(char *text, size_t length);

/* Whether the text is like the pattern, in which * is any characters. */
bool text_is_like(const struct cell_text *text,
		  const struct cell_text *pattern);

/* Digits, a point before or among them or not, a minus before them or not. */
bool text_is_decimal(const char *text, size_t length);

/* Whether a cell of CSV has to be in quotes; and whether a spreadsheet would
 * take it for a formula. */
bool text_needs_quotes(const char *text, size_t length);
bool text_is_formula(const char *text, size_t length);

#endif
