#include <math.h>
#include <stdio.h>

#include "api/available_columns.h"
#include "api/available_doubts.h"
#include "api/endpoint.h"
#include "api/gpu_rows.h"
#include "gpu/collect/problems.h"

/* --- parameters ----------------------------------------------------------- */

enum {
	PARAMETER_BY,
	PARAMETER_COUNT,
	PARAMETER_HELD,
	PARAMETER_IDLE_FOR,
	PARAMETER_ORDER
};

enum { COUNT_MAX = 64, IDLE_FOR_MAX_S = 86400 };

enum { HELD_EXCLUDE, HELD_INCLUDE };
enum { ORDER_PACK, ORDER_SPREAD };

static const char *const by_names[] = {[AVAILABLE_BY_GPU] = "gpu",
				       [AVAILABLE_BY_NODE] = "node",
				       [AVAILABLE_BY_MODEL] = "model",
				       NULL};
static const char *const held_names[] = {
    [HELD_EXCLUDE] = "exclude", [HELD_INCLUDE] = "include", NULL};
static const char *const order_names[] = {
    [ORDER_PACK] = "pack", [ORDER_SPREAD] = "spread", NULL};

static const struct endpoint_parameter parameters[] = {
    [PARAMETER_BY] = {.name = "by",
		      .type = PARAMETER_CHOICE,
		      .choices = by_names,
		      .standard = AVAILABLE_BY_GPU,
		      .sentence = "What has a row of its own."},
    [PARAMETER_COUNT] = {.name = "count",
			 .type = PARAMETER_INTEGER,
			 .min = 1,
			 .max = COUNT_MAX,
			 .standard = 1,
			 .sentence = "So many are to be free on one node; of a "
				     "model, so many of it."},
    [PARAMETER_HELD] = {.name = "held",
			.type = PARAMETER_CHOICE,
			.choices = held_names,
			.standard = HELD_EXCLUDE,
			.sentence = "Whether GPUs that a workload has count."},
    [PARAMETER_IDLE_FOR] = {.name = "idle_for",
			    .type = PARAMETER_DURATION,
			    .max = IDLE_FOR_MAX_S,
			    .is_open = true,
			    .sentence =
				"For how long they are to have been idle, or "
				"no busier than utilization= says; 0: now is "
				"enough; IDLE_WINDOW_S without it."},
    [PARAMETER_ORDER] = {.name = "order",
			 .type = PARAMETER_CHOICE,
			 .choices = order_names,
			 .standard = ORDER_PACK,
			 .sentence = "pack: nodes with the fewest that are "
				     "enough come first; spread: with the "
				     "most."},
    {.name = NULL}};

static const char *const schemas[] = {[AVAILABLE_BY_GPU] = "Row",
				      [AVAILABLE_BY_NODE] = "NodeRow",
				      [AVAILABLE_BY_MODEL] = "ModelRow",
				      NULL};

static const struct kinds kinds = {.parameter = PARAMETER_BY,
				   .schemas = schemas,
				   .describe = available_describe,
				   .has = available_has,
				   .is_filter = available_is_of_gpus};

/* --- what is needed ------------------------------------------------------- */

static const struct params_value *
idle_for(const struct params *p)
{
	return &p->values[PARAMETER_IDLE_FOR];
}

/* Who is idle now is told of any window. */
static void
read_need(const struct params *p, struct plan_need *need)
{
	if (idle_for(p)->is_given)
		need->idle_window_s = (int)idle_for(p)->value;
}

static void
leave(const struct params *p, struct params *rest)
{
	struct column_list list = {.count = 0};

	available_leave_rows(p, rest);
	/* A file with some of the rows would look like one with all. */
	if (!p->has_limit &&
	    (p->is_csv || kinds_asked(&kinds, p) == AVAILABLE_BY_MODEL))
		rest->limit = -1;
	available_describe(&list);
	rest->fields &= kinds_columns(&kinds, &list, kinds_asked(&kinds, p));
}

static struct available_need
need_of(const struct params *p, const struct collector *collector)
{
	return (struct available_need){
	    .by = (enum available_by)p->values[PARAMETER_BY].value,
	    .with_held = p->values[PARAMETER_HELD].value == HELD_INCLUDE,
	    .wants_idle = true,
	    .idle_utilization = collector->idle.utilization,
	    .needs_window = !idle_for(p)->is_given || idle_for(p)->value > 0,
	    .memory_used_max = collector->available_memory_used_bytes,
	    .count = (size_t)p->values[PARAMETER_COUNT].value,
	    .is_spread = p->values[PARAMETER_ORDER].value == ORDER_SPREAD};
}

/* --- rows ----------------------------------------------------------------- */

/* Nobody looked back any further. */
static enum err_code
check_idle(const struct params *p, int window_s, struct err *e)
{
	double least = available_least_idle_s(p);
	char value[32], takes[80];

	if (least <= window_s)
		return ERR_OK;
	snprintf(value, sizeof(value), "%.10g..", least);
	snprintf(takes, sizeof(takes),
		 "%d at most, as far as was looked back: see idle_for",
		 window_s);
	return parameter_refuse(e, "idle_s", value, takes);
}

/* Those of which a critical problem is told do not count. */
static enum err_code
leave_sick(struct endpoint_call *call, struct available_need *need,
	   struct err *e)
{
	const struct problems *found;
	enum err_code code = problems_try(
	    call->collector, &call->collect,
	    "Of which GPUs a critical problem is told is not known", &found, e);

	if (code == ERR_OK)
		code = available_find_sick(call, found, need, e);
	problems_release(found);
	return code;
}

static enum err_code
list_rows(struct endpoint_call *call, const struct snapshot *snapshot,
	  struct rows *out, struct err *e)
{
	const struct workload_table *table = &snapshot->workloads;
	struct available_need need = need_of(call->params, call->collector);
	struct available_filters filters;
	struct available available;

	if (check_idle(call->params, table->idle.window_s, e) != ERR_OK ||
	    available_check(table, need.needs_window, e) != ERR_OK ||
	    leave_sick(call, &need, e) != ERR_OK)
		return e->code;
	available_read_filters(call->params, &table->fleet, &filters, &need);
	if (available_list(table, &need, call->collect.arena, &available, e) !=
	    ERR_OK)
		return e->code;
	available_warn(&call->collect, &available, &need);
	out->fleet = &table->fleet;
	out->gpu_of = available_gpu_of;
	return gpu_rows_take(out, available.rows, available.count,
			     call->collect.arena, e);
}

static const struct params_limit limit = {
    .max = 1000, .takes = "a whole number from 1 to 1000", .standard = 10};

/* Rows of one kind or another do not have them; or it is more than idle_for is.
 */
static const char *const dependent[] = {
    "sort",	  "fields",	 "gpu_models",	    "free_count", "gpu_count",
    "node_count", "gpu_indexes", "memory_free_min", "fits_1",	  "fits_2",
    "fits_4",	  "fits_8",	 "idle_s",	    NULL};

const struct endpoint endpoint_available = {
    .path = "/api/v1/gpu/available",
    .operation = "getGpuAvailable",
    .sentence = "Which GPUs are free now, and how many jobs would fit: a row "
		"for each GPU, node or model.",
    .message = "Available GPUs retrieved successfully",
    .failure = "Failed to retrieve available GPUs",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .parameters = parameters,
    .limit = &limit,
    .dependent = dependent,
    .kinds = &kinds,
    .need = {.workloads = true, .capacity = true, .availability = true},
    .read_need = read_need,
    .leave = leave,
    .describe = available_describe,
    .list_rows = list_rows,
};
