#include "support/strict_json.h"

#include <stdlib.h>

enum { DEPTH_MAX = 32 };

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

/* Letters in place of bytes that are not ASCII. */
static char *
in_ascii(const char *text, size_t length)
{
	char *copy = malloc(length + 1);

	for (size_t i = 0; i < length; i++)
		copy[i] = (unsigned char)text[i] < 0x80 ? text[i] : 'x';
	copy[length] = '\0';
	return copy;
}

/* The strict mode of json-c 0.18 takes no byte beyond ASCII; so that sees none,
 * and the real text is read without it. */
bool
strict_json_start(const char *text, size_t length, int depth_max,
		  struct json_object **value, size_t *end)
{
	char *ascii = in_ascii(text, length);
	struct json_object *ignored = NULL;
	size_t strict_end;
	bool is_strict = parse(ascii, length, depth_max, JSON_TOKENER_STRICT,
			       &ignored, &strict_end);

	free(ascii);
	json_object_put(ignored);
	*value = NULL;
	if (is_strict &&
	    parse(text, length, depth_max, JSON_TOKENER_VALIDATE_UTF8, value,
		  end) &&
	    *end == strict_end)
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
