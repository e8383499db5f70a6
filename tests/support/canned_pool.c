#include "support/canned_pool.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "prom/pool.h"

static const struct canned_answer *canned;
static size_t chunk;
static char asked[16384];
static int64_t newest_deadline_ms;

void
canned_pool_use(const struct canned_answer *answers, size_t chunk_bytes)
{
	canned = answers;
	chunk = chunk_bytes;
	asked[0] = '\0';
	newest_deadline_ms = 0;
}

const char *
canned_pool_asked(void)
{
	return asked;
}

int64_t
canned_pool_deadline_ms(void)
{
	return newest_deadline_ms;
}

static bool
is_start(const struct canned_answer *a, const char *promql)
{
	size_t length = strlen(CANNED_START);

	return strncmp(a->promql, CANNED_START, length) == 0 &&
	       strncmp(promql, a->promql + length,
		       strlen(a->promql + length)) == 0;
}

static const struct canned_answer *
find_answer(const char *promql)
{
	const struct canned_answer *a = canned;

	for (; a != NULL && a->promql != NULL; a++)
		if (strcmp(a->promql, promql) == 0 || is_start(a, promql))
			return a;
	return NULL;
}

/* The answer to a query over a span of time: see canned_pool_use. */
static const struct canned_answer *
find_range_answer(const char *promql)
{
	for (const struct canned_answer *a = canned;
	     a != NULL && a->promql != NULL; a++) {
		const char *start, *part;

		if (strncmp(a->promql, CANNED_RANGE, strlen(CANNED_RANGE)) != 0)
			continue;
		start = a->promql + strlen(CANNED_RANGE);
		part = strstr(start, "...");
		if (part != NULL &&
		    strncmp(promql, start, (size_t)(part - start)) == 0 &&
		    strstr(promql, part + 3) != NULL)
			return a;
	}
	return NULL;
}

/* --- several metrics in one query ----------------------------------------- */

static void
append_all(struct json_object *into, struct json_object *from, const char *name)
{
	size_t count = from != NULL ? json_object_array_length(from) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(from, i);
		struct json_object *metric =
		    json_object_object_get(item, "metric");

		if (metric != NULL && name != NULL)
			json_object_object_add(metric, "__name__",
					       json_object_new_string(name));
		json_object_array_add(into, json_object_get(item));
	}
}

static void
merge(struct json_object *into, struct json_object *from, const char *name)
{
	struct json_object *data = json_object_object_get(into, "data");
	struct json_object *warnings = json_object_object_get(into, "warnings");
	struct json_object *partial = json_object_object_get(from, "isPartial");

	append_all(json_object_object_get(data, "result"),
		   json_object_object_get(json_object_object_get(from, "data"),
					  "result"),
		   name);
	append_all(warnings, json_object_object_get(from, "warnings"), name);
	if (partial != NULL)
		json_object_object_add(into, "isPartial",
				       json_object_get(partial));
}

/* A query for one metric, or for several: {__name__=~"A|B",CONDITIONS} */
struct question {
	char names[4096]; /* with a "|" behind each */
	char conditions[1024];
};

static struct question
question_of(const char *promql)
{
	struct question q = {"", ""};

	if (sscanf(promql, "{__name__=~\"%4094[^\"]\",%1023[^}]", q.names,
		   q.conditions) < 1)
		sscanf(promql, "%4094[^{]{%1023[^}]", q.names, q.conditions);
	strcat(q.names, "|");
	return q;
}

/* Whether the first question is a part of the second. */
static bool
is_part(const struct question *part, const struct question *whole)
{
	const char *at = whole->names;

	while ((at = strstr(at, part->names)) != NULL && at != whole->names &&
	       at[-1] != '|')
		at++;
	return at != NULL && strcmp(part->conditions, whole->conditions) == 0;
}

/* NULL for what asks several: each series has its own. */
static const char *
name_of(struct question *q)
{
	char *end = strchr(q->names, '|');

	*end = '\0';
	return end[1] == '\0' ? q->names : NULL;
}

/* False if it fails, or its body is no JSON: then it is the answer for all. */
static bool
add_answer(struct json_object *into, const struct canned_answer *a,
	   struct question *q)
{
	struct json_object *from =
	    a->code == ERR_OK ? json_tokener_parse(a->body) : NULL;

	if (from != NULL)
		merge(into, from, name_of(q));
	json_object_put(from);
	return from != NULL;
}

/* Made of the answers for each alone; its body lives until the next. */
static struct canned_answer
answer_for_several(const char *promql)
{
	static struct json_object *made;
	struct question whole = question_of(promql), part;

	json_object_put(made);
	made = json_tokener_parse("{\"status\":\"success\",\"warnings\":[],"
				  "\"data\":{\"resultType\":\"vector\","
				  "\"result\":[]}}");
	for (const struct canned_answer *a = canned;
	     a != NULL && a->promql != NULL; a++) {
		part = question_of(a->promql);
		if (is_part(&part, &whole) && !add_answer(made, a, &part))
			return *a;
	}
	return (struct canned_answer){
	    promql,
	    json_object_to_json_string_ext(made, JSON_C_TO_STRING_PLAIN),
	    ERR_OK, NULL};
}

/* --- the times of what is there ------------------------------------------- */

static bool
asks_times(const char *promql, char *inner, size_t size)
{
	static const char start[] = "timestamp(";
	size_t length = strlen(promql);

	if (strncmp(promql, start, strlen(start)) != 0 || length >= size)
		return false;
	memcpy(inner, promql + strlen(start), length - strlen(start));
	inner[length - strlen(start) - 1] = '\0';
	return true;
}

