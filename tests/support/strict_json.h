/* json-c, strict and with UTF-8 checked: what our own JSON has to pass. */
#ifndef SUPPORT_STRICT_JSON_H
#define SUPPORT_STRICT_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The value, to be given back with json_object_put; NULL if the text is
 * anything but one value with nothing around it, or is null.
 */
struct json_object *strict_json(const char *text, size_t length);

/*
 * Reads the value that the text begins with, at most so deep, strictly; true if
 * there is one, which may be null. end gets where it ends.
 */
bool strict_json_start(const char *text, size_t length, int depth_max,
		       struct json_object **value, size_t *end);

#endif
