#include "gpu/profile/labels.h"

#include <stdio.h>
#include <string.h>

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
    [PROFILE_POD] = "pod",
    [PROFILE_NAMESPACE] = "namespace",
    [PROFILE_CONTAINER] = "container",
    [PROFILE_JOB] = "job",
    [PROFILE_JOB_USER] = "job_user",
    [PROFILE_JOB_PARTITION] = "job_partition",
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

/* Whether the target may have a label of that name that is no exporter's word.
 */
static bool
may_be_of_target(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == PROFILE_WORKLOAD &&
		    strcmp(p->labels[i].name, name) == 0)
			return true;
	return false;
}

/* What a target may have for its own pod is no word about others by itself. */
static enum err_code
add_plain(const struct profile_json *r, const char *where, const char *name,
	  enum profile_label label)
{
	if (label != PROFILE_POD || !may_be_of_target(r->profile, name))
		return add_name(r, where, name, label);
	r->profile->workload_may_use_gpu = true;
	return ERR_OK;
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
	return code == ERR_OK ? add_plain(r, where, name, *label) : code;
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

enum err_code
profile_labels_add_targets(const struct profile_json *r)
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

enum err_code
profile_labels_read(const struct profile_json *r, struct json_object *value)
{
	static const char exported_instance[] = "exported_instance";
	enum err_code code;

	if (value == NULL)
		return profile_json_wrong(r, "labels", "is missing");
	code = profile_json_check(
	    r, "labels", value,
	    "node, index, uuid, id, card, model, "
	    "mig_instance, mig_profile, workload, pod, namespace, container, "
	    "job, job_user, job_partition, bus, vendor");
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

enum err_code
profile_labels_read_processes(const struct profile_json *r,
			      struct json_object *value)
{
	static const char where[] = "processes.labels";
	enum err_code code =
	    profile_json_check(r, where, value, "pid, name, user, command");

	if (code == ERR_OK)
		code = read_labels(r, where, value, FIRST_PROCESS_LABEL,
				   LABEL_KEY_COUNT);
	if (code == ERR_OK && !profile_has_label(r->profile, PROFILE_PID))
		code =
		    profile_json_wrong(r, "processes.labels.pid", "is missing");
	return code;
}
