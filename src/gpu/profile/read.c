#include "gpu/profile/read.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "gpu/profile/json.h"
#include "gpu/profile/labels.h"
#include "gpu/profile/metric.h"
#include "gpu/profile/size.h"

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

/* --- fields ---------------------------------------------------------------
 */

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

/* Of a section's key, if it is there. */
static enum err_code
read_metrics_of(const struct profile_json *r, const char *section,
		struct json_object *value, const char *key,
		enum profile_kind kind, int field)
{
	struct json_object *metrics = profile_json_member(value, key);
	char where[PROFILE_JSON_WHERE_BYTES];

	profile_json_below(where, section, key);
	return metrics != NULL
		   ? profile_metric_read(r, where, metrics, kind, field)
		   : ERR_OK;
}

static enum err_code
read_process_fields(const struct profile_json *r, struct json_object *value)
{
	static const char section[] = "processes.fields";
	enum err_code code =
	    profile_json_check(r, section, value, "gpu_memory, cpu, memory");

	for (int i = 0; code == ERR_OK && i < PROCESS_FIELD__MAX; i++)
		code = read_metrics_of(r, section, value,
				       process_field_table[i].name,
				       PROFILE_PROCESS, i);
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
	enum err_code code;

	if (value == NULL)
		return ERR_OK;
	code =
	    profile_json_check(r, "processes", value, "labels, info, fields");
	if (code == ERR_OK)
		code = profile_labels_read_processes(
		    r, profile_json_member(value, "labels"));
	return code == ERR_OK ? read_process_metrics(r, value) : code;
}

static enum err_code
read_workload_fields(const struct profile_json *r, struct json_object *value)
{
	static const char section[] = "workloads.fields";
	static const enum profile_label numbers[] = {PROFILE_JOB,
						     PROFILE_JOB_USER};
	enum err_code code = profile_json_check(
	    r, section, value,
	    "job, job_user, utilization, memory_used, memory_limit");

	for (size_t i = 0;
	     code == ERR_OK && i < sizeof(numbers) / sizeof(*numbers); i++)
		code = read_metrics_of(r, section, value,
				       profile_label_key(numbers[i]),
				       PROFILE_JOB_VALUE, (int)numbers[i]);
	for (int i = 0; code == ERR_OK && i < WORKLOAD_FIELD__MAX; i++)
		code = read_metrics_of(r, section, value,
				       workload_field_table[i].name,
				       PROFILE_WORKLOAD_FIELD, i);
	return code;
}

static enum err_code
read_workloads(const struct profile_json *r, struct json_object *value)
{
	enum err_code code;

	if (value == NULL)
		return ERR_OK;
	code = profile_json_check(r, "workloads", value, "fields");
	if (code == ERR_OK)
		code = read_workload_fields(
		    r, profile_json_member(value, "fields"));
	if (code == ERR_OK && !profile_tells_workloads(r->profile))
		code = profile_json_wrong(
		    r, "workloads",
		    "needs labels.pod, labels.job or workloads.fields.job");
	return code;
}

/* With those that there are. */
static enum err_code
unknown_problem(const struct profile_json *r, const char *where)
{
	char known[ERR_TEXT_BYTES] = "";
	size_t used = 0;

	for (int i = 0; i < PROBLEM_KIND__MAX && used < sizeof(known); i++)
		if (problem_is_of_metrics((enum problem_kind)i))
			used += (size_t)snprintf(
			    known + used, sizeof(known) - used, "%s%s",
			    used > 0 ? ", " : "", problem_kinds[i].name);
	return err_set(r->err, ERR_SETTING,
		       "%s: %s is no problem that metrics tell of (%s)",
		       r->file, where, known);
}

static enum err_code
read_problems(const struct profile_json *r, struct json_object *value)
{
	enum err_code code = ERR_OK;

	if (value == NULL)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_object) ||
	    json_object_object_length(value) == 0)
		return profile_json_wrong(r, "problems",
					  "must be an object of problems");
	json_object_object_foreach(value, key, metrics)
	{
		enum problem_kind kind = problem_find_kind(key);
		char where[PROFILE_JSON_WHERE_BYTES];

		profile_json_below(where, "problems", key);
		if (!problem_is_of_metrics(kind))
			return unknown_problem(r, where);
		code = profile_metric_read(r, where, metrics, PROFILE_PROBLEM,
					   (int)kind);
		if (code != ERR_OK)
			return code;
	}
	return code;
}

static enum err_code
read_second_hand(const struct profile_json *r, struct json_object *value)
{
	if (value == NULL)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_boolean))
		return profile_json_wrong(r, "second_hand",
					  "must be true or false");
	r->profile->is_second_hand = json_object_get_boolean(value);
	return ERR_OK;
}

/* --- the file ------------------------------------------------------------ */

static enum err_code
read_id_is_job(const struct profile_json *r, struct json_object *value)
{
	if (value == NULL)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_boolean))
		return profile_json_wrong(r, "id_is_job",
					  "must be true or false");
	r->profile->id_is_job = json_object_get_boolean(value);
	if (r->profile->id_is_job &&
	    !(profile_has_label(r->profile, PROFILE_ID) &&
	      profile_has_label(r->profile, PROFILE_INDEX)))
		return profile_json_wrong(r, "id_is_job",
					  "needs labels.id and labels.index");
	return ERR_OK;
}

static enum err_code
read_root(const struct profile_json *r, struct json_object *root)
{
	struct profile *p = r->profile;
	enum err_code code = profile_json_check(
	    r, "", root,
	    "name, vendor, match, labels, id_is_job, info, fields, processes, "
	    "workloads, problems, second_hand");

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
	if (code == ERR_OK)
		code = read_second_hand(
		    r, profile_json_member(root, "second_hand"));
	/* Lists have commas, and PromQL's label_replace expands a "$". */
	if (code == ERR_OK && strpbrk(p->name, ",$") != NULL)
		code = profile_json_wrong(r, "name",
					  "must not contain \",\" or \"$\"");
	if (code != ERR_OK ||
	    (code = read_match(r, profile_json_member(root, "match"))) !=
		ERR_OK ||
	    (code = profile_labels_read(
		 r, profile_json_member(root, "labels"))) != ERR_OK ||
	    (code = read_id_is_job(
		 r, profile_json_member(root, "id_is_job"))) != ERR_OK ||
	    (code = read_identity(r, root)) != ERR_OK ||
	    (code = read_fields(r, profile_json_member(root, "fields"))) !=
		ERR_OK)
		return code;
	code = read_processes(r, profile_json_member(root, "processes"));
	if (code == ERR_OK)
		code =
		    read_workloads(r, profile_json_member(root, "workloads"));
	if (code == ERR_OK)
		code = read_problems(r, profile_json_member(root, "problems"));
	if (code != ERR_OK)
		return code;
	profile_metric_share_aside(p);
	code = profile_labels_add_targets(r);
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