/* Each series of the answer to the inner query, measured at one time, without
 * the metric's name, as functions leave it; the body lives until the next. */
static struct canned_answer
answer_times(const char *promql, const char *inner)
{
	static struct json_object *made;
	const struct canned_answer *a = find_answer(inner);
	struct json_object *result;
	size_t count;

	json_object_put(made);
	made =
	    a != NULL && a->code == ERR_OK ? json_tokener_parse(a->body) : NULL;
	if (made == NULL)
		return (struct canned_answer){promql, CANNED_VECTOR(""), ERR_OK,
					      NULL};
	json_object_object_del(made, "warnings");
	json_object_object_del(made, "isPartial");
	result = json_object_object_get(json_object_object_get(made, "data"),
					"result");
	count = result != NULL ? json_object_array_length(result) : 0;
	for (size_t i = 0; i < count; i++) {
		struct json_object *series =
		    json_object_array_get_idx(result, i);

		json_object_object_del(json_object_object_get(series, "metric"),
				       "__name__");
		json_object_array_put_idx(
		    json_object_object_get(series, "value"), 1,
		    json_object_new_string(CANNED_MEASURED_S));
	}
	return (struct canned_answer){
	    promql,
	    json_object_to_json_string_ext(made, JSON_C_TO_STRING_PLAIN),
	    ERR_OK, NULL};
}

static struct canned_answer
make_answer(const char *promql)
{
	char inner[4096];

	return asks_times(promql, inner, sizeof(inner))
		   ? answer_times(promql, inner)
		   : answer_for_several(promql);
}

/* --- a part of the time --------------------------------------------------- */

/* Leaves out the points that are not asked for; whether there were any. */
static bool
crop_values(struct json_object *values, const struct query_range *range)
{
	size_t count = json_object_array_length(values), kept = 0;

	while (kept < json_object_array_length(values)) {
		struct json_object *point =
		    json_object_array_get_idx(values, kept);
		int64_t time_s =
		    json_object_get_int64(json_object_array_get_idx(point, 0));

		if (time_s < range->start_s || time_s > range->end_s)
			json_object_array_del_idx(values, kept, 1);
		else
			kept++;
	}
	return kept < count;
}

static bool
crop_series(struct json_object *result, const struct query_range *range)
{
	bool is_cropped = false;
	size_t i = 0;

	while (i < json_object_array_length(result)) {
		struct json_object *values = json_object_object_get(
		    json_object_array_get_idx(result, i), "values");

		is_cropped |= crop_values(values, range);
		if (json_object_array_length(values) == 0)
			json_object_array_del_idx(result, i, 1);
		else
			i++;
	}
	return is_cropped;
}

/* The body, or what of it is of the time that is asked for; that lives until
 * the next. */
static const char *
crop(const char *body, const struct query_range *range)
{
	static struct json_object *made;
	struct json_object *data, *result;

	json_object_put(made);
	made = json_tokener_parse(body);
	data = made != NULL ? json_object_object_get(made, "data") : NULL;
	result = data != NULL ? json_object_object_get(data, "result") : NULL;
	return result != NULL && crop_series(result, range)
		   ? json_object_to_json_string_ext(made,
						    JSON_C_TO_STRING_PLAIN)
		   : body;
}

static void
feed_body(struct client_query *q, const char *body)
{
	size_t left = strlen(body);

	while (left > 0 && q->err.code == ERR_OK) {
		size_t length = left < chunk ? left : chunk;

		q->err.code = q->feed(q->context, body, length, &q->err);
		q->received_bytes += length;
		body += length;
		left -= length;
	}
}

static void
answer(struct client_query *q)
{
	const struct canned_answer *whole = find_answer(q->promql);
	struct canned_answer a = {q->promql, CANNED_MATRIX(""), ERR_OK, NULL};
	size_t length = strlen(asked);

	if (whole == NULL && q->range != NULL)
		whole = find_range_answer(q->promql);
	if (whole != NULL)
		a = *whole;
	else if (q->range == NULL)
		a = make_answer(q->promql);
	snprintf(asked + length, sizeof(asked) - length, "%s%s",
		 length > 0 ? " " : "", q->promql);
	memset(&q->err, 0, sizeof(q->err));
	if (a.body != NULL)
		feed_body(q,
			  q->range != NULL ? crop(a.body, q->range) : a.body);
	if (q->err.code == ERR_OK && a.code != ERR_OK)
		err_set(&q->err, a.code, "%s", a.detail);
	if (q->err.code == ERR_OK)
		q->err.code = q->finish(q->context, &q->err);
}

void
pool_begin(struct pool *p, struct pool_batch *batch, struct pool_job *jobs,
	   size_t count, int64_t deadline_ms)
{
	(void)p, (void)batch;
	newest_deadline_ms = deadline_ms;
	for (size_t i = 0; i < count; i++)
		answer(&jobs[i].query);
}

void
pool_again(struct pool *p, struct pool_job *job)
{
	(void)p;
	answer(&job->query);
}

size_t
pool_server_count(const struct pool *p)
{
	(void)p;
	return 1;
}

server_set
pool_server_to_keep(const struct pool *p, server_set answered,
		    server_set failed)
{
	(void)p, (void)failed;
	return answered;
}

void
pool_await(struct pool *p, const struct pool_job *job)
{
	(void)p, (void)job;
}

void
pool_end(struct pool *p, struct pool_batch *batch)
{
	(void)p, (void)batch;
}
