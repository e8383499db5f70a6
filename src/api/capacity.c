#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "api/gpu_rows.h"

/* --- cells ---------------------------------------------------------------- */

static struct cell
get_resource(const struct rows *rows, const void *row, const struct column *c)
{
	const struct capacity_row *r = row;

	(void)c;
	return cell_fleet_text(rows->fleet, r->resource);
}

/* Of a column: which of a row's numbers. */
enum number {
	NUMBER_CAPACITY,
	NUMBER_ALLOCATABLE,
	NUMBER_REQUESTED,
	NUMBER_FREE,
	NUMBER_GPUS,
	NUMBER_INSTANCES,
	NUMBER_BUSY,
	NUMBER_LARGEST
};

static double
number_of(const struct capacity_row *r, enum number number)
{
	switch (number) {
	case NUMBER_CAPACITY:
		return r->capacity;
	case NUMBER_ALLOCATABLE:
		return r->allocatable;
	case NUMBER_REQUESTED:
		return r->requested;
	case NUMBER_FREE:
		return r->free;
	case NUMBER_GPUS:
		return r->gpu_count;
	case NUMBER_INSTANCES:
		return r->instance_count;
	case NUMBER_BUSY:
		return r->busy_count;
	default:
		return r->largest_free;
	}
}

static struct cell
get_number(const struct rows *rows, const void *row, const struct column *c)
{
	(void)rows;
	return cell_whole(number_of(row, (enum number)c->of));
}

static struct cell
cell_answer(enum capacity_answer answer, enum capacity_answer that_is_true)
{
	return answer == CAPACITY_UNKNOWN
		   ? cell_null()
		   : cell_boolean(answer == that_is_true);
}

static struct cell
get_ready(const struct rows *rows, const void *row, const struct column *c)
{
	const struct capacity_row *r = row;

	(void)rows, (void)c;
	return cell_answer(r->node->is_ready, CAPACITY_YES);
}

static struct cell
get_schedulable(const struct rows *rows, const void *row,
		const struct column *c)
{
	const struct capacity_row *r = row;

	(void)rows, (void)c;
	return cell_answer(r->node->is_cordoned, CAPACITY_NO);
}

/* --- columns -------------------------------------------------------------- */

#define NUMBER(text, number, what)                                             \
	{.name = (text),                                                       \
	 .type = COLUMN_INTEGER,                                               \
	 .is_nullable = true,                                                  \
	 .of = (number),                                                       \
	 .sentence = (what),                                                   \
	 .get = get_number}
#define ANSWER(text, what, getter)                                             \
	{.name = (text),                                                       \
	 .type = COLUMN_BOOLEAN,                                               \
	 .is_nullable = true,                                                  \
	 .sentence = (what),                                                   \
	 .get = (getter)}

static const struct column own_columns[] = {
    {.name = "resource",
     .type = COLUMN_TEXT,
     .sentence = "What is handed out, as kube-state-metrics writes it: "
		 "nvidia_com_gpu.",
     .get = get_resource},
    NUMBER("capacity", NUMBER_CAPACITY, "How many the node has."),
    NUMBER("allocatable", NUMBER_ALLOCATABLE,
	   "How many of these are handed out: without those that are broken."),
    NUMBER("requested", NUMBER_REQUESTED,
	   "How many the pods there ask for that run, or are about to."),
    NUMBER("free", NUMBER_FREE, "Allocatable, and not requested."),
    NUMBER("gpu_count", NUMBER_GPUS,
	   "How many such GPUs exporters see there, or GPUs with such "
	   "instances; null if they see none."),
    NUMBER("mig_instance_count", NUMBER_INSTANCES,
	   "How many instances these are split into, or such instances."),
    NUMBER("gpus_in_use", NUMBER_BUSY,
	   "How many of these GPUs were not idle in the last IDLE_WINDOW_S "
	   "seconds."),
    NUMBER("largest_free", NUMBER_LARGEST,
	   "How many whole GPUs one pod could get there."),
    ANSWER("ready", "Whether the node is ready.", get_ready),
    ANSWER("schedulable", "Whether it takes new pods.", get_schedulable)};

static void
describe(struct column_list *list)
{
	struct column timestamp = gpu_column_own_time(
	    &gpu_column_timestamp, offsetof(struct capacity_row, timestamp_s));
	struct column node = gpu_column_node_name;

	node.is_nullable = false;
	node.sentence = "The node, as Kubernetes calls it.";
	column_add(list, &node);
	for (size_t i = 0; i < sizeof(own_columns) / sizeof(*own_columns); i++)
		column_add(list, &own_columns[i]);
	column_add(list, &timestamp);
	column_add(list, &gpu_column_cluster);
}

/* --- rows ----------------------------------------------------------------- */

static const struct fleet_gpu *
gpu_of(const void *row)
{
	const struct capacity_row *r = row;

	return &r->node->gpu;
}

static enum err_code
list_rows(struct endpoint_call *call, const struct snapshot *snapshot,
	  struct rows *out, struct err *e)
{
	const struct workload_table *table = &snapshot->workloads;
	const struct capacity *capacity = &table->capacity;

	if (capacity->failure.code != ERR_OK) {
		*e = capacity->failure;
		return e->code;
	}
	if (capacity->count == 0 && capacity->is_asked)
		call_warn(&call->collect, "No kube-state-metrics tells of a "
					  "node that has GPUs");
	if (capacity->left_out_count > 0)
		call_warn(&call->collect,
			  "Resources left out of nodes that have more than %d "
			  "of them: %zu",
			  CAPACITY_RESOURCES_MAX, capacity->left_out_count);
	out->fleet = &table->fleet;
	out->gpu_of = gpu_of;
	return gpu_rows_take(out, capacity->sorted, capacity->count,
			     call->collect.arena, e);
}

const struct endpoint endpoint_capacity = {
    .path = "/api/v1/gpu/capacity",
    .operation = "getGpuCapacity",
    .sentence = "How many GPUs Kubernetes has on each node, and how many are "
		"free: a row for each node and resource.",
    .message = "GPU capacity retrieved successfully",
    .failure = "Failed to retrieve GPU capacity",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.workloads = true, .capacity = true},
    .describe = describe,
    .list_rows = list_rows,
};
