#include "api/text.h"

#include <ctype.h>
#include <string.h>

#include "base/hex.h"
#include "base/like.h"

size_t
text_decode(const char *text, size_t length, char *out)
{
	char *at = out;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '%') {
			*at++ = (char)(hex_value(text[i + 1]) << 4 |
				       hex_value(text[i + 2]));
			i += 2;
		} else {
			*at++ = text[i];
			if (text[i] == '+')
				at[-1] = ' ';
		}
	}
	return (size_t)(at - out);
}

struct cell_text
text_plain_uuid(char *text, size_t length)
{
	static const char prefix[] = "gpu-";
	const size_t prefix_length = sizeof(prefix) - 1;

	for (size_t i = 0; i < length; i++)
		text[i] = (char)tolower((unsigned char)text[i]);
	if (length > prefix_length && memcmp(text, prefix, prefix_length) == 0)
		return (struct cell_text){text + prefix_length,
					  length - prefix_length};
	return (struct cell_text){text, length};
}

bool
text_is_like(const struct cell_text *text, const struct cell_text *pattern)
{
	return like_matches(text->text, text->length, pattern->text,
			    pattern->length);
}

bool
text_is_decimal(const char *text, size_t length)
{
	size_t digits = 0, points = 0, i = length > 0 && text[0] == '-';

	if (length > 0 && text[length - 1] == '.')
		return false;

	for (; i < length; i++) {
		digits += text[i] >= '0' && text[i] <= '9';
		points += text[i] == '.';
		if ((text[i] < '0' || text[i] > '9') && text[i] != '.')
			return false;
	}
	return digits > 0 && points <= 1;
}

bool
text_needs_quotes(const char *text, size_t length)
{
	static const char marks[] = "\",\r\n";

	for (size_t i = 0; i < length; i++)
		if (memchr(marks, text[i], sizeof(marks) - 1) != NULL)
			return true;
	return false;
}

bool
text_is_formula(const char *text, size_t length)
{
	static const char starts[] = "=+-@\t\r";

	return length > 0 &&
	       memchr(starts, text[0], sizeof(starts) - 1) != NULL;
}
