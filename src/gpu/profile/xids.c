#include "gpu/profile/xids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/regular.h"
#include "gpu/label.h"
#include "gpu/profile/json.h"

enum { MAX_BYTES = 1 << 20 };

/* One of these texts. */
static enum err_code
read_choice(const struct profile_json *r, const char *where,
	    struct json_object *value, const char *key,
	    const char *const *names, int *out)
{
	size_t place = problem_find(
	    names, profile_json_text(profile_json_member(value, key)));
	char what[ERR_TEXT_BYTES];
	size_t used;

	*out = (int)place;
	if (names[place] != NULL)
		return ERR_OK;
	used = (size_t)snprintf(what, sizeof(what), "%s must be one of %s", key,
				names[0]);
	for (size_t i = 1; names[i] != NULL && used < sizeof(what); i++)
		used += (size_t)snprintf(what + used, sizeof(what) - used,
					 ", %s", names[i]);
	return profile_json_wrong(r, where, what);
}

static enum err_code
read_xid(const struct profile_json *r, const char *key,
	 struct json_object *value, struct xid_table *out)
{
	uint32_t number = label_number(key, strlen(key));
	const char *name =
	    profile_json_text(profile_json_member(value, "name"));
	char where[PROFILE_JSON_WHERE_BYTES];
	int severity, action;
	enum err_code code;

	profile_json_below(where, "xids", key);
	if (number > XID_MAX || key[0] == '0')
		return profile_json_wrong(r, where,
					  "is not the number of an Xid, which "
					  "is from 1 to 1023");
	if ((code = profile_json_check(r, where, value,
				       "name, severity, action")) != ERR_OK)
		return code;
	if (*name == '\0' || strlen(name) > PROFILE_JSON_NAME_MAX_BYTES)
		return profile_json_wrong(
		    r, where, "name must be a text of 1 to 200 bytes");
	if ((code = read_choice(r, where, value, "severity", problem_severities,
				&severity)) != ERR_OK ||
	    (code = read_choice(r, where, value, "action", problem_actions,
				&action)) != ERR_OK)
		return code;
	out->xids[number].severity = (enum problem_severity)severity;
	out->xids[number].action = (enum problem_action)action;
	return profile_json_keep(r, name, &out->xids[number].name);
}

static enum err_code
read_root(const struct profile_json *r, struct json_object *root,
	  struct xid_table *out)
{
	enum err_code code = profile_json_check(r, "", root, "source, xids");
	struct json_object *xids = profile_json_member(root, "xids");

	if (code != ERR_OK)
		return code;
	if (!json_object_is_type(xids, json_type_object) ||
	    json_object_object_length(xids) == 0)
		return profile_json_wrong(r, "xids", "is missing or empty");
	json_object_object_foreach(xids, key, value)
	{
		code = read_xid(r, key, value, out);
		if (code != ERR_OK)
			return code;
	}
	return code;
}

static enum err_code
read_file(const char *path, struct xids *x, struct err *e)
{
	const struct profile_json r = {
	    .file = path, .arena = &x->arena, .err = e};
	struct json_object *root = NULL;
	struct buf text;
	enum err_code code;

	buf_init(&text, XIDS_FILE_MAX_BYTES + 1);
	code = regular_read(path, "table of Xids", &text, e);
	if (code == ERR_OK)
		code =
		    profile_json_parse(&r, text.data, text.length - 1, &root);
	if (code == ERR_OK)
		code = read_root(&r, root, &x->table);
	json_object_put(root);
	buf_fini(&text);
	return code;
}

enum err_code
xids_load(const char *path, struct xids **out, struct err *e)
{
	struct xids *x = calloc(1, sizeof(*x));
	enum err_code code;

	*out = NULL;
	if (x == NULL)
		return err_set_memory(e);
	budget_init(&x->budget, MAX_BYTES);
	arena_init(&x->arena, &x->budget);
	code = read_file(path, x, e);
	if (code == ERR_OK)
		*out = x;
	else
		xids_free(x);
	return code;
}

void
xids_free(struct xids *x)
{
	if (x == NULL)
		return;
	arena_fini(&x->arena);
	free(x);
}
