#include "gpu/collect/history_namespaces.h"

#include <math.h>

#include "gpu/collect/history_lines.h"
#include "gpu/collect/usage_slice.h"
#include "gpu/collect/usage_value.h"

/* No namespace: several have it. */
static const uint32_t several = FLEET_UNKNOWN - 1;

struct tally {
	struct usage_pods pods;
	struct history_groups *groups;
	struct call *call;
	bool is_adding; /* a slice's points, or was when that failed */
};

/* A card, and who had it and its instances. */
struct view {
	struct history_groups *groups;
	struct history_lines lines;
	struct history_view *seen;
	struct history_line line;
	size_t first_point; /* the slice's, of all */
	const struct usage_holding *card, *parts[FLEET_INSTANCES_MAX];
	bool is_whole, counts[FLEET_INSTANCES_MAX];
	double share; /* of an instance's value that it has for itself */
	/* Whose group was found last, and its place. */
	uint32_t namespace;
	size_t group;
	bool has_group;
};

/* --- whose it is ---------------------------------------------------------- */

static bool
is_held(const struct usage_holding *h, size_t point)
{
	for (size_t i = 0; h != NULL && i < h->count; i++)
		if (usage_has(h->list[i].points, point))
			return true;
	return false;
}

/* FLEET_UNKNOWN: no namespace's. */
static uint32_t
owner_at(const struct usage_holding *h, size_t point)
{
	uint32_t owner = FLEET_UNKNOWN;
	bool has_one = false;

	for (size_t i = 0; h != NULL && i < h->count; i++) {
		uint32_t namespace = h->list[i].name.namespace;

		if (!usage_has(h->list[i].points, point))
			continue;
		if (has_one && namespace != owner)
			return several;
		owner = namespace;
		has_one = true;
	}
	return owner;
}

/* Who has a card that is split has each of its instances. */
static const struct usage_holding *
holding_of(const struct view *v, size_t part, size_t point)
{
	return is_held(v->parts[part], point) ? v->parts[part] : v->card;
}

/* --- adding --------------------------------------------------------------- */

static enum err_code
add(struct view *v, uint32_t namespace, size_t point,
    const double values[FIELD__MAX], struct err *e)
{
	struct history_groups *groups = v->groups;

	if (!v->has_group || v->namespace != namespace) {
		const struct history_group *group;

		v->line.namespace = fleet_text(v->lines.gpus->fleet, namespace);
		group = history_groups_find(groups, &v->line);
		if (group == NULL)
			return err_set_memory(e);
		v->has_group = true;
		v->namespace = namespace;
		v->group = (size_t)(group - groups->list);
	}
	lines_group_add(&groups->list[v->group].points, v->first_point + point,
			values);
	return ERR_OK;
}

/* What pods of the namespace of that one have for themselves; NaN. */
static double
own_value(const struct usage_holding *h, size_t of, enum workload_field field,
	  size_t point)
{
	double sum = 0;

	for (size_t i = 0; i < h->count; i++) {
		bool is_own;

		if (h->list[i].name.namespace != h->list[of].name.namespace ||
		    !usage_has(h->list[i].points, point))
			continue;
		sum += usage_value(&h->list[i], field, point, &is_own);
		if (!is_own)
			return NAN;
	}
	return sum;
}

static bool
is_first_of_namespace(const struct usage_holding *h, size_t of, size_t point)
{
	if (!usage_has(h->list[of].points, point))
		return false;
	for (size_t i = 0; i < of; i++)
		if (h->list[i].name.namespace == h->list[of].name.namespace &&
		    usage_has(h->list[i].points, point))
			return false;
	return true;
}

/* Each has its own of what is told apart. */
static enum err_code
add_shared(struct view *v, const struct usage_holding *h, size_t point,
	   struct err *e)
{
	enum field field = v->lines.need->field;
	double values[FIELD__MAX];
	enum err_code code = ERR_OK;

