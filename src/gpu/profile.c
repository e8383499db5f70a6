#include "gpu/profile.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "prom/promql.h"

enum { DEPTH_MAX = 8, SET_MAX_BYTES = 16 << 20, PROFILES_MAX = 256 };

/* One file being read: for error texts, and where its strings go. */
struct reading {
	const char *file;
	struct arena *arena;
	struct profile *profile;
	struct err *err;
};

static const char *const label_names[PROFILE_LABEL__MAX] = {
    [PROFILE_NODE] = "node",
    [PROFILE_INDEX] = "index",
    [PROFILE_MODEL] = "model",
};

static enum err_code
wrong(const struct reading *r, const char *where, const char *what)
{
	return err_set(r->err, ERR_SETTING, "%s: %s %s", r->file, where, what);
}

/* Empty if the value is no text, or has a NUL in it: no name does. */
static const char *
text_of(struct json_object *value)
{
	const char *text = json_object_is_type(value, json_type_string)
			       ? json_object_get_string(value)
			       : "";

	return strlen(text) == (size_t)json_object_get_string_len(value) ? text
									 : "";
}

static enum err_code
keep(const struct reading *r, const char *text, const char **out)
{
	*out = arena_copy(r->arena, text, strlen(text));
	return *out != NULL ? ERR_OK : err_set_memory(r->err);
}

static enum err_code
read_name(const struct reading *r, struct json_object *value)
{
	const char *name = text_of(value);

	if (*name == '\0')
		return wrong(r, "name", "must be a text that is not empty");
	return keep(r, name, &r->profile->name);
}

static enum err_code
add_label(const struct reading *r, const char *where, unsigned slot,
	  struct json_object *value)
{
	struct profile *p = r->profile;
	struct element_label *label = &p->labels[p->label_count];
	const char *name = text_of(value);

	if (!promql_is_label_name(name))
		return wrong(r, where, "must list names of Prometheus labels");
	if (p->label_count == PROFILE_LABELS_MAX)
		return wrong(r, where, "makes more than 32 label names");
	p->label_count++;
	label->slot = slot;
	return keep(r, name, &label->name);
}

static enum err_code
read_label(const struct reading *r, const char *key, struct json_object *value)
{
	enum err_code code = ERR_OK;
	unsigned slot = 0;
	char where[64];
	size_t count;

	snprintf(where, sizeof(where), "labels.%s", key);
	while (slot < PROFILE_LABEL__MAX && strcmp(label_names[slot], key) != 0)
		slot++;
	if (slot == PROFILE_LABEL__MAX)
		return wrong(r, where,
			     "is not a known key (node, index, model)");
	if (!json_object_is_type(value, json_type_array) ||
	    json_object_array_length(value) == 0)
		return wrong(r, where, "must be a list of label names");
	count = json_object_array_length(value);
	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = add_label(r, where, slot,
				 json_object_array_get_idx(value, i));
	return code;
}

static enum err_code
read_metric_name(const struct reading *r, const char *where,
		 struct json_object *value, struct profile_metric *out)
{
	if (!promql_is_metric_name(text_of(value)))
		return wrong(r, where,
			     "metric must be the name of a Prometheus metric");
	return keep(r, text_of(value), &out->name);
}

static enum err_code
read_scale(const struct reading *r, const char *where,
	   struct json_object *value, struct profile_metric *out)
{
	if (!json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int))
		return wrong(r, where, "scale must be a number");
	out->scale = json_object_get_double(value);
	if (!isfinite(out->scale) || out->scale <= 0)
		return wrong(r, where, "scale must be greater than 0");
	return ERR_OK;
}

static enum err_code
read_optional(const struct reading *r, const char *where,
	      struct json_object *value, struct profile_metric *out)
{
	if (!json_object_is_type(value, json_type_boolean))
		return wrong(r, where, "optional must be true or false");
	out->is_optional = json_object_get_boolean(value);
	return ERR_OK;
}

