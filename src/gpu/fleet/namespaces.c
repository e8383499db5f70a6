#include "gpu/fleet/namespaces.h"

#include <math.h>
#include <stdlib.h>

#include "base/intern.h"
#include "gpu/fleet/shares.h"

struct tally {
	const struct workload_table *table;
	struct arena *arena;
	struct intern keys; /* cluster and name */
	struct namespace_row **rows;
	struct intern workloads;     /* that have been counted */
	struct intern pods;	     /* whose rows are known, ... */
	struct namespace_row **owns; /* ... by their numbers */
	size_t unsized_count;
};

/* Added if it is new; NULL if there is no memory. There is room for all. */
static struct namespace_row *
row_of(struct tally *t, uint32_t cluster, uint32_t name)
{
	const uint32_t key[] = {cluster, name};
	uint32_t known = intern_count(&t->keys);
	uint32_t number = intern_add(&t->keys, (const char *)key, sizeof(key));
	struct namespace_row *row;

	if (number == INTERN_NONE)
		return NULL;
	if (number < known)
		return t->rows[number];
	row = arena_alloc(t->arena, sizeof(*row));
	if (row == NULL)
		return NULL;
	*row = (struct namespace_row){.cluster = cluster,
				      .name = name,
				      .utilization = NAN,
				      .memory_used = NAN,
				      .power_draw = NAN};
	t->rows[number] = row;
	return row;
}

/* Of what is not known nothing is added. */
static void
add(double *sum, double value)
{
	if (!isnan(value))
		*sum = isnan(*sum) ? value : *sum + value;
}

/* --- who ------------------------------------------------------------------ */

/* Where a GPU of that pod is; NULL: nowhere that was looked at so far. */
static struct namespace_row *
owner_of(const struct tally *t, const struct claims_pod *pod)
{
	uint32_t number =
	    intern_find(&t->pods, (const char *)&pod, sizeof(pod));

	return number != INTERN_NONE ? t->owns[number] : NULL;
}

/* A pod is one, however many containers and GPUs it has; a job likewise. */
static bool
count_workload(struct tally *t, const struct workload *w)
{
	const struct workload_name *name = &w->name;
	const uint32_t key[] = {w->gpu->cluster, name->namespace, name->pod,
				name->pod == FLEET_UNKNOWN ? name->job
							   : FLEET_UNKNOWN};
	struct namespace_row *row = row_of(t, key[0], key[1]);
	uint32_t known = intern_count(&t->workloads);
	uint32_t number =
	    intern_add(&t->workloads, (const char *)key, sizeof(key));

	if (row == NULL || number == INTERN_NONE)
		return false;
	row->workload_count += number == known;
	row->timestamp_s = fmax(row->timestamp_s, w->timestamp_s);
	if (w->pod == NULL)
		return true;
	number = intern_add(&t->pods, (const char *)&w->pod, sizeof(w->pod));
	if (number != INTERN_NONE)
		t->owns[number] = row;
	return number != INTERN_NONE;
}

/* On a GPU, or on none; who of a pod waits is where its other GPUs are. */
static bool
count_workloads(struct tally *t, bool are_on_gpus)
{
	const struct workload_table *table = t->table;

	for (size_t i = 0; i < table->count; i++) {
		const struct workload *w = table->sorted[i];

		if ((w->shared_by > 0) == are_on_gpus &&
		    (are_on_gpus || w->pod == NULL ||
		     owner_of(t, w->pod) == NULL) &&
		    !count_workload(t, w))
			return false;
	}
	return true;
}

/* One of whom nobody knows that makes no row, and no sum of the others. */
static void
add_untold(struct tally *t, const struct claims_pod *pod)
{
	const uint32_t key[] = {pod->key.cluster, pod->key.namespace};
	struct namespace_row *row = owner_of(t, pod);
	uint32_t number = intern_find(&t->keys, (const char *)key, sizeof(key));

	if (row == NULL && number != INTERN_NONE)
		row = t->rows[number];
	if (row != NULL)
		row->is_requested = false;
}

