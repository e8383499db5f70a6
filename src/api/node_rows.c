#include "api/node_rows.h"

#include <math.h>
#include <stdint.h>

#include "api/gpu_columns.h"

/* Takes the node's rows off the fleet's, from *at on. */
static bool
next_node(const struct node_rows_need *need, size_t *at, struct arena *arena,
	  struct node_row *out)
{
	const struct fleet *fleet = need->fleet;
	size_t first = *at, end = fleet_node_end(fleet, first);

	*out = (struct node_row){
	    .cards = arena_alloc(arena, (end - first) * sizeof(*out->cards))};
	*at = end;
	if (out->cards == NULL)
		return false;
	for (size_t i = first; i < end; i++) {
		const struct fleet_gpu *card = fleet_card(fleet->sorted[i]);

		/* Once for all of its instances. */
		if (card->order == i && (need->concerns == NULL ||
					 need->concerns(need->context, card)))
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
aggregate(const struct node_row *node, enum field field)
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
memory_utilization(const struct node_row *node)
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

/* --- columns -----------------------------------------------------------------
 */

static struct cell
get_count(const struct rows *rows, const void *row, const struct column *c)
{
	const struct node_row *node = row;

	(void)rows, (void)c;
	return (struct cell){.integer = (int64_t)node->count};
}

static struct cell
get_models(const struct rows *rows, const void *row, const struct column *c)
{
	const struct node_row *node = row;

	(void)rows, (void)c;
	return (struct cell){.texts = {node->models.list, node->models.count}};
}

static struct cell
get_timestamp(const struct rows *rows, const void *row, const struct column *c)
{
	const struct node_row *node = row;
	double newest = 0;

	(void)rows, (void)c;
	for (size_t i = 0; i < node->count; i++)
		newest = fmax(newest, node->cards[i]->timestamp_s);
	return cell_time(newest);
}

static struct cell
get_measured(const struct rows *rows, const void *row, const struct column *c)
{
	const struct node_row *node = row;
	double oldest = 0;

	(void)rows, (void)c;
	for (size_t i = 0; i < node->count; i++) {
		double measured_s = node->cards[i]->measured_s;

		if (measured_s > 0 && (oldest == 0 || measured_s < oldest))
			oldest = measured_s;
	}
	return cell_time(oldest);
}

/* Of a column: the field, and what is made of its values. */
enum { HOW_BITS = 8, HOW_MASK = (1 << HOW_BITS) - 1 };

static struct cell
get_aggregate(const struct rows *rows, const void *row, const struct column *c)
{
	const struct node_row *node = row;
	struct aggregate all = aggregate(node, (enum field)(c->of >> HOW_BITS));

	(void)rows;
	switch ((enum field_of_group)(c->of & HOW_MASK)) {
	case GROUP_AVG:
		return cell_value(c->unit, all.sum / (double)all.count);
	case GROUP_MAX:
		return cell_value(c->unit, all.max);
	case GROUP_SUM:
		return cell_value(c->unit, all.sum);
	default:
		return cell_value(c->unit, memory_utilization(node));
	}
}

/* All that is told of the field: "utilization_avg", "utilization_max". */
static void
add_field(struct column_list *list, enum field field)
{
	static const struct {
		enum field_of_group how;
		const char *suffix;
		const char *sentence; /* NULL: the field's own */
	} ways[] = {{GROUP_AVG, "_avg", "Average over its GPUs."},
		    {GROUP_MAX, "_max", "The greatest of its GPUs."},
		    {GROUP_SUM, "", "Sum over its GPUs."},
		    {GROUP_COMPUTED, "", NULL}};
	const struct field_info *info = &field_table[field];

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct column column = {
		    .type = COLUMN_DECIMAL,
		    .unit = info->unit,
		    .is_nullable = true,
		    .need = FIELD_BIT(field),
		    .of = (int)field << HOW_BITS | (int)ways[i].how,
		    .sentence = ways[i].sentence != NULL ? ways[i].sentence
							 : info->sentence,
		    .get = get_aggregate};

		if ((info->of_group & ways[i].how) == 0)
			continue;
		column_name(&column, info->key, ways[i].suffix);
		column_add(list, &column);
	}
}

void
node_rows_describe(struct column_list *list)
{
	static const struct column count = {.name = "gpu_count",
					    .type = COLUMN_INTEGER,
					    .sentence = "How many GPUs it has.",
					    .get = get_count};
	static const struct column models = {.name = "gpu_models",
					     .type = COLUMN_TEXTS,
					     .sentence =
						 "Their models, each once.",
					     .get = get_models};
	struct column timestamp = gpu_column_timestamp;
	struct column measured = gpu_column_measured_at;

	timestamp.get = get_timestamp;
	timestamp.sentence = "The newest of its GPUs.";
	measured.get = get_measured;
	measured.sentence = "When the oldest of its values was measured.";
	column_add(list, &gpu_column_node_name);
	column_add(list, &count);
	column_add(list, &models);
	for (int i = 0; i < FIELD__MAX; i++)
		add_field(list, (enum field)i);
	column_add(list, &timestamp);
	column_add(list, &gpu_column_cluster);
	column_add(list, &measured);
}

/* --- rows --------------------------------------------------------------------
 */

static const struct fleet_gpu *
gpu_of(const void *row)
{
	const struct node_row *node = row;

	return node->cards[0];
}

enum err_code
node_rows_list(const struct node_rows_need *need, struct arena *arena,
	       struct rows *out, struct err *e)
{
	const struct fleet *fleet = need->fleet;

	out->fleet = fleet;
	out->gpu_of = gpu_of;
	/* There are no more of them than rows. */
	out->list = arena_alloc(arena, fleet->count * sizeof(*out->list));
	if (out->list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < fleet->count;) {
		struct node_row *node = arena_alloc(arena, sizeof(*node));

		if (node == NULL || !next_node(need, &i, arena, node))
			return err_set_memory(e);
		if (node->count == 0)
			continue;
		if (fleet_list_models(fleet, node->cards, node->count, arena,
				      &node->models, e) != ERR_OK)
			return e->code;
		out->list[out->count++] = node;
	}
	return ERR_OK;
}
