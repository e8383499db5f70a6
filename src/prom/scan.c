#include "prom/scan.h"

#include <stdint.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 32 };

static enum scan_result
bad(struct scan *s, const char *reason)
{
	s->reason = reason;
	return SCAN_BAD;
}

enum scan_result
scan_space(struct scan *s)
{
	while (s->at < s->end) {
		char c = *s->at;

		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return SCAN_OK;
		s->at++;
	}
	return SCAN_MORE;
}

enum scan_result
scan_mark(struct scan *s, char mark)
{
	enum scan_result r;

	if (s->at < s->end && *s->at == mark) {
		s->at++;
		return SCAN_OK;
	}
	if ((r = scan_space(s)) != SCAN_OK)
		return r;
	if (*s->at != mark)
		return bad(s, "unexpected character");
	s->at++;
	return SCAN_OK;
}

enum scan_result
scan_either(struct scan *s, char one, char other, bool *is_one)
{
	enum scan_result r = scan_space(s);

	if (r != SCAN_OK)
		return r;
	*is_one = *s->at == one;
	return scan_mark(s, *is_one ? one : other);
}

enum scan_result
scan_first(struct scan *s, char closing, int after, int inside, int *state)
{
	enum scan_result r = scan_space(s);

	if (r != SCAN_OK)
		return r;
	*state = *s->at == closing ? after : inside;
	s->at += *s->at == closing;
	return SCAN_OK;
}

enum scan_result
scan_next(struct scan *s, char closing, int after, int inside, int *state)
{
	bool more;
	enum scan_result r = scan_either(s, ',', closing, &more);

	if (r == SCAN_OK)
		*state = more ? inside : after;
	return r;
}

/* True if one of eight bytes ends a string's plain run: " \ or not ASCII text.
 * The usual exact zero-byte test, once for each kind. */
static bool
has_special(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101U, highs = ones * 0x80;
	uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';

	return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
		(word - ones * 0x20) | word) &
	       highs;
}

static bool
is_special(unsigned char c)
{
	return c == '"' || c == '\\' || c < 0x20 || c >= 0x80;
}

static const char *
skip_plain(const char *at, const char *end)
{
	uint64_t word;

	while ((size_t)(end - at) >= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		if (has_special(word))
			break;
		at += sizeof(word);
	}
	while (at < end && !is_special((unsigned char)*at))
		at++;
	return at;
}

static enum scan_result
scan_escape(struct scan *s)
{
	if (s->end - s->at < 2)
		return SCAN_MORE;
	if (s->at[1] != 'u') {
		if (s->at[1] == '\0' || strchr("\"\\/bfnrt", s->at[1]) == NULL)
			return bad(s, "unknown escape in a string");
		s->at += 2;
		return SCAN_OK;
	}
	for (int i = 2; i < 6; i++) {
		if (s->end - s->at <= i)
			return SCAN_MORE;
		if (hex_value(s->at[i]) < 0)
			return bad(s, "\\u without four hexadecimal digits");
	}
	s->at += 6;
	return SCAN_OK;
}

static enum scan_result
scan_beyond_ascii(struct scan *s)
{
	size_t left = (size_t)(s->end - s->at);
	size_t bytes = utf8_length(s->at, left);

	if (bytes == 0 && left < UTF8_MAX_BYTES)
		return SCAN_MORE;
	if (bytes == 0)
		return bad(s, "a string that is not UTF-8");
	s->at += bytes;
	return SCAN_OK;
}

enum scan_result
scan_string_rest(struct scan *s, struct scan_text *out)
{
	enum scan_result r = SCAN_OK;

	out->text = s->at;
	out->has_escapes = false;
	while (r == SCAN_OK) {
		s->at = skip_plain(s->at, s->end);
		if (s->at == s->end)
			return SCAN_MORE;
		if (*s->at == '"') {
			out->length = (size_t)(s->at++ - out->text);
			return SCAN_OK;
		}
		if (*s->at == '\\') {
			out->has_escapes = true;
			r = scan_escape(s);
		} else if ((unsigned char)*s->at >= 0x80) {
			r = scan_beyond_ascii(s);
		} else {
			r = bad(s, "a raw control character in a string");
		}
	}
	return r;
}

enum scan_result
scan_string(struct scan *s, struct scan_text *out)
{
	enum scan_result r = scan_mark(s, '"');

	return r == SCAN_OK ? scan_string_rest(s, out) : r;
}

enum scan_result
scan_key(struct scan *s, struct scan_text *out)
{
	enum scan_result r = scan_string(s, out);

	return r == SCAN_OK ? scan_mark(s, ':') : r;
}

/* At least one digit. */
static enum scan_result
scan_digits(struct scan *s)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	if (s->at == s->end)
		return SCAN_MORE;
	return s->at > start ? SCAN_OK : bad(s, "a malformed number");
}

static enum scan_result
scan_integer_part(struct scan *s)
{
	if (s->at < s->end && *s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0') {
		s->at++;
		return s->at < s->end ? SCAN_OK : SCAN_MORE;
	}
	return scan_digits(s);
}

