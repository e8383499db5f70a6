#include "support/strict_json.h"

struct json_object *
strict_json(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *value;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8);
	value = json_tokener_parse_ex(tokener, text, (int)length);
	if (json_tokener_get_parse_end(tokener) != length) {
		json_object_put(value);
		value = NULL;
	}
	json_tokener_free(tokener);
	return value;
}
