#include "gpu/collect/usage.h"

#include <math.h>

#include "gpu/collect/history_lines.h"
#include "gpu/collect/history_slices.h"
#include "gpu/collect/own_pods.h"
#include "gpu/collect/usage_holders.h"
#include "gpu/collect/usage_rows.h"

/* --- whose pods are whose ------------------------------------------------- */

/* Over the whole span: a pod of an exporter that is gone is its own, too. */
struct own {
	struct ask ask;
	struct history_rows *rows; /* of each question */
	struct query_range range;
	struct intern texts;
};

static enum err_code
ask_own_all(struct own *o, const struct detection *found, struct arena *arena,
	    size_t points, struct err *e)
{
	enum err_code code = ERR_OK;

	o->rows = arena_alloc(arena, found->count * sizeof(*o->rows));
	if (o->rows == NULL)
		return err_set_memory(e);
	for (size_t i = 0; code == ERR_OK && i < found->count; i++) {
		struct history_rows *rows = &o->rows[o->ask.count];
		struct own_pods_span span = {&o->range, &rows->sink};

		if (!found->profiles[i]->workload_may_use_gpu)
			continue;
		history_rows_init(rows, arena->budget, OWN_PODS_SLOTS, points,
				  SIZE_MAX);
		code = own_pods_ask_span(&o->ask, found->profiles[i],
					 found->series[i], &span, e);
	}
	return code;
}

static enum err_code
ask_own(struct own *o, const struct collector *c, const struct usage_need *need,
	const struct detection *found, struct call *call, struct err *e)
{
	const struct timeline *t = &need->timeline;
	enum err_code code;

	intern_init(&o->texts, call->arena->budget);
	o->range = (struct query_range){
	    .start_s = t->start_s, .end_s = t->end_s, .step_s = t->step_s};
	code =
	    call_ask(call, &o->ask, found->count, &o->texts, c->max_series, e);
	if (code == ERR_OK)
		code = ask_own_all(o, found, call->arena, t->count, e);
	if (code == ERR_OK)
		call_start(call, &o->ask, c->pool);
	return code;
}

static enum err_code
await_own(struct own *o, struct call *call, struct err *e)
{
	for (size_t i = 0; i < o->ask.count; i++) {
		const struct err *outcome = call_await(call, &o->ask, i);

		if (outcome->code != ERR_OK) {
			*e = *outcome;
			return e->code;
		}
		call_take_warnings(call, &o->ask, i);
	}
	return ERR_OK;
}

static enum err_code
read_own(const struct own *o, struct own_pods *out, struct intern *texts,
	 struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < o->ask.count; i++)
		code = own_pods_read_from(out, &o->rows[i].samples, &o->texts,
					  texts, e);
	return code;
}

static void
fini_own(struct own *o)
{
	size_t count = o->ask.count;

	ask_fini(&o->ask);
	for (size_t i = 0; i < count; i++)
		history_rows_fini(&o->rows[i]);
	intern_fini(&o->texts);
}

/* --- one card ------------------------------------------------------------- */

struct ledger {
	const struct usage_need *need;
	struct call *call;
	double idle_below; /* percent */
	struct own own;
	struct usage_rows rows;
};

/* A card, what was told of it in a slice, and what is known at one point. */
struct view {
	struct ledger *ledger;
	const struct history_slice *slice;
	const struct fleet *fleet;
	const struct usage_holders *holders;
	struct usage_key key; /* of the card */
	struct lines_card lines;
	const struct fleet_gpu *parts[FLEET_INSTANCES_MAX];
	const struct usage_holding *card, *of_parts[FLEET_INSTANCES_MAX];
	bool has_parts; /* held ones */
	double own[FIELD__MAX], values[FLEET_INSTANCES_MAX][FIELD__MAX];
};

