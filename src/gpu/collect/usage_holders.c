#include "gpu/collect/usage_holders.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/collect/usage_users.h"
#include "gpu/collect/usage_value.h"
#include "gpu/fleet/workload_group.h"

/* What one series says, or a part of it with one value. */
struct usage_note {
	const struct fleet_gpu *gpu;
	unsigned rank; /* of the exporter */
	struct workload_name name;
	uint32_t container; /* whose part of it that is */
	int field;	    /* as join_workloads_field has it */
	bool is_own;
	usage_points *points;
	const struct history_row *row;
	unsigned alternative; /* of the metrics for the field */
};

/* --- points --------------------------------------------------------------- */

static usage_points *
no_points(const struct usage_holders *h)
{
	return usage_points_new(h->arena, h->point_count);
}

static void
add_points(const struct usage_holders *h, usage_points *into,
	   const usage_points *points)
{
	for (size_t i = 0; i < usage_points_words(h->point_count); i++)
		into[i] |= points[i];
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
	note.container = note.name.container;
	note.name.container = FLEET_UNKNOWN;
	for (size_t i = begin; i < end; i++)
		if (!isnan(row->values[i]))
			usage_points_set(note.points, row->first + i);
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
	order = (left->rank > right->rank) - (left->rank < right->rank);
	/* Those of one stand together. */
	return order != 0
		   ? order
		   : memcmp(&left->name, &right->name, sizeof(left->name));
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

/* Whether somebody of the GPU has that pod's or job's name; and that one has.
 */
static bool
is_heard_of(const struct usage_holders *h, uint32_t text)
{
	return text != FLEET_UNKNOWN && h->heard_of[text] == h->count + 1;
}

static void
hear_of(const struct usage_holders *h, const struct workload_name *name)
{
	if (name->pod != FLEET_UNKNOWN)
		h->heard_of[name->pod] = (uint32_t)h->count + 1;
	if (name->job != FLEET_UNKNOWN)
		h->heard_of[name->job] = (uint32_t)h->count + 1;
}

/* The place of who that is, added if it is new. Most notes are of the one of
 * the note before, or of somebody new. */
static size_t
place_of(const struct usage_holders *h, struct usage_holding *holding,
	 const struct workload_name *name)
{
	bool is_new = !is_heard_of(h, name->pod) && !is_heard_of(h, name->job);
	size_t i = is_new ? holding->count : 0;

	hear_of(h, name);
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
note_own(const struct usage_holders *h, const usage_points *beside,
	 const struct usage_note *note, struct usage_holder *holder)
{
	struct usage_own *own;

	if (note->field == WORKLOAD_SEEN)
		return true;
	own = arena_alloc(h->arena, sizeof(*own));
	if (own == NULL)
		return false;
	*own = (struct usage_own){.field = note->field,
				  .container = note->container,
				  .rank = note->rank,
				  .alternative = note->alternative,
				  .row = note->row,
				  .beside = note->is_own ? NULL : beside,
				  .next = holder->told};
	holder->told = own;
	return true;
}

/* Of the one at that place. False if there is no memory. */
static bool
take_note(const struct usage_holders *h, struct exporter *x,
	  const struct usage_note *note, struct usage_holding *holding,
	  size_t place)
{
	struct usage_holder *holder = &holding->list[place];
	const usage_points *beside =
	    note->field != WORKLOAD_SEEN ? x->beside[note->field] : NULL;

	if (x->points[place] == NULL)
		x->points[place] = no_points(h);
	if (holder->points == NULL || x->points[place] == NULL ||
	    !note_own(h, beside, note, holder))
		return false;
	add_points(h, x->points[place], note->points);
	return true;
}

static bool
hand_over(const struct usage_holders *h, const struct exporter *x, size_t of,
	  usage_points *out)
{
	usage_points *points = no_points(h);

	if (points == NULL)
		return false;
	add_points(h, points, x->points[of]);
	usage_turns_leave(&h->turns, of, points);
	add_points(h, out, points);
	return true;
}

/* What is nobody's: the GPU's own series, beside which there are none. */
static bool
take_nobody(const struct usage_holders *h, struct exporter *x,
	    struct usage_holding *holding, usage_points **nobody)
{
	const usage_points *never = no_points(h);

	*nobody = never != NULL ? no_points(h) : NULL;
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
		if (!note_own(h, never, note, &holding->nobody))
			return false;
	}
	return true;
}

/* False if there is no memory. */
static bool
take_notes(const struct usage_holders *h, struct exporter *x,
	   struct usage_holding *holding)
{
	const struct usage_note *before = NULL;
	size_t place = 0;

	for (size_t i = 0; i < x->count; i++) {
		const struct usage_note *note = &x->notes[i];

		if (workload_is_nobody(&note->name))
			continue;
		if (before == NULL ||
		    memcmp(&before->name, &note->name, sizeof(note->name)) != 0)
			place = place_of(h, holding, &note->name);
		if (!take_note(h, x, note, holding, place))
			return false;
		before = note;
	}
	return true;
}

/* Adds those whom the exporter knows; false if there is no memory. */
static bool
take_exporter(struct usage_holders *h, struct exporter *x,
	      struct usage_holding *holding)
{
	size_t room = holding->count + x->count + 1, count;
	usage_points *nobody;

	x->points = arena_grow(h->arena, NULL, 0, room * sizeof(*x->points));
	if (x->points == NULL || !take_nobody(h, x, holding, &nobody) ||
	    !take_notes(h, x, holding))
		return false;
	count = holding->count;
	x->points[count] = nobody;
	usage_turns_note(&h->turns, x->points, count + 1);
	for (int i = 0; i < WORKLOAD_FIELD__MAX; i++)
		usage_turns_leave(&h->turns, count, x->beside[i]);
	for (size_t i = 0; i < count; i++)
		if (x->points[i] != NULL &&
		    !hand_over(h, x, i, holding->list[i].points))
			return false;
	return true;
}

/* False if there is no memory. */
static bool
find_users(const struct usage_holders *h, const struct usage_note *notes,
	   size_t count, struct usage_holding *holding)
{
	struct usage_user *users = NULL;
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += is_of_user(&notes[i].name);
	if (found == 0)
		return true;
	users = arena_alloc(h->arena, found * sizeof(*users));
	if (users == NULL)
		return false;
	found = 0;
	for (size_t i = 0; i < count; i++)
		if (is_of_user(&notes[i].name))
			users[found++] = (struct usage_user){
			    notes[i].name.job_user, notes[i].points};
	return usage_users_find(users, found, holding, h->point_count,
				h->arena);
}

/* What was told of each is put in order. */
static bool
settle(const struct usage_holders *h, struct usage_holding *holding)
{
	for (size_t i = 0; i < holding->count; i++)
		if (!usage_value_settle(&holding->list[i], h->arena))
			return false;
	return usage_value_settle(&holding->nobody, h->arena);
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
	h->count += holding->count > 0;
	return settle(h, holding) && find_users(h, notes, count, holding);
}

/* What is kept of all GPUs; false if there is no memory. */
static bool
prepare(struct usage_holders *h, size_t text_count)
{
	h->holdings =
	    arena_alloc(h->arena, h->note_count * sizeof(*h->holdings));
	h->heard_of =
	    arena_grow(h->arena, NULL, 0, text_count * sizeof(*h->heard_of));
	return h->holdings != NULL && h->heard_of != NULL &&
	       usage_turns_init(&h->turns, h->point_count, h->linger, h->arena);
}

enum err_code
usage_holders_finish(struct usage_holders *h, const struct intern *texts,
		     struct call *call, struct err *e)
{
	size_t end;

	if (!prepare(h, intern_count(texts)))
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
		if (call_go_on(call, e) != ERR_OK)
			return e->code;
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
