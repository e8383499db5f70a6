#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "prom/vector.h"
#include "support/answer.h"
#include "support/answer_line.h"
#include "support/strict_json.h"

enum { DEPTH_MAX = 64, VALUE_MAX_BYTES = 400, POINTS_MAX = 64 };

/* Half of what is written belongs to an answer that turns out to be broken. */
struct walk {
	const struct answer_setup *setup;
	FILE *out;
};

static struct json_object *
parse(const char *body, size_t length)
{
	struct json_object *root;
	size_t end;

	if (!strict_json_start(body, length, DEPTH_MAX, &root, &end))
		return NULL;
	while (end < length && strchr(" \t\r\n", body[end]) != NULL &&
	       body[end] != '\0')
		end++;
	if (end == length)
		return root;
	json_object_put(root);
	return NULL;
}

/* The members of all objects in it. */
static size_t
count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count +=
			    count_members(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			count += 1 + count_members(member);
		}
	}
	return count;
}

/* The same of its text: the colons outside strings. */
static size_t
count_colons(const char *body, size_t length)
{
	bool is_string = false;
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		if (is_string && body[i] == '\\')
			i++;
		else if (body[i] == '"')
			is_string = !is_string;
		else
			count += !is_string && body[i] == ':';
	}
	return count;
}

/* The member; NULL if it is absent or of another type. */
static struct json_object *
member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return json_object_is_type(value, type) ? value : NULL;
}

static bool
is_text(struct json_object *value, const char *text)
{
	size_t length = strlen(text);

	return value != NULL &&
	       (size_t)json_object_get_string_len(value) == length &&
	       memcmp(json_object_get_string(value), text, length) == 0;
}

/* True if the member is a string, or absent. */
static bool
may_be_string(struct json_object *object, const char *key)
{
	struct json_object *value;

	return !json_object_object_get_ex(object, key, &value) ||
	       json_object_is_type(value, json_type_string);
}

static bool
read_value(struct json_object *text, double *out)
{
	const char *value = json_object_get_string(text);
	size_t length = (size_t)json_object_get_string_len(text);
	char *end;

	if (length > VALUE_MAX_BYTES || length != strlen(value))
		return false;
	if (strcmp(value, "NaN") != 0 &&
	    strcmp(value + strspn(value, "+-"), "Inf") != 0 &&
	    value[strspn(value, "0123456789+-.eE")] != '\0')
		return false;
	*out = strtod(value, &end);
	return length > 0 && *end == '\0';
}

static bool
are_strings(struct json_object *object)
{
	json_object_object_foreach(object, key, value)
	{
		(void)key;
		if (!json_object_is_type(value, json_type_string))
			return false;
	}
	return true;
}

static void
write_slot(const struct walk *w, struct json_object *metric, unsigned slot)
{
	for (size_t i = 0; i < w->setup->label_count; i++) {
		struct json_object *value;

		if (w->setup->labels[i].slot != slot ||
		    !json_object_object_get_ex(metric, w->setup->labels[i].name,
					       &value))
			continue;
		answer_line_label(w->out, slot, json_object_get_string(value),
				  (size_t)json_object_get_string_len(value));
		return;
	}
}

static void
write_slots(const struct walk *w, struct json_object *metric)
{
	for (unsigned slot = 0; slot < w->setup->slot_count; slot++)
		write_slot(w, metric, slot);
	fputc('\n', w->out);
}

static bool
read_sample(struct json_object *sample, double *time_s, double *value)
{
	struct json_object *time, *text;

	if (!json_object_is_type(sample, json_type_array) ||
	    json_object_array_length(sample) != 2)
		return false;
	time = json_object_array_get_idx(sample, 0);
	text = json_object_array_get_idx(sample, 1);
	if ((!json_object_is_type(time, json_type_double) &&
	     !json_object_is_type(time, json_type_int)) ||
	    !json_object_is_type(text, json_type_string))
		return false;
	*time_s = json_object_get_double(time);
	return read_value(text, value);
}

static bool
walk_sample(const struct walk *w, struct json_object *metric,
	    struct json_object *sample)
{
	double time_s, value;

	if (!read_sample(sample, &time_s, &value))
		return false;
	answer_line_sample(w->out, value, time_s);
	write_slots(w, metric);
	return true;
}

/* The number of the point that is not a millisecond away, or -1. */
static int
point_at(const struct query_range *range, double time_s)
{
	for (int i = 0; i < (int)query_points(range); i++)
		if (fabs(time_s - (double)(range->start_s +
					   i * range->step_s)) < 0.0010009)
			return i;
	return -1;
}

/* The values of a series, or none if it is one of histograms. */
static bool
walk_values(const struct walk *w, struct json_object *metric,
	    struct json_object *samples)
{
	size_t count = samples != NULL ? json_object_array_length(samples) : 0;
	double row[POINTS_MAX];
	int last = -1;

