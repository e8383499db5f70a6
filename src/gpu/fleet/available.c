#include "gpu/fleet/available.h"

#include <math.h>
#include <stdlib.h>

#include "gpu/fleet/shares.h"

const size_t available_fit_sizes[AVAILABLE_FITS] = {1, 2, 4, 8};

struct work {
	const struct workload_table *table;
	const struct available_need *need;
	struct arena *arena;
	struct available *out;
	struct available_row **rows;
	/* Of the GPUs that it is about, one kind; and of some of these the free
	 * ones. */
	struct available_gpu **units, **free;
	size_t unit_count;
};

/* --- one GPU -------------------------------------------------------------- */

enum verdict { FREE, TAKEN, BROKEN, NODE_UNKNOWN, MEMORY_UNKNOWN, USE_UNKNOWN };

static bool
may_be_held(const struct available_need *need, const struct available_gpu *g)
{
	return !need->with_held && g->is_held == CAPACITY_UNKNOWN;
}

static enum verdict
judge_memory(const struct available_need *need, const struct available_gpu *g)
{
	double used = fleet_value(g->gpu, FIELD_MEMORY_USED);

	if (isnan(used))
		return MEMORY_UNKNOWN;
	return used < need->memory_used_max ? FREE : TAKEN;
}

static bool
is_above(const struct available_need *need, double percent)
{
	return need->wants_idle
		   ? percent >= need->idle_utilization
		   : available_told(percent) > need->utilization_max;
}

static bool
is_below(const struct available_need *need, double percent)
{
	return !need->wants_idle &&
	       available_told(percent) < need->utilization_min;
}

static enum verdict
judge_use(const struct available_need *need, const struct available_gpu *g)
{
	double now = fleet_value(g->gpu, FIELD_UTILIZATION);

	if (is_above(need, now) || is_below(need, now) ||
	    (need->needs_window && is_above(need, g->utilization_so_far)))
		return TAKEN;
	return isnan(now) || (need->needs_window && !g->was_measured)
		   ? USE_UNKNOWN
		   : FREE;
}

/* What is known to speak against it comes before what nobody knows. Who uses
 * its memory may be nobody whom an exporter could show. */
static enum verdict
judge(const struct available_need *need, const struct available_gpu *g)
{
	enum verdict memory = FREE, use = judge_use(need, g);

	if (!need->with_held)
		memory = judge_memory(need, g);
	if (g->is_offered == CAPACITY_NO || memory == TAKEN || use == TAKEN ||
	    (!need->with_held && g->is_held == CAPACITY_YES))
		return TAKEN;
	if (g->is_broken)
		return BROKEN;
	if (g->is_offered == CAPACITY_UNKNOWN)
		return NODE_UNKNOWN;
	return memory != FREE ? memory : use;
}

static void
count_doubts(struct available *out, const struct available_need *need,
	     const struct available_gpus *gpus)
{
	for (size_t i = 0; i < gpus->count; i++) {
		enum verdict verdict = judge(need, &gpus->list[i]);

		out->maybe_held_count +=
		    verdict == FREE && may_be_held(need, &gpus->list[i]);
		out->unknown_node_count +=
		    verdict == NODE_UNKNOWN && !gpus->list[i].is_misplaced;
		out->misplaced_count +=
		    verdict == NODE_UNKNOWN && gpus->list[i].is_misplaced;
		out->broken_count += verdict == BROKEN;
		out->unknown_memory_count += verdict == MEMORY_UNKNOWN;
		out->unknown_use_count += verdict == USE_UNKNOWN;
	}
}

/* --- several -------------------------------------------------------------- */

/* How many of them there are to be had: of a resource no more than is left. */
static size_t
count_within(struct available_gpu *const *gpus, size_t count)
{
	size_t within = 0;

	for (size_t i = 0; i < count; i++) {
		struct available_source *source = gpus[i]->source;

		if (source != NULL && (double)source->taken < source->row->free)
			source->taken++;
		else if (source != NULL)
			continue;
		within++;
	}
	for (size_t i = 0; i < count; i++)
		if (gpus[i]->source != NULL)
			gpus[i]->source->taken = 0;
	return within;
}

/* Whether what is left to all partitions of the card, each of which tells it
 * for its own, is enough for so many others as well. */
static bool
has_memory_beside(const struct work *w, const struct fleet_gpu *gpu,
		  size_t others)
{
	double least = w->need->memory_free_min;

	return least <= 0 || !shares_have_one_memory(&w->table->fleet, gpu) ||
	       (double)(others + 1) * least <=
		   fleet_value(gpu, FIELD_MEMORY_FREE);
}

/* Of a group: which are free, and how many of these there are to be had, or
 * none if that is not enough. */
