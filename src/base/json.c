#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/utf8.h"

enum { DIGITS_MAX = 20, ESCAPE_MAX_BYTES = 6 };

void
json_init(struct json *j, struct buf *out)
{
	*j = (struct json){.out = out};
}

/* Room for a value of that many bytes behind the comma that may be due. */
static inline char *
value_room(struct json *j, size_t bytes)
{
	char *room = buf_reserve(j->out, bytes + j->comma_due);

	if (room == NULL)
		return NULL;
	if (j->comma_due) {
		*room++ = ',';
		buf_commit(j->out, 1);
	}
	j->comma_due = true;
	return room;
}

static void
write_literal(struct json *j, const char *text, size_t length)
{
	char *room = value_room(j, length);

	if (room != NULL) {
		memcpy(room, text, length);
		buf_commit(j->out, length);
	}
}

static void
open_with(struct json *j, char bracket)
{
	write_literal(j, &bracket, 1);
	j->comma_due = false;
}

static void
close_with(struct json *j, char bracket)
{
	buf_append(j->out, &bracket, 1);
	j->comma_due = true;
}

void
json_open_object(struct json *j)
{
	open_with(j, '{');
}

void
json_close_object(struct json *j)
{
	close_with(j, '}');
}

void
json_open_array(struct json *j)
{
	open_with(j, '[');
}

void
json_close_array(struct json *j)
{
	close_with(j, ']');
}

void
json_key_of(struct json *j, const char *name, size_t length)
{
	char *room = value_room(j, length + 3);

	if (room == NULL)
		return;
	room[0] = '"';
	memcpy(room + 1, name, length);
	room[length + 1] = '"';
	room[length + 2] = ':';
	buf_commit(j->out, length + 3);
	j->comma_due = false;
}

/* Bytes that may stand in a JSON string, and in an HTML page, as they are. */
static const bool is_plain[0x100] = {
    [' ' ... '!'] = true, ['#' ... '%'] = true, ['\'' ... ';'] = true,
    ['='] = true,	  ['?' ... '['] = true, [']' ... '~'] = true,
};

static size_t
write_escape(char *out, unsigned char c)
{
	static const char letters[0x20] = {['\b'] = 'b',
					   ['\f'] = 'f',
					   ['\n'] = 'n',
					   ['\r'] = 'r',
					   ['\t'] = 't'};
	char letter = c < 0x20 ? letters[c] : '\0';

	if (c == '"' || c == '\\')
		letter = (char)c;
	out[0] = '\\';
	if (letter != '\0') {
		out[1] = letter;
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = hex_digits[c >> 4];
	out[5] = hex_digits[c & 15];
	return ESCAPE_MAX_BYTES;
}

static void
write_escaped_text(struct json *j, const char *text, size_t length)
{
	size_t i = 0;

	while (i < length) {
		char piece[ESCAPE_MAX_BYTES];
		unsigned code_point;
		size_t bytes;

		if (is_plain[(unsigned char)text[i]]) {
			buf_append(j->out, text + i++, 1);
			continue;
		}
		i += utf8_next(text + i, length - i, &code_point);
		bytes = code_point < 0x80
			    ? write_escape(piece, (unsigned char)code_point)
			    : utf8_encode(code_point, piece);
		buf_append(j->out, piece, bytes);
	}
}

void
json_text_of(struct json *j, const char *text, size_t length)
{
	size_t plain = 0;
	char *room;

	while (plain < length && is_plain[(unsigned char)text[plain]])
		plain++;
	room = value_room(j, plain + 2);
	if (room == NULL)
		return;
	room[0] = '"';
	memcpy(room + 1, text, plain);
	if (plain == length) {
		room[plain + 1] = '"';
		buf_commit(j->out, plain + 2);
		return;
	}
	buf_commit(j->out, plain + 1);
	write_escaped_text(j, text + plain, length - plain);
	buf_append(j->out, "\"", 1);
}

void
json_text(struct json *j, const char *text)
{
	if (text == NULL)
		json_null(j);
	else
		json_text_of(j, text, strlen(text));
}

/* Digits of value, right-aligned before end, at least that many, up to 4. */
static char *
write_digits(char *end, uint64_t value, unsigned at_least)
{
	char *at = end;

	for (; value >= 10; value /= 10)
		*--at = (char)('0' + value % 10);
	if (value > 0)
		*--at = (char)('0' + value);
	while (end - at < (ptrdiff_t)at_least)
		*--at = '0';
	return at;
}

static void
write_huge(struct json *j, double value)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%.15g", value);

	write_literal(j, text, (size_t)length);
}

