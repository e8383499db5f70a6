#include "gpu/fleet/workload_group.h"

#include "gpu/fleet/workload_use.h"

struct workload *
workload_row(struct arena *arena, const struct fleet_gpu *gpu)
{
	struct workload *row = arena_alloc(arena, sizeof(*row));

	if (row == NULL)
		return NULL;
	*row = (struct workload){.gpu = gpu,
				 .name = workload_nobody(),
				 .state = WORKLOAD_UNKNOWN,
				 .utilization_max = NAN,
				 .power_draw = NAN,
				 .timestamp_s = gpu->timestamp_s};
	for (int i = 0; i < WORKLOAD_FIELD__MAX; i++)
		row->values[i] = NAN;
	return row;
}

static bool
agree(uint32_t a, uint32_t b)
{
	return a == b || a == FLEET_UNKNOWN || b == FLEET_UNKNOWN;
}

bool
workload_may_be_one(const struct workload_name *a,
		    const struct workload_name *b)
{
	bool tell_both = (a->pod == b->pod && a->pod != FLEET_UNKNOWN) ||
			 (a->job == b->job && a->job != FLEET_UNKNOWN);

	return tell_both && agree(a->namespace, b->namespace) &&
	       agree(a->pod, b->pod) && agree(a->container, b->container) &&
	       agree(a->job, b->job);
}

static void
fill(uint32_t *number, uint32_t from)
{
	if (*number == FLEET_UNKNOWN)
		*number = from;
}

void
workload_fill_name(struct workload_name *into, const struct workload_name *from)
{
	fill(&into->namespace, from->namespace);
	fill(&into->pod, from->pod);
	fill(&into->container, from->container);
	fill(&into->job, from->job);
	fill(&into->job_user, from->job_user);
	fill(&into->job_partition, from->job_partition);
}

/* All of the exporter's stand together. */
static void
find_own(struct workload_group *g, size_t first)
{
	unsigned rank = g->entries[first]->exporter_rank;

	if (first > 0 && g->entries[first - 1]->exporter_rank == rank)
		return;
	g->gpus = NULL;
	for (size_t i = first;
	     i < g->count && g->entries[i]->exporter_rank == rank; i++)
		if (g->entries[i]->is_now &&
		    workload_is_nobody(&g->entries[i]->name) &&
		    g->entries[i]->name.job_user == FLEET_UNKNOWN)
			g->gpus = g->entries[i];
}

/* Whether what the exporter tells of the field is the workload's. */
static bool
is_told_apart(const struct workload_group *g,
	      const struct workload_entry *entry, int field)
{
	return (entry->own & FIELD_BIT(field)) != 0 ||
	       (g->gpus != NULL && !isnan(g->gpus->now[field].value));
}

static void
fill_value(double *into, double from)
{
	if (isnan(*into))
		*into = from;
}

static void
take_values(const struct workload_group *g, const struct workload_entry *entry,
	    struct workload *row)
{
	for (int i = 0; i < WORKLOAD_FIELD__MAX; i++)
		if (is_told_apart(g, entry, i))
			fill_value(&row->values[i], entry->now[i].value);
	if (is_told_apart(g, entry, WORKLOAD_UTILIZATION))
		fill_value(&row->utilization_max, entry->so_far.value);
}

/* The place of its row; the group's count of rows if it has none yet. */
static size_t
find_row(const struct workload_group *g, const struct workload_name *name)
{
	size_t i = 0;

	while (i < g->row_count &&
	       !workload_may_be_one(&g->rows[i]->name, name))
		i++;
	return i;
}

static bool
take_entry(struct workload_table *t, struct workload_group *g,
	   const struct workload_entry *entry)
{
	size_t place = find_row(g, &entry->name);
	struct workload *row;

	if (place == WORKLOADS_OF_GPU_MAX) {
		t->left_out_count++;
		return true;
	}
	if (place == g->row_count) {
		row = workload_row(t->fleet.arena, g->gpu);
		if (row == NULL)
			return false;
		row->exporter = entry->exporter;
		row->exporter_rank = entry->exporter_rank;
		g->were_before[place] = false;
		g->rows[g->row_count++] = row;
	}
	row = g->rows[place];
	if (entry->exporter_rank < 64)
		row->exporters |= UINT64_C(1) << entry->exporter_rank;
	workload_fill_name(&row->name, &entry->name);
	take_values(g, entry, row);
	g->were_before[place] |= entry->was_before;
	return true;
}

