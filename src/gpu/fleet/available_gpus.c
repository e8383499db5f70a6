#include "gpu/fleet/available_gpus.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "gpu/fleet/capacity_cards.h"

/* What is known so far. */
struct view {
	const struct workload_table *table;
	struct available_gpu *gpus;
	struct available_source *sources; /* of each of the capacity's rows */
	/* Of these, what nodes have on which no GPU is seen: each kind once. */
	const struct capacity_row **unseen;
	size_t unseen_count;
};

static size_t
count_holders(const struct workload_table *t, const struct fleet_gpu *gpu)
{
	size_t count;

	workload_find(t, gpu, &count);
	return count;
}

/* --- what exporters tell -------------------------------------------------- */

/* Who has a card that is split has each of its instances. */
static bool
is_held(const struct workload_table *t, const struct fleet_gpu *gpu)
{
	return count_holders(t, gpu) > 0 ||
	       (gpu->card != NULL && count_holders(t, gpu->card) > 0);
}

/* The ranks of those who tell of somebody on one of these rows. */
static uint64_t
tellers_of(const struct workload_table *t, size_t first, size_t end)
{
	uint64_t tellers = 0;

	for (size_t i = first; i < end; i++) {
		size_t count;
		struct workload *const *holders =
		    workload_find(t, t->fleet.sorted[i], &count);

		for (size_t k = 0; k < count; k++)
			tellers |= holders[k]->exporters;
	}
	return tellers;
}

/* The rows of one node. */
static void
ask_exporters(struct view *v, size_t first, size_t end)
{
	uint64_t tellers = tellers_of(v->table, first, end);

	for (size_t i = first; i < end; i++) {
		struct available_gpu *g = &v->gpus[i];
		uint64_t exporters =
		    g->gpu->exporters | fleet_card(g->gpu)->exporters;

		if (is_held(v->table, g->gpu))
			g->is_held = CAPACITY_YES;
		else if ((exporters & tellers) != 0)
			g->is_held = CAPACITY_NO;
	}
}

static void
ask_all_exporters(struct view *v)
{
	const struct fleet *fleet = &v->table->fleet;
	size_t end;

	for (size_t first = 0; first < fleet->count; first = end) {
		end = fleet_node_end(fleet, first);
		ask_exporters(v, first, end);
	}
}

/* --- what Kubernetes tells ------------------------------------------------ */

static enum capacity_answer
takes_pods(const struct capacity_node *node)
{
	if (node->is_ready == CAPACITY_NO || node->is_cordoned == CAPACITY_YES)
		return CAPACITY_NO;
	return node->is_ready == CAPACITY_YES &&
		       node->is_cordoned == CAPACITY_NO
		   ? CAPACITY_YES
		   : CAPACITY_UNKNOWN;
}

static enum capacity_answer
has_one_left(const struct capacity_row *row)
{
	if (isnan(row->free))
		return CAPACITY_UNKNOWN;
	return row->free > 0 ? CAPACITY_YES : CAPACITY_NO;
}

/* Which is more to whoever wants one: what is not known is not what is there.
 */
static int
rank_of(const struct available_source *source)
{
	switch (has_one_left(source->row)) {
	case CAPACITY_YES:
		return 2;
	case CAPACITY_UNKNOWN:
		return 1;
	default:
		return 0;
	}
}

static bool
is_more(const struct available_source *a, const struct available_source *b)
{
	int order = rank_of(a) - rank_of(b);

	return order != 0 ? order > 0 : a->row->free > b->row->free;
}

static void
count_shown(struct view *v, struct available_source *source)
{
	const struct fleet *fleet = &v->table->fleet;
	const struct capacity_node *node = source->row->node;

	for (size_t i = node->first; i < node->end; i++)
		if (capacity_cards_has(fleet, source->row, fleet->sorted[i]))
			source->shown +=
			    count_holders(v->table, fleet->sorted[i]);
}

/* Pods that hold it may be on GPUs where nobody shows them. Who is shown beside
 * them, a job or a pod that has ended, does not stand for them. */
static bool
is_accounted_for(const struct available_source *source)
{
	return !source->row->has_unseen &&
	       source->row->requested <= (double)source->shown;
}

static void
offer(struct view *v, struct available_source *source, size_t place)
{
	struct available_gpu *g = &v->gpus[place];
	bool is_first = g->source == NULL;

	if (is_first || is_more(source, g->source))
		g->source = source;
	if (g->is_held == CAPACITY_YES)
		return;
	if (!is_accounted_for(source))
		g->is_held = CAPACITY_UNKNOWN;
	else if (is_first)
		g->is_held = CAPACITY_NO;
}

static void
offer_all(struct view *v, struct available_source *source)
{
	const struct fleet *fleet = &v->table->fleet;
	const struct capacity_node *node = source->row->node;

	for (size_t i = node->first; i < node->end; i++) {
		const struct fleet_gpu *gpu = fleet->sorted[i];

		if (capacity_cards_has(fleet, source->row, gpu))
			offer(v, source, i);
		else if (capacity_cards_is_vendors(fleet, source->row, gpu))
			v->gpus[i].is_passed_over = true;
	}
}

/* The node may take pods, but not to that one. */
static void
end_offer(struct available_gpu *g)
{
	if (g->is_offered != CAPACITY_NO && g->source == NULL &&
	    g->is_passed_over)
		g->is_offered = CAPACITY_NO;
	else if (g->is_offered == CAPACITY_YES && g->source != NULL)
		g->is_offered = has_one_left(g->source->row);
}

