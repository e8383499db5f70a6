#include "prom/headers.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"

/* The characters of a token: RFC 9110, section 5.6.2. */
static const char token[] = "!#$%&'*+-.^_`|~0123456789"
			    "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static enum err_code
wrong(unsigned number, const char *what, struct err *e)
{
	return err_set(e, ERR_SETTING, "header %u %s", number, what);
}

/* Returns the decoded length, or -1 if an escape is broken. */
static long
decode(const char *text, size_t length, char *out)
{
	long used = 0;

	for (size_t i = 0; i < length; i++) {
		int high, low;

		out[used] = text[i];
		if (text[i] == '%') {
			high = i + 2 < length ? hex_value(text[i + 1]) : -1;
			low = i + 2 < length ? hex_value(text[i + 2]) : -1;
			if (high < 0 || low < 0)
				return -1;
			out[used] = (char)(high * 16 + low);
			i += 2;
		}
		used++;
	}
	return used;
}

static bool
is_printable(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

static enum err_code
read_one(const char *text, size_t length, unsigned number, headers_take take,
	 void *context, struct err *e)
{
	char header[HEADERS_MAX_BYTES];
	const char *equals = memchr(text, '=', length);
	size_t name = equals != NULL ? (size_t)(equals - text) : 0;
	long value;

	if (length + 2 > sizeof(header))
		return wrong(number, "is longer than 16 KiB", e);
	if (name == 0)
		return wrong(number, "has no name and = before its value", e);
	if (strspn(text, token) < name)
		return wrong(number, "has a name that no header can have", e);
	memcpy(header, text, name);
	memcpy(header + name, ": ", 2);
	value = decode(equals + 1, length - name - 1, header + name + 2);
	if (value < 0)
		return wrong(number, "has a % that no two hex digits follow",
			     e);
	if (value == 0 || !is_printable(header + name + 2, (size_t)value))
		return wrong(number, "has a value that no header can have", e);
	header[name + 2 + (size_t)value] = '\0';
	return take != NULL ? take(context, header, e) : ERR_OK;
}

enum err_code
headers_read(const char *text, headers_take take, void *context, struct err *e)
{
	enum err_code code = ERR_OK;
	size_t length;

	for (unsigned number = 1; code == ERR_OK && *text != '\0'; number++) {
		length = strcspn(text, ",");
		while (length > 0 && *text == ' ') {
			text++;
			length--;
		}
		code = read_one(text, length, number, take, context, e);
		text += length;
		text += *text == ',';
	}
	return code;
}

enum err_code
headers_check(const char *text, struct err *e)
{
	return headers_read(text, NULL, NULL, e);
}
