#include "api/history.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "api/history_columns.h"
#include "api/history_span.h"

/* --- parameters ---------------------------------------------------------- */

enum {
	PARAMETER_FIELD,
	PARAMETER_BY,
	PARAMETER_RANGE,
	PARAMETER_START,
	PARAMETER_END,
	PARAMETER_POINTS,
	PARAMETER_STEP,
	PARAMETER_AGGREGATE
};

enum {
	DAY_S = 86400,
	RANGE_S = 3600,
	LEAST_RANGE_S = 60,
	POINTS = 300,
	POINTS_MAX = 2000,
	/* A counter's increase takes two of its samples. */
	INCREASE_LEAST_S = 60,
	/* Of time that is over, late samples may still come. */
	PAST_LASTS_S = 300,
	LASTS_MAX_S = 60,
	LIMIT_OF_GPUS = 64,
	LIMIT_OF_GROUPS = 1000,
	LIMIT_MAX_OF_GPUS = 256,
	LIMIT_MAX_OF_GROUPS = 10000
};

static const char *const by_names[] = {[HISTORY_BY_GPU] = "gpu",
				       [HISTORY_BY_NODE] = "node",
				       [HISTORY_BY_MODEL] = "model",
				       [HISTORY_BY_CLUSTER] = "cluster",
				       [HISTORY_BY_ALL] = "all",
				       [HISTORY_BY_NAMESPACE] = "namespace",
				       NULL};

static const char *const aggregate_names[] = {[HISTORY_AVG] = "avg",
					      [HISTORY_MIN] = "min",
					      [HISTORY_MAX] = "max",
					      [HISTORY_SAMPLE] = "sample",
					      NULL};

/* Told fields but for the last error, which is no quantity. */
static const enum field fields[] = {FIELD_UTILIZATION,
				    FIELD_MEMORY_USED,
				    FIELD_MEMORY_FREE,
				    FIELD_MEMORY_TOTAL,
				    FIELD_MEMORY_UTILIZATION,
				    FIELD_TEMPERATURE,
				    FIELD_MEMORY_TEMPERATURE,
				    FIELD_POWER_DRAW,
				    FIELD_POWER_LIMIT,
				    FIELD_SM_CLOCK,
				    FIELD_MEMORY_CLOCK,
				    FIELD_FAN_SPEED,
				    FIELD_MEMORY_CONTROLLER_UTILIZATION,
				    FIELD_ENERGY};
enum { FIELDS = sizeof(fields) / sizeof(*fields) };

/* Their keys: api/history_test compares. */
static const char *const field_names[FIELDS + 1] = {
    "utilization",
    "memory_used",
    "memory_free",
    "memory_total",
    "memory_utilization",
    "temperature",
    "memory_temperature",
    "power_draw",
    "power_limit",
    "sm_clock_mhz",
    "memory_clock_mhz",
    "fan_speed",
    "memory_controller_utilization",
    "energy_joules",
    NULL};

static const struct endpoint_parameter parameters[] = {
    [PARAMETER_FIELD] = {.name = "field",
			 .type = PARAMETER_CHOICE,
			 .choices = field_names,
			 .sentence = "What was measured."},
    [PARAMETER_BY] = {.name = "by",
		      .type = PARAMETER_CHOICE,
		      .choices = by_names,
		      .standard = HISTORY_BY_CLUSTER,
		      .sentence = "What has a series of its own."},
    [PARAMETER_RANGE] = {.name = "range",
			 .type = PARAMETER_DURATION,
			 .min = LEAST_RANGE_S,
			 .standard = RANGE_S,
			 .sentence = "The time before end; instead of start."},
    [PARAMETER_START] = {.name = "start",
			 .type = PARAMETER_TIME,
			 .is_open = true,
			 .sentence = "The first point, or before it by less "
				     "than a step."},
    [PARAMETER_END] = {.name = "end",
		       .type = PARAMETER_TIME,
		       .is_open = true,
		       .sentence =
			   "The last point, or behind it by less than a step; "
			   "without it, now."},
    [PARAMETER_POINTS] = {.name = "points",
			  .type = PARAMETER_INTEGER,
			  .min = 2,
			  .max = POINTS_MAX,
			  .standard = POINTS,
			  .sentence = "So many points at most."},
    [PARAMETER_STEP] = {.name = "step",
			.type = PARAMETER_DURATION,
			.min = 1,
			.is_open = true,
			.sentence = "From one point to the next; instead of "
				    "points."},
    [PARAMETER_AGGREGATE] =
	{.name = "aggregate",
	 .type = PARAMETER_CHOICE,
	 .choices = aggregate_names,
	 .is_open = true,
	 .sentence = "Of what was measured in a step: avg (of GPUs "
		     "by themselves), min or max of it, or the last "
		     "sample (of groups). In steps of HISTORY_GAP_S (90 s) "
		     "or less avg is the last sample, too."},
    {.name = NULL}};

