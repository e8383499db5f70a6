#include "support/strict_json.h"

#include <stdlib.h>

enum { DEPTH_MAX = 32, DIGITS_MAX = 15 };

static bool
parse(const char *text, size_t length, int depth_max, int flags,
      struct json_object **value, size_t *end)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth_max);
	bool is_read;

	json_tokener_set_flags(tokener, flags);
	*value = json_tokener_parse_ex(tokener, text, (int)length);
	*end = json_tokener_get_parse_end(tokener);
	is_read = json_tokener_get_error(tokener) == json_tokener_success;
	json_tokener_free(tokener);
	return is_read;
}

/* What is as strict as the text: with letters in place of bytes that are not
 * ASCII, and without the digits past the 15th of a number. */
static char *
simplify(const char *text, size_t length, size_t *simple_length)
{
	char *simple = malloc(length + 1);
	size_t written = 0, digits = 0;

	for (size_t i = 0; i < length; i++) {
		digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
		if (digits <= DIGITS_MAX)
			simple[written++] =
			    (unsigned char)text[i] < 0x80 ? text[i] : 'x';
	}
	simple[written] = '\0';
	*simple_length = written;
	return simple;
}

/* The strict mode of json-c 0.18 takes no byte beyond ASCII, and no integer
 * that is too long for it. So it sees none; the real text is read without it.
 */
bool
strict_json_start(const char *text, size_t length, int depth_max,
		  struct json_object **value, size_t *end)
{
	size_t simple_length, simple_end;
	char *simple = simplify(text, length, &simple_length);
	struct json_object *ignored = NULL;
	bool is_strict = parse(simple, simple_length, depth_max,
			       JSON_TOKENER_STRICT, &ignored, &simple_end);

	free(simple);
	json_object_put(ignored);
	*value = NULL;
	if (is_strict &&
	    parse(text, length, depth_max, JSON_TOKENER_VALIDATE_UTF8, value,
		  end) &&
	    length - *end == simple_length - simple_end)
		return true;
	json_object_put(*value);
	*value = NULL;
	return false;
}

struct json_object *
strict_json(const char *text, size_t length)
{
	struct json_object *value;
	size_t end;

	if (strict_json_start(text, length, DEPTH_MAX, &value, &end) &&
	    end == length)
		return value;
	json_object_put(value);
	return NULL;
}