static size_t
find_free(struct work *w, struct available_gpu *const *units, size_t count,
	  size_t *within)
{
	const struct available_need *need = w->need;
	const struct fleet_gpu *card = NULL;
	size_t found = 0, of_card = 0;

	for (size_t i = 0; i < count; i++) {
		if (fleet_card(units[i]->gpu) != card)
			of_card = 0;
		card = fleet_card(units[i]->gpu);
		if (judge(need, units[i]) != FREE ||
		    !need->suits(need->context, units[i]) ||
		    !has_memory_beside(w, units[i]->gpu, of_card))
			continue;
		w->free[found++] = units[i];
		of_card++;
	}
	*within = count_within(w->free, found);
	if (*within < need->count)
		*within = found = 0;
	return found;
}

struct available_row
available_row_of(const struct available_gpu *g)
{
	return (struct available_row){.gpu = g->gpu,
				      .of = g,
				      .memory_free_min = NAN,
				      .timestamp_s = g->gpu->timestamp_s,
				      .measured_s = g->gpu->measured_s};
}

static struct available_row *
add_row(struct work *w, const struct available_gpu *of)
{
	struct available_row *row = arena_alloc(w->arena, sizeof(*row));

	if (row == NULL)
		return NULL;
	*row = available_row_of(of);
	w->rows[w->out->count++] = row;
	return row;
}

static void
date(struct available_row *row, const struct fleet_gpu *gpu)
{
	row->timestamp_s = fmax(row->timestamp_s, gpu->timestamp_s);
	if (gpu->measured_s > 0 &&
	    (row->measured_s == 0 || gpu->measured_s < row->measured_s))
		row->measured_s = gpu->measured_s;
}

static void
add_counts(struct available_row *row, struct available_gpu *const *units,
	   size_t count, size_t within)
{
	row->gpu_count += count;
	row->free_count += within;
	row->node_count += within > 0;
	for (int i = 0; i < AVAILABLE_FITS; i++)
		row->fits[i] += within / available_fit_sizes[i];
	for (size_t i = 0; i < count; i++)
		date(row, units[i]->gpu);
}

/* --- rows ----------------------------------------------------------------- */

static enum err_code
add_gpus(struct work *w, size_t found, size_t within, struct err *e)
{
	for (size_t i = 0; i < found; i++) {
		struct available_row *row = add_row(w, w->free[i]);

		if (row == NULL)
			return err_set_memory(e);
		row->free_on_node = within;
	}
	return ERR_OK;
}

/* NaN: of one of them nobody knows. */
static double
least_memory_free(const struct fleet_gpu *const *gpus, size_t count)
{
	double least = INFINITY;

	for (size_t i = 0; i < count; i++) {
		double left = fleet_value(gpus[i], FIELD_MEMORY_FREE);

		if (isnan(left))
			return NAN;
		least = fmin(least, left);
	}
	return least;
}

/* Which of the node's they are. */
static enum err_code
describe_node(struct work *w, struct available_row *row, size_t found,
	      struct err *e)
{
	const struct fleet_gpu **gpus =
	    arena_alloc(w->arena, found * sizeof(*gpus));
	uint32_t *indexes = arena_alloc(w->arena, found * sizeof(*indexes));

	if (gpus == NULL || indexes == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < found; i++) {
		uint32_t index = w->free[i]->gpu->index;

		gpus[i] = w->free[i]->gpu;
		if (index != FLEET_UNKNOWN &&
		    (row->index_count == 0 ||
		     indexes[row->index_count - 1] != index))
			indexes[row->index_count++] = index;
	}
	row->indexes = indexes;
	row->memory_free_min = least_memory_free(gpus, found);
	return fleet_list_models(&w->table->fleet, gpus, found, w->arena,
				 &row->models, e);
}

static enum err_code
add_node(struct work *w, struct available_gpu *const *units, size_t count,
	 size_t found, size_t within, struct err *e)
{
	struct available_row *row;

	if (found == 0)
		return ERR_OK;
	row = add_row(w, units[0]);
	if (row == NULL)
		return err_set_memory(e);
	row->free_on_node = within;
	add_counts(row, units, count, within);
	return describe_node(w, row, found, e);
}

static bool
is_same_model(const struct fleet_gpu *a, const struct fleet_gpu *b)
{
	return a->model == b->model && a->vendor == b->vendor;
}

/* Those of one node; a model's nodes come one after the other. */
static enum err_code
add_model(struct work *w, struct available_gpu *const *units, size_t count,
	  size_t within, struct err *e)
{
	size_t rows = w->out->count;
	struct available_row *row = rows > 0 ? w->rows[rows - 1] : NULL;

	if (row == NULL || !is_same_model(row->gpu, units[0]->gpu))
		row = add_row(w, units[0]);
	if (row == NULL)
		return err_set_memory(e);
	add_counts(row, units, count, within);
	return ERR_OK;
}

