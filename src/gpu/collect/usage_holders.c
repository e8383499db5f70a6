#include "gpu/collect/usage_holders.h"

#include <math.h>
#include <stdlib.h>

#include "gpu/fleet/workload_group.h"

/* What one series says, or a part of it with one value. */
struct usage_note {
	const struct fleet_gpu *gpu;
	unsigned rank; /* of the exporter */
	struct workload_name name;
	int field; /* as join_workloads_field has it */
	bool is_own;
	usage_points *points;
	const struct history_row *row;
	unsigned alternative; /* of the metrics for the field */
};

/* --- points --------------------------------------------------------------- */

static size_t
words_of(const struct usage_holders *h)
{
	return (h->point_count + 63) / 64;
}

/* None; NULL without memory. */
static usage_points *
no_points(const struct usage_holders *h)
{
	return arena_grow(h->arena, NULL, 0,
			  words_of(h) * sizeof(usage_points));
}

static void
set(usage_points *points, size_t point)
{
	points[point / 64] |= UINT64_C(1) << (point % 64);
}

static void
clear(usage_points *points, size_t point)
{
	points[point / 64] &= ~(UINT64_C(1) << (point % 64));
}

static void
add_points(const struct usage_holders *h, usage_points *into,
	   const usage_points *points)
{
	for (size_t i = 0; i < words_of(h); i++)
		into[i] |= points[i];
}

static bool
are_together(const struct usage_holders *h, const usage_points *a,
	     const usage_points *b)
{
	usage_points both = 0;

	for (size_t i = 0; i < words_of(h); i++)
		both |= a[i] & b[i];
	return both != 0;
}

/* --- what is told --------------------------------------------------------- */