static enum err_code
read_metric_key(const struct reading *r, const char *where, const char *key,
		struct json_object *value, struct profile_metric *out)
{
	if (strcmp(key, "metric") == 0)
		return read_metric_name(r, where, value, out);
	if (strcmp(key, "scale") == 0)
		return read_scale(r, where, value, out);
	if (strcmp(key, "optional") == 0)
		return read_optional(r, where, value, out);
	return err_set(r->err, ERR_SETTING,
		       "%s: %s.%s is not a known key (metric, scale, "
		       "optional)",
		       r->file, where, key);
}

static enum err_code
read_field(const struct reading *r, const char *key, struct json_object *value)
{
	enum field field = field_find(key);
	struct profile_metric *out = &r->profile->metrics[field % FIELD__MAX];
	enum err_code code = ERR_OK;
	char where[96];

	snprintf(where, sizeof(where), "fields.%s", key);
	if (field == FIELD__MAX)
		return wrong(r, where, "is not a known field");
	if (field == FIELD_MEMORY_UTILIZATION)
		return wrong(r, where, "is computed, it takes no metric");
	if (!json_object_is_type(value, json_type_object))
		return wrong(r, where, "must be an object with a metric");
	*out = (struct profile_metric){.scale = 1};
	json_object_object_foreach(value, name, member)
	{
		code = read_metric_key(r, where, name, member, out);
		if (code != ERR_OK)
			return code;
	}
	return out->name != NULL ? ERR_OK : wrong(r, where, "has no metric");
}

typedef enum err_code (*read_member)(const struct reading *r, const char *key,
				     struct json_object *value);

static enum err_code
read_members(const struct reading *r, const char *where,
	     struct json_object *value, read_member read)
{
	enum err_code code = ERR_OK;

	if (!json_object_is_type(value, json_type_object))
		return wrong(r, where, "must be an object");
	json_object_object_foreach(value, key, member)
	{
		code = read(r, key, member);
		if (code != ERR_OK)
			return code;
	}
	return code;
}

static enum err_code
read_key(const struct reading *r, const char *key, struct json_object *value)
{
	if (strcmp(key, "name") == 0)
		return read_name(r, value);
	if (strcmp(key, "labels") == 0)
		return read_members(r, key, value, read_label);
	if (strcmp(key, "fields") == 0)
		return read_members(r, key, value, read_field);
	return wrong(r, key, "is not a known key (name, labels, fields)");
}

static bool
has_label(const struct profile *p, unsigned slot)
{
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].slot == slot)
			return true;
	return false;
}

static bool
has_metric(const struct profile *p)
{
	for (size_t i = 0; i < FIELD__MAX; i++)
		if (p->metrics[i].name != NULL)
			return true;
	return false;
}

static enum err_code
check_complete(const struct reading *r)
{
	if (r->profile->name == NULL)
		return wrong(r, "name", "is missing");
	if (!has_label(r->profile, PROFILE_NODE))
		return wrong(r, "labels.node", "is missing");
	if (!has_label(r->profile, PROFILE_INDEX))
		return wrong(r, "labels.index", "is missing");
	if (!has_metric(r->profile))
		return wrong(r, "fields", "is missing or empty");
	return ERR_OK;
}

/* The text has a NUL behind it, which tells json-c that it is complete. */
static enum err_code
parse_json(const struct reading *r, const char *text, size_t length,
	   struct json_object **out)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	enum json_tokener_error problem;
	enum err_code code = ERR_OK;

	if (tokener == NULL)
		return err_set_memory(r->err);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8);
	*out = json_tokener_parse_ex(tokener, text, (int)length + 1);
	problem = json_tokener_get_error(tokener);
	if (problem != json_tokener_success)
		code = err_set(r->err, ERR_SETTING,
			       "%s: is not JSON: %s at byte %zu", r->file,
			       json_tokener_error_desc(problem),
			       json_tokener_get_parse_end(tokener));
	else if (strlen(text) != length)
		code = err_set(r->err, ERR_SETTING,
			       "%s: is not JSON: a NUL at byte %zu", r->file,
			       strlen(text));
	json_tokener_free(tokener);
	return code;
}

enum err_code
profile_parse(const char *file, const char *text, size_t length,
	      struct arena *arena, struct profile **out, struct err *e)
{
	struct reading r = {.file = file, .arena = arena, .err = e};
	struct json_object *root = NULL;
	enum err_code code;