static void
look_at(struct view *v, const struct history_gpus *gpus,
	const struct fleet_gpu *card)
{
	struct history_line line;

	history_lines_describe(v->fleet, card, &line);
	v->key = (struct usage_key){.cluster = line.cluster,
				    .node = line.node,
				    .model = line.model,
				    .vendor = line.vendor};
	history_lines_find(gpus, card, &v->lines, v->parts);
	v->card = usage_holders_find(v->holders, card);
	v->has_parts = false;
	for (size_t i = 0; i < v->lines.part_count; i++) {
		v->of_parts[i] = usage_holders_find(v->holders, v->parts[i]);
		v->has_parts |= v->of_parts[i] != NULL;
	}
}

/* How many have it at that point. */
static size_t
count_holders(const struct usage_holding *holding, size_t point)
{
	size_t count = 0;

	for (size_t i = 0; holding != NULL && i < holding->count; i++)
		count += usage_has(holding->list[i].points, point);
	return count;
}

static struct usage_key
key_of(const struct view *v, const struct usage_holder *holder)
{
	struct usage_key key = v->key;

	key.namespace = fleet_text(v->fleet, holder->name.namespace);
	key.pod = fleet_text(v->fleet, holder->name.pod);
	key.job = fleet_text(v->fleet, holder->name.job);
	key.user = fleet_text(v->fleet, holder->name.job_user);
	return key;
}

/* Where its own series tell nothing, what others tell of the GPU counts. */
static double
utilization_of(const struct usage_holder *holder, size_t point,
	       const double *values)
{
	bool is_own;
	double value =
	    usage_value(holder, WORKLOAD_UTILIZATION, point, &is_own);

	return isnan(value) ? values[FIELD_UTILIZATION] : value;
}

static double
memory_of(const struct usage_holder *holder, size_t point, const double *values,
	  size_t count)
{
	bool is_own;
	double value =
	    usage_value(holder, WORKLOAD_MEMORY_USED, point, &is_own);

	if (isnan(value))
		value = values[FIELD_MEMORY_USED];
	return is_own ? value : value / (double)count;
}

/* Adds what one of count has of a card, or of a part that is so much of it and
 * has those values. */
static enum err_code
add_holder(const struct view *v, const struct usage_holder *holder,
	   size_t point, double part, const double *values, size_t count,
	   struct err *e)
{
	const struct usage_filter *filter = &v->ledger->need->filter;
	struct usage_key key = key_of(v, holder);
	const struct ledger_moment moment = {
	    .step_s = (double)v->ledger->need->timeline.step_s,
	    .share = part / (double)count,
	    .utilization = utilization_of(holder, point, values),
	    .memory_used = memory_of(holder, point, values, count),
	    .idle_below = v->ledger->idle_below,
	    .power_draw = v->own[FIELD_POWER_DRAW]};
	struct usage_row *row;

	if (filter->passes != NULL && !filter->passes(filter->context, &key))
		return ERR_OK;
	row = usage_rows_find(&v->ledger->rows, &key);
	if (row == NULL)
		return err_set_memory(e);
	ledger_add(&row->sums, &moment);
	return ERR_OK;
}

static enum err_code
add_holders(const struct view *v, const struct usage_holding *holding,
	    size_t point, double part, const double *values, struct err *e)
{
	size_t count = count_holders(holding, point);
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && count > 0 && i < holding->count;
	     i++)
		if (usage_has(holding->list[i].points, point))
			code = add_holder(v, &holding->list[i], point, part,
					  values, count, e);
	return code;
}

/* What of the card's memory it tells of itself: not what its parts come to. */
static double
memory_of_card(const struct view *v, size_t point)
{
	double own[FIELD__MAX];

	strands_at(&v->lines.own, point, own);
	return own[FIELD_MEMORY_TOTAL];
}

static double
share_of(const struct view *v, size_t part, double memory_of_card)
{
	return ledger_share(v->values[part][FIELD_MEMORY_TOTAL], memory_of_card,
			    v->lines.slices[part], v->lines.card_slices);
}