enum scan_result
scan_number(struct scan *s, struct scan_text *out)
{
	enum scan_result r = scan_space(s);

	if (r != SCAN_OK)
		return r;
	out->text = s->at;
	out->has_escapes = false;
	if ((r = scan_integer_part(s)) != SCAN_OK)
		return r;
	if (*s->at == '.') {
		s->at++;
		if ((r = scan_digits(s)) != SCAN_OK)
			return r;
	}
	if (*s->at == 'e' || *s->at == 'E') {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		if ((r = scan_digits(s)) != SCAN_OK)
			return r;
	}
	out->length = (size_t)(s->at - out->text);
	return SCAN_OK;
}

static enum scan_result
scan_literal(struct scan *s, const char *literal)
{
	for (; *literal != '\0'; literal++, s->at++) {
		if (s->at == s->end)
			return SCAN_MORE;
		if (*s->at != *literal)
			return bad(s, "a value that is not JSON");
	}
	return SCAN_OK;
}

static enum scan_result
scan_scalar(struct scan *s)
{
	struct scan_text ignored;

	switch (*s->at) {
	case '"':
		return scan_string(s, &ignored);
	case 't':
		return scan_literal(s, "true");
	case 'f':
		return scan_literal(s, "false");
	case 'n':
		return scan_literal(s, "null");
	default:
		return scan_number(s, &ignored);
	}
}

static enum scan_result skip_value(struct scan *s, unsigned depth);

/* What stands between the brackets; the opening one was read. */
static enum scan_result
skip_members(struct scan *s, char closing, unsigned depth)
{
	struct scan_text key;
	bool more = true;
	enum scan_result r = scan_space(s);

	if (r != SCAN_OK)
		return r;
	if (*s->at == closing) {
		s->at++;
		return SCAN_OK;
	}
	while (more) {
		if (closing == '}' && (r = scan_key(s, &key)) != SCAN_OK)
			return r;
		if ((r = skip_value(s, depth)) != SCAN_OK ||
		    (r = scan_either(s, ',', closing, &more)) != SCAN_OK)
			return r;
	}
	return SCAN_OK;
}

static enum scan_result
skip_value(struct scan *s, unsigned depth)
{
	enum scan_result r = scan_space(s);

	if (r != SCAN_OK)
		return r;
	if (*s->at != '{' && *s->at != '[')
		return scan_scalar(s);
	if (depth == DEPTH_MAX)
		return bad(s, "values nested more than 32 deep");
	return skip_members(s, *s->at++ == '{' ? '}' : ']', depth + 1);
}

enum scan_result
scan_skip(struct scan *s)
{
	return skip_value(s, 0);
}

static unsigned
code_unit(const char *hex)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 | (unsigned)hex_value(hex[i]);
	return value;
}

/* Decodes \uXXXX, or a surrogate pair of them, and moves past it. */
static size_t
unescape_unicode(const char **at, const char *end, char *out)
{
	unsigned unit = code_unit(*at + 2), low;

	*at += 6;
	if (unit >= 0xd800 && unit < 0xdc00 && end - *at >= 6 &&
	    (*at)[0] == '\\' && (*at)[1] == 'u') {
		low = code_unit(*at + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			*at += 6;
			unit =
			    0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	if (unit >= 0xd800 && unit < 0xe000)
		unit = 0xfffd;
	return utf8_encode(unit, out);
}

/* Decodes one character, or one byte of it, and moves past it. */
static size_t
unescape_next(const char **at, const char *end, char out[static UTF8_MAX_BYTES])
{
	static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
	const char *name;

	if (**at != '\\') {
		*out = *(*at)++;
		return 1;
	}
	if ((*at)[1] == 'u')
		return unescape_unicode(at, end, out);
	name = strchr(names, (*at)[1]);
	*out = name != NULL ? values[name - names] : (*at)[1];
	*at += 2;
	return 1;
}

size_t
scan_unescape(const struct scan_text *string, char *out)
{
	const char *at = string->text, *end = at + string->length;
	char *start = out;

	while (at < end) {
		char piece[UTF8_MAX_BYTES];
		size_t bytes = unescape_next(&at, end, piece);

		memcpy(out, piece, bytes);
		out += bytes;
	}
	return (size_t)(out - start);
}

bool
scan_equals(const struct scan_text *string, const char *text)
{
	const char *at = string->text, *end = at + string->length;
	size_t left = strlen(text);

	if (!string->has_escapes)
		return string->length == left &&
		       memcmp(string->text, text, left) == 0;
	while (at < end) {
		char piece[UTF8_MAX_BYTES];
		size_t bytes = unescape_next(&at, end, piece);

		if (bytes > left || memcmp(piece, text, bytes) != 0)
			return false;
		text += bytes;
		left -= bytes;
	}
	return left == 0;
}

enum scan_result
scan_string_into(struct scan *s, char *out, size_t out_bytes)
{
	struct scan_text string;
	enum scan_result r = scan_string(s, &string);
	const char *at, *end;
	size_t used = 0;

	if (r != SCAN_OK)
		return r;
	at = string.text;
	end = at + string.length;
	while (at < end) {
		char piece[UTF8_MAX_BYTES];
		size_t bytes = unescape_next(&at, end, piece);

		if (bytes >= out_bytes - used)
			break;
		memcpy(out + used, piece, bytes);
		used += bytes;
	}
	out[used] = '\0';
	return SCAN_OK;
}
