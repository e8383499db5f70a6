#include "api/usage.h"

#include "api/endpoint.h"
#include "api/history.h"
#include "api/history_columns.h"
#include "api/history_span.h"
#include "api/usage_columns.h"

/* --- parameters ----------------------------------------------------------- */

enum {
	PARAMETER_BY,
	PARAMETER_RANGE,
	PARAMETER_START,
	PARAMETER_END,
	PARAMETER_STEP
};

enum {
	DAY_S = 86400,
	LEAST_RANGE_S = 3600,
	/* Of a month 15 minutes; of more, as many points. */
	SHORT_RANGE_S = 7 * DAY_S,
	STEP_OF_SHORT_S = 300,
	STEP_S = 900,
	POINTS = 3000
};

static const char *const by_names[] = {[USAGE_BY_NAMESPACE] = "namespace",
				       [USAGE_BY_POD] = "pod",
				       [USAGE_BY_JOB] = "job",
				       [USAGE_BY_USER] = "user",
				       [USAGE_BY_NODE] = "node",
				       [USAGE_BY_MODEL] = "model",
				       NULL};

static const struct endpoint_parameter parameters[] = {
    [PARAMETER_BY] = {.name = "by",
		      .type = PARAMETER_CHOICE,
		      .choices = by_names,
		      .standard = USAGE_BY_NAMESPACE,
		      .sentence = "What has a row of its own."},
    [PARAMETER_RANGE] = {.name = "range",
			 .type = PARAMETER_DURATION,
			 .min = LEAST_RANGE_S,
			 .standard = DAY_S,
			 .sentence = "The time before end; instead of start."},
    [PARAMETER_START] = {.name = "start",
			 .type = PARAMETER_TIME,
			 .is_open = true,
			 .sentence = "When the first step begins, or before "
				     "that by less than a step."},
    [PARAMETER_END] = {.name = "end",
		       .type = PARAMETER_TIME,
		       .is_open = true,
		       .sentence =
			   "When the last step ends, or behind that by less "
			   "than a step; without it, now."},
    [PARAMETER_STEP] = {.name = "step",
			.type = PARAMETER_DURATION,
			.min = STEP_OF_SHORT_S,
			.is_open = true,
			.sentence =
			    "Who had a GPU at its end had it for the step: 5 "
			    "minutes up to a week, 15 up to a month. A longer "
			    "one asks less of Prometheus."},
    {.name = NULL}};

static const char *const schemas[] = {[USAGE_BY_NAMESPACE] = "ByNamespace",
				      [USAGE_BY_POD] = "ByPod",
				      [USAGE_BY_JOB] = "ByJob",
				      [USAGE_BY_USER] = "ByUser",
				      [USAGE_BY_NODE] = "ByNode",
				      [USAGE_BY_MODEL] = "ByModel",
				      NULL};

static const struct kinds kinds = {.parameter = PARAMETER_BY,
				   .schemas = schemas,
				   .describe = usage_describe,
				   .has = usage_has,
				   .is_filter = usage_is_key};

/* --- what is asked for ---------------------------------------------------- */

static enum err_code
read_step(const struct params_value *step, int64_t range_s, int64_t *out,
	  struct err *e)
{
	*out = step->value;
	if (step->is_given)
		return history_span_check_step(range_s, *out, POINTS, e);
	*out =
	    timeline_step(range_s, POINTS,
			  range_s <= SHORT_RANGE_S ? STEP_OF_SHORT_S : STEP_S);
	return ERR_OK;
}

/* Who asks for no time is told of a day, or of what there may be. */
static struct params_value
range_of(const struct params *p, int64_t max_range_s)
{
	struct params_value range = p->values[PARAMETER_RANGE];

	if (!range.is_given && range.value > max_range_s)
		range.value = max_range_s;
	return range;
}

static enum err_code
read_timeline(const struct params *p, const struct history_settings *settings,
	      int64_t now_s, struct timeline *out, struct err *e)
{
	const struct params_value range = range_of(p, settings->max_range_s);
	struct history_span span = {0, 0};
	const struct history_span_asked asked = {
	    .start = &p->values[PARAMETER_START],
	    .end = &p->values[PARAMETER_END],
	    .range = &range,
	    .range_parameter = &parameters[PARAMETER_RANGE]};
	enum err_code code =
	    history_span_read(&asked, settings->max_range_s, now_s, &span, e);
	int64_t range_s = span.end_s - span.start_s, step_s;

	if (code != ERR_OK)
		return code;
	if (range_s < LEAST_RANGE_S && range_s < settings->max_range_s)
		return err_set(e, ERR_QUERY,
			       "Query parameter \"start\" is less than 1h "
			       "before \"end\": take 1h or more");
	code = read_step(&p->values[PARAMETER_STEP], range_s, &step_s, e);
	if (code == ERR_OK)
		*out = timeline_align(span.start_s, span.end_s, step_s);
	return code;
}

enum err_code
usage_read(const struct params *p, const struct history_settings *settings,
	   double now_wall_s, struct arena *arena, struct usage_need *out,
	   struct params *rest, struct err *e)
{
	enum err_code code;