static bool
make_room(struct usage_holders *h)
{
	enum { FIRST_CAPACITY = 64 };
	size_t capacity =
	    h->note_capacity > 0 ? 2 * h->note_capacity : FIRST_CAPACITY;
	struct usage_note *grown;

	if (h->note_count < h->note_capacity)
		return true;
	grown = arena_grow(h->arena, h->notes, h->note_count * sizeof(*grown),
			   capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	h->notes = grown;
	h->note_capacity = capacity;
	return true;
}

/* Of the row's values those from begin on. */
static enum err_code
add_note(struct usage_holders *h, struct join *j,
	 const struct history_told *told, size_t begin, size_t end,
	 struct err *e)
{
	const struct history_row *row = told->row;
	struct usage_note note = {.gpu = told->hit->gpu,
				  .rank = j->source->rank,
				  .is_own = told->hit->metric->kind ==
					    PROFILE_WORKLOAD_FIELD,
				  .row = row,
				  .alternative = told->hit->metric->alternative,
				  .points = no_points(h)};

	if (note.points == NULL || !make_room(h))
		return err_set_memory(e);
	if (!join_workloads_field(told->hit->metric, &note.field))
		return ERR_OK;
	if (join_workloads_name(&h->join, j, told->sample, told->hit,
				&note.name, e) != ERR_OK)
		return e->code;
	/* A container is its pod's, and a pod's share is one. */
	note.name.container = FLEET_UNKNOWN;
	for (size_t i = begin; i < end; i++)
		if (!isnan(row->values[i]))
			set(note.points, row->first + i);
	h->notes[h->note_count++] = note;
	return ERR_OK;
}

/* Each of the numbers that a job's metric had for its value. */
static enum err_code
add_runs(struct usage_holders *h, struct join *j,
	 const struct history_told *told, struct err *e)
{
	const struct history_row *row = told->row;
	enum err_code code = ERR_OK;
	size_t end;

	for (size_t i = 0; code == ERR_OK && i < row->count; i = end) {
		struct join_hit hit = *told->hit;
		struct history_told run = {told->sample, &hit, row};

		hit.value = row->values[i];
		end = i + 1;
		while (end < row->count && row->values[end] == hit.value)
			end++;
		if (!isnan(hit.value))
			code = add_note(h, j, &run, i, end, e);
	}
	return code;
}

static enum err_code
hear(void *context, struct join *j, const struct history_told *told,
     struct err *e)
{
	return told->hit->metric->kind == PROFILE_JOB_VALUE
		   ? add_runs(context, j, told, e)
		   : add_note(context, j, told, 0, told->row->count, e);
}

void
usage_holders_init(struct usage_holders *h, const struct history_need *need,
		   struct arena *arena)
{
	const struct timeline *t = &need->timeline;

	*h = (struct usage_holders){
	    .listener = {hear, h},
	    .point_count = t->count,
	    .linger = (size_t)((need->gap_s - 1) / t->step_s + 1),
	    .arena = arena};
	own_pods_init(&h->join.own, arena->budget);
}

void
usage_holders_fini(struct usage_holders *h)
{
	if (h->arena != NULL)
		own_pods_fini(&h->join.own);
}

/* --- who it was ----------------------------------------------------------- */

static int
compare_notes(const void *a, const void *b)
{
	const struct usage_note *left = a, *right = b;
	int order = fleet_compare_places(left->gpu, right->gpu);

	if (order != 0)
		return order;
	return (left->rank > right->rank) - (left->rank < right->rank);
}

/* What one exporter told of one GPU. */
struct exporter {
	const struct usage_note *notes;
	size_t count;
	/* Of each of the holding's (NULL: it does not know that one), and
	 * behind them of nobody. */
	usage_points **points;
	usage_points *beside[WORKLOAD_FIELD__MAX]; /* the GPU's own values */
};

static bool
is_of_user(const struct workload_name *name)
{
	return workload_is_nobody(name) && name->job_user != FLEET_UNKNOWN;
}

/* The place of who that is, added if it is new. */
static size_t
place_of(const struct usage_holders *h, struct usage_holding *holding,
	 const struct workload_name *name)
{
	size_t i = 0;

	while (i < holding->count &&
	       !workload_may_be_one(&holding->list[i].name, name))
		i++;
	if (i < holding->count) {
		workload_fill_name(&holding->list[i].name, name);
		return i;
	}
	holding->list[holding->count++] =
	    (struct usage_holder){.name = *name, .points = no_points(h)};
	return i;
}

static bool
note_own(const struct usage_holders *h, struct exporter *x,
	 const struct usage_note *note, struct usage_holder *holder)
{
	struct usage_own *own;

	if (note->field == WORKLOAD_SEEN)
		return true;
	own = arena_alloc(h->arena, sizeof(*own));
	if (own == NULL)
		return false;
	*own = (struct usage_own){
	    .field = note->field,
	    .rank = note->rank,
	    .alternative = note->alternative,
	    .row = note->row,
	    .beside = note->is_own ? NULL : x->beside[note->field],
	    .next = holder->own};
	holder->own = own;
	return true;
}

/* False if there is no memory. */
static bool
take_note(const struct usage_holders *h, struct exporter *x,
	  const struct usage_note *note, struct usage_holding *holding)
{
	size_t place = place_of(h, holding, &note->name);
	struct usage_holder *holder = &holding->list[place];

	if (x->points[place] == NULL)
		x->points[place] = no_points(h);
	if (holder->points == NULL || x->points[place] == NULL ||
	    !note_own(h, x, note, holder))
		return false;
	add_points(h, x->points[place], note->points);
	return true;
}

/* Whether that one came at that point, and stays until behind the last. */
static bool
is_follower(const usage_points *points, size_t point, size_t last)
{
	if (usage_has(points, point - 1))
		return false;
	while (point <= last + 1 && usage_has(points, point))
		point++;
	return point > last + 1;
}

/* The first point, of those at which a series that ends at the last may be seen
 * without a new sample, from which on another one is there; else behind it. */
static size_t
find_end(const struct usage_holders *h, const struct exporter *x, size_t count,
	 size_t of, size_t last)
{
	size_t point = last > h->linger ? last - h->linger + 1 : 1;

	for (; point <= last; point++)
		for (size_t i = 0; i < count; i++)
			if (i != of && x->points[i] != NULL &&
			    is_follower(x->points[i], point, last))
				return point;
	return point;
}

/* Who is seen for the last time while another one is seen for the first has
 * left. What is behind the last point nobody knows. */
static bool
hand_over(const struct usage_holders *h, const struct exporter *x, size_t count,
	  size_t of, usage_points *out)
{
	usage_points *points = no_points(h);

	if (points == NULL)
		return false;
	add_points(h, points, x->points[of]);
	for (size_t i = 1; i + 1 < h->point_count; i++) {
		if (!usage_has(x->points[of], i) ||
		    usage_has(x->points[of], i + 1))
			continue;
		for (size_t k = find_end(h, x, count, of, i); k <= i; k++)
			clear(points, k);
	}
	add_points(h, out, points);
	return true;
}

/* What is nobody's: the GPU's own series. */
static bool
take_nobody(const struct usage_holders *h, struct exporter *x,
	    usage_points **nobody)
{
	*nobody = no_points(h);
	for (int i = 0; i < WORKLOAD_FIELD__MAX; i++)
		x->beside[i] = no_points(h);
	for (int i = 0; i < WORKLOAD_FIELD__MAX; i++)
		if (*nobody == NULL || x->beside[i] == NULL)
			return false;
	for (size_t i = 0; i < x->count; i++) {
		const struct usage_note *note = &x->notes[i];

		if (!workload_is_nobody(&note->name) ||
		    is_of_user(&note->name) || note->is_own)
			continue;
		add_points(h, *nobody, note->points);
		if (note->field != WORKLOAD_SEEN)
			add_points(h, x->beside[note->field], note->points);
	}
	return true;
}

/* Adds those whom the exporter knows; false if there is no memory. */
static bool
take_exporter(const struct usage_holders *h, struct exporter *x,
	      struct usage_holding *holding)
{
	size_t room = holding->count + x->count + 1, count;
	usage_points *nobody;

	x->points = arena_grow(h->arena, NULL, 0, room * sizeof(*x->points));
	if (x->points == NULL || !take_nobody(h, x, &nobody))
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (!workload_is_nobody(&x->notes[i].name) &&
		    !take_note(h, x, &x->notes[i], holding))
			return false;
	count = holding->count;
	x->points[count] = nobody;
	for (size_t i = 0; i < count; i++)
		if (x->points[i] != NULL &&
		    !hand_over(h, x, count + 1, i, holding->list[i].points))
			return false;
	return true;
}

/* A user's number without a job's: of who was there at that time. */
static void
find_users(const struct usage_holders *h, const struct usage_note *notes,
	   size_t count, struct usage_holding *holding)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0;
		     is_of_user(&notes[i].name) && k < holding->count; k++) {
			struct usage_holder *holder = &holding->list[k];

			if (holder->name.job != FLEET_UNKNOWN &&
			    holder->name.job_user == FLEET_UNKNOWN &&
			    are_together(h, holder->points, notes[i].points))
				holder->name.job_user = notes[i].name.job_user;
		}
}