/* Where its pod is shown; or where it says that it is. */
static bool
add_claim(struct tally *t, const struct claim *claim)
{
	const struct claims_pod *pod = claim->pod;
	struct namespace_row *row = owner_of(t, pod);

	if (row == NULL)
		row = row_of(t, pod->key.cluster, pod->key.namespace);
	if (row == NULL)
		return false;
	row->requested += claim->requested;
	row->is_requested = true;
	row->timestamp_s = fmax(row->timestamp_s, pod->timestamp_s);
	return true;
}

static enum err_code
add_workloads(struct tally *t, struct err *e)
{
	const struct claims *claims = &t->table->claims;

	if (!count_workloads(t, true) || !count_workloads(t, false))
		return err_set_memory(e);
	/* Who waits is not known then, so a sum would be too small. */
	if (claims->failure.code != ERR_OK)
		return ERR_OK;
	for (size_t i = 0; i < claims->count; i++)
		if (claims->list[i]->pod->phase >= CLAIMS_PENDING &&
		    !add_claim(t, claims->list[i]))
			return err_set_memory(e);
	for (size_t i = 0; i < claims->count; i++)
		if (claims->list[i]->pod->phase == CLAIMS_UNTOLD)
			add_untold(t, claims->list[i]->pod);
	return ERR_OK;
}

/* --- what they have ------------------------------------------------------- */

/* A card, an instance of it, or what is in none of them. */
struct piece {
	const struct fleet_gpu *gpu; /* or its card */
	double part;		     /* of the card */
	double memory_used;	     /* NaN, as the next */
	double utilization;
	struct workload *const *holders;
	size_t count;
};

static bool
is_first_of_its_own(const struct piece *p, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (p->holders[i]->name.namespace ==
		    p->holders[place]->name.namespace)
			return false;
	return true;
}

static size_t
count_namespaces(const struct piece *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->count; i++)
		count += is_first_of_its_own(p, i);
	return count;
}

/* What is told of a namespace's own workloads there; NaN unless of each, and of
 * nothing else that they have of the card. */
static double
sum_of_own(const struct piece *p, uint32_t name, enum workload_field field)
{
	double sum = 0;

	for (size_t i = 0; i < p->count; i++)
		if (p->holders[i]->name.namespace == name)
			sum += p->holders[i]->gpu == p->gpu &&
				       p->gpu->instances == NULL
				   ? p->holders[i]->values[field]
				   : NAN;
	return sum;
}

/* 1 if none of them does anything, 0 if one does; NaN if nobody knows. */
static double
idleness(const struct piece *p, uint32_t name)
{
	double idle = 1;

	for (size_t i = 0; i < p->count; i++) {
		enum workload_state state = p->holders[i]->state;

		if (p->holders[i]->name.namespace != name ||
		    state == WORKLOAD_IDLE)
			continue;
		if (state != WORKLOAD_UNKNOWN)
			return 0;
		idle = NAN;
	}
	return idle;
}

static void
add_part(struct namespace_row *row, const struct piece *p, double part,
	 double utilization, double memory_used)
{
	const struct fleet_gpu *gpu = p->gpu;

	row->gpu_count += part;
	add(&row->memory_used, memory_used);
	if (!isnan(utilization)) {
		add(&row->utilization, utilization * part);
		row->weight += part;
	}
	row->timestamp_s = fmax(row->timestamp_s, gpu->timestamp_s);
	if (gpu->measured_s > 0 &&
	    (row->measured_s == 0 || gpu->measured_s < row->measured_s))
		row->measured_s = gpu->measured_s;
}

