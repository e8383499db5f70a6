#include "gpu/collect/history_gpus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/collect/history_promql.h"
#include "gpu/collect/join.h"

struct history_strand {
	const struct fleet_gpu *gpu;
	struct strand strand;
};

/* --- the roster's cards ----------------------------------------------------
 */

static bool
intern_text_of(struct fleet *f, const struct intern_string *text, uint32_t *out)
{
	*out = FLEET_UNKNOWN;
	if (text == NULL)
		return true;
	*out = fleet_intern(f, text->text, text->length);
	return *out != INTERN_NONE;
}

static enum err_code
seed_parts(struct fleet *f, const struct card *card, struct fleet_gpu *gpu,
	   struct err *e)
{
	for (size_t i = 0; i < card->part_count; i++) {
		struct identity id = {.part_index = card->parts[i].index,
				      .part_uuid = IDENTITY_UNKNOWN};
		struct fleet_gpu *part;

		if (card->parts[i].uuid != card->uuid &&
		    !intern_text_of(f, card->parts[i].uuid, &id.part_uuid))
			return err_set_memory(e);
		if (fleet_find_instance(f, gpu, card->parts[i].mig_instance,
					&part, e) != ERR_OK)
			return e->code;
		if (part != NULL)
			fleet_name_instance(part, &id);
	}
	return ERR_OK;
}

static enum err_code
seed(struct fleet *f, const struct card *card, struct fleet_gpu **out,
     struct err *e)
{
	struct identity id = {.index = card->index,
			      .part = IDENTITY_UNKNOWN,
			      .part_index = IDENTITY_UNKNOWN,
			      .part_uuid = IDENTITY_UNKNOWN};

	if (!intern_text_of(f, card->cluster, &id.cluster) ||
	    !intern_text_of(f, card->node, &id.node) ||
	    !intern_text_of(f, card->uuid, &id.uuid) ||
	    !intern_text_of(f, card->vendor, &id.vendor))
		return err_set_memory(e);
	*out = fleet_find(f, &id);
	if (*out == NULL || !intern_text_of(f, card->model, &(*out)->model))
		return err_set_memory(e);
	return seed_parts(f, card, *out, e);
}

static int
compare_nodes(const void *a, const void *b)
{
	const struct intern_string *const *left = a, *const *right = b;

	return (*left > *right) - (*left < *right);
}

bool
history_is_one_of(const char *const *names, size_t count,
		  const struct intern_string *text)
{
	for (size_t i = 0; text != NULL && i < count; i++)
		if (intern_is(text, names[i]))
			return true;
	return false;
}

/* Whoever is named is asked for, on whichever page it is. */
static bool
is_named(const struct history_filter *f, const struct card *card)
{
	bool is = history_is_one_of(f->nodes, f->node_count, card->node) ||
		  history_is_one_of(f->uuids, f->uuid_count, card->uuid);

	for (size_t i = 0; !is && i < card->part_count; i++)
		is = history_is_one_of(f->uuids, f->uuid_count,
				       card->parts[i].uuid);
	return is;
}

/* Of the wanted cards, and of those that are named; sorted. */
static const struct intern_string **
list_nodes(const struct history_gpus *g, const struct history_wanted *wanted,
	   size_t *count)
{
	const struct cards *cards = &g->found->roster->cards;
	const struct intern_string **nodes = arena_alloc(
	    g->arena, (wanted->count + cards->count + 1) * sizeof(*nodes));

	*count = 0;
	if (nodes == NULL)
		return NULL;
	for (size_t i = 0; i < wanted->count; i++)
		nodes[(*count)++] = wanted->cards[i]->node;
	for (size_t i = 0; i < cards->count; i++)
		if (is_named(&g->need->filter, &cards->cards[i]))
			nodes[(*count)++] = cards->cards[i].node;
	qsort(nodes, *count, sizeof(*nodes), compare_nodes);
	return nodes;
}

static enum err_code
seed_nodes(struct history_gpus *g, const struct history_wanted *wanted,
	   struct err *e)
{
	const struct cards *cards = &g->found->roster->cards;
	size_t count;
	const struct intern_string **nodes = list_nodes(g, wanted, &count);
	enum err_code code = ERR_OK;

	if (nodes == NULL)
		return err_set_memory(e);
	for (size_t i = 0; code == ERR_OK && i < cards->count; i++)
		if (bsearch(&cards->cards[i].node, nodes, count, sizeof(*nodes),
			    compare_nodes) != NULL)
			code =
			    seed(g->fleet, &cards->cards[i], &g->seeds[i], e);
	return code;
}

