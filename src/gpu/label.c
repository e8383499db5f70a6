#include "gpu/label.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

uint32_t
label_number(const char *text, size_t length)
{
	uint64_t value = 0;

	if (length == 0 || length > 10)
		return LABEL_NO_NUMBER;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return LABEL_NO_NUMBER;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	return value < LABEL_NO_NUMBER ? (uint32_t)value : LABEL_NO_NUMBER;
}

/* What the vendors' tools say in place of a value. */
static bool
says_nothing(const char *text, size_t length)
{
	static const char *const texts[] = {
	    "n/a", "na", "unknown",	  "none",	   "null",
	    "nil", "-",	 "not supported", "not available", "error"};

	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strlen(texts[i]) == length &&
		    strncasecmp(texts[i], text, length) == 0)
			return true;
	return false;
}

size_t
label_uuid(const char *text, size_t length,
	   char out[static LABEL_UUID_MAX_BYTES])
{
	static const char prefix[] = "GPU-";
	const size_t prefix_length = sizeof(prefix) - 1;

	if (length > prefix_length &&
	    strncasecmp(text, prefix, prefix_length) == 0) {
		text += prefix_length;
		length -= prefix_length;
	}
	if (length > LABEL_UUID_MAX_BYTES || says_nothing(text, length))
		return 0;
	for (size_t i = 0; i < length; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	return length;
}

bool
label_is_masked(const char *uuid, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (uuid[i] != '0' && uuid[i] != '-')
			return false;
	return true;
}

void
label_host(const char *text, size_t length, const char **host,
	   size_t *host_length)
{
	const char *end = memrchr(text, ':', length);

	*host = text;
	if (length > 0 && *text == '[') {
		++*host;
		end = memchr(text, ']', length);
	}
	if (end == NULL)
		end = text + length;
	*host_length = (size_t)(end - *host);
}
