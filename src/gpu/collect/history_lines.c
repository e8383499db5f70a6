#include "gpu/collect/history_lines.h"

#include <math.h>

#include "gpu/collect/history_promql.h"

enum err_code
history_lines_init(struct history_lines *l, const struct history_gpus *gpus,
		   struct err *e)
{
	*l = (struct history_lines){
	    .gpus = gpus,
	    .need = gpus->need,
	    .arena = gpus->arena,
	    .view = arena_alloc(gpus->arena, sizeof(*l->view))};
	return l->view != NULL ? ERR_OK : err_set_memory(e);
}

/* --- a card --------------------------------------------------------------- */

void
history_lines_find(const struct history_gpus *g, const struct fleet_gpu *card,
		   struct lines_card *out,
		   const struct fleet_gpu *parts[static FLEET_INSTANCES_MAX])
{
	out->own = history_gpus_strands(g, card);
	out->card_slices = fleet_slices_of_card(g->fleet, card);
	out->may_repeat_memory = fleet_may_repeat_memory(g->fleet, card);
	out->part_count = 0;
	for (const struct fleet_gpu *part = card->instances; part != NULL;
	     part = part->next_instance) {
		size_t i = out->part_count++;

		parts[i] = part;
		out->parts[i] = history_gpus_strands(g, part);
		out->slices[i] = fleet_slices(g->fleet, part);
	}
}

struct history_view *
history_lines_look_at(struct history_lines *l, const struct fleet_gpu *card)
{
	struct history_view *v = l->view;

	v->card = card;
	history_lines_find(l->gpus, card, &v->lines, v->parts);
	v->is_simple = card->instances == NULL &&
		       strands_are_of(&v->lines.own, l->need->field);
	lines_forget(v->own);
	return v;
}

void
history_lines_describe(const struct fleet *f, const struct fleet_gpu *gpu,
		       struct history_line *out)
{
	*out = (struct history_line){
	    .cluster = fleet_text(f, gpu->cluster),
	    .node = fleet_text(f, fleet_told_node(f, gpu)),
	    .uuid = fleet_text(f, fleet_told_uuid(f, gpu)),
	    .model = fleet_text(f, gpu->model),
	    .vendor = fleet_text(f, gpu->vendor),
	    .exporter = gpu->exporter,
	    .index = gpu->index,
	    .mig_instance = gpu->mig_instance,
	    .gpu_count = 1};
}

static bool
is_of_card(const struct history_lines *l)
{
	return field_table[l->need->field].of_card == CARD_OWN;
}

bool
history_lines_is_of_one(const struct history_lines *l)
{
	return is_of_card(l) && lines_total_of(l->need->field) == LINES_SUM;
}

/* Instances that there are by the roster, of none of which anything was told.
 */
static bool
has_silent_parts(const struct history_view *v)
{
	for (size_t i = 0; i < v->lines.part_count; i++)
		if (v->lines.parts[i].count > 0)
			return false;
	return v->lines.part_count > 0;
}

/* What is measured for the whole card alone is true for each of its instances.
 */
static bool
share_with_parts(struct history_lines *l, struct history_view *v)
{
	enum field field = l->need->field;

	if (!is_of_card(l) || isnan(v->own[field]) || !has_silent_parts(v))
		return false;
	for (size_t i = 0; i < v->lines.part_count; i++)
		v->values[i][field] = v->own[field];
	return true;
}

bool
history_lines_view_at(struct history_lines *l, struct history_view *v,
		      size_t point)
{
	bool is_split;

	if (v->is_simple) {
		v->own[l->need->field] = strands_value_at(&v->lines.own, point);
		return false;
	}
	is_split = lines_at(&v->lines, point, v->own, v->values);
	return is_split || share_with_parts(l, v);
}

/* Of the card itself (SIZE_MAX), which has none where it is split, or of a
 * part. */
static enum err_code
draw(struct history_lines *l, struct history_view *v, size_t part,
     struct history_line *out, struct err *e)
{
	size_t count = l->need->timeline.count;
	enum field field = l->need->field;
	double *points = arena_alloc(l->arena, count * sizeof(*points));

	if (points == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < count; i++) {
		bool is_split = history_lines_view_at(l, v, i);

		if (part != SIZE_MAX)
			points[i] = is_split ? v->values[part][field] : NAN;
		else
			points[i] = is_split ? NAN : v->own[field];
	}
	out->points = points;
	out->summary = lines_summarise(points, count);
	return ERR_OK;
}

static enum err_code
draw_nothing(struct history_lines *l, struct history_line *out, struct err *e)
{
	size_t count = l->need->timeline.count;
	double *points = arena_alloc(l->arena, count * sizeof(*points));

	if (points == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < count; i++)
		points[i] = NAN;
	out->points = points;
	out->summary = lines_summarise(points, count);
	return ERR_OK;
}

enum err_code
history_lines_draw(struct history_lines *l, size_t card, uint32_t mig_instance,
		   struct history_line *out, struct err *e)
{
	const struct fleet_gpu *seed = l->gpus->seeds[card];
	struct history_view *v;

	if (seed == NULL)
		return draw_nothing(l, out, e);
	v = history_lines_look_at(l, fleet_settled(seed));
	if (mig_instance == FLEET_UNKNOWN)
		return draw(l, v, SIZE_MAX, out, e);
	for (size_t i = 0; i < v->lines.part_count; i++)
		if (v->parts[i]->mig_instance == mig_instance)
			return draw(l, v, i, out, e);
	return draw_nothing(l, out, e);
}

/* --- what is gone --------------------------------------------------------- */

