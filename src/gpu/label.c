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

void
label_index(const char *text, size_t length, uint32_t *index,
	    uint32_t *instance)
{
	const char *colon = memchr(text, ':', length);
	size_t index_length = colon != NULL ? (size_t)(colon - text) : length;

	*index = label_number(text, index_length);
	*instance = LABEL_NO_NUMBER;
	if (colon == NULL)
		return;
	*instance = label_number(colon + 1, length - index_length - 1);
	if (*instance == LABEL_NO_NUMBER)
		*index = LABEL_NO_NUMBER;
}

/* --- texts in place of a text -------------------------------------------- */

static bool
is_listed(const char *const texts[], const char *text, size_t length)
{
	for (; *texts != NULL; texts++)
		if (strlen(*texts) == length &&
		    strncasecmp(*texts, text, length) == 0)
			return true;
	return false;
}

/* Whether it is in that many of those brackets: "[...]", "<<<...>>>". */
static bool
is_within(const char *text, size_t length, char open, char close, size_t count)
{
	if (length < 2 * count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (text[i] != open || text[length - 1 - i] != close)
			return false;
	return true;
}

/* dcgm_structs.h: DCGM_STR_BLANK and those behind it. */
static bool
is_blank(const char *text, size_t length)
{
	return length == 0 || is_within(text, length, '<', '>', 3);
}

bool
label_says_something(const char *text, size_t length)
{
	/* Of nvidia-smi; ps has names in brackets that are names. */
	static const char *const texts[] = {"[n/a]",
					    "[not found]",
					    "[not available]",
					    "[not supported]",
					    "[insufficient permissions]",
					    "[unknown error]",
					    "n/a",
					    NULL};

	return !is_blank(text, length) && !is_listed(texts, text, length);
}

bool
label_of_hardware_says_something(const char *text, size_t length)
{
	static const char *const texts[] = {
	    "n/a",	     "na",    "unknown", "none",
	    "null",	     "nil",   "-",	 "not supported",
	    "not available", "error", NULL};

	return !is_blank(text, length) &&
	       !is_within(text, length, '[', ']', 1) &&
	       !is_listed(texts, text, length);
}

static bool
is_made_of(const char *text, size_t length, const char *characters)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0' || strchr(characters, text[i]) == NULL)
			return false;
	return true;
}

/* Docker gives a container the first 12 digits of its id as a host name. */
static bool
is_container_id(const char *text, size_t length)
{
	return (length == 12 || length == 64) &&
	       is_made_of(text, length, "0123456789abcdef");
}

/* RFC 6761, 6.3; RFC 1122, 3.2.1.3; RFC 4291, 2.5.3; and what binds to all. */
static bool
is_loopback(const char *text, size_t length)
{
	static const char *const names[] = {
	    "localhost",  "localhost.localdomain",
	    "localhost6", "::1",
	    "[::1]",	  "0.0.0.0",
	    "::"};

	if (length > 4 && strncmp(text, "127.", 4) == 0 &&
	    is_made_of(text, length, "0123456789."))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length &&
		    strncasecmp(names[i], text, length) == 0)
			return true;
	return false;
}

bool
label_is_node_name(const char *text, size_t length)
{
	return label_says_something(text, length) &&
	       !is_loopback(text, length) && !is_container_id(text, length);
}

bool
label_is_index(const char *text, size_t length)
{
	const char *dash = memrchr(text, '-', length);
	uint32_t index, instance;

	/* "node-1-0", see index_behind_node. */
	if (dash != NULL) {
		length -= (size_t)(dash + 1 - text);
		text = dash + 1;
	}
	label_index(text, length, &index, &instance);
	return index != LABEL_NO_NUMBER;
}

bool
label_is_instance(const char *text, size_t length)
{
	/* AMD: 32 bits of a number that there is not. */
	static const char *const texts[] = {"4294967295", NULL};

	return label_of_hardware_says_something(text, length) &&
	       !is_listed(texts, text, length);
}

/* --- what identifies ----------------------------------------------------- */

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
	if (length > LABEL_UUID_MAX_BYTES ||
	    !label_of_hardware_says_something(text, length))
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

/* "... MIG 3g.20gb" is what NVML calls an instance: the card is what stands
 * before. */
static size_t
without_part(const char *text, size_t length)
{
	static const char mark[] = " MIG ";
	const char *at = memmem(text, length, mark, sizeof(mark) - 1);

	if (at == NULL || at == text)
		return length;
	return at + sizeof(mark) - 1 < text + length &&
		       isdigit((unsigned char)at[sizeof(mark) - 1])
		   ? (size_t)(at - text)
		   : length;
}

const char *
label_model(const char *text, size_t length, size_t *rest_length)
{
	static const char prefix[] = "NVIDIA-";
	size_t cut = sizeof(prefix) - 1;

	if (length <= cut || strncasecmp(text, prefix, cut) != 0)
		cut = 0;
	*rest_length = without_part(text + cut, length - cut);
	return text + cut;
}

const char *
label_mig_profile(const char *text, size_t length, size_t *rest_length)
{
	size_t cut = 0;

	while (cut < length && isdigit((unsigned char)text[cut]))
		cut++;
	if (cut == 0 || length - cut <= 2 || memcmp(text + cut, "c.", 2) != 0)
		cut = 0;
	else
		cut += 2;
	*rest_length = length - cut;
	return text + cut;
}

bool
label_is_of_part(const char *uuid, size_t length)
{
	return length >= 4 && memcmp(uuid, "mig-", 4) == 0;
}

bool
label_is_whole(const char *how, size_t length)
{
	static const char *const texts[] = {"spx", NULL};

	return is_listed(texts, how, length);
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
