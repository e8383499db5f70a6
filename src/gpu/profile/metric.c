#include "gpu/profile/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gpu/profile/problem.h"
#include "gpu/profile/workload.h"

/* {"type": "sm", "card": ""} */
static enum err_code
read_where(const struct profile_json *r, const char *where,
	   struct json_object *value, struct buf *out)
{
	enum err_code code = ERR_OK;

	if (!json_object_is_type(value, json_type_object))
		return profile_json_wrong(r, where,
					  "must be an object of labels");
	json_object_object_foreach(value, label, wanted)
	{
		if (!json_object_is_type(wanted, json_type_string) ||
		    strlen(profile_json_text(wanted)) !=
			(size_t)json_object_get_string_len(wanted))
			return profile_json_wrong(r, where, "must give texts");
		code = profile_json_condition(r, where, label, true,
					      profile_json_text(wanted), out);
		if (code != ERR_OK)
			return code;
	}
	return code;
}

static enum err_code
read_scale(const struct profile_json *r, const char *where,
	   struct json_object *value, struct profile_metric *out)
{
	out->scale = 1;
	if (value == NULL)
		return ERR_OK;
	if (!json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int))
		return profile_json_wrong(r, where, "scale must be a number");
	out->scale = json_object_get_double(value);
	if (!isfinite(out->scale) || out->scale <= 0)
		return profile_json_wrong(r, where,
					  "scale must be greater than 0");
	return ERR_OK;
}

static enum err_code
read_flags(const struct profile_json *r, const char *where,
	   struct json_object *metric, struct profile_metric *out)
{
	const struct {
		const char *key, *what;
		bool *is_set;
	} flags[] = {
	    {"optional", "optional must be true or false", &out->is_optional},
	    {"ratio_or_percent", "ratio_or_percent must be true or false",
	     &out->is_ratio_or_percent},
	    {"zero_is_unknown", "zero_is_unknown must be true or false",
	     &out->is_zero_unknown},
	    {"negative_is_unknown", "negative_is_unknown must be true or false",
	     &out->is_negative_unknown}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		struct json_object *value =
		    profile_json_member(metric, flags[i].key);

		if (value == NULL)
			continue;
		if (!json_object_is_type(value, json_type_boolean))
			return profile_json_wrong(r, where, flags[i].what);
		*flags[i].is_set = json_object_get_boolean(value);
	}
	return ERR_OK;
}

static enum err_code
read_metric_conditions(const struct profile_json *r, const char *where,
		       struct json_object *value, struct profile_metric *out)
{
	enum err_code code = ERR_OK;
	char name[PROFILE_JSON_WHERE_BYTES];
	struct buf text;

	profile_json_below(name, where, "where");
	buf_init(&text, PROFILE_JSON_CONDITIONS_MAX_BYTES);
	buf_append_text(&text, r->profile->match_conditions);
	if (value != NULL)
		code = read_where(r, name, value, &text);
	if (code == ERR_OK)
		code =
		    profile_json_conditions(r, name, &text, &out->conditions);
	buf_fini(&text);
	return code;
}

static enum err_code
read_value_label(const struct profile_json *r, const char *where,
		 const char *key, struct json_object *metric,
		 struct profile_metric *out)
{
	struct json_object *value = profile_json_member(metric, key);
	char what[64];
	const char *name;

	if (value == NULL)
		return ERR_OK;
	snprintf(what, sizeof(what), "%s must name a Prometheus label", key);
	name = profile_json_label(r, where, what, value);
	if (name == NULL)
		return r->err->code;
	snprintf(what, sizeof(what), "%s is one of labels already", key);
	if (profile_has_name(r->profile, name))
		return profile_json_wrong(r, where, what);
	return profile_json_keep(r, name, &out->value_label);
}

/* A condition that a label is absent: no series has that one. */
static bool
is_absent(struct json_object *wanted)
{
	const char *text = profile_json_text(wanted);

	return text != NULL && *text == '\0';
}

static size_t
count_present(struct json_object *where)
{
	size_t count = 0;

	if (where == NULL)
		return 0;
	json_object_object_foreach(where, label, wanted)
	{
		(void)label;
		count += !is_absent(wanted);
	}
	return count;
}

/* What the query itself says, or what is a value, is no way to come by. */
static enum err_code
list_aside(const struct profile_json *r, struct json_object *where,
	   struct profile_metric *out)
{
	size_t count = 0,
	       more = (out->value_label != NULL) + count_present(where);
	const char **names;
	enum err_code code;

	out->aside = workload_labels;
	if (more == 0)
		return ERR_OK;
	while (workload_labels[count] != NULL)
		count++;
	names = arena_alloc(r->arena, (count + more + 1) * sizeof(*names));
	if (names == NULL)
		return err_set_memory(r->err);
	memcpy(names, workload_labels, count * sizeof(*names));
	if (out->value_label != NULL)
		names[count++] = out->value_label;
	if (where != NULL) {
		json_object_object_foreach(where, label, wanted)
		{
			if (is_absent(wanted))
				continue;
			code = profile_json_keep(r, label, &names[count++]);
			if (code != ERR_OK)
				return code;
		}
	}
	names[count] = NULL;
	out->aside = names;
	return ERR_OK;
}