_Static_assert(sizeof(parameters) / sizeof(*parameters) ==
		   ENDPOINT_PARAMETERS_MAX + 1,
	       "there is a value for each parameter");

/* --- what is asked for --------------------------------------------------- */

static const struct params_value *
value_of(const struct params *p, int parameter)
{
	return &p->values[parameter];
}

static enum err_code
refuse(struct err *e, const char *text)
{
	return err_set(e, ERR_QUERY, "%s", text);
}

static enum err_code
check_step(const struct history_need *need, int64_t range_s, int64_t step_s,
	   struct err *e)
{
	if (step_s < INCREASE_LEAST_S && need->field == FIELD_ENERGY)
		return refuse(e, "Query parameter \"step\" is too short: of "
				 "energy_joules it takes 1m or more");
	return history_span_check_step(range_s, step_s, POINTS_MAX, e);
}

static enum err_code
read_timeline(const struct params *p, const struct history_settings *settings,
	      int64_t now_s, struct history_need *out, struct err *e)
{
	const struct params_value *step = value_of(p, PARAMETER_STEP);
	int64_t least_s = settings->min_step_s, range_s, step_s = step->value;
	struct history_span span = {0, 0};
	const struct history_span_asked asked = {
	    .start = value_of(p, PARAMETER_START),
	    .end = value_of(p, PARAMETER_END),
	    .range = value_of(p, PARAMETER_RANGE),
	    .range_parameter = &parameters[PARAMETER_RANGE]};
	enum err_code code =
	    history_span_read(&asked, settings->max_range_s, now_s, &span, e);

	if (code != ERR_OK)
		return code;
	range_s = span.end_s - span.start_s;
	if (out->field == FIELD_ENERGY && least_s < INCREASE_LEAST_S)
		least_s = INCREASE_LEAST_S;
	if (!step->is_given)
		step_s = timeline_step(
		    range_s, value_of(p, PARAMETER_POINTS)->value, least_s);
	else if (value_of(p, PARAMETER_POINTS)->is_given)
		return refuse(e, "Query parameter \"step\" is there, and so is "
				 "\"points\": it takes one of them");
	else if (check_step(out, range_s, step_s, e) != ERR_OK)
		return e->code;
	out->timeline = timeline_align(span.start_s, span.end_s, step_s);
	return ERR_OK;
}

static enum err_code
read_aggregate(const struct params *p, struct history_need *out, struct err *e)
{
	const struct params_value *given = value_of(p, PARAMETER_AGGREGATE);

	out->of_step = out->by == HISTORY_BY_GPU ? HISTORY_AVG : HISTORY_SAMPLE;
	if (out->by == HISTORY_BY_NAMESPACE && out->field == FIELD_ENERGY)
		return parameter_refuse(e, "field", "energy_joules",
					"other fields with by=namespace, as "
					"power_draw; usage has energy_kwh");
	if (!given->is_given)
		return ERR_OK;
	if (out->field == FIELD_ENERGY)
		return refuse(e, "Query parameter \"aggregate\" is there: of "
				 "energy_joules it is always the increase in "
				 "each step");
	out->of_step = (enum history_of_step)given->value;
	/* Who had it is known of a moment, not of a step. */
	if (out->by == HISTORY_BY_NAMESPACE && out->of_step != HISTORY_SAMPLE)
		return parameter_refuse(e, "aggregate",
					aggregate_names[out->of_step],
					"sample with by=namespace");
	return ERR_OK;
}

