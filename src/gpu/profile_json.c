#include "gpu/profile_json.h"

#include <stdio.h>
#include <string.h>

#include "prom/promql.h"

enum err_code
profile_json_wrong(const struct profile_json *r, const char *where,
		   const char *what)
{
	return err_set(r->err, ERR_SETTING, "%s: %s %s", r->file, where, what);
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

const char *
profile_json_metric(struct json_object *value)
{
	const char *name = profile_json_text(value);

	return promql_is_metric_name(name) &&
		       strlen(name) <= PROFILE_JSON_NAME_MAX_BYTES
		   ? name
		   : NULL;
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
	if (!promql_is_label_name(label))
		return profile_json_wrong(r, where,
					  "must name Prometheus labels");
	promql_add_condition(out, label, is_equal, value);
	return ERR_OK;
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
