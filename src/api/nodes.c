#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "api/endpoint.h"
#include "api/row.h"
#include "base/natural.h"

/* The GPUs of one node: they stand together in the sorted fleet. */
struct node {
	struct fleet_gpu *const *gpus;
	size_t count;
};

static struct node
node_at(const struct fleet *fleet, size_t first)
{
	struct node node = {fleet->sorted + first, 1};

	while (first + node.count < fleet->count &&
	       node.gpus[node.count]->node_number == node.gpus[0]->node_number)
		node.count++;
	return node;
}

/* What the measured values of a field add up to; NaN if there are none. */
struct aggregate {
	double sum;
	double max;
	size_t count;
};

static struct aggregate
aggregate(const struct node *node, enum field field)
{
	struct aggregate a = {NAN, NAN, 0};

	for (size_t i = 0; i < node->count; i++) {
		double value = fleet_value(node->gpus[i], field);

		if (isnan(value))
			continue;
		a.sum = a.count > 0 ? a.sum + value : value;
		a.max = a.count > 0 ? fmax(a.max, value) : value;
		a.count++;
	}
	return a;
}

/* Used of total, over the GPUs that report both. */
static double
memory_utilization(const struct node *node)
{
	double used = 0, total = 0;

	for (size_t i = 0; i < node->count; i++) {
		const struct fleet_gpu *gpu = node->gpus[i];

		if (isnan(fleet_value(gpu, FIELD_MEMORY_UTILIZATION)))
			continue;
		used += fleet_value(gpu, FIELD_MEMORY_USED);
		total += fleet_value(gpu, FIELD_MEMORY_TOTAL);
	}
	return used / total * 100;
}

static int
compare_models(const void *a, const void *b)
{
	const struct fleet_gpu *const *left = a, *const *right = b;
	uintptr_t left_name = (uintptr_t)(*left)->model;
	uintptr_t right_name = (uintptr_t)(*right)->model;
	int order = natural_compare((*left)->model, (*right)->model);

	/* Names that differ behind a NUL only must not come mixed. */
	if (order == 0)
		order = left_name < right_name ? -1 : left_name > right_name;
	return order;
}

/* Sorted, each once. */
static enum err_code
write_models(struct json *j, const struct node *node, struct arena *arena,
	     struct err *e)
{
	const struct fleet_gpu **models =
	    arena_alloc(arena, node->count * sizeof(*models));
	size_t count = 0;

	if (models == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < node->count; i++)
		if (node->gpus[i]->model != NULL)
			models[count++] = node->gpus[i];
	qsort(models, count, sizeof(*models), compare_models);
	json_key(j, "gpu_models");
	json_open_array(j);
	/* Equal models are one interned string. */
	for (size_t i = 0; i < count; i++)
		if (i == 0 || models[i]->model != models[i - 1]->model)
			row_model(j, models[i]);
	json_close_array(j);
	return ERR_OK;
}

static double
newest_timestamp(const struct node *node)
{
	double newest = 0;

	for (size_t i = 0; i < node->count; i++)
		newest = fmax(newest, node->gpus[i]->timestamp_s);
	return newest;
}

static void
write_aggregates(struct json *j, const struct node *node)
{
	struct aggregate utilization = aggregate(node, FIELD_UTILIZATION);

	row_percent(j, "utilization_avg",
		    utilization.sum / (double)utilization.count);
	row_percent(j, "utilization_max", utilization.max);
	row_gib(j, "memory_used", aggregate(node, FIELD_MEMORY_USED).sum);
	row_gib(j, "memory_total", aggregate(node, FIELD_MEMORY_TOTAL).sum);
	row_gib(j, "memory_free", aggregate(node, FIELD_MEMORY_FREE).sum);
	row_percent(j, "memory_utilization", memory_utilization(node));
	row_celsius(j, "temperature_max",
		    aggregate(node, FIELD_TEMPERATURE).max);
	row_watts(j, "power_draw", aggregate(node, FIELD_POWER_DRAW).sum);
	row_timestamp(j, newest_timestamp(node));
}

static enum err_code
write_node(struct json *j, const struct node *node, struct arena *arena,
	   struct err *e)
{
	enum err_code code;

	json_open_object(j);
	row_node(j, node->gpus[0]);
	json_key(j, "gpu_count");
	json_integer(j, (int64_t)node->count);
	code = write_models(j, node, arena, e);
	write_aggregates(j, node);
	json_close_object(j);
	return code;
}

static enum err_code
write_data(struct endpoint_call *call, const struct fleet *fleet,
	   struct json *j, struct err *e)
{
	enum err_code code = ERR_OK;

	json_open_array(j);
	for (size_t i = 0; code == ERR_OK && i < fleet->count;) {
		struct node node = node_at(fleet, i);

		code = write_node(j, &node, call->collect.arena, e);
		i += node.count;
	}
	json_close_array(j);
	return code;
}

const struct endpoint endpoint_nodes = {
    .path = "/api/v1/gpu/nodes",
    .message = "GPU nodes retrieved successfully",
    .failure = "Failed to retrieve GPU nodes",
    .cache_control = "max-age=1",
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional = FIELD_BIT(FIELD_MEMORY_FREE) |
			 FIELD_BIT(FIELD_TEMPERATURE) |
			 FIELD_BIT(FIELD_POWER_DRAW)},
    .write_data = write_data,
};