/* Who has it alone has what is measured there. */
static void
add_own(struct namespace_row *row, const struct piece *p, double part,
	bool is_alone)
{
	double utilization = is_alone ? p->utilization : NAN;
	double memory_used = is_alone ? p->memory_used : NAN;

	if (isnan(utilization))
		utilization = sum_of_own(p, row->name, WORKLOAD_UTILIZATION);
	/* Theirs may be of moments that differ a little. */
	if (utilization > 100)
		utilization = 100;
	if (isnan(memory_used))
		memory_used = sum_of_own(p, row->name, WORKLOAD_MEMORY_USED);
	add_part(row, p, part, utilization, memory_used);
	row->idle_gpu_count += idleness(p, row->name) * part;
	row->has_workloads = true;
}

/* *out is whose all of it is; NULL if it is several's. False if there is no
 * memory. */
static bool
divide(struct tally *t, const struct piece *p, struct namespace_row **out)
{
	size_t count = count_namespaces(p);
	double part = p->part / (double)(count > 0 ? count : 1);
	struct namespace_row *row = NULL;

	*out = NULL;
	if (count == 0) {
		row = row_of(t, p->gpu->cluster, FLEET_UNKNOWN);
		if (row != NULL)
			add_part(row, p, part, p->utilization, p->memory_used);
		*out = row;
		return row != NULL;
	}
	for (size_t i = 0; i < p->count; i++) {
		if (!is_first_of_its_own(p, i))
			continue;
		row = row_of(t, p->gpu->cluster, p->holders[i]->name.namespace);
		if (row == NULL)
			return false;
		add_own(row, p, part, count == 1);
	}
	*out = count == 1 ? row : NULL;
	return true;
}

/* --- cards ---------------------------------------------------------------- */

/* How a card is split. */
struct split {
	const struct fleet_gpu *card;
	size_t count;
	double shares[FLEET_INSTANCES_MAX]; /* in the instances' order */
	double rest;			    /* what is in no instance */
	bool memory_is_shared;		    /* each tells all of it */
};

static void
find_split(struct tally *t, const struct fleet_gpu *card, struct split *out)
{
	const struct fleet *f = &t->table->fleet;
	enum shares_source source = shares_of_card(f, card, out->shares);
	size_t i = 0;

	t->unsized_count += !shares_are_known(source, f, card);
	out->card = card;
	out->rest = 1;
	for (const struct fleet_gpu *gpu = card->instances; gpu != NULL;
	     gpu = gpu->next_instance)
		out->rest -= out->shares[i++];
	out->count = i;
	out->memory_is_shared =
	    source == SHARES_EQUAL && shares_repeat_memory(f, card);
}

/* By the rows of its own, or else of the card. */
static void
find_holders(const struct tally *t, struct piece *p)
{
	p->holders = workload_find(t->table, p->gpu, &p->count);
	if (p->count == 0 && p->gpu->card != NULL)
		p->holders = workload_find(t->table, p->gpu->card, &p->count);
}

static struct piece
piece_of(const struct tally *t, const struct fleet_gpu *gpu, double part,
	 unsigned shared_by)
{
	struct piece p = {.gpu = gpu,
			  .part = part,
			  .memory_used =
			      fleet_value(gpu, FIELD_MEMORY_USED) / shared_by,
			  .utilization = fleet_value(gpu, FIELD_UTILIZATION)};

	find_holders(t, &p);
	return p;
}

/* What is in no instance, of which nothing is measured; false if there is no
 * memory. */
static bool
divide_rest(struct tally *t, const struct split *s,
	    struct namespace_row **owner)
{
	static const double lost_by_sums = 1e-9;
	struct piece p = {.gpu = s->card,
			  .part = s->rest,
			  .memory_used = NAN,
			  .utilization = NAN};

	if (s->rest < lost_by_sums)
		return true;
	find_holders(t, &p);
	return divide(t, &p, owner);
}