	*out = NULL;
	r.profile = arena_alloc(arena, sizeof(*r.profile));
	if (r.profile == NULL)
		return err_set_memory(e);
	memset(r.profile, 0, sizeof(*r.profile));
	code = parse_json(&r, text, length, &root);
	if (code == ERR_OK)
		code = read_members(&r, "the file", root, read_key);
	if (code == ERR_OK)
		code = check_complete(&r);
	json_object_put(root);
	if (code == ERR_OK)
		*out = r.profile;
	return code;
}

/* The whole file and a NUL behind it. */
static enum err_code
read_file(const char *path, struct buf *out, struct err *e)
{
	FILE *file = fopen(path, "re");
	enum err_code code = ERR_OK;
	char piece[4096];
	size_t n;

	if (file == NULL)
		return err_set(e, ERR_SETTING, "%s: cannot be read: %s", path,
			       strerror(errno));
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_append(out, piece, n);
	buf_append(out, "", 1);
	if (ferror(file))
		code = err_set(e, ERR_SETTING, "%s: cannot be read", path);
	else if (buf_status(out) == ERR_TOO_BIG)
		code = err_set(e, ERR_SETTING,
			       "%s: is longer than 64 KiB, which no profile is",
			       path);
	else if (buf_status(out) != ERR_OK)
		code = err_set_memory(e);
	fclose(file);
	return code;
}

static const struct profile *
find_profile(const struct profile_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->profiles[i]->name, name) == 0)
			return set->profiles[i];
	return NULL;
}

static enum err_code
load_file(struct profile_set *set, const char *path, struct err *e)
{
	struct profile *profile;
	struct buf text;
	enum err_code code;

	buf_init(&text, PROFILE_FILE_MAX_BYTES + 1);
	code = read_file(path, &text, e);
	if (code == ERR_OK)
		code = profile_parse(path, text.data, text.length - 1,
				     &set->arena, &profile, e);
	if (code == ERR_OK && find_profile(set, profile->name) != NULL)
		code = err_set(e, ERR_SETTING,
			       "%s: name %s is another profile's already", path,
			       profile->name);
	if (code == ERR_OK)
		set->profiles[set->count++] = profile;
	buf_fini(&text);
	return code;
}

static int
is_profile_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".json") == 0;
}

static enum err_code
load_files(struct profile_set *set, const char *directory,
	   struct dirent **entries, int count, struct err *e)
{
	enum err_code code = ERR_OK;
	char path[4096];

	if (count == 0)
		return err_set(e, ERR_SETTING,
			       "%s: holds no profile (*.json); PROFILE_DIR "
			       "names the directory of the profiles",
			       directory);
	if (count > PROFILES_MAX)
		return err_set(e, ERR_SETTING, "%s: holds more than %d files",
			       directory, PROFILES_MAX);
	set->profiles =
	    arena_alloc(&set->arena, (size_t)count * sizeof(*set->profiles));
	if (set->profiles == NULL)
		return err_set_memory(e);
	for (int i = 0; code == ERR_OK && i < count; i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", directory,
				 entries[i]->d_name);

		if (n < 0 || (size_t)n >= sizeof(path))
			return err_set(e, ERR_SETTING,
				       "%.200s: the path is too long",
				       directory);
		code = load_file(set, path, e);
	}
	return code;
}

enum err_code
profile_load(const char *directory, struct profile_set *out, struct err *e)
{
	struct dirent **entries = NULL;
	enum err_code code;
	int count;

	memset(out, 0, sizeof(*out));
	budget_init(&out->budget, SET_MAX_BYTES);
	arena_init(&out->arena, &out->budget);
	count = scandir(directory, &entries, is_profile_file, alphasort);
	if (count < 0)
		return err_set(e, ERR_SETTING,
			       "%s: cannot be read: %s; PROFILE_DIR names the "
			       "directory of the profiles",
			       directory, strerror(errno));
	code = load_files(out, directory, entries, count, e);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return code;
}

void
profile_free(struct profile_set *set)
{
	arena_fini(&set->arena);
	memset(set, 0, sizeof(*set));
}
