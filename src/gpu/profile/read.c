#include "gpu/profile/read.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "gpu/profile/json.h"
#include "gpu/profile/metric.h"
#include "gpu/profile/size.h"

static const char *const label_keys[] = {
    [PROFILE_NODE] = "node",
    [PROFILE_INDEX] = "index",
    [PROFILE_UUID] = "uuid",
    [PROFILE_ID] = "id",
    [PROFILE_CARD] = "card",
    [PROFILE_MODEL] = "model",
    [PROFILE_MIG_INSTANCE] = "mig_instance",
    [PROFILE_MIG_PROFILE] = "mig_profile",
    [PROFILE_WORKLOAD] = "workload",
    [PROFILE_BUS] = "bus",
    [PROFILE_VENDOR] = "vendor",
    [PROFILE_PID] = "pid",
    [PROFILE_PROCESS_NAME] = "name",
    [PROFILE_USER] = "user",
    [PROFILE_COMMAND] = "command",
};
enum {
	FIRST_PROCESS_LABEL = PROFILE_PID,
	LABEL_KEY_COUNT = sizeof(label_keys) / sizeof(*label_keys)
};

const char *
profile_label_key(enum profile_label label)
{
	return (unsigned)label < LABEL_KEY_COUNT ? label_keys[label] : "";
}

/* A text of the file's own choice: what answers and log lines will show. */
static enum err_code
read_text(const struct profile_json *r, const char *where,
	  struct json_object *value, const char **out)
{
	const char *text = profile_json_text(value);

	if (*text == '\0' || strlen(text) > PROFILE_JSON_NAME_MAX_BYTES)
		return profile_json_wrong(r, where,
					  "must be a text of 1 to 200 bytes");
	return profile_json_keep(r, text, out);
}

static enum err_code
require_label(const struct profile_json *r, const char *where,
	      struct json_object *value, void *out)
{
	return profile_json_condition(r, where, profile_json_text(value), false,
				      "", out);
}

static enum err_code
forbid_label(const struct profile_json *r, const char *where,
	     struct json_object *value, void *out)
{
	return profile_json_condition(r, where, profile_json_text(value), true,
				      "", out);
}

/* --- match --------------------------------------------------------------- */

static enum err_code
add_match_metric(const struct profile_json *r, const char *where,
		 struct json_object *value, void *context)
{
	struct profile *p = r->profile;
	const char *name = profile_json_metric(
	    r, where, "must list names of Prometheus metrics", value);

	(void)context;
	if (name == NULL)
		return r->err->code;
	if (p->match_metric_count == PROFILE_MATCH_METRICS_MAX)
		return profile_json_wrong(r, where,
					  "lists more than 16 metrics");
	return profile_json_keep(r, name,
				 &p->match_metrics[p->match_metric_count++]);
}

static enum err_code
read_match_labels(const struct profile_json *r, struct json_object *match,
		  struct buf *conditions)
{
	static const char what[] = "must be a list of label names";
	struct json_object *labels = profile_json_member(match, "labels");
	struct json_object *without = profile_json_member(match, "without");
	enum err_code code = ERR_OK;

	if (labels != NULL)
		code = profile_json_list(r, "match.labels", labels, what,
					 require_label, conditions);
	if (code == ERR_OK && without != NULL)
		code = profile_json_list(r, "match.without", without, what,
					 forbid_label, conditions);
	return code == ERR_OK
		   ? profile_json_conditions(r, "match", conditions,
					     &r->profile->match_conditions)
		   : code;
}

static enum err_code
read_match(const struct profile_json *r, struct json_object *value)
{
	struct buf conditions;
	enum err_code code;

	if (value == NULL)
		return profile_json_wrong(r, "match", "is missing");
	if ((code = profile_json_check(r, "match", value,
				       "metrics, labels, without")) != ERR_OK ||
	    (code = profile_json_list(r, "match.metrics",
				      profile_json_member(value, "metrics"),
				      "must be a list of metric names",
				      add_match_metric, NULL)) != ERR_OK)
		return code;
	buf_init(&conditions, PROFILE_JSON_CONDITIONS_MAX_BYTES);
	code = read_match_labels(r, value, &conditions);
	buf_fini(&conditions);
	return code;
}

