#include "fake_form.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The byte at *at, decoded; *at moves to the next one. */
static char
next_byte(const char **at)
{
	const char *from = (*at)++;
	char digits[3] = {0};

	if (*from == '+')
		return ' ';
	if (*from != '%' || !isxdigit((unsigned char)from[1]) ||
	    !isxdigit((unsigned char)from[2]))
		return *from;
	memcpy(digits, from + 1, 2);
	*at += 2;
	return (char)strtoul(digits, NULL, 16);
}

static void
decode(const char *from, char *value, size_t size)
{
	size_t length = 0;

	while (*from != '\0' && *from != '&' && length + 1 < size)
		value[length++] = next_byte(&from);
	value[length] = '\0';
}

bool
fake_form_get(const char *form, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	const char *at = form;

	value[0] = '\0';
	while (at != NULL && *at != '\0') {
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			decode(at + length + 1, value, size);
			return true;
		}
		at = strchr(at, '&');
		if (at != NULL)
			at++;
	}
	return false;
}