	if (field != FIELD_UTILIZATION && field != FIELD_MEMORY_USED)
		return ERR_OK;
	lines_forget(values);
	for (size_t i = 0; code == ERR_OK && i < h->count; i++) {
		if (!is_first_of_namespace(h, i, point))
			continue;
		values[field] =
		    own_value(h, i,
			      field == FIELD_UTILIZATION ? WORKLOAD_UTILIZATION
							 : WORKLOAD_MEMORY_USED,
			      point);
		code = add(v, h->list[i].name.namespace, point, values, e);
	}
	return code;
}

/* The first that tells the field at that point; NULL: it is computed. */
static const struct strand *
teller_at(const struct strands *told, enum field field, size_t point)
{
	for (size_t i = 0; i < told->count; i++)
		if (told->list[i].field == field &&
		    !isnan(strand_at(&told->list[i], point)))
			return &told->list[i];
	return NULL;
}

/* What is told of the GPU with the owner's name, or with none where that is
 * nobody: so that the last of who has left is not among it. NaN: nothing. */
static double
told_of_owner(const struct view *v, const struct usage_holding *h,
	      uint32_t owner, const struct strands *told, size_t point)
{
	enum field field = v->lines.need->field;
	const struct strand *teller = teller_at(told, field, point);
	struct usage_own like = {.field = field == FIELD_UTILIZATION
					      ? WORKLOAD_UTILIZATION
					      : WORKLOAD_MEMORY_USED};
	double value = NAN;

	if (teller == NULL ||
	    (field != FIELD_UTILIZATION && field != FIELD_MEMORY_USED))
		return NAN;
	like.rank = teller->rank;
	like.alternative = teller->alternative;
	if (!is_held(h, point))
		return usage_value_repeated(&h->nobody, &like, point);
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].name.namespace == owner &&
		    usage_has(h->list[i].points, point))
			value = fmax(value, usage_value_repeated(&h->list[i],
								 &like, point));
	return value;
}

/* Of a card, or an instance; told may be NULL. */
static enum err_code
add_piece(struct view *v, const struct usage_holding *h,
	  const struct strands *told, size_t point, double *values,
	  struct err *e)
{
	uint32_t owner = owner_at(h, point);
	double value = NAN;

	if (owner == several)
		return add_shared(v, h, point, e);
	if (told != NULL && h != NULL)
		value = told_of_owner(v, h, owner, told, point);
	if (!isnan(value))
		values[v->lines.need->field] = value * v->share;
	return add(v, owner, point, values, e);
}

/* Instances that a card had before, or has later, are nobody's then. */
static bool
is_there(const struct view *v, size_t part, size_t point)
{
	bool is = is_held(v->parts[part], point);

	for (int i = 0; !is && i < FIELD__MAX; i++)
		is = !isnan(v->seen->values[part][i]);
	return is;
}

/* What the card draws is of whoever has all of its instances. */
static enum err_code
add_card_of_parts(struct view *v, size_t point, struct err *e)
{
	uint32_t owner = several;
	size_t there = 0;

	for (size_t i = 0; i < v->seen->lines.part_count; i++) {
		uint32_t of_part;

		if (!is_there(v, i, point))
			continue;
		of_part = owner_at(holding_of(v, i, point), point);
		if (of_part == several || (there++ > 0 && of_part != owner))
			return ERR_OK;
		owner = of_part;
	}
	return there > 0 ? add(v, owner, point, v->seen->own, e) : ERR_OK;
}

/* Where each of the instances repeats the memory of its card, they have that
 * together. */
static void
divide_memory(struct view *v)
{
	static const double off_at_most = 1.01;
	struct history_view *seen = v->seen;
	enum field field = v->lines.need->field;
	double sum = 0;

	if (field_table[field].of_card != CARD_SUM ||
	    !seen->lines.may_repeat_memory)
		return;
	for (size_t i = 0; i < seen->lines.part_count; i++)
		if (!isnan(seen->values[i][field]))
			sum += seen->values[i][field];
	if (!(seen->own[field] * off_at_most < sum))
		return;
	v->share = seen->own[field] / sum;
	for (size_t i = 0; i < seen->lines.part_count; i++)
		seen->values[i][field] *= v->share;
}