/* What a split card draws is the one's who has all of it. */
static bool
divide_split(struct tally *t, const struct fleet_gpu *card)
{
	struct namespace_row *owner = NULL, *other;
	struct split s;
	size_t i = 0;

	find_split(t, card, &s);
	for (const struct fleet_gpu *gpu = card->instances; gpu != NULL;
	     gpu = gpu->next_instance) {
		struct piece p =
		    piece_of(t, gpu, s.shares[i++],
			     s.memory_is_shared ? (unsigned)s.count : 1);

		if (!divide(t, &p, &other))
			return false;
		if (gpu == card->instances)
			owner = other;
		else if (owner != other)
			owner = NULL;
	}
	other = owner;
	if (!divide_rest(t, &s, &other))
		return false;
	if (owner != NULL && owner == other)
		add(&owner->power_draw, fleet_value(card, FIELD_POWER_DRAW));
	return true;
}

static bool
divide_card(struct tally *t, const struct fleet_gpu *card)
{
	struct piece p;
	struct namespace_row *owner;

	if (card->instances != NULL)
		return divide_split(t, card);
	p = piece_of(t, card, 1, 1);
	if (!divide(t, &p, &owner))
		return false;
	if (owner != NULL)
		add(&owner->power_draw, fleet_value(card, FIELD_POWER_DRAW));
	return true;
}

static enum err_code
divide_all(struct tally *t, struct err *e)
{
	const struct fleet *f = &t->table->fleet;

	for (size_t i = 0; i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		/* Once for all of its instances. */
		if (card->order == i && !divide_card(t, card))
			return err_set_memory(e);
	}
	return ERR_OK;
}

/* --- all of it ------------------------------------------------------------ */

static int
compare_rows(const void *a, const void *b, void *fleet)
{
	const struct namespace_row *const *left = a, *const *right = b;
	int order =
	    fleet_compare_texts(fleet, (*left)->name, (*right)->name, 1);

	if (order == 0)
		order = fleet_compare_texts(fleet, (*left)->cluster,
					    (*right)->cluster, -1);
	/* Names that differ behind a NUL only. */
	if (order == 0)
		order = ((*left)->name > (*right)->name) -
			((*left)->name < (*right)->name);
	return order;
}

static enum err_code
list(struct tally *t, struct namespace_table *out, struct err *e)
{
	size_t count = intern_count(&t->keys);

	*out = (struct namespace_table){
	    .rows = arena_alloc(t->arena, count * sizeof(*out->rows)),
	    .count = count,
	    .unsized_count = t->unsized_count};
	if (out->rows == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < count; i++) {
		t->rows[i]->utilization /= t->rows[i]->weight;
		if (!t->rows[i]->has_workloads)
			t->rows[i]->idle_gpu_count = NAN;
		out->rows[i] = t->rows[i];
	}
	qsort_r(out->rows, count, sizeof(*out->rows), compare_rows,
		(void *)(uintptr_t)&t->table->fleet);
	return ERR_OK;
}

static enum err_code
make(struct tally *t, struct namespace_table *out, struct err *e)
{
	const struct workload_table *table = t->table;
	size_t capacity =
	    table->count + table->claims.count + table->fleet.count;
	enum err_code code;

	/* Each of these is of one row at most, but for cards that are shared:
	 * by rows of the table. */
	t->rows = arena_alloc(t->arena, capacity * sizeof(*t->rows));
	t->owns = arena_alloc(t->arena, table->count * sizeof(*t->owns));
	if (t->rows == NULL || t->owns == NULL)
		return err_set_memory(e);
	code = add_workloads(t, e);
	if (code == ERR_OK)
		code = divide_all(t, e);
	return code == ERR_OK ? list(t, out, e) : code;
}

enum err_code
namespaces_list(const struct workload_table *t, struct arena *arena,
		struct namespace_table *out, struct err *e)
{
	struct tally tally = {.table = t, .arena = arena};
	enum err_code code;

	intern_init(&tally.keys, arena->budget);
	intern_init(&tally.workloads, arena->budget);
	intern_init(&tally.pods, arena->budget);
	code = make(&tally, out, e);
	intern_fini(&tally.keys);
	intern_fini(&tally.workloads);
	intern_fini(&tally.pods);
	return code;
}
