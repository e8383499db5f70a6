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

/* Looks behind *at for the part between two stars, and moves past it. */
static bool
find_part(const char **at, const char *end, const char *part, size_t length)
{
	const char *found =
	    length == 0 ? *at : memmem(*at, (size_t)(end - *at), part, length);

	if (found != NULL)
		*at = found + length;
	return found != NULL;
}

/* What stands before the first star and behind the last one is at the ends; of
 * what stands between two the first place is always good enough. */
bool
text_is_like(const struct cell_text *text, const struct cell_text *pattern)
{
	const char *at = text->text, *end = at + text->length;
	const char *part = pattern->text, *part_end = part + pattern->length;
	const char *first = memchr(part, '*', pattern->length);
	const char *last = memrchr(part, '*', pattern->length);
	size_t before, behind;

	if (first == NULL)
		return text->length == pattern->length &&
		       memcmp(at, part, pattern->length) == 0;
	before = (size_t)(first - part);
	behind = (size_t)(part_end - last - 1);
	if (text->length < before + behind || memcmp(at, part, before) != 0 ||
	    memcmp(end - behind, last + 1, behind) != 0)
		return false;
	at += before;
	end -= behind;
	while (first < last) {
		part = first + 1;
		first = memchr(part, '*', (size_t)(last + 1 - part));
		if (!find_part(&at, end, part, (size_t)(first - part)))
			return false;
	}
	return true;
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
