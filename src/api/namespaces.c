#include "gpu/fleet/namespaces.h"
#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "api/gpu_rows.h"
#include "gpu/fleet/shares.h"

/* --- cells ---------------------------------------------------------------- */

static struct cell
get_name(const struct rows *rows, const void *row, const struct column *c)
{
	const struct namespace_row *n = row;

	(void)c;
	return cell_fleet_text(rows->fleet, n->name);
}

static struct cell
get_cluster(const struct rows *rows, const void *row, const struct column *c)
{
	const struct namespace_row *n = row;

	(void)c;
	return cell_fleet_text(rows->fleet, n->cluster);
}

static struct cell
get_workload_count(const struct rows *rows, const void *row,
		   const struct column *c)
{
	const struct namespace_row *n = row;

	(void)rows, (void)c;
	return (struct cell){.integer = (int64_t)n->workload_count};
}

static struct cell
get_requested(const struct rows *rows, const void *row, const struct column *c)
{
	const struct namespace_row *n = row;

	(void)rows, (void)c;
	return n->is_requested ? (struct cell){.integer = (int64_t)n->requested}
			       : cell_null();
}

/* Of a column: which number. */
enum number { GPU_COUNT, IDLE_GPU_COUNT, UTILIZATION, MEMORY_USED, POWER_DRAW };

static struct cell
get_number(const struct rows *rows, const void *row, const struct column *c)
{
	const struct namespace_row *n = row;
	const double numbers[] = {[GPU_COUNT] = n->gpu_count,
				  [IDLE_GPU_COUNT] = n->idle_gpu_count,
				  [UTILIZATION] = n->utilization,
				  [MEMORY_USED] = n->memory_used,
				  [POWER_DRAW] = n->power_draw};

	(void)rows;
	return cell_value(c->unit, numbers[c->of]);
}

/* --- columns -------------------------------------------------------------- */

static const struct column columns[] = {
    {.name = "namespace",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "Its name; null: what no namespace has.",
     .get = get_name},
    {.name = "workload_count",
     .type = COLUMN_INTEGER,
     .sentence = "How many pods have GPUs, or wait for some; of null, Slurm's "
		 "jobs.",
     .get = get_workload_count},
    {.name = "gpu_count",
     .type = COLUMN_DECIMAL,
     .unit = UNIT_GPUS,
     .of = GPU_COUNT,
     .sentence = "How many cards it has: an equal part of those that others "
		 "have, too, and of split ones the instances' share.",
     .get = get_number},
    {.name = "gpu_requested",
     .type = COLUMN_INTEGER,
     .is_nullable = true,
     .sentence = "How many GPUs its pods ask for, or instances of them, be "
		 "they running or waiting.",
     .get = get_requested},
    {.name = "idle_gpu_count",
     .type = COLUMN_DECIMAL,
     .unit = UNIT_GPUS,
     .is_nullable = true,
     .of = IDLE_GPU_COUNT,
     .sentence = "How many of its cards all of its workloads there leave "
		 "idle.",
     .get = get_number},
    {.name = "utilization_avg",
     .type = COLUMN_DECIMAL,
     .unit = UNIT_PERCENT,
     .is_nullable = true,
     .of = UTILIZATION,
     .sentence = "Average over its cards, each by what it has of it.",
     .get = get_number},
    {.name = "memory_used",
     .type = COLUMN_DECIMAL,
     .unit = UNIT_BYTES,
     .is_nullable = true,
     .of = MEMORY_USED,
     .sentence = "Memory in use on its cards.",
     .get = get_number},
    {.name = "power_draw",
     .type = COLUMN_DECIMAL,
     .unit = UNIT_WATTS,
     .is_nullable = true,
     .of = POWER_DRAW,
     .sentence = "Power that the cards draw that it alone has.",
     .get = get_number}};

static void
describe(struct column_list *list)
{
	struct column timestamp = gpu_column_own_time(
	    &gpu_column_timestamp, offsetof(struct namespace_row, timestamp_s));
	struct column cluster = gpu_column_cluster;
	struct column measured =
	    gpu_column_own_time(&gpu_column_measured_at,
				offsetof(struct namespace_row, measured_s));

	timestamp.sentence = "The newest of its GPUs and pods.";
	cluster.get = get_cluster;
	cluster.sentence = "The cluster that it is in, where a label tells it.";
	measured.sentence = "When the oldest of its values was measured.";
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		column_add(list, &columns[i]);
	column_add(list, &timestamp);
	column_add(list, &cluster);
	column_add(list, &measured);
}

/* --- rows ----------------------------------------------------------------- */

static enum err_code
list_rows(struct endpoint_call *call, const struct snapshot *snapshot,
	  struct rows *out, struct err *e)
{
	const struct workload_table *table = &snapshot->workloads;
	struct arena *arena = call->collect.arena;
	struct namespace_table found;

	out->fleet = &table->fleet;
	if (namespaces_list(table, arena, &found, e) != ERR_OK)
		return e->code;
	if (found.unsized_count > 0)
		call_warn(&call->collect, SHARES_EQUAL_WARNING,
			  found.unsized_count);
	return gpu_rows_take(out, found.rows, found.count, arena, e);
}

const struct endpoint endpoint_namespaces = {
    .path = "/api/v1/gpu/namespaces",
    .operation = "getGpuNamespaces",
    .sentence = "A row for each namespace: what it has of the GPUs, asks for, "
		"and leaves idle.",
    .message = "GPU namespaces retrieved successfully",
    .failure = "Failed to retrieve GPU namespaces",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.workloads = true},
    .describe = describe,
    .list_rows = list_rows,
};