static enum err_code
add_group(struct work *w, struct available_gpu *const *units, size_t count,
	  struct err *e)
{
	size_t within, found = find_free(w, units, count, &within);

	switch (w->need->by) {
	case AVAILABLE_BY_GPU:
		return add_gpus(w, found, within, e);
	case AVAILABLE_BY_NODE:
		return add_node(w, units, count, found, within, e);
	default:
		return add_model(w, units, count, within, e);
	}
}

/* --- groups --------------------------------------------------------------- */

static void
list_units(struct work *w, const struct available_gpus *gpus, bool of_instances)
{
	const struct available_need *need = w->need;

	w->unit_count = 0;
	for (size_t i = 0; i < gpus->count; i++) {
		struct available_gpu *g = &gpus->list[i];

		if ((g->gpu->card != NULL) == of_instances &&
		    need->concerns(need->context, g))
			w->units[w->unit_count++] = g;
	}
}

static int
compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* All stand in one list, in the order of the fleet's rows. */
static int
compare_models(const void *a, const void *b)
{
	const struct available_gpu *const *left = a, *const *right = b;
	const struct fleet_gpu *p = (*left)->gpu, *q = (*right)->gpu;
	int order = compare_numbers(p->model, q->model);

	if (order == 0)
		order = compare_numbers(p->vendor, q->vendor);
	return order != 0 ? order : (*left > *right) - (*left < *right);
}

static bool
are_of_one_group(const struct available_need *need, const struct fleet_gpu *a,
		 const struct fleet_gpu *b)
{
	return a->node == b->node && a->cluster == b->cluster &&
	       (need->by != AVAILABLE_BY_MODEL || is_same_model(a, b));
}

static enum err_code
add_groups(struct work *w, struct err *e)
{
	enum err_code code = ERR_OK;
	size_t end;

	if (w->need->by == AVAILABLE_BY_MODEL)
		qsort(w->units, w->unit_count, sizeof(*w->units),
		      compare_models);
	for (size_t first = 0; code == ERR_OK && first < w->unit_count;
	     first = end) {
		end = first + 1;
		while (end < w->unit_count &&
		       are_of_one_group(w->need, w->units[first]->gpu,
					w->units[end]->gpu))
			end++;
		code = add_group(w, w->units + first, end - first, e);
	}
	return code;
}

/* --- their order ---------------------------------------------------------- */

static int
compare_names(const struct fleet *fleet, const struct fleet_gpu *a,
	      const struct fleet_gpu *b)
{
	int order = fleet_compare_texts(fleet, a->model, b->model, 1);

	if (order == 0)
		order = fleet_compare_texts(fleet, a->vendor, b->vendor, 1);
	return order;
}

static int
compare_rows(const void *a, const void *b, void *context)
{
	const struct available_row *const *left = a, *const *right = b;
	const struct fleet_gpu *p = (*left)->gpu, *q = (*right)->gpu;
	const struct work *w = context;
	int order;

	if (w->need->by == AVAILABLE_BY_MODEL) {
		order = compare_names(&w->table->fleet, p, q);
	} else {
		order = compare_numbers((*left)->free_on_node,
					(*right)->free_on_node);
		if (w->need->is_spread)
			order = -order;
	}
	if (order == 0)
		order =
		    compare_numbers(fleet_card(p)->order, fleet_card(q)->order);
	return order != 0 ? order
			  : compare_numbers(p->mig_instance, q->mig_instance);
}

enum err_code
available_list(const struct workload_table *t,
	       const struct available_need *need, struct arena *arena,
	       struct available *out, struct err *e)
{
	size_t count = t->fleet.count;
	struct work w = {.table = t,
			 .need = need,
			 .arena = arena,
			 .out = out,
			 .rows = arena_alloc(arena, count * sizeof(*w.rows)),
			 .units = arena_alloc(arena, count * sizeof(*w.units)),
			 .free = arena_alloc(arena, count * sizeof(*w.free))};
	bool has_both = need->by == AVAILABLE_BY_GPU && !need->of_instances;
	struct available_gpus gpus;

	*out = (struct available){.count = 0};
	if (w.rows == NULL || w.units == NULL || w.free == NULL)
		return err_set_memory(e);
	if (available_gpus_list(t, need->sick, arena, &gpus, e) != ERR_OK)
		return e->code;
	count_doubts(out, need, &gpus);
	list_units(&w, &gpus, need->of_instances);
	if (add_groups(&w, e) != ERR_OK)
		return e->code;
	if (has_both) {
		list_units(&w, &gpus, true);
		if (add_groups(&w, e) != ERR_OK)
			return e->code;
	}
	qsort_r(w.rows, out->count, sizeof(*w.rows), compare_rows, &w);
	out->rows = (const struct available_row **)w.rows;
	return ERR_OK;
}
