#include "gpu/profile/problem.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WINDOW_MIN_S = 60, WINDOW_MAX_S = 86400, MASK_MAX = 0xffff };

static const char *const as_names[] = {[PROFILE_AS_POSITIVE] = "positive",
				       [PROFILE_AS_ZERO] = "zero",
				       [PROFILE_AS_BITS] = "bits",
				       [PROFILE_AS_INCREASE] = "increase",
				       [PROFILE_AS_CODE] = "code",
				       [PROFILE_AS_LEVEL] = "level",
				       NULL};

/* The one that needs a key, or may have it. */
static const struct {
	const char *key;
	enum profile_problem_as as;
	bool is_needed;
} keys[] = {{"mask", PROFILE_AS_BITS, true},
	    {"window_s", PROFILE_AS_INCREASE, true},
	    {"above", PROFILE_AS_INCREASE, false},
	    {"warning", PROFILE_AS_LEVEL, false},
	    {"critical", PROFILE_AS_LEVEL, false}};

static enum err_code
check_keys(const struct profile_json *r, const char *where,
	   struct json_object *value, enum profile_problem_as as)
{
	char what[96];

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		bool is_there = profile_json_member(value, keys[i].key) != NULL;

		if (is_there && keys[i].as != as) {
			snprintf(what, sizeof(what),
				 "has %s, which is for \"as\": \"%s\" alone",
				 keys[i].key, as_names[keys[i].as]);
			return profile_json_wrong(r, where, what);
		}
		if (!is_there && keys[i].as == as && keys[i].is_needed) {
			snprintf(what, sizeof(what),
				 "lacks %s, which \"as\": \"%s\" needs",
				 keys[i].key, as_names[as]);
			return profile_json_wrong(r, where, what);
		}
	}
	return ERR_OK;
}

/* A whole number in that range; 0 if it is not there. */
static enum err_code
read_whole(const struct profile_json *r, const char *where,
	   struct json_object *value, const char *key, int min, int max,
	   int *out)
{
	struct json_object *number = profile_json_member(value, key);
	char what[96];
	int64_t n;

	*out = 0;
	if (number == NULL)
		return ERR_OK;
	n = json_object_get_int64(number);
	if (!json_object_is_type(number, json_type_int) || n < min || n > max) {
		snprintf(what, sizeof(what),
			 "%s must be a whole number from %d to %d", key, min,
			 max);
		return profile_json_wrong(r, where, what);
	}
	*out = (int)n;
	return ERR_OK;
}

/* Of numbers no less than 0. */
static enum err_code
read_number(const struct profile_json *r, const char *where,
	    struct json_object *value, const char *key, double standard,
	    double *out)
{
	struct json_object *number = profile_json_member(value, key);
	char what[64];

	*out = standard;
	if (number == NULL)
		return ERR_OK;
	*out = json_object_get_double(number);
	if ((json_object_is_type(number, json_type_double) ||
	     json_object_is_type(number, json_type_int)) &&
	    isfinite(*out) && *out >= 0)
		return ERR_OK;
	snprintf(what, sizeof(what), "%s must be a number, 0 or more", key);
	return profile_json_wrong(r, where, what);
}

static enum err_code
read_levels(const struct profile_json *r, const char *where,
	    struct json_object *value, struct profile_problem *out)
{
	enum err_code code =
	    read_number(r, where, value, "critical", INFINITY, &out->critical);

	if (code == ERR_OK)
		code = read_number(r, where, value, "warning", out->critical,
				   &out->warning);
	if (code == ERR_OK && out->as == PROFILE_AS_LEVEL &&
	    isinf(out->warning))
		return profile_json_wrong(r, where,
					  "lacks warning or critical, one of "
					  "which \"as\": \"level\" needs");
	if (code == ERR_OK && out->warning > out->critical)
		return profile_json_wrong(r, where,
					  "warning is above critical");
	return code;
}

/* Codes are those of one kind. */
static enum err_code
check_codes(const struct profile_json *r, const char *where,
	    enum problem_kind kind, const struct profile_problem *p,
	    const struct profile_metric *metric)
{
	bool has_label = metric->value_label != NULL,
	     has_codes = p->as == PROFILE_AS_CODE || has_label;

	if (has_label && p->as != PROFILE_AS_INCREASE &&
	    p->as != PROFILE_AS_POSITIVE)
		return profile_json_wrong(
		    r, where,
		    "has code_label, which is for \"as\": "
		    "\"increase\" and \"positive\" alone");
	if (has_codes == (kind == PROBLEM_XID))
		return ERR_OK;
	return profile_json_wrong(
	    r, where,
	    has_codes ? "has codes, which are for xid alone"
		      : "must be \"as\": \"code\", or have a code_label");
}

enum err_code
profile_problem_read(const struct profile_json *r, const char *where,
		     struct json_object *value, enum problem_kind kind,
		     struct profile_metric *metric)
{
	struct profile *p = r->profile;
	struct profile_problem *out = &p->problems[p->problem_count];
	const char *as = profile_json_text(profile_json_member(value, "as"));
	int mask;
	enum err_code code;

	if (p->problem_count == PROFILE_PROBLEMS_MAX)
		return profile_json_wrong(r, where,
					  "is one problem too many (32)");
	*out = (struct profile_problem){.kind = kind};
	metric->field = (int)p->problem_count++;
	metric->is_optional = true;
	out->as = (enum profile_problem_as)problem_find(as_names, as);
	if (as_names[out->as] == NULL)
		return profile_json_wrong(r, where,
					  "as must be positive, zero, bits, "
					  "increase, code or level");
	if ((code = check_keys(r, where, value, out->as)) != ERR_OK ||
	    (code = read_whole(r, where, value, "mask", 1, MASK_MAX, &mask)) !=
		ERR_OK ||
	    (code = read_whole(r, where, value, "window_s", WINDOW_MIN_S,
			       WINDOW_MAX_S, &out->window_s)) != ERR_OK ||
	    (code = read_number(r, where, value, "above", 0, &out->above)) !=
		ERR_OK ||
	    (code = read_levels(r, where, value, out)) != ERR_OK)
		return code;
	out->mask = (unsigned)mask;
	return check_codes(r, where, kind, out, metric);
}