/* Those of one GPU; false if there is no memory. */
static bool
take_gpu(struct usage_holders *h, const struct usage_note *notes, size_t count)
{
	struct usage_holding *holding = &h->holdings[h->count];
	size_t end;

	*holding = (struct usage_holding){
	    .gpu = notes->gpu,
	    .list = arena_alloc(h->arena, count * sizeof(*holding->list))};
	if (holding->list == NULL)
		return false;
	for (size_t i = 0; i < count; i = end) {
		struct exporter x = {.notes = &notes[i]};

		end = i + 1;
		while (end < count && notes[end].rank == notes[i].rank)
			end++;
		x.count = end - i;
		if (!take_exporter(h, &x, holding))
			return false;
	}
	find_users(h, notes, count, holding);
	h->count += holding->count > 0;
	return true;
}

enum err_code
usage_holders_finish(struct usage_holders *h, struct err *e)
{
	size_t end;

	h->holdings =
	    arena_alloc(h->arena, h->note_count * sizeof(*h->holdings));
	if (h->holdings == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < h->note_count; i++)
		h->notes[i].gpu = fleet_settled(h->notes[i].gpu);
	if (h->note_count > 0)
		qsort(h->notes, h->note_count, sizeof(*h->notes),
		      compare_notes);
	for (size_t i = 0; i < h->note_count; i = end) {
		end = i + 1;
		while (end < h->note_count &&
		       h->notes[end].gpu == h->notes[i].gpu)
			end++;
		if (!take_gpu(h, &h->notes[i], end - i))
			return err_set_memory(e);
	}
	return ERR_OK;
}

/* --- what was found ------------------------------------------------------- */

static int
compare_holdings(const void *a, const void *b)
{
	const struct usage_holding *left = a, *right = b;

	return fleet_compare_places(left->gpu, right->gpu);
}

const struct usage_holding *
usage_holders_find(const struct usage_holders *h, const struct fleet_gpu *gpu)
{
	const struct usage_holding key = {.gpu = gpu};

	return h->count > 0 ? bsearch(&key, h->holdings, h->count,
				      sizeof(*h->holdings), compare_holdings)
			    : NULL;
}

static bool
has_value(const struct usage_own *own, size_t point)
{
	const struct history_row *row = own->row;

	return point >= row->first && point - row->first < row->count &&
	       !isnan(row->values[point - row->first]);
}

static bool
is_better(const struct usage_own *own, const struct usage_own *other)
{
	return other == NULL || own->rank < other->rank ||
	       (own->rank == other->rank &&
		own->alternative < other->alternative);
}

double
usage_value(const struct usage_holder *holder, enum workload_field field,
	    size_t point, bool *is_own)
{
	const struct usage_own *best = NULL;

	for (const struct usage_own *own = holder->own; own != NULL;
	     own = own->next)
		if (own->field == (int)field && has_value(own, point) &&
		    is_better(own, best))
			best = own;
	*is_own = best != NULL &&
		  (best->beside == NULL || usage_has(best->beside, point));
	return best != NULL ? best->row->values[point - best->row->first]
			    : (double)NAN;
}
