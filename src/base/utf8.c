#include "base/utf8.h"

#include <stdbool.h>

static bool
is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

static size_t
length_by_first_byte(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

/* What the second byte may be depends on the first: RFC 3629, section 4. */
static bool
second_byte_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

size_t
utf8_length(const char *text, size_t length)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t bytes = length > 0 ? length_by_first_byte(c[0]) : 0;

	if (bytes == 0 || bytes > length)
		return 0;
	for (size_t i = 1; i < bytes; i++)
		if (!is_continuation(c[i]))
			return 0;
	if (bytes > 1 && !second_byte_fits(c[0], c[1]))
		return 0;
	return bytes;
}

unsigned
utf8_decode(const char *text, size_t length)
{
	static const unsigned char first_bits[UTF8_MAX_BYTES + 1] = {
	    0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned code_point = (unsigned char)*text & first_bits[length];

	for (size_t i = 1; i < length; i++)
		code_point = code_point << 6 | ((unsigned char)text[i] & 0x3f);
	return code_point;
}

size_t
utf8_next(const char *text, size_t length, unsigned *code_point)
{
	size_t bytes = utf8_length(text, length);

	*code_point = bytes > 0 ? utf8_decode(text, bytes) : 0xfffd;
	return bytes > 0 ? bytes : 1;
}

size_t
utf8_encode(unsigned code_point, char out[static UTF8_MAX_BYTES])
{
	if (code_point < 0x80) {
		out[0] = (char)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		out[0] = (char)(0xc0 | code_point >> 6);
		out[1] = (char)(0x80 | (code_point & 0x3f));
		return 2;
	}
	if (code_point < 0x10000) {
		out[0] = (char)(0xe0 | code_point >> 12);
		out[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code_point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code_point >> 18);
	out[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code_point & 0x3f));
	return 4;
}

bool
utf8_is_text(const char *text, size_t length)
{
	enum { DELETE = 0x7f, LAST_CONTROL = 0x9f };
	size_t i = 0, bytes;

	for (; i < length; i += bytes) {
		unsigned code_point;

		bytes = utf8_length(text + i, length - i);
		if (bytes == 0)
			return false;
		code_point = utf8_decode(text + i, bytes);
		if (code_point < ' ' ||
		    (code_point >= DELETE && code_point <= LAST_CONTROL))
			return false;
	}
	return true;
}