/* --- labels -------------------------------------------------------------- */

static enum err_code
add_name(const struct profile_json *r, const char *where, const char *name,
	 enum profile_label label)
{
	struct profile *p = r->profile;

	if (p->label_count == PROFILE_OWN_LABELS_MAX)
		return profile_json_wrong(r, where,
					  "makes more than 128 label names");
	if (profile_has_name(p, name))
		return profile_json_wrong(r, where,
					  "lists a label that is listed "
					  "already");
	p->labels[p->label_count] = (struct profile_name){.label = label};
	return profile_json_keep(r, name, &p->labels[p->label_count++].name);
}

/* Prometheus renames a scraped label if the target has one of that name: then
 * exported_x is what the exporter said. */
static void
exported_name(char out[static PROFILE_JSON_NAME_MAX_BYTES + 16],
	      const char *name)
{
	snprintf(out, PROFILE_JSON_NAME_MAX_BYTES + 16, "exported_%s", name);
}

static enum err_code
add_label(const struct profile_json *r, const char *where,
	  struct json_object *value, void *context)
{
	const enum profile_label *label = context;
	const char *name = profile_json_label(
	    r, where, "must list names of Prometheus labels", value);
	char exported[PROFILE_JSON_NAME_MAX_BYTES + 16];
	enum err_code code = ERR_OK;

	if (name == NULL)
		return r->err->code;
	exported_name(exported, name);
	/* What was renamed twice is another Prometheus' word for its target. */
	if (*label != PROFILE_WORKLOAD &&
	    strncmp(name, "exported_", strlen("exported_")) != 0)
		code = add_name(r, where, exported, *label);
	return code == ERR_OK ? add_name(r, where, name, *label) : code;
}

/*
 * What targets call their node, whatever the exporter: Kubernetes' relabelling,
 * labels copied from nodes, node_uname_info, collectors, static lists.
 */
static const char *const target_nodes[] = {
    "node",	     "node_name",
    "nodename",	     "kubernetes_node",
    "k8s_node_name", "kubernetes_io_hostname",
    "host_name",     "host"};
enum { TARGET_NODE_COUNT = sizeof(target_nodes) / sizeof(*target_nodes) };

_Static_assert(2 * TARGET_NODE_COUNT <= PROFILE_TARGET_LABELS_MAX,
	       "each of them comes with its exported_ name");

static enum err_code
add_target_name(const struct profile_json *r, const char *name)
{
	struct profile *p = r->profile;
	struct profile_name *out = &p->labels[p->label_count];

	/* The profile knows better where and what for. */
	if (profile_has_name(p, name))
		return ERR_OK;
	*out =
	    (struct profile_name){.label = PROFILE_NODE, .is_of_target = true};
	if (profile_json_keep(r, name, &out->name) != ERR_OK)
		return r->err->code;
	p->label_count++;
	return ERR_OK;
}

/*
 * Adds the names that targets have for the node, and puts them first: who set
 * the target up knows better than the exporter, which may be in a pod.
 */
static enum err_code
add_target_names(const struct profile_json *r)
{
	struct profile *p = r->profile;
	struct profile_name own[PROFILE_LABELS_MAX];
	size_t own_count = p->label_count, added;
	enum err_code code = ERR_OK;

	memcpy(own, p->labels, own_count * sizeof(*own));
	for (size_t i = 0; code == ERR_OK && i < TARGET_NODE_COUNT; i++) {
		char exported[PROFILE_JSON_NAME_MAX_BYTES + 16];

		exported_name(exported, target_nodes[i]);
		if ((code = add_target_name(r, exported)) == ERR_OK)
			code = add_target_name(r, target_nodes[i]);
	}
	added = p->label_count - own_count;
	memmove(p->labels, p->labels + own_count, added * sizeof(*own));
	memcpy(p->labels + added, own, own_count * sizeof(*own));
	return code;
}

/* The labels from first to the one before end. */
static enum err_code
read_labels(const struct profile_json *r, const char *where,
	    struct json_object *value, unsigned first, unsigned end)
{
	enum err_code code = ERR_OK;
	char name[PROFILE_JSON_WHERE_BYTES];