/* out has kind, field and alternative already. */
static enum err_code
read_metric(const struct profile_json *r, const char *where,
	    struct json_object *value, struct profile_metric *out)
{
	const char *name;
	bool is_problem = out->kind == PROFILE_PROBLEM;
	enum err_code code = profile_json_check(
	    r, where, value,
	    is_problem ? PROFILE_PROBLEM_KEYS
		       : "metric, scale, optional, where, ratio_or_percent, "
			 "zero_is_unknown, negative_is_unknown, value_label");

	if (code != ERR_OK)
		return code;
	name = profile_json_metric(
	    r, where, "metric must be the name of a Prometheus metric",
	    profile_json_member(value, "metric"));
	if (name == NULL)
		return r->err->code;
	if ((code = profile_json_keep(r, name, &out->name)) != ERR_OK ||
	    (code = read_scale(r, where, profile_json_member(value, "scale"),
			       out)) != ERR_OK ||
	    (code = read_flags(r, where, value, out)) != ERR_OK ||
	    (code = read_metric_conditions(
		 r, where, profile_json_member(value, "where"), out)) != ERR_OK)
		return code;
	code = read_value_label(
	    r, where, is_problem ? "code_label" : "value_label", value, out);
	return code == ERR_OK
		   ? list_aside(r, profile_json_member(value, "where"), out)
		   : code;
}

/* For what the alternatives of one list are. */
struct target {
	enum profile_kind kind;
	int field;
	unsigned alternatives;
};

static bool
is_counter(const struct profile_metric *m)
{
	return m->kind == PROFILE_FIELD &&
	       field_table[m->field].of_step == STEP_INCREASE;
}

/*
 * OpenTelemetry's collector, and what receives its metrics, put "_total" behind
 * the name of each counter that has none: such a metric is the same one.
 */
static enum err_code
add_renamed(const struct profile_json *r, struct profile_metric *metric)
{
	static const char suffix[] = "_total";
	char name[PROFILE_JSON_NAME_MAX_BYTES + sizeof(suffix)];
	size_t length = strlen(metric->name), end = sizeof(suffix) - 1;
	struct profile_metric *out = metric + 1;

	if (!is_counter(metric) ||
	    (length >= end && strcmp(metric->name + length - end, suffix) == 0))
		return ERR_OK;
	snprintf(name, sizeof(name), "%s%s", metric->name, suffix);
	*out = *metric;
	out->is_optional = true;
	out->alternative += PROFILE_ALTERNATIVES_MAX;
	r->profile->metric_count++;
	return profile_json_keep(r, name, &out->name);
}

/* Those that the file lists. */
static size_t
own_count(const struct profile *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->metric_count; i++)
		count += p->metrics[i].alternative < PROFILE_ALTERNATIVES_MAX;
	return count;
}

static enum err_code
add_metric(const struct profile_json *r, const char *where,
	   struct json_object *value, void *context)
{
	struct profile *p = r->profile;
	struct target *target = context;
	struct profile_metric *out = &p->metrics[p->metric_count];

	if (own_count(p) == PROFILE_OWN_METRICS_MAX)
		return profile_json_wrong(r, where,
					  "is one metric too many (96)");
	if (target->alternatives == PROFILE_ALTERNATIVES_MAX)
		return profile_json_wrong(r, where,
					  "has more than 8 alternatives");
	p->metric_count++;
	*out = (struct profile_metric){.kind = target->kind,
				       .field = target->field,
				       .alternative = target->alternatives++};
	if (read_metric(r, where, value, out) != ERR_OK)
		return r->err->code;
	if (target->kind == PROFILE_PROBLEM)
		return profile_problem_read(
		    r, where, value, (enum problem_kind)target->field, out);
	return add_renamed(r, out);
}

enum err_code
profile_metric_read(const struct profile_json *r, const char *where,
		    struct json_object *value, enum profile_kind kind,
		    int field)
{
	struct target target = {kind, field, 0};

	if (json_object_is_type(value, json_type_object))
		return add_metric(r, where, value, &target);
	return profile_json_list(
	    r, where, value,
	    "must be an object with a metric, or a list of them", add_metric,
	    &target);
}

static bool
are_equal(const char *const *a, const char *const *b)
{
	while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return *a == NULL && *b == NULL;
}

/* Gives those with an equal list this one; how many there are. */
static size_t
share_aside(struct profile *p, const char *const *aside)
{
	size_t count = 0;

	for (size_t i = 0; i < p->metric_count; i++)
		if (are_equal(p->metrics[i].aside, aside)) {
			p->metrics[i].aside = aside;
			count++;
		}
	return count;
}

void
profile_metric_share_aside(struct profile *p)
{
	size_t most = 0;

	for (size_t i = 0; i < p->metric_count; i++) {
		size_t count = share_aside(p, p->metrics[i].aside);

		if (count > most) {
			most = count;
			p->aside = p->metrics[i].aside;
		}
	}
}
