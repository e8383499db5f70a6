#include "gpu/profile/json.h"

#include <stdio.h>
#include <string.h>

#include "prom/promql.h"
#include "prom/scan.h"

enum { DEPTH_MAX = 8 };

enum err_code
profile_json_wrong(const struct profile_json *r, const char *where,
		   const char *what)
{
	return err_set(r->err, ERR_SETTING, "%s: %s %s", r->file, where, what);
}

/* What people write who take it for another language, by how it begins. */
static const char *
other_language(const char *text)
{
	static const struct {
		const char *start;
		const char *name;
	} known[] = {
	    {"//", "a comment"}, {"/*", "a comment"},
	    {"#", "a comment"},	 {"'", "a single quote"},
	    {"NaN", "NaN"},	 {"Infinity", "Infinity"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strncmp(text, known[i].start, strlen(known[i].start)) == 0)
			return known[i].name;
	return NULL;
}

static enum err_code
not_json(const struct profile_json *r, const char *what, size_t at)
{
	return err_set(r->err, ERR_SETTING, "%s: is not JSON: %s at byte %zu",
		       r->file, what, at);
}

/*
 * json-c's own strict mode will not do: versions differ in what it refuses, and
 * that of 0.18 refuses each character beyond ASCII.
 */
static enum err_code
check_strictly(const struct profile_json *r, const char *text, size_t length)
{
	/* With the NUL, which ends a number. */
	struct scan s = {.at = text, .end = text + length + 1};
	const char *end = text + length, *what;

	if (scan_skip(&s) == SCAN_OK && scan_space(&s) == SCAN_OK) {
		if (s.at == end)
			return ERR_OK;
		s.reason = "more text behind the value";
	}
	if (s.at >= end)
		return not_json(r, "its end before that of the value", length);
	what = *s.at == '\0' ? "a NUL" : other_language(s.at);
	return not_json(r, what != NULL ? what : s.reason,
			(size_t)(s.at - text));
}

enum err_code
profile_json_parse(const struct profile_json *r, const char *text,
		   size_t length, struct json_object **out)
{
	enum err_code code = check_strictly(r, text, length);
	struct json_tokener *tokener;
	enum json_tokener_error problem;

	*out = NULL;
	if (code != ERR_OK)
		return code;
	tokener = json_tokener_new_ex(DEPTH_MAX);
	if (tokener == NULL)
		return err_set_memory(r->err);
	*out = json_tokener_parse_ex(tokener, text, (int)length + 1);
	problem = json_tokener_get_error(tokener);
	if (problem != json_tokener_success)
		code = not_json(r, json_tokener_error_desc(problem),
				json_tokener_get_parse_end(tokener));
	json_tokener_free(tokener);
	return code;
}

void
profile_json_below(char out[static PROFILE_JSON_WHERE_BYTES], const char *where,
		   const char *key)
{
	snprintf(out, PROFILE_JSON_WHERE_BYTES, "%s%s%s", where,
		 *where != '\0' ? "." : "", key);
}

const char *
profile_json_text(struct json_object *value)
{
	const char *text = json_object_is_type(value, json_type_string)
			       ? json_object_get_string(value)
			       : "";

	return strlen(text) == (size_t)json_object_get_string_len(value) ? text
									 : "";
}

struct json_object *
profile_json_member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

/* Whether the list, "a, b, c", has the key. */
static bool
is_listed(const char *keys, const char *key)
{
	size_t length = strlen(key);

	if (length == 0 || strchr(key, ',') != NULL)
		return false;
	while (strncmp(keys, key, length) != 0 ||
	       (keys[length] != ',' && keys[length] != '\0')) {
		keys = strchr(keys, ',');
		if (keys == NULL)
			return false;
		keys += 2;
	}
	return true;
}

enum err_code
profile_json_check(const struct profile_json *r, const char *where,
		   struct json_object *value, const char *keys)
{
	char name[PROFILE_JSON_WHERE_BYTES];

	if (!json_object_is_type(value, json_type_object))
		return profile_json_wrong(r,
					  *where != '\0' ? where : "the file",
					  "must be an object");
	json_object_object_foreach(value, key, member)
	{
		profile_json_below(name, where, key);
		if (is_listed(keys, key) && member == NULL)
			return profile_json_wrong(r, name, "must not be null");
		if (is_listed(keys, key))
			continue;
		return err_set(r->err, ERR_SETTING,
			       "%s: %s is not a known key (%s)", r->file, name,
			       keys);
	}
	return ERR_OK;
}

/* All of a file is UTF-8: profile_json_parse takes nothing else. */
static bool
is_name(const char *name)
{
	return promql_is_name(name) &&
	       strlen(name) <= PROFILE_JSON_NAME_MAX_BYTES;
}

const char *
profile_json_metric(const struct profile_json *r, const char *where,
		    const char *what, struct json_object *value)
{
	const char *name = profile_json_text(value);

	if (is_name(name))
		return name;
	profile_json_wrong(r, where, what);
	return NULL;
}

static enum err_code
check_label(const struct profile_json *r, const char *where, const char *what,
	    const char *name)
{
	if (!promql_is_name(name))
		return profile_json_wrong(r, where, what);
	r->profile->has_quoted_labels |= !promql_is_label_name(name);
	return ERR_OK;
}

const char *
profile_json_label(const struct profile_json *r, const char *where,
		   const char *what, struct json_object *value)
{
	const char *name = profile_json_text(value);

	if (!is_name(name))
		name = "";
	return check_label(r, where, what, name) == ERR_OK ? name : NULL;
}

enum err_code
profile_json_keep(const struct profile_json *r, const char *text,
		  const char **out)
{
	*out = arena_copy(r->arena, text, strlen(text));
	return *out != NULL ? ERR_OK : err_set_memory(r->err);
}

enum err_code
profile_json_list(const struct profile_json *r, const char *where,
		  struct json_object *value, const char *what,
		  profile_json_item read, void *context)
{
	enum err_code code = ERR_OK;
	size_t count = json_object_is_type(value, json_type_array)
			   ? json_object_array_length(value)
			   : 0;

	if (count == 0)
		return profile_json_wrong(r, where, what);
	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = read(r, where, json_object_array_get_idx(value, i),
			    context);
	return code;
}

enum err_code
profile_json_condition(const struct profile_json *r, const char *where,
		       const char *label, bool is_equal, const char *value,
		       struct buf *out)
{
	enum err_code code =
	    check_label(r, where, "must name Prometheus labels", label);

	if (code == ERR_OK)
		promql_add_condition(out, label,
				     is_equal ? PROMQL_EQUAL : PROMQL_UNEQUAL,
				     value);
	return code;
}

enum err_code
profile_json_conditions(const struct profile_json *r, const char *where,
			struct buf *text, const char **out)
{
	if (buf_status(text) == ERR_TOO_BIG)
		return profile_json_wrong(r, where,
					  "is longer than any query should be");
	*out = arena_copy(r->arena, text->length > 0 ? text->data : "",
			  text->length);
	return buf_status(text) == ERR_OK && *out != NULL
		   ? ERR_OK
		   : err_set_memory(r->err);
}