static bool
is_alike(const struct capacity_row *a, const struct capacity_row *b)
{
	return a->resource == b->resource &&
	       a->node->gpu.cluster == b->node->gpu.cluster;
}

static void
add_unseen(struct view *v, const struct capacity_row *row)
{
	if (!capacity_is_unseen(row->node) ||
	    !(row->capacity > 0 || row->allocatable > 0))
		return;
	for (size_t i = 0; i < v->unseen_count; i++)
		if (is_alike(v->unseen[i], row))
			return;
	v->unseen[v->unseen_count++] = row;
}

/* Whether it may be one that a node has on which none is seen: an exporter may
 * call the node something else. */
static bool
may_be_of_another(const struct view *v, const struct fleet_gpu *gpu)
{
	for (size_t i = 0; i < v->unseen_count; i++) {
		const struct capacity_row *row = v->unseen[i];
		uint32_t cluster = row->node->gpu.cluster;

		if ((cluster == gpu->cluster || cluster == FLEET_UNKNOWN ||
		     gpu->cluster == FLEET_UNKNOWN) &&
		    capacity_cards_is_vendors(&v->table->fleet, row, gpu))
			return true;
	}
	return false;
}

/* The rows of one node. */
static void
find_node(struct view *v, size_t first, size_t end)
{
	const struct workload_table *t = v->table;
	const struct capacity_node *node;
	enum capacity_place place =
	    capacity_find(&t->capacity, &t->fleet, first, &node);

	for (size_t i = first; i < end; i++) {
		struct available_gpu *g = &v->gpus[i];

		g->is_misplaced =
		    place == CAPACITY_UNCLEAR ||
		    (place == CAPACITY_NOWHERE && may_be_of_another(v, g->gpu));
		if (g->is_misplaced)
			g->is_offered = CAPACITY_UNKNOWN;
		else if (place == CAPACITY_HERE)
			g->is_offered = takes_pods(node);
		if (place == CAPACITY_HERE && node->has_unseen &&
		    g->is_held == CAPACITY_NO)
			g->is_held = CAPACITY_UNKNOWN;
	}
}

static void
ask_kubernetes(struct view *v)
{
	const struct capacity *capacity = &v->table->capacity;
	const struct fleet *fleet = &v->table->fleet;
	size_t end;

	for (size_t i = 0; i < capacity->count; i++) {
		v->sources[i] =
		    (struct available_source){.row = capacity->sorted[i]};
		count_shown(v, &v->sources[i]);
		add_unseen(v, capacity->sorted[i]);
	}
	for (size_t i = 0; i < capacity->count; i++)
		offer_all(v, &v->sources[i]);
	for (size_t first = 0; first < fleet->count; first = end) {
		end = fleet_node_end(fleet, first);
		find_node(v, first, end);
	}
}

/* --- how busy they were --------------------------------------------------- */

double
available_told(double percent)
{
	return json_rounded(percent, unit_table[UNIT_PERCENT].decimals);
}

static double
idle_s(const struct workload_idle *idle, const struct available_gpu *g)
{
	if (g->utilization_so_far >= idle->utilization)
		return 0;
	return g->was_measured ? idle->window_s : NAN;
}

/* What is told now is of the window, too, which may be shorter than the time
 * from one sample to the next. */
static void
add_use(const struct workload_table *t, size_t place, struct available_gpu *g)
{
	double now = fleet_value(g->gpu, FIELD_UTILIZATION);

	g->utilization_so_far = fmax(t->utilization_so_far[place], now);
	g->was_measured = t->was_measured[place] && !isnan(now);
	g->idle_s = idle_s(&t->idle, g);
}

/* --- whether it works ----------------------------------------------------- */

static bool
is_broken(const struct workload_table *t, const struct sick_cards *sick,
	  const struct fleet_gpu *gpu)
{
	return (sick != NULL && sick_cards_has(sick, &t->fleet, gpu)) ||
	       xid_is_critical(t->xids, fleet_value(gpu, FIELD_XID)) ||
	       xid_is_critical(t->xids,
			       fleet_value(fleet_card(gpu), FIELD_XID));
}

/* --- all of it ------------------------------------------------------------ */

enum err_code
available_gpus_list(const struct workload_table *t,
		    const struct sick_cards *sick, struct arena *arena,
		    struct available_gpus *out, struct err *e)
{
	const struct fleet *fleet = &t->fleet;
	struct view v = {
	    .table = t,
	    .gpus = arena_alloc(arena, fleet->count * sizeof(*v.gpus)),
	    .sources =
		arena_alloc(arena, t->capacity.count * sizeof(*v.sources)),
	    .unseen =
		arena_alloc(arena, t->capacity.count * sizeof(*v.unseen))};

	if (v.gpus == NULL || v.sources == NULL || v.unseen == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < fleet->count; i++) {
		v.gpus[i] = (struct available_gpu){
		    .gpu = fleet->sorted[i],
		    .is_offered = CAPACITY_YES,
		    .is_broken = is_broken(t, sick, fleet->sorted[i])};
		add_use(t, i, &v.gpus[i]);
	}
	ask_all_exporters(&v);
	ask_kubernetes(&v);
	for (size_t i = 0; i < fleet->count; i++)
		end_offer(&v.gpus[i]);
	*out = (struct available_gpus){v.gpus, fleet->count};
	return ERR_OK;
}