/* False: nobody had a part of it then. */
static enum err_code
add_parts(struct view *v, size_t point, bool *is_held, struct err *e)
{
	double memory = memory_of_card(v, point);
	enum err_code code = ERR_OK;

	*is_held = false;
	for (size_t i = 0; code == ERR_OK && i < v->lines.part_count; i++) {
		if (count_holders(v->of_parts[i], point) == 0)
			continue;
		*is_held = true;
		code = add_holders(v, v->of_parts[i], point,
				   share_of(v, i, memory), v->values[i], e);
	}
	return code;
}

static enum err_code
add_point(struct view *v, size_t point, struct err *e)
{
	bool is_held = false;
	enum err_code code = ERR_OK;

	if (!v->has_parts && count_holders(v->card, point) == 0)
		return ERR_OK;
	if (v->lines.part_count == 0)
		strands_at(&v->lines.own, point, v->own);
	else
		lines_at(&v->lines, point, v->own, v->values);
	if (v->has_parts)
		code = add_parts(v, point, &is_held, e);
	return code == ERR_OK && !is_held && v->card != NULL
		   ? add_holders(v, v->card, point, 1, v->own, e)
		   : code;
}

static enum err_code
add_card(struct view *v, struct err *e)
{
	enum err_code code = ERR_OK;
	size_t i = v->slice->own;

	if (v->card == NULL && !v->has_parts)
		return ERR_OK;
	/* The first point of all is where the first step begins. */
	if (v->slice->first + i == 0)
		i++;
	for (; code == ERR_OK && i < v->slice->own_end; i++)
		code = add_point(v, i, e);
	return code;
}

/* --- one slice ------------------------------------------------------------ */

static enum err_code
add_cards(struct ledger *l, const struct history_slice *slice,
	  const struct history_gpus *gpus, const struct usage_holders *holders,
	  struct err *e)
{
	const struct fleet *f = gpus->fleet;
	struct view *v = arena_alloc(gpus->arena, sizeof(*v));
	enum err_code code = ERR_OK;

	if (v == NULL)
		return err_set_memory(e);
	v->ledger = l;
	v->slice = slice;
	v->fleet = f;
	v->holders = holders;
	for (size_t i = 0; code == ERR_OK && i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		if (card->order != i)
			continue;
		look_at(v, gpus, card);
		code = add_card(v, e);
	}
	return code;
}

static enum err_code
take_slice(void *context, const struct history_slicing *s,
	   struct history_slice *slice, struct err *e)
{
	struct ledger *l = context;
	struct usage_holders *holders =
	    arena_alloc(&slice->arena, sizeof(*holders));
	struct history_gpus gpus;
	enum err_code code;

	if (holders == NULL)
		return err_set_memory(e);
	usage_holders_init(holders, &slice->need, &slice->arena);
	code = read_own(&l->own, &holders->join.own, &slice->fleet.texts, e);
	if (code == ERR_OK)
		code =
		    history_slice_gpus(s, slice, &holders->listener, &gpus, e);
	if (code == ERR_OK)
		code = usage_holders_finish(holders, e);
	if (code == ERR_OK)
		code = add_cards(l, slice, &gpus, holders, e);
	if (code == ERR_OK)
		own_pods_warn(&holders->join.own, l->call);
	usage_holders_fini(holders);
	return code;
}

/* --- all of it ------------------------------------------------------------ */

static bool
tells_holders(const struct detection *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (profile_tells_workloads(found->profiles[i]))
			return true;
	return false;
}

/* What a part is of its card, memory tells; of one that was split, and is no
 * more, slices do. */
static field_set
fields_of(const struct cards *cards)
{
	field_set fields =
	    FIELD_BIT(FIELD_MEMORY_USED) | FIELD_BIT(FIELD_POWER_DRAW);

	for (size_t i = 0; i < cards->count; i++)
		if (cards->cards[i].part_count > 0)
			fields |= FIELD_BIT(FIELD_MEMORY_TOTAL);
	return fields;
}