	*out = (struct usage_need){
	    .by = (enum usage_by)p->values[PARAMETER_BY].value,
	    .gap_s = settings->gap_s,
	    .max_points = settings->max_points};
	code =
	    read_timeline(p, settings, (int64_t)now_wall_s, &out->timeline, e);
	return code == ERR_OK
		   ? usage_read_filter(p, arena, &out->filter, rest, e)
		   : code;
}

/* --- caching -------------------------------------------------------------- */

/* The times are not those that were asked for: all that come within a step are
 * told the same. */
static enum err_code
write_key(const struct endpoint_call *call, struct buf *out, struct err *e)
{
	const struct params *p = call->params;
	struct usage_need need;
	struct params rest;
	enum err_code code =
	    usage_read(p, &call->collector->history, call->asked_s,
		       call->collect.arena, &need, &rest, e);

	if (code != ERR_OK)
		return code;
	buf_append_format(
	    out, "usage %d %lld %lld %lld %llx %lld %lld %d %d", need.by,
	    (long long)need.timeline.start_s, (long long)need.timeline.end_s,
	    (long long)need.timeline.step_s, (unsigned long long)p->fields,
	    p->limit, p->offset, p->has_page, p->is_csv);
	for (size_t i = 0; i < p->sort_count; i++)
		buf_append_format(out, " %c%zu",
				  p->sort[i].descends ? '-' : '+',
				  p->sort[i].column);
	history_write_filter_key(p, out);
	return ERR_OK;
}

/* --- the answer ----------------------------------------------------------- */

struct answer {
	struct usage_need need;
	struct usage usage;
	struct params rest; /* of the parameters: what is about rows */
	struct rows rows;
	struct column_list list;
	column_set columns;
	struct table_page page;
};

static enum err_code
list_rows(struct endpoint_call *call, struct answer *a, struct err *e)
{
	struct arena *arena = call->collect.arena;

	a->rows = (struct rows){.count = a->usage.count};
	a->rows.list =
	    arena_alloc(arena, a->usage.count * sizeof(*a->rows.list));
	if (a->rows.list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < a->usage.count; i++)
		a->rows.list[i] = &a->usage.rows[i];
	a->list.count = 0;
	usage_describe(&a->list);
	a->columns =
	    a->rest.fields & kinds_columns(&kinds, &a->list, (int)a->need.by);
	return table_choose(&a->rows, &a->list, &a->rest, arena,
			    call->collect.deadline_ms, &a->page, e);
}

static enum err_code
collect(struct endpoint_call *call, struct answer *a, struct err *e)
{
	const struct history_settings *settings = &call->collector->history;
	enum err_code code =
	    usage_read(call->params, settings, call->asked_s,
		       call->collect.arena, &a->need, &a->rest, e);

	if (code == ERR_OK)
		code = usage_collect(call->collector, &a->need, &call->collect,
				     &a->usage, e);
	progress_enter(call->collect.progress, STAGE_ENCODE);
	if (code == ERR_OK)
		code = list_rows(call, a, e);
	if (code != ERR_OK)
		return code;
	call->expires_s = history_expires_s(
	    &(struct history_need){.timeline = a->need.timeline},
	    call->asked_s);
	call->page = a->page;
	call->has_page = a->rest.has_page;
	return ERR_OK;
}

/* As one or the other: the other one is NULL. */
static enum err_code
write_answer(struct endpoint_call *call, struct json *j, struct buf *csv,
	     struct err *e)
{
	struct answer *a = arena_grow(call->collect.arena, NULL, 0, sizeof(*a));
	enum err_code code;

	if (a == NULL)
		return err_set_memory(e);
	code = collect(call, a, e);
	if (code == ERR_OK && j != NULL)
		table_write_json(&a->rows, &a->list, a->columns, j);
	else if (code == ERR_OK)
		table_write_csv(&a->rows, &a->list, a->columns, csv);
	usage_fini(&a->usage);
	return code;
}

static enum err_code
write_data(struct endpoint_call *call, struct json *j, struct err *e)
{
	return write_answer(call, j, NULL, e);
}

static enum err_code
write_csv(struct endpoint_call *call, struct buf *body, struct err *e)
{
	return write_answer(call, NULL, body, e);
}

static const char *const dependent[] = {"range", "start",  "end", "step",
					"sort",	 "fields", NULL};

const struct endpoint endpoint_usage = {
    .path = "/api/v1/gpu/usage",
    .operation = "getGpuUsage",
    .sentence = "What namespaces, pods, jobs or users had of the GPUs, over a "
		"day or a month: hours held, busy and idle, energy.",
    .message = "GPU usage retrieved successfully",
    .failure = "Failed to retrieve GPU usage",
    .late = "Prometheus did not answer in time: take a shorter range, or a "
	    "longer step",
    .is_shared = true,
    .is_cacheable = true,
    .is_slow = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .parameters = parameters,
    .describe_filters = usage_describe,
    .kinds = &kinds,
    .words = PARAMS_WORDS_OF_ROWS,
    .dependent = dependent,
    .write_key = write_key,
    .write_data = write_data,
    .write_csv = write_csv,
};