static enum err_code
read_page(const struct params *p, struct history_need *out, struct err *e)
{
	bool is_of_gpus = out->by == HISTORY_BY_GPU;
	char value[24], takes[64];

	out->offset = (size_t)p->offset;
	out->limit = is_of_gpus ? LIMIT_OF_GPUS : LIMIT_OF_GROUPS;
	if (p->limit < 0)
		return ERR_OK;
	out->limit = (size_t)p->limit;
	if (!is_of_gpus || p->limit <= LIMIT_MAX_OF_GPUS)
		return ERR_OK;
	snprintf(value, sizeof(value), "%lld", p->limit);
	snprintf(takes, sizeof(takes),
		 "a whole number from 1 to %d with by=gpu", LIMIT_MAX_OF_GPUS);
	return parameter_refuse(e, "limit", value, takes);
}

enum err_code
history_read(const struct params *p, const struct history_settings *settings,
	     double now_wall_s, struct arena *arena, struct history_need *out,
	     struct err *e)
{
	enum err_code code;

	*out = (struct history_need){
	    .field = fields[value_of(p, PARAMETER_FIELD)->value],
	    .by = (enum history_by)value_of(p, PARAMETER_BY)->value,
	    .gap_s = settings->gap_s,
	    .max_points = settings->max_points};
	code = read_timeline(p, settings, (int64_t)now_wall_s, out, e);
	if (code == ERR_OK)
		code = read_aggregate(p, out, e);
	if (code == ERR_OK)
		code = read_page(p, out, e);
	return code == ERR_OK ? history_read_filter(p, arena, &out->filter, e)
			      : code;
}

const char *
history_by_name(enum history_by by)
{
	return by_names[by];
}

const char *
history_aggregate_name(const struct history_need *need)
{
	return need->field == FIELD_ENERGY ? "increase"
					   : aggregate_names[need->of_step];
}

/* --- caching ------------------------------------------------------------- */

int64_t
history_expires_s(const struct history_need *need, double now_wall_s)
{
	int64_t now_s = (int64_t)now_wall_s;
	const struct timeline *t = &need->timeline;
	int64_t next_s = now_s - now_s % t->step_s + t->step_s;

	if (t->end_s < now_s - 2 * t->step_s)
		return now_s + PAST_LASTS_S;
	return next_s < now_s + LASTS_MAX_S ? next_s : now_s + LASTS_MAX_S;
}

/* The times are not those that were asked for: all that come within a step are
 * told the same. */
static enum err_code
write_key(const struct endpoint_call *call, struct buf *out, struct err *e)
{
	struct history_need need;
	enum err_code code =
	    history_read(call->params, &call->collector->history, call->asked_s,
			 call->collect.arena, &need, e);

	if (code != ERR_OK)
		return code;
	buf_append_format(
	    out, "%d %d %d %lld %lld %lld %zu %zu %d %d", need.field, need.by,
	    need.of_step, (long long)need.timeline.start_s,
	    (long long)need.timeline.end_s, (long long)need.timeline.step_s,
	    need.limit, need.offset, call->params->has_page,
	    call->params->is_csv);
	history_write_filter_key(call->params, out);
	return ERR_OK;
}

/* --- the answer ---------------------------------------------------------- */

/* Collects, and lists the lines as rows. */
static enum err_code
collect(struct endpoint_call *call, struct history_need *need,
	struct history *out, struct rows *rows, struct err *e)
{
	struct arena *arena = call->collect.arena;
	enum err_code code =
	    history_read(call->params, &call->collector->history, call->asked_s,
			 arena, need, e);