enum err_code
history_gpus_init(struct history_gpus *g, const struct history_need *need,
		  const struct detection *found,
		  const struct history_wanted *wanted, struct fleet *fleet,
		  struct arena *arena, struct err *e)
{
	size_t bytes = found->roster->cards.count * sizeof(*g->seeds);

	*g = (struct history_gpus){.need = need,
				   .found = found,
				   .fleet = fleet,
				   .arena = arena,
				   .seeds = arena_alloc(arena, bytes)};
	if (g->seeds == NULL)
		return err_set_memory(e);
	memset(g->seeds, 0, bytes);
	return seed_nodes(g, wanted, e);
}

/* --- strands -------------------------------------------------------------- */

/* For so many more. */
static bool
make_room(struct history_gpus *g, size_t count)
{
	struct history_strand *grown =
	    arena_grow(g->arena, g->strands, g->count * sizeof(*grown),
		       (g->count + count) * sizeof(*grown));

	if (grown == NULL)
		return false;
	g->strands = grown;
	return true;
}

/* What is no field of the GPU's is for who listens. */
static void
clean(const struct join *j, const struct sample *s,
      const struct profile_metric *m, const struct history_row *row)
{
	enum field field = m->kind == PROFILE_WORKLOAD_FIELD
			       ? workload_field_table[m->field].field
			       : (enum field)m->field;

	if (m->kind == PROFILE_JOB_VALUE)
		return;
	for (size_t i = 0; i < row->count; i++)
		row->values[i] =
		    field_clean(field, join_value(j, s, 0, row->values[i]));
}

static enum err_code
tell(const struct history_gpus *g, struct join *j,
     const struct history_told *told, struct err *e)
{
	const struct history_listener *l = g->listener;

	return l != NULL ? l->hear(l->context, j, told, e) : ERR_OK;
}

static enum err_code
take_row(struct history_gpus *g, struct join *j, const struct sample *s,
	 const struct history_row *row, size_t *skipped, struct err *e)
{
	const struct join_source *source = j->source;
	const struct profile_metric *m = source->metrics[0];
	struct join_hit hit;
	bool is_usable;
	enum err_code code = join_sample(j, s, &hit, &is_usable, e);

	if (code != ERR_OK || !is_usable) {
		*skipped += code == ERR_OK;
		return code;
	}
	fleet_note_exporter(hit.gpu, source->profile->name, source->rank);
	code = tell(g, j, &(struct history_told){s, &hit, row}, e);
	if (code != ERR_OK)
		return code;
	clean(j, s, m, row);
	if (m->kind != PROFILE_FIELD)
		return ERR_OK;
	g->strands[g->count++] =
	    (struct history_strand){.gpu = hit.gpu,
				    .strand = {.rank = source->rank,
					       .field = (enum field)m->field,
					       .alternative = m->alternative,
					       .values = row->values,
					       .first = row->first,
					       .count = row->count,
					       .weights = row->weights}};
	return ERR_OK;
}

static enum err_code
take_rows(struct history_gpus *g, struct history_question *q, size_t *skipped,
	  struct err *e)
{
	struct join_source source = {
	    .profile = g->found->profiles[q->rank],
	    .rank = q->rank,
	    .metrics = {q->metric},
	    .metric_count = 1,
	    .samples = &q->rows.samples,
	    .nodes = g->found->nodes,
	    .targets = roster_targets(g->found->roster, q->rank),
	    .scales = roster_scales(g->found->roster, q->rank)};
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	enum err_code code;
	struct join j;

	memcpy(source.slots, q->slots, sizeof(source.slots));
	*skipped = 0;
	if (!make_room(g, q->rows.samples.count))
		return err_set_memory(e);
	code = join_init(&j, g->fleet, &source, g->arena, e);
	for (size_t i = 0;
	     code == ERR_OK &&
	     (s = samples_next(&q->rows.samples, &cursor)) != NULL;
	     i++)
		code = take_row(g, &j, s, &q->rows.rows[i], skipped, e);
	join_fini(&j);
	return code;
}

static int
compare_strands(const void *a, const void *b)
{
	const struct history_strand *left = a, *right = b;
	int order = fleet_compare_places(left->gpu, right->gpu);

	return order != 0 ? order
			  : strand_compare(&left->strand, &right->strand);
}

/* Of one metric of one GPU. */
static size_t
end_of_kind(const struct history_gpus *g, size_t first)
{
	size_t end = first + 1;

	while (end < g->count &&
	       compare_strands(&g->strands[first], &g->strands[end]) == 0)
		end++;
	return end;
}

static enum strands_merge
merge_of(const struct history_need *need)
{
	if (history_takes_means(need))
		return STRANDS_MEAN;
	return need->of_step == HISTORY_MIN ? STRANDS_LEAST : STRANDS_GREATEST;
}

