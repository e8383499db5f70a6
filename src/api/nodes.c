#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/endpoint.h"
#include "api/row.h"
#include "base/natural.h"

enum { KEY_MAX_BYTES = 64 };

/* The cards of one node of one cluster: they stand together in the sorted
 * fleet. */
struct node {
	const struct fleet *fleet;
	const struct fleet_gpu **cards;
	size_t count;
};

/* Takes the node's rows off the fleet's, from *at on. */
static bool
next_node(const struct fleet *fleet, size_t *at, struct arena *arena,
	  struct node *out)
{
	size_t first = *at, end = *at;

	while (end < fleet->count &&
	       fleet->sorted[end]->node == fleet->sorted[first]->node &&
	       fleet->sorted[end]->cluster == fleet->sorted[first]->cluster)
		end++;
	*out = (struct node){
	    .fleet = fleet,
	    .cards = arena_alloc(arena, (end - first) * sizeof(*out->cards))};
	*at = end;
	if (out->cards == NULL)
		return false;
	for (size_t i = first; i < end; i++) {
		const struct fleet_gpu *card = fleet_card(fleet->sorted[i]);

		/* Once for all of its instances. */
		if (card->order == i)
			out->cards[out->count++] = card;
	}
	return true;
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
		double value = fleet_value(node->cards[i], field);

		if (isnan(value))
			continue;
		a.sum = a.count > 0 ? a.sum + value : value;
		a.max = a.count > 0 ? fmax(a.max, value) : value;
		a.count++;
	}
	return a;
}

/* What is computed of sums: used of total, over those that report both. */
static double
memory_utilization(const struct node *node)
{
	double used = 0, total = 0;

	for (size_t i = 0; i < node->count; i++) {
		const struct fleet_gpu *gpu = node->cards[i];

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
	const struct intern_string *const *left = a, *const *right = b;
	int order = natural_compare((*left)->text, (*right)->text);

	/* Names that differ behind a NUL only must not come mixed. */
	if (order == 0)
		order = *left < *right ? -1 : *left > *right;
	return order;
}

/* Sorted, each once. */
static enum err_code
write_models(struct json *j, const struct node *node, struct arena *arena,
	     struct err *e)
{
	const struct intern_string **models =
	    arena_alloc(arena, node->count * sizeof(*models));
	size_t count = 0;

	if (models == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < node->count; i++) {
		models[count] = fleet_text(node->fleet, node->cards[i]->model);
		count += models[count] != NULL;
	}
	qsort(models, count, sizeof(*models), compare_models);
	json_key(j, "gpu_models");
	json_open_array(j);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || models[i] != models[i - 1])
			json_text_of(j, models[i]->text, models[i]->length);
	json_close_array(j);
	return ERR_OK;
}

static double
newest_timestamp(const struct node *node)
{
	double newest = 0;

	for (size_t i = 0; i < node->count; i++)
		newest = fmax(newest, node->cards[i]->timestamp_s);
	return newest;
}

/* 0 if that of none is known. */
static double
oldest_measured(const struct node *node)
{
	double oldest = 0;

	for (size_t i = 0; i < node->count; i++) {
		double measured_s = node->cards[i]->measured_s;

		if (measured_s > 0 && (oldest == 0 || measured_s < oldest))
			oldest = measured_s;
	}
	return oldest;
}

/* All that is told of the field: "utilization_avg", "utilization_max". */
static void
write_field(struct json *j, const struct node *node, enum field field)
{
	const struct field_info *info = &field_table[field];
	struct aggregate all = aggregate(node, field);
	const struct {
		enum field_of_group how;
		const char *suffix;
		double value;
	} values[] = {
	    {GROUP_AVG, "_avg", all.sum / (double)all.count},
	    {GROUP_MAX, "_max", all.max},
	    {GROUP_SUM, "", all.sum},
	    {GROUP_COMPUTED, "",
	     info->of_group == GROUP_COMPUTED ? memory_utilization(node) : NAN},
	};
	char key[KEY_MAX_BYTES];

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if ((info->of_group & values[i].how) == 0)
			continue;
		snprintf(key, sizeof(key), "%s%s", info->key, values[i].suffix);
		row_value(j, key, info->unit, values[i].value);
	}
}

static enum err_code
write_node(struct json *j, const struct node *node, struct arena *arena,
	   struct err *e)
{
	enum err_code code;

	json_open_object(j);
	row_text(j, "node_name", node->fleet,
		 fleet_told_node(node->fleet, node->cards[0]));
	json_key(j, "gpu_count");
	json_integer(j, (int64_t)node->count);
	code = write_models(j, node, arena, e);
	for (int i = 0; i < FIELD__MAX; i++)
		write_field(j, node, (enum field)i);
	row_timestamp(j, newest_timestamp(node));
	row_cluster(j, node->fleet, node->cards[0]);
	row_measured(j, oldest_measured(node));
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
		struct node node;

		if (!next_node(fleet, &i, call->collect.arena, &node))
			return err_set_memory(e);
		code = write_node(j, &node, call->collect.arena, e);
	}
	json_close_array(j);
	return code;
}

const struct endpoint endpoint_nodes = {
    .path = "/api/v1/gpu/nodes",
    .message = "GPU nodes retrieved successfully",
    .failure = "Failed to retrieve GPU nodes",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional = FIELDS_OF_GROUPS},
    .write_data = write_data,
};