	for (size_t i = 0; i < POINTS_MAX; i++)
		row[i] = NAN;
	for (size_t i = 0; i < count; i++) {
		double time_s, value;
		int point;

		if (!read_sample(json_object_array_get_idx(samples, i), &time_s,
				 &value))
			return false;
		point = point_at(w->setup->range, time_s);
		if (point <= last)
			return false;
		row[point] = isfinite(value) ? value : (double)NAN;
		last = point;
	}
	for (size_t i = 0; i < query_points(w->setup->range); i++)
		answer_line_point(w->out, row[i]);
	write_slots(w, metric);
	return true;
}

static bool
walk_row(const struct walk *w, struct json_object *element,
	 struct json_object *metric)
{
	struct json_object *samples;

	if (json_object_object_get_ex(element, "values", &samples))
		return json_object_is_type(samples, json_type_array) &&
		       walk_values(w, metric, samples);
	return json_object_object_get_ex(element, "histograms", NULL) &&
	       walk_values(w, metric, NULL);
}

static bool
walk_element(const struct walk *w, struct json_object *element)
{
	struct json_object *metric, *sample;

	if (!json_object_is_type(element, json_type_object))
		return false;
	if (json_object_object_get_ex(element, "metric", &metric) &&
	    (!json_object_is_type(metric, json_type_object) ||
	     !are_strings(metric)))
		return false;
	if (w->setup->range != NULL)
		return walk_row(w, element, metric);
	if (json_object_object_get_ex(element, "value", &sample))
		return walk_sample(w, metric, sample);
	return json_object_object_get_ex(element, "histogram", NULL);
}

static bool
walk_result(const struct walk *w, struct json_object *result)
{
	for (size_t i = 0; i < json_object_array_length(result); i++)
		if (!walk_element(w, json_object_array_get_idx(result, i)))
			return false;
	return true;
}

static bool
walk_warnings(const struct walk *w, struct json_object *warnings)
{
	for (size_t i = 0; i < json_object_array_length(warnings); i++) {
		struct json_object *text =
		    json_object_array_get_idx(warnings, i);

		if (!json_object_is_type(text, json_type_string))
			return false;
		if (i < RESULT_WARNINGS_MAX)
			answer_line_warning(w->out,
					    json_object_get_string(text));
	}
	return true;
}

static void
walk_partial(const struct walk *w, struct json_object *root)
{
	struct json_object *partial =
	    member(root, "isPartial", json_type_boolean);

	if (partial != NULL && json_object_get_boolean(partial))
		answer_line_warning(w->out, "partial");
}

/* True if the result is an array, its type is the right one, and so on below.
 */
static bool
walk_data(const struct walk *w, struct json_object *data, bool *has_result)
{
	struct json_object *result;
	struct json_object *type = member(data, "resultType", json_type_string);

	if (!may_be_string(data, "resultType") ||
	    (type != NULL &&
	     !is_text(type, w->setup->range != NULL ? "matrix" : "vector")))
		return false;
	*has_result = json_object_object_get_ex(data, "result", &result);
	return !*has_result || (json_object_is_type(result, json_type_array) &&
				walk_result(w, result));
}

static enum err_code
walk_answer(const struct walk *w, struct json_object *root)
{
	struct json_object *data, *warnings, *type, *status;
	bool has_result = false;

	if (!json_object_is_type(root, json_type_object) ||
	    !may_be_string(root, "status") || !may_be_string(root, "error") ||
	    !may_be_string(root, "errorType"))
		return ERR_PROM;
	data = member(root, "data", json_type_object);
	warnings = member(root, "warnings", json_type_array);
	if ((data != NULL && !walk_data(w, data, &has_result)) ||
	    (warnings != NULL && !walk_warnings(w, warnings)))
		return ERR_PROM;
	walk_partial(w, root);
	status = member(root, "status", json_type_string);
	if (is_text(status, "success"))
		return has_result ? ERR_OK : ERR_PROM;
	type = member(root, "errorType", json_type_string);
	return is_text(type, "timeout") ? ERR_TIMEOUT : ERR_PROM;
}

void
answer_expect(struct answer *out, const struct answer_setup *setup,
	      const char *body, size_t length)
{
	struct json_object *root = parse(body, length);
	struct walk w = {.setup = setup};

	memset(out, 0, sizeof(*out));
	w.out = open_memstream(&out->text, &out->text_length);
	if (w.out == NULL)
		abort();
	out->code = root != NULL ? walk_answer(&w, root) : ERR_PROM;
	fclose(w.out);
	if (out->code != ERR_OK)
		out->text[0] = '\0';
	out->has_repeated_keys =
	    count_colons(body, length) > count_members(root);
	json_object_put(root);
}