	if (code == ERR_OK)
		code = history_collect(call->collector, need, &call->collect,
				       out, e);
	if (code != ERR_OK)
		return code;
	call->expires_s = history_expires_s(need, call->asked_s);
	rows->count = out->count;
	rows->list = arena_alloc(arena, out->count * sizeof(*rows->list));
	if (rows->list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < out->count; i++)
		rows->list[i] = &out->lines[i];
	call->page = (struct table_page){.total = out->total,
					 .limit = (long long)need->limit,
					 .offset = (long long)need->offset,
					 .next_offset = -1};
	if (need->offset + out->count < out->total)
		call->page.next_offset = (long long)(need->offset + out->count);
	call->has_page = call->params->has_page || out->count < out->total;
	progress_enter(call->collect.progress, STAGE_ENCODE);
	return ERR_OK;
}

static void
write_columns(struct json *j, const struct history_need *need,
	      const struct history *h)
{
	const struct unit_info *unit =
	    &unit_table[field_table[need->field].unit];

	json_key(j, "columns");
	json_open_array(j);
	json_open_array(j);
	for (size_t i = 0; i < need->timeline.count; i++)
		json_integer(j, timeline_at(&need->timeline, i));
	json_close_array(j);
	for (size_t k = 0; k < h->count; k++) {
		json_open_array(j);
		for (size_t i = 0; i < need->timeline.count; i++)
			json_decimal(j, h->lines[k].points[i] * unit->factor,
				     unit->decimals);
		json_close_array(j);
	}
	json_close_array(j);
}

static void
write_object(struct json *j, const struct history_need *need,
	     const struct history *h, const struct rows *rows)
{
	const struct field_info *info = &field_table[need->field];
	struct column_list list;

	history_describe(&list, need->by, need->field);
	json_open_object(j);
	json_key_text(j, "field", info->key);
	json_key_text(j, "unit", unit_table[info->unit].told);
	json_key_text(j, "by", history_by_name(need->by));
	json_key_text(j, "aggregate", history_aggregate_name(need));
	json_key(j, "start");
	json_time(j, (double)need->timeline.start_s);
	json_key(j, "end");
	json_time(j, (double)need->timeline.end_s);
	json_key(j, "step_s");
	json_integer(j, need->timeline.step_s);
	json_key(j, "series");
	table_write_json(rows, &list, column_all(&list), j);
	write_columns(j, need, h);
	json_close_object(j);
}

static enum err_code
write_data(struct endpoint_call *call, struct json *j, struct err *e)
{
	struct history_need need;
	struct history history = {.found = NULL};
	struct rows rows = {.count = 0};
	enum err_code code = collect(call, &need, &history, &rows, e);

	if (code == ERR_OK)
		write_object(j, &need, &history, &rows);
	history_fini(&history);
	return code;
}

static enum err_code
write_csv(struct endpoint_call *call, struct buf *body, struct err *e)
{
	struct history_need need;
	struct history history = {.found = NULL};
	struct rows rows = {.count = 0};
	enum err_code code = collect(call, &need, &history, &rows, e);

	if (code == ERR_OK)
		history_write_csv(&need, &history, body);
	history_fini(&history);
	return code;
}

static const struct params_limit series_limit = {
    .max = LIMIT_MAX_OF_GROUPS,
    .takes = "a whole number from 1 to 10000, to 256 with by=gpu"};

static const char *const dependent[] = {
    "field", "start", "end", "step", "aggregate", "gpu_index", "limit", NULL};

const struct endpoint endpoint_history = {
    .path = "/api/v1/gpu/history",
    .operation = "getGpuHistory",
    .sentence = "A field over time, of each GPU or of groups of them.",
    .message = "GPU history retrieved successfully",
    .failure = "Failed to retrieve GPU history",
    .late = "Prometheus did not answer in time: take a shorter range, fewer "
	    "points, or fewer GPUs",
    .is_shared = true,
    .is_cacheable = true,
    .is_slow = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .parameters = parameters,
    .describe_filters = history_describe_filters,
    .words = PARAMS_WORD_BIT(PARAMS_LIMIT) | PARAMS_WORD_BIT(PARAMS_OFFSET) |
	     PARAMS_WORD_BIT(PARAMS_FORMAT),
    .limit = &series_limit,
    .dependent = dependent,
    .write_key = write_key,
    .write_data = write_data,
    .write_csv = write_csv,
};
