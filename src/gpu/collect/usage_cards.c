#include "gpu/collect/usage_cards.h"

#include <math.h>

#include "gpu/collect/history_lines.h"
#include "gpu/collect/usage_value.h"
#include "gpu/fleet/shares.h"

/* A card, what was told of it in a slice, and what is known at one point. */
struct view {
	struct usage_ledger *ledger;
	const struct history_slice *slice;
	const struct fleet *fleet;
	const struct usage_holders *holders;
	const struct fleet_gpu *gpu;
	struct usage_key key; /* of the card */
	double price;	      /* of an hour of it */
	bool is_priced;	      /* some card was */
	struct lines_card lines;
	const struct fleet_gpu *parts[FLEET_INSTANCES_MAX];
	const struct usage_holding *card, *of_parts[FLEET_INSTANCES_MAX];
	bool has_parts;			      /* held ones */
	unsigned slices[FLEET_INSTANCES_MAX]; /* of memory */
	double shares[FLEET_INSTANCES_MAX];
	bool is_unsized; /* nobody tells how large its parts are */
	/* How many parts tell the card's memory in use, each all of it; 1 where
	 * each tells its own. */
	size_t memory_copies;
	struct shares_split split;
	double own[FIELD__MAX], values[FLEET_INSTANCES_MAX][FIELD__MAX];
};

/* One of the same model as the last one costs as much. */
static void
find_price(struct view *v, const struct intern_string *model)
{
	const struct prices *prices = v->ledger->prices;
	bool is_same = v->is_priced && v->key.model == model;

	if (!is_same)
		v->price =
		    prices != NULL ? prices_find(prices, model) : (double)NAN;
	v->is_priced = true;
}

static void
look_at(struct view *v, const struct history_gpus *gpus,
	const struct fleet_gpu *card)
{
	struct history_line line;

	history_lines_describe(v->fleet, card, &line);
	find_price(v, line.model);
	v->key = (struct usage_key){.cluster = line.cluster,
				    .node = line.node,
				    .model = line.model,
				    .vendor = line.vendor};
	history_lines_find(gpus, card, &v->lines, v->parts);
	v->card = usage_holders_find(v->holders, card);
	v->gpu = card;
	v->has_parts = v->is_unsized = false;
	for (size_t i = 0; i < v->lines.part_count; i++) {
		v->slices[i] = fleet_memory_slices(v->fleet, v->parts[i]);
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

/* What is not its own alone is that of count, and of the parts that repeat it.
 */
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
	    .memory_used =
		memory_of(holder, point, values, count * v->memory_copies),
	    .idle_below = v->ledger->idle_below,
	    .power_draw = v->own[FIELD_POWER_DRAW],
	    .price = v->price};
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

static bool
is_there(const struct view *v, size_t part, size_t point)
{
	bool is = count_holders(v->of_parts[part], point) > 0;

	for (int i = 0; !is && i < FIELD__MAX; i++)
		is = !isnan(v->values[part][i]);
	return is;
}

/* Whether all parts that there are tell the same memory in use: as
 * shares_repeat_memory, of one point. */
static bool
is_memory_repeated(const struct view *v, const size_t *places)
{
	double first = v->values[places[0]][FIELD_MEMORY_USED];

	for (size_t i = 0; i < v->split.count; i++)
		if (!(first > 0 &&
		      v->values[places[i]][FIELD_MEMORY_USED] == first))
			return false;
	return v->split.count > 1 && fleet_may_repeat_memory(v->fleet, v->gpu);
}

/* Of those parts of the card that there are at that point. */
static void
find_shares(struct view *v, size_t point)
{
	struct shares_split *split = &v->split;
	double found[FLEET_INSTANCES_MAX];
	size_t places[FLEET_INSTANCES_MAX];
	enum shares_source source;

	split->count = 0;
	split->memory_of_card = v->own[FIELD_MEMORY_TOTAL];
	for (size_t i = 0; i < v->lines.part_count; i++) {
		if (!is_there(v, i, point))
			continue;
		places[split->count] = i;
		split->slices[split->count] = v->slices[i];
		split->memory[split->count++] =
		    v->values[i][FIELD_MEMORY_TOTAL];
	}
	source = shares_find(split, found);
	for (size_t i = 0; i < split->count; i++)
		v->shares[places[i]] = found[i];
	v->is_unsized |= !shares_are_known(source, v->fleet, v->gpu);
	if (source == SHARES_EQUAL && is_memory_repeated(v, places))
		v->memory_copies = split->count;
}

/* False: nobody had a part of it then. */
static enum err_code
add_parts(struct view *v, size_t point, bool *is_held, struct err *e)
{
	enum err_code code = ERR_OK;

	*is_held = false;
	for (size_t i = 0; code == ERR_OK && i < v->lines.part_count; i++) {
		if (count_holders(v->of_parts[i], point) == 0)
			continue;
		if (!*is_held)
			find_shares(v, point);
		*is_held = true;
		code = add_holders(v, v->of_parts[i], point, v->shares[i],
				   v->values[i], e);
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
	v->memory_copies = 1;
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

/* Or who has it is. */
static bool
is_told_of(struct view *v, size_t point)
{
	bool is_held = count_holders(v->card, point) > 0;

	for (size_t i = 0; !is_held && i < v->lines.part_count; i++)
		is_held = count_holders(v->of_parts[i], point) > 0;
	if (is_held)
		return true;
	if (v->lines.part_count > 0)
		return lines_at(&v->lines, point, v->own, v->values);
	strands_at(&v->lines.own, point, v->own);
	return !isnan(v->own[FIELD_UTILIZATION]) ||
	       !isnan(v->own[FIELD_MEMORY_USED]) ||
	       !isnan(v->own[FIELD_POWER_DRAW]);
}

/* Slices come in their order, so the first one that has some has the first. */
static void
find_first(struct view *v)
{
	size_t *first = &v->ledger->told_from;

	for (size_t i = v->slice->own;
	     i < v->slice->own_end && v->slice->first + i < *first; i++)
		if (is_told_of(v, i))
			*first = v->slice->first + i;
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

enum err_code
usage_cards_add(struct usage_ledger *l, const struct history_slice *slice,
		const struct history_gpus *gpus,
		const struct usage_holders *holders, struct call *call,
		struct err *e)
{
	const struct fleet *f = gpus->fleet;
	struct view *v = arena_alloc(gpus->arena, sizeof(*v));
	enum err_code code = ERR_OK;
	size_t unsized = 0;

	if (v == NULL)
		return err_set_memory(e);
	v->ledger = l;
	v->is_priced = false;
	v->slice = slice;
	v->fleet = f;
	v->holders = holders;
	for (size_t i = 0; code == ERR_OK && i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		if (card->order != i)
			continue;
		look_at(v, gpus, card);
		code = call_go_on(call, e);
		if (code == ERR_OK) {
			find_first(v);
			code = add_card(v, e);
		}
		unsized += v->is_unsized;
	}
	if (unsized > l->unsized_count)
		l->unsized_count = unsized;
	return code;
}