	for (unsigned i = first; code == ERR_OK && i < end; i++) {
		struct json_object *names =
		    profile_json_member(value, label_keys[i]);
		enum profile_label label = (enum profile_label)i;

		if (names == NULL)
			continue;
		profile_json_below(name, where, label_keys[i]);
		code = profile_json_list(r, name, names,
					 "must be a list of label names",
					 add_label, &label);
	}
	return code;
}

static enum err_code
read_gpu_labels(const struct profile_json *r, struct json_object *value)
{
	static const char exported_instance[] = "exported_instance";
	enum err_code code;

	if (value == NULL)
		return profile_json_wrong(r, "labels", "is missing");
	code = profile_json_check(
	    r, "labels", value,
	    "node, index, uuid, id, card, model, "
	    "mig_instance, mig_profile, workload, bus, vendor");
	if (code == ERR_OK)
		code = read_labels(r, "labels", value, 0, FIRST_PROCESS_LABEL);
	if (code == ERR_OK && !profile_has_label(r->profile, PROFILE_INDEX) &&
	    !profile_has_label(r->profile, PROFILE_UUID) &&
	    !profile_has_label(r->profile, PROFILE_ID))
		code = profile_json_wrong(r, "labels",
					  "must have index, uuid or id");
	/* The last resort for the node. */
	if (code == ERR_OK)
		code = add_name(r, "labels", "instance", PROFILE_INSTANCE);
	if (code == ERR_OK && !profile_has_name(r->profile, exported_instance))
		code = add_name(r, "labels", exported_instance,
				PROFILE_EXPORTED_INSTANCE);
	return code;
}

/* With those that there are. */
static enum err_code
unknown_field(const struct profile_json *r, const char *where)
{
	char known[ERR_TEXT_BYTES] = "index";
	size_t used = strlen(known);

	for (int i = 0; i < FIELD__MAX && used < sizeof(known); i++)
		if (!field_table[i].is_computed)
			used +=
			    (size_t)snprintf(known + used, sizeof(known) - used,
					     ", %s", field_table[i].name);
	return err_set(r->err, ERR_SETTING, "%s: %s is not a known field (%s)",
		       r->file, where, known);
}

static enum err_code
read_field(const struct profile_json *r, const char *key,
	   struct json_object *value)
{
	enum field field = field_find(key);
	char where[PROFILE_JSON_WHERE_BYTES];

	profile_json_below(where, "fields", key);
	if (field == FIELD__MAX)
		return unknown_field(r, where);
	if (field_table[field].is_computed)
		return profile_json_wrong(r, where,
					  "is computed, it takes no metric");
	return profile_metric_read(r, where, value, PROFILE_FIELD, (int)field);
}

/* The index, if it is a value, has been read before. */
static enum err_code
read_fields(const struct profile_json *r, struct json_object *value)
{
	enum err_code code = ERR_OK;

	if (!json_object_is_type(value, json_type_object) ||
	    json_object_object_length(value) == 0)
		return profile_json_wrong(r, "fields", "is missing or empty");
	json_object_object_foreach(value, key, metrics)
	{
		if (strcmp(key, "index") == 0)
			continue;
		code = read_field(r, key, metrics);
		if (code != ERR_OK)
			return code;
	}
	return code;
}

static enum err_code
read_identity(const struct profile_json *r, struct json_object *root)
{
	struct json_object *info = profile_json_member(root, "info");
	struct json_object *fields = profile_json_member(root, "fields");
	struct json_object *index;
	enum err_code code = ERR_OK;

	if (info != NULL)
		code = profile_metric_read(r, "info", info, PROFILE_INFO, 0);
	if (code == ERR_OK &&
	    json_object_object_get_ex(fields, "index", &index))
		code = profile_metric_read(r, "fields.index", index,
					   PROFILE_INDEX_VALUE, 0);
	return code;
}