static struct history_need
history_need_of(const struct usage_need *need, const struct cards *cards)
{
	return (struct history_need){.field = FIELD_UTILIZATION,
				     .more_fields = fields_of(cards),
				     .tells_holders = true,
				     .by = HISTORY_BY_ALL,
				     .of_step = HISTORY_SAMPLE,
				     .timeline = need->timeline,
				     .gap_s = need->gap_s,
				     .max_points = need->max_points};
}

/* Whose series ends behind a slice may have left in it. */
static size_t
overlap_of(const struct history_need *need)
{
	return 1 + (size_t)(need->gap_s / need->timeline.step_s);
}

static enum err_code
take_all(struct ledger *l, const struct collector *c,
	 const struct detection *found, struct err *e)
{
	const struct cards *roster = &found->roster->cards;
	const struct history_need need = history_need_of(l->need, roster);
	const struct card **cards =
	    arena_alloc(l->call->arena, roster->count * sizeof(*cards));
	struct history_wanted wanted = {.are_all = true};
	const struct history_slicing slicing = {.collector = c,
						.need = &need,
						.found = found,
						.wanted = &wanted,
						.gpu_count = roster->count,
						.call = l->call,
						.overlap = overlap_of(&need)};

	if (cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < roster->count; i++)
		cards[i] = &roster->cards[i];
	wanted.cards = cards;
	wanted.count = roster->count;
	return history_slices_take(&slicing, take_slice, l, e);
}

static void
warn_of_part(struct call *call, double known_s, double held_s, const char *what,
	     const char *column)
{
	if (known_s > 0 && ledger_lacks(known_s, held_s))
		call_warn(call,
			  "Of %.3f of %.3f GPU hours nobody measured %s: %s is "
			  "of the others",
			  (held_s - known_s) / 3600, held_s / 3600, what,
			  column);
}

static void
warn(struct call *call, const struct usage_rows *rows)
{
	struct ledger_sums all = {0};

	for (size_t i = 0; i < rows->count; i++)
		ledger_add_sums(&all, &rows->list[i].sums);
	warn_of_part(call, all.busy_s + all.idle_s, all.held_s,
		     "the utilization", "busy_gpu_hours and idle_gpu_hours");
	warn_of_part(call, all.memory_known_s, all.held_s, "the memory",
		     "gpu_memory_gib_hours");
	warn_of_part(call, all.energy_known_s, all.held_s, "the power",
		     "energy_kwh");
}

enum err_code
usage_collect(const struct collector *c, const struct usage_need *need,
	      struct call *call, struct usage *out, struct err *e)
{
	struct ledger l = {
	    .need = need, .call = call, .idle_below = c->idle.utilization};
	enum err_code code;

	*out = (struct usage){.count = 0};
	intern_init(&out->texts, call->arena->budget);
	code = history_find_out(c, call, &out->found, e);
	if (code != ERR_OK)
		return code;
	if (!tells_holders(out->found)) {
		if (out->found->count > 0)
			call_warn(call, "No exporter tells who has a GPU");
		return ERR_OK;
	}
	usage_rows_init(&l.rows, need, &out->texts, call->arena);
	code = ask_own(&l.own, c, need, out->found, call, e);
	if (code == ERR_OK)
		code = await_own(&l.own, call, e);
	if (code == ERR_OK)
		code = take_all(&l, c, out->found, e);
	if (code == ERR_OK) {
		usage_rows_sort(&l.rows);
		warn(call, &l.rows);
		out->rows = l.rows.list;
		out->count = l.rows.count;
	}
	fini_own(&l.own);
	usage_rows_fini(&l.rows);
	return code;
}

void
usage_fini(struct usage *u)
{
	intern_fini(&u->texts);
	detect_release(u->found);
}