static enum err_code
add_point(struct view *v, size_t point, struct err *e)
{
	struct history_view *seen = v->seen;
	bool is_split = history_lines_view_at(&v->lines, seen, point);
	enum err_code code = ERR_OK;

	v->share = 1;
	if (!is_split)
		return v->is_whole ? add_piece(v, v->card, &seen->lines.own,
					       point, seen->own, e)
				   : ERR_OK;
	if (history_lines_is_of_one(&v->lines))
		return add_card_of_parts(v, point, e);
	divide_memory(v);
	for (size_t i = 0; code == ERR_OK && i < seen->lines.part_count; i++) {
		const struct usage_holding *h = holding_of(v, i, point);

		if (v->counts[i])
			code = add_piece(
			    v, h,
			    h == v->parts[i] ? &seen->lines.parts[i] : NULL,
			    point, seen->values[i], e);
	}
	return code;
}

/* --- cards ---------------------------------------------------------------- */

static bool
look_at(struct view *v, const struct usage_holders *holders,
	const struct fleet_gpu *card)
{
	bool counts;

	v->seen = history_lines_look_at(&v->lines, card);
	v->is_whole = history_lines_choose(&v->lines, v->seen, v->counts);
	counts = v->is_whole;
	v->has_group = false;
	history_lines_describe(v->lines.gpus->fleet, card, &v->line);
	v->card = usage_holders_find(holders, card);
	for (size_t i = 0; i < v->seen->lines.part_count; i++) {
		v->parts[i] = usage_holders_find(holders, v->seen->parts[i]);
		counts |= v->counts[i];
	}
	return counts;
}

static enum err_code
group(struct view *v, const struct usage_slice *read,
      const struct history_slice *slice, struct call *call, struct err *e)
{
	const struct fleet *f = read->gpus.fleet;
	enum err_code code = history_lines_init(&v->lines, &read->gpus, e);

	v->first_point = slice->first;
	for (size_t i = 0; code == ERR_OK && i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		if (card->order != i || !look_at(v, &read->holders, card))
			continue;
		code = call_go_on(call, e);
		for (size_t point = slice->own;
		     code == ERR_OK && point < slice->own_end; point++)
			code = add_point(v, point, e);
	}
	return code;
}

static enum err_code
take_slice(void *context, const struct history_slicing *s,
	   struct history_slice *slice, struct err *e)
{
	struct tally *t = context;
	struct view *v = arena_alloc(&slice->arena, sizeof(*v));
	struct usage_slice read;
	enum err_code code;

	if (v == NULL)
		return err_set_memory(e);
	v->groups = t->groups;
	code = usage_slice_read(&read, &t->pods, s, slice, e);
	t->is_adding = code == ERR_OK;
	if (code == ERR_OK)
		code = group(v, &read, slice, t->call, e);
	if (code == ERR_OK)
		t->is_adding = false;
	usage_slice_fini(&read);
	return code;
}

/* Each pod that had a GPU has a series of its own: how many that are shows when
 * they are read. */
static enum err_code
take_in_time(struct tally *t, struct history_slicing *slicing, struct err *e)
{
	enum err_code code = history_slices_take(slicing, take_slice, t, e);

	while (code != ERR_OK && !t->is_adding &&
	       history_slices_shrink(slicing, e))
		code = history_slices_take(slicing, take_slice, t, e);
	return code;
}

enum err_code
history_namespaces_group(const struct history_slicing *s,
			 struct history_groups *groups, struct err *e)
{
	struct history_need need = *s->need;
	struct history_slicing slicing = *s;
	struct tally tally = {.groups = groups, .call = s->call};
	enum err_code code;

	need.tells_holders = true;
	need.more_fields |= FIELD_BIT(FIELD_UTILIZATION);
	slicing.need = &need;
	slicing.overlap = usage_overlap(&need);
	if (!usage_is_told(s->found))
		call_warn(s->call, "No exporter tells who has a GPU");
	code = usage_pods_ask(&tally.pods, s->collector, s->found,
			      &need.timeline, s->call, e);
	if (code == ERR_OK)
		code = take_in_time(&tally, &slicing, e);
	if (code == ERR_OK)
		own_pods_warn(&tally.pods.seen, s->call);
	usage_pods_fini(&tally.pods);
	return code;
}