/* Those from first on, of one kind, become one; false if there is no memory. */
static bool
merge(struct history_gpus *g, size_t first, size_t end)
{
	size_t points = g->need->timeline.count, count = end - first;
	struct strand *into = &g->strands[first].strand;
	struct strand *list;
	double *merged;

	if (count == 1 && !history_is_growth(g->need))
		return true;
	merged = arena_alloc(g->arena, points * sizeof(*merged));
	list = arena_alloc(g->arena, count * sizeof(*list));
	if (merged == NULL || list == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		list[i] = g->strands[first + i].strand;
	if (history_is_growth(g->need))
		strands_growth(list, count, points, merged);
	else
		strands_merge(list, count, merge_of(g->need), points, merged);
	into->values = merged;
	into->first = 0;
	into->count = points;
	return true;
}

static bool
merge_all(struct history_gpus *g)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->count;) {
		size_t end = end_of_kind(g, i);

		if (!merge(g, i, end))
			return false;
		g->strands[kept++] = g->strands[i];
		i = end;
	}
	g->count = kept;
	return true;
}

static bool
know_cards(struct history_gpus *g)
{
	const struct cards *cards = &g->found->roster->cards;
	size_t bytes = g->fleet->card_count * sizeof(*g->known);

	g->known = arena_alloc(g->arena, bytes);
	if (g->known == NULL)
		return false;
	memset(g->known, 0, bytes);
	for (size_t i = 0; i < cards->count; i++)
		if (g->seeds[i] != NULL)
			g->known[fleet_settled(g->seeds[i])->number] =
			    &cards->cards[i];
	return true;
}

/* Nothing may be added after that. */
static enum err_code
finish(struct history_gpus *g, struct err *e)
{
	enum err_code code = fleet_finish(g->fleet, e);

	if (code != ERR_OK)
		return code;
	if (!know_cards(g))
		return err_set_memory(e);
	for (size_t i = 0; i < g->count; i++)
		g->strands[i].gpu = fleet_settled(g->strands[i].gpu);
	if (g->count > 0)
		qsort(g->strands, g->count, sizeof(*g->strands),
		      compare_strands);
	if (!merge_all(g))
		return err_set_memory(e);
	g->values = arena_alloc(g->arena, g->count * sizeof(*g->values));
	if (g->values == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < g->count; i++)
		g->values[i] = g->strands[i].strand;
	return ERR_OK;
}

static void
warn_of_skipped(struct call *call, const struct history_question *q,
		size_t skipped)
{
	if (skipped > 0)
		call_warn_of_some(
		    call, skipped,
		    "series of %.128s do not tell which GPU they are of",
		    q->metric->name);
}

static enum err_code
await(struct history_plan *p, size_t number, struct err *e)
{
	const struct err *outcome = call_await(p->call, &p->ask, number);

	if (outcome->code != ERR_OK) {
		*e = *outcome;
		return e->code;
	}
	call_take_warnings(p->call, &p->ask, number);
	return ERR_OK;
}

/* The answer, of a mean with its counts, which are the next one. */
static enum err_code
take_answer(struct history_gpus *g, struct history_plan *p, size_t number,
	    struct err *e)
{
	struct history_question *q = &p->questions[number];
	bool is_mean = history_takes_means(g->need);
	size_t skipped = 0;
	enum err_code code = await(p, number, e);

	if (code == ERR_OK && is_mean)
		code = await(p, number + 1, e);
	progress_enter(p->call->progress, STAGE_JOIN);
	if (code == ERR_OK && is_mean)
		code = history_rows_divide(&q->rows, &q[1].rows, e);
	if (code == ERR_OK)
		code = take_rows(g, q, &skipped, e);
	if (code != ERR_OK)
		return code;
	warn_of_skipped(p->call, q, skipped);
	ask_drop(&p->ask, number);
	if (is_mean)
		ask_drop(&p->ask, number + 1);
	return ERR_OK;
}

enum err_code
history_gpus_take(struct history_gpus *g, struct history_plan *p, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < p->ask.count; i++)
		if (!p->questions[i].is_of_counts)
			code = take_answer(g, p, i, e);
	return code == ERR_OK ? finish(g, e) : code;
}

struct strands
history_gpus_strands(const struct history_gpus *g, const struct fleet_gpu *gpu)
{
	size_t low = 0, high = g->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fleet_compare_places(g->strands[middle].gpu, gpu) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < g->count && g->strands[end].gpu == gpu; end++)
		;
	return (struct strands){g->values + low, end - low};
}
