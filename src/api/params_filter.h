/* How a filter on a column is read, and what other parameters read as it does.
 */
#ifndef API_PARAMS_FILTER_H
#define API_PARAMS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/params.h"

/* Of what is no list, as it comes: two times with escapes fit well. */
enum { PARAMS_PLAIN_MAX_BYTES = 256 };

/* Reads the filter on that column, which becomes the next of *out; ERR_QUERY
 * as params_read has it. */
enum err_code params_read_filter(const struct params_pair *pair,
				 const struct column_list *list, size_t column,
				 struct arena *arena, struct params *out,
				 struct err *e);

/* Decodes what is no list: out->text, which is some text, and not long. */
enum err_code params_read_plain(const struct params_pair *pair,
				const char *takes,
				char text[static PARAMS_PLAIN_MAX_BYTES],
				struct cell_text *out, struct err *e);

/* The next part of a list, from *at on: commas part it before escapes are
 * decoded. */
bool params_next_part(const char **at, const char *end, struct cell_text *out);

bool params_is_word(const struct cell_text *text, const char *word);

/* What keeps the bytes, which are not empty, from being a text. */
const char *params_why_no_text(const char *text, size_t length);

#endif