/* A finite number below 10^15 as it is written. */
struct rounded {
	uint64_t whole;
	unsigned fraction, power; /* so many of so many parts */
};

static const double whole_max = 1e15;

static struct rounded
round_to(double magnitude, unsigned decimals)
{
	static const unsigned powers[JSON_DECIMALS_MAX + 1] = {1, 10, 100, 1000,
							       10000};
	struct rounded r = {.whole = (uint64_t)magnitude};

	assert(decimals <= JSON_DECIMALS_MAX);
	r.power = powers[decimals];

	/* Apart, so that the product cannot push out the value's last bits. */
	r.fraction = (unsigned)((magnitude - (double)r.whole) * r.power + 0.5);
	if (r.fraction == r.power) {
		r.whole++;
		r.fraction = 0;
	}
	return r;
}

double
json_rounded(double value, unsigned decimals)
{
	struct rounded r;
	double magnitude = fabs(value);

	if (!isfinite(value) || magnitude >= whole_max)
		return value;
	r = round_to(magnitude, decimals);
	return copysign((double)r.whole + (double)r.fraction / r.power, value);
}

void
json_decimal(struct json *j, double value, unsigned decimals)
{
	char text[DIGITS_MAX + 3], *end = text + sizeof(text), *at = end;
	struct rounded r;

	if (!isfinite(value)) {
		json_null(j);
		return;
	}
	if (fabs(value) >= whole_max) {
		write_huge(j, value);
		return;
	}
	r = round_to(fabs(value), decimals);
	if (r.fraction > 0) {
		for (; r.fraction % 10 == 0; decimals--)
			r.fraction /= 10;
		at = write_digits(at, r.fraction, decimals);
		*--at = '.';
	}
	at = write_digits(at, r.whole, 1);
	if (value < 0 && (r.whole > 0 || r.fraction > 0))
		*--at = '-';
	write_literal(j, at, (size_t)(end - at));
}

void
json_integer(struct json *j, int64_t value)
{
	char text[DIGITS_MAX + 1], *end = text + sizeof(text), *at;
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

	at = write_digits(end, magnitude, 1);
	if (value < 0)
		*--at = '-';
	write_literal(j, at, (size_t)(end - at));
}

void
json_number_text(struct json *j, const char *text)
{
	write_literal(j, text, strlen(text));
}

void
json_key_text(struct json *j, const char *name, const char *text)
{
	json_key(j, name);
	json_text(j, text);
}

void
json_key_raw(struct json *j, const char *name, const char *json)
{
	json_key(j, name);
	write_literal(j, json, strlen(json));
}

void
json_boolean(struct json *j, bool value)
{
	if (value)
		write_literal(j, "true", 4);
	else
		write_literal(j, "false", 5);
}

void
json_null(struct json *j)
{
	write_literal(j, "null", 4);
}

static void
format_moment(struct json_moment *m, double wall_s)
{
	int length = clock_format(wall_s, m->text + 1);

	m->wall_s = wall_s;
	m->length = 0;
	if (length == 0)
		return;
	m->length = (size_t)length + 2;
	m->text[0] = m->text[length + 1] = '"';
}

static const struct json_moment *
find_moment(struct json *j, double wall_s)
{
	struct json_moment *m;

	for (unsigned i = 0; i < JSON_TIMES; i++)
		if (j->times[i].length > 0 && j->times[i].wall_s == wall_s)
			return &j->times[i];
	m = &j->times[j->next_time++ % JSON_TIMES];
	format_moment(m, wall_s);
	return m;
}

void
json_time(struct json *j, double wall_s)
{
	const struct json_moment *m = find_moment(j, wall_s);

	if (m->length == 0)
		json_null(j);
	else
		write_literal(j, m->text, m->length);
}