/* What is the GPU's is the one's who alone has it: since then, of what was so
 * far; and so is a user whose job nobody tells. */
static void
take_gpu(struct workload_group *g)
{
	struct workload *row = g->rows[0];

	for (int i = 0; i < WORKLOAD_MEMORY_LIMIT; i++)
		fill_value(&row->values[i],
			   fleet_value(g->gpu, workload_field_table[i].field));
	row->power_draw = fleet_value(g->gpu, FIELD_POWER_DRAW);
	for (size_t i = 0; i < g->count; i++) {
		const struct workload_entry *entry = g->entries[i];

		if (workload_may_be_one(&entry->name, &row->name))
			fill_value(&row->utilization_max, entry->so_far.value);
		else if (entry->is_now && workload_is_nobody(&entry->name) &&
			 row->name.job != FLEET_UNKNOWN)
			fill(&row->name.job_user, entry->name.job_user);
	}
	if (g->were_before[0])
		fill_value(&row->utilization_max, g->so_far);
}

/* --- states --------------------------------------------------------------- */

/* Whether it was there when the window began, and nobody missed what it did
 * then: of a time before exporters looked nothing is known. */
static enum workload_state
state_of_idle(const struct workload_table *t, const struct workload_group *g,
	      size_t place)
{
	const struct workload *row = g->rows[place];
	bool was_before = g->were_before[place];

	if (row->pod != NULL && row->pod->started_s > 0)
		was_before =
		    row->timestamp_s - row->pod->started_s >= t->idle.window_s;
	else if (!was_before && t->lacks_before)
		return WORKLOAD_UNKNOWN;
	if (!was_before)
		return WORKLOAD_STARTING;
	return g->was_measured ? WORKLOAD_IDLE : WORKLOAD_UNKNOWN;
}

/* Who of several is busy nobody may tell, but all are idle if the GPU is. */
static enum workload_state
state_of(const struct workload_table *t, const struct workload_group *g,
	 size_t place)
{
	const struct workload *row = g->rows[place];
	double most =
	    isnan(row->utilization_max) ? g->so_far : row->utilization_max;

	if (row->utilization_max >= t->idle.utilization ||
	    row->values[WORKLOAD_UTILIZATION] >= t->idle.utilization)
		return WORKLOAD_ACTIVE;
	return most < t->idle.utilization ? state_of_idle(t, g, place)
					  : WORKLOAD_UNKNOWN;
}

/* What is known of its pod. */
static void
find_claim(struct workload_table *t, struct workload *row)
{
	const struct claims_key key = {fleet_card(row->gpu)->cluster,
				       row->name.namespace, row->name.pod};

	if (key.namespace == FLEET_UNKNOWN || key.pod == FLEET_UNKNOWN)
		return;
	row->pod = claims_find_pod(&t->claims, &key);
	row->claim = claims_find(&t->claims, &key, row->name.container);
	claims_show(&t->claims, &key, row->name.container);
}

/* Exporters may tell of a pod for a while that has ended: it has nothing. */
static void
leave_out_ended(struct workload_table *t, struct workload_group *g)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->row_count; i++) {
		struct workload *row = g->rows[i];

		find_claim(t, row);
		if (row->pod != NULL && claims_has_ended(row->pod))
			continue;
		g->were_before[kept] = g->were_before[i];
		g->rows[kept++] = row;
	}
	t->ended_count += kept < g->row_count;
	g->row_count = kept;
}

static bool
is_told_now(const struct workload_entry *entry)
{
	return entry->is_now && !workload_is_nobody(&entry->name);
}

enum err_code
workload_group_add_rows(struct workload_table *t, struct workload_group *g,
			struct err *e)
{
	g->row_count = 0;
	g->so_far = NAN;
	g->was_measured = false;
	for (size_t i = 0; i < g->count; i++) {
		find_own(g, i);
		g->so_far = fmax(g->so_far, g->entries[i]->so_far.value);
		g->was_measured |= g->entries[i]->was_measured;
		if (is_told_now(g->entries[i]) &&
		    !take_entry(t, g, g->entries[i]))
			return err_set_memory(e);
	}
	leave_out_ended(t, g);
	if (g->row_count == 1)
		take_gpu(g);
	for (size_t i = 0; i < g->row_count; i++) {
		struct workload *row = g->rows[i];

		row->shared_by = (unsigned)g->row_count;
		row->state = state_of(t, g, i);
	}
	t->count += g->row_count;
	workload_use_note(t, g->gpu, g->so_far, g->was_measured);
	return ERR_OK;
}
