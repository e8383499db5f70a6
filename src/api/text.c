#include "api/text.h"

#include <ctype.h>
#include <string.h>

#include "base/hex.h"

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

/* Of what stands between two stars the first place is always good enough, so
 * that no text is looked at more than once for each. */
bool
text_is_like(const struct cell_text *text, const struct cell_text *pattern)
{
	const char *t = text->text, *t_end = t + text->length;
	const char *p = pattern->text, *p_end = p + pattern->length;
	const char *star = NULL, *retry = NULL;

	while (t < t_end) {
		if (p < p_end && *p == '*') {
			star = p++;
			retry = t;
		} else if (p < p_end && *p == *t) {
			p++;
			t++;
		} else if (star != NULL) {
			p = star + 1;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (p < p_end && *p == '*')
		p++;
	return p == p_end;
}

bool
text_is_decimal(const char *text, size_t length)
{
	size_t digits = 0, points = 0, i = length > 0 && text[0] == '-';

	for (; i < length; i++) {
		digits += text[i] >= '0' && text[i] <= '9';
		points += text[i] == '.';
		if ((text[i] < '0' || text[i] > '9') && text[i] != '.')
			return false;
	}
	return digits > 0 && points <= 1;
}