static bool
is_named(const struct history_filter *f, const struct history_line *line)
{
	return history_is_one_of(f->nodes, f->node_count, line->node) ||
	       history_is_one_of(f->uuids, f->uuid_count, line->uuid);
}

static bool
passes(const struct history_filter *f, const struct history_line *line)
{
	return f->passes == NULL || f->passes(f->context, line);
}

/* Whether the roster has the card in that shape: whole, or that part of it. */
static bool
is_in_roster(const struct card *card, uint32_t mig_instance)
{
	if (card == NULL)
		return false;
	if (mig_instance == FLEET_UNKNOWN)
		return card->part_count == 0;
	for (size_t i = 0; i < card->part_count; i++)
		if (card->parts[i].mig_instance == mig_instance)
			return true;
	return false;
}

static enum err_code
list_if_gone(struct history_lines *l, struct history_view *v, size_t part,
	     const struct card *known, struct history_line *lines,
	     size_t *count, struct err *e)
{
	const struct fleet_gpu *gpu =
	    part == SIZE_MAX ? v->card : v->parts[part];
	struct history_line *line = &lines[*count];
	enum err_code code;

	if (is_in_roster(known, gpu->mig_instance))
		return ERR_OK;
	history_lines_describe(l->gpus->fleet, gpu, line);
	if (!passes(&l->need->filter, line) ||
	    !is_named(&l->need->filter, line))
		return ERR_OK;
	code = draw(l, v, part, line, e);
	*count += code == ERR_OK && !isnan(line->summary.last);
	return code;
}

enum err_code
history_lines_list_gone(struct history_lines *l, struct history_line **out,
			size_t *count, struct err *e)
{
	const struct fleet *f = l->gpus->fleet;
	const struct history_filter *filter = &l->need->filter;
	/* A row for each, and one for each card that is split. */
	struct history_line *lines =
	    arena_alloc(l->arena, 2 * f->count * sizeof(*lines));
	enum err_code code = ERR_OK;

	*out = lines;
	*count = 0;
	if (lines == NULL)
		return err_set_memory(e);
	if (filter->node_count == 0 && filter->uuid_count == 0)
		return ERR_OK;
	for (size_t i = 0; code == ERR_OK && i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);
		const struct card *known;
		struct history_view *v;

		if (card->order != i)
			continue;
		known = l->gpus->known[card->number];
		v = history_lines_look_at(l, card);
		code = list_if_gone(l, v, SIZE_MAX, known, lines, count, e);
		for (size_t k = 0; code == ERR_OK && k < v->lines.part_count;
		     k++)
			code = list_if_gone(l, v, k, known, lines, count, e);
	}
	return code;
}

/* --- groups --------------------------------------------------------------- */

/* An instance is the card's, but for its own numbers and its own uuid. */
static void
describe_part(const struct fleet *f, const struct history_line *card,
	      const struct fleet_gpu *part, struct history_line *out)
{
	const struct intern_string *uuid =
	    fleet_text(f, fleet_told_uuid(f, part));

	*out = *card;
	if (part->index != FLEET_UNKNOWN)
		out->index = part->index;
	out->mig_instance = part->mig_instance;
	if (uuid != NULL)
		out->uuid = uuid;
}

bool
history_lines_choose(const struct history_lines *l,
		     const struct history_view *v,
		     bool counts[static FLEET_INSTANCES_MAX])
{
	const struct history_filter *filter = &l->need->filter;
	struct history_line card, part;

	history_lines_describe(l->gpus->fleet, v->card, &card);
	for (size_t i = 0; i < v->lines.part_count; i++) {
		describe_part(l->gpus->fleet, &card, v->parts[i], &part);
		counts[i] = passes(filter, &part);
	}
	return passes(filter, &card);
}

static void
add_point(struct history_lines *l, struct history_view *v, size_t point,
	  bool is_whole, const bool *counts, struct history_groups *groups,
	  struct history_group *into)
{
	struct lines_group *group = &into->points;
	size_t of_group = groups->first_point + point;
	bool is_split = history_lines_view_at(l, v, point);
	bool is_of_one = history_lines_is_of_one(l);

	if (is_whole && (!is_split || !l->need->filter.is_of_parts)) {
		lines_group_add(group, of_group, v->own);
		return;
	}
	for (size_t i = 0; is_split && i < v->lines.part_count; i++) {
		if (!counts[i])
			continue;
		/* Of the card itself: once, however many they are. */
		lines_group_add(group, of_group,
				is_of_one ? v->own : v->values[i]);
		if (is_of_one)
			return;
	}
}

static enum err_code
group_card(struct history_lines *l, const struct fleet_gpu *card,
	   struct history_groups *groups, struct err *e)
{
	struct history_view *v = history_lines_look_at(l, card);
	bool counts[FLEET_INSTANCES_MAX], is_whole, has_part = false;
	struct history_group *group;
	struct history_line line;

	is_whole = history_lines_choose(l, v, counts);
	for (size_t i = 0; i < v->lines.part_count; i++)
		has_part |= counts[i];
	if (!is_whole && !has_part)
		return ERR_OK;
	history_lines_describe(l->gpus->fleet, card, &line);
	group = history_groups_find(groups, &line);
	if (group == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < l->need->timeline.count; i++)
		add_point(l, v, i, is_whole, counts, groups, group);
	return ERR_OK;
}

enum err_code
history_lines_group(struct history_lines *l, struct history_groups *groups,
		    struct err *e)
{
	const struct fleet *f = l->gpus->fleet;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		if (card->order == i)
			code = group_card(l, card, groups, e);
	}
	return code;
}