static enum err_code
read_process_fields(const struct profile_json *r, struct json_object *value)
{
	enum err_code code = profile_json_check(r, "processes.fields", value,
						"gpu_memory, cpu, memory");

	for (int i = 0; code == ERR_OK && i < PROCESS_FIELD__MAX; i++) {
		const char *key = process_field_table[i].name;
		struct json_object *metrics = profile_json_member(value, key);
		char where[PROFILE_JSON_WHERE_BYTES];

		profile_json_below(where, "processes.fields", key);
		if (metrics != NULL)
			code = profile_metric_read(r, where, metrics,
						   PROFILE_PROCESS, i);
	}
	return code;
}

/* Which processes there are, and what is known of each; either will do. */
static enum err_code
read_process_metrics(const struct profile_json *r, struct json_object *value)
{
	struct json_object *info = profile_json_member(value, "info");
	struct json_object *fields = profile_json_member(value, "fields");
	enum err_code code = ERR_OK;

	if (info != NULL)
		code = profile_metric_read(r, "processes.info", info,
					   PROFILE_PROCESS, PROFILE_SEEN);
	return code == ERR_OK && (fields != NULL || info == NULL)
		   ? read_process_fields(r, fields)
		   : code;
}

static enum err_code
read_processes(const struct profile_json *r, struct json_object *value)
{
	static const char where[] = "processes.labels";
	struct json_object *labels = profile_json_member(value, "labels");
	enum err_code code;

	if (value == NULL)
		return ERR_OK;
	if ((code = profile_json_check(r, "processes", value,
				       "labels, info, fields")) != ERR_OK ||
	    (code = profile_json_check(r, where, labels,
				       "pid, name, user, command")) != ERR_OK ||
	    (code = read_labels(r, where, labels, FIRST_PROCESS_LABEL,
				LABEL_KEY_COUNT)) != ERR_OK)
		return code;
	if (!profile_has_label(r->profile, PROFILE_PID))
		return profile_json_wrong(r, "processes.labels.pid",
					  "is missing");
	return read_process_metrics(r, value);
}

/* --- the file ------------------------------------------------------------ */

static enum err_code
read_root(const struct profile_json *r, struct json_object *root)
{
	struct profile *p = r->profile;
	enum err_code code = profile_json_check(
	    r, "", root,
	    "name, vendor, match, labels, info, fields, processes");

	if (code != ERR_OK)
		return code;
	if (profile_json_member(root, "name") == NULL)
		return profile_json_wrong(r, "name", "is missing");
	code =
	    read_text(r, "name", profile_json_member(root, "name"), &p->name);
	if (code == ERR_OK && profile_json_member(root, "vendor") != NULL)
		code =
		    read_text(r, "vendor", profile_json_member(root, "vendor"),
			      &p->vendor);
	/* Lists have commas, and PromQL's label_replace expands a "$". */
	if (code == ERR_OK && strpbrk(p->name, ",$") != NULL)
		code = profile_json_wrong(r, "name",
					  "must not contain \",\" or \"$\"");
	if (code != ERR_OK ||
	    (code = read_match(r, profile_json_member(root, "match"))) !=
		ERR_OK ||
	    (code = read_gpu_labels(r, profile_json_member(root, "labels"))) !=
		ERR_OK ||
	    (code = read_identity(r, root)) != ERR_OK ||
	    (code = read_fields(r, profile_json_member(root, "fields"))) !=
		ERR_OK)
		return code;
	code = read_processes(r, profile_json_member(root, "processes"));
	if (code != ERR_OK)
		return code;
	profile_metric_share_aside(p);
	/* After all that the profile names itself. */
	code = add_target_names(r);
	return code == ERR_OK ? profile_check_size(r) : code;
}

enum err_code
profile_read(const char *file, const char *text, size_t length,
	     struct arena *arena, struct profile **out, struct err *e)
{
	struct profile_json r = {.file = file, .arena = arena, .err = e};
	struct json_object *root = NULL;
	enum err_code code;

	*out = NULL;
	r.profile = arena_alloc(arena, sizeof(*r.profile));
	if (r.profile == NULL)
		return err_set_memory(e);
	memset(r.profile, 0, sizeof(*r.profile));
	code = profile_json_parse(&r, text, length, &root);
	if (code == ERR_OK)
		code = read_root(&r, root);
	json_object_put(root);
	if (code == ERR_OK)
		*out = r.profile;
	return code;
}
