#include "gpu/collect/history_nodes.h"

#include <math.h>
#include <string.h>

#include "gpu/fleet/derive.h"
#include "gpu/label.h"
#include "gpu/site/identify.h"

enum { FIRST_CAPACITY = 16 };

/* What so many GPUs come to at each point, for each field; NULL: nobody says.
 */
struct history_node {
	const struct intern_string *cluster, *node, *model;
	double *values[FIELD__MAX], *counts[FIELD__MAX];
};

void
history_nodes_init(struct history_nodes *n, const struct history_need *need,
		   const struct detection *found, unsigned rank,
		   struct intern *texts, struct arena *arena)
{
	*n = (struct history_nodes){.need = need,
				    .found = found,
				    .rank = rank,
				    .texts = texts,
				    .arena = arena};
	intern_init(&n->keys, arena->budget);
}

void
history_nodes_fini(struct history_nodes *n)
{
	intern_fini(&n->keys);
}

/* --- rows ----------------------------------------------------------------- */

static bool
make_room(struct history_nodes *n)
{
	size_t capacity = n->capacity > 0 ? 2 * n->capacity : FIRST_CAPACITY;
	struct history_node *grown;

	if (n->count < n->capacity)
		return true;
	grown = arena_grow(n->arena, n->list, n->count * sizeof(*grown),
			   capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	n->list = grown;
	n->capacity = capacity;
	return true;
}

/* NULL: no memory. */
static struct history_node *
find_node(struct history_nodes *n, const struct intern_string *cluster,
	  const struct intern_string *node, const struct intern_string *model)
{
	uint32_t number = history_key_add(&n->keys, cluster, node, model);

	if (number == INTERN_NONE || (number == n->count && !make_room(n)))
		return NULL;
	if (number == n->count)
		n->list[n->count++] = (struct history_node){
		    .cluster = cluster, .node = node, .model = model};
	return &n->list[number];
}

/* Of series that stand for one node, as before and after a restart, the greater
 * value counts. */
static void
merge(double **into, double *values, size_t count)
{
	if (*into == NULL) {
		*into = values;
		return;
	}
	for (size_t i = 0; i < count; i++)
		(*into)[i] = fmax((*into)[i], values[i]);
}

/* What the query left to be scaled: by what was seen of the target. */
static double
scale_of(const struct history_nodes *n, const struct history_question *q,
	 const struct intern_string *instance)
{
	const struct scales *scales = roster_scales(n->found->roster, n->rank);
	const struct profile *p = n->found->profiles[n->rank];
	unsigned seen;

	if (q->is_count || !q->metric->is_ratio_or_percent)
		return 1;
	if (scales == NULL || instance == NULL)
		return q->metric->scale;
	seen = scales_find(scales, (size_t)(q->metric - p->metrics), instance);
	if ((seen & SCALES_ABOVE) != 0)
		return 1;
	return (seen & SCALES_FRACTION) != 0 ? 100 : q->metric->scale;
}

/* The model as answers tell it; NULL if it is not told, or out of memory. */
static const struct intern_string *
model_of(struct history_nodes *n, const struct identify_reader *r,
	 const struct sample *s, bool *is_out_of_memory)
{
	uint32_t number = identify_text(r, s, PROFILE_MODEL);
	const struct intern_string *text =
	    intern_text_or_null(n->texts, number);
	const char *part;
	size_t length;

	if (text == NULL)
		return NULL;
	part = label_model(text->text, text->length, &length);
	number = intern_add(n->texts, part, length);
	*is_out_of_memory |= number == INTERN_NONE;
	return intern_text_or_null(n->texts, number);
}

static enum err_code
take_row(struct history_nodes *n, const struct history_question *q,
	 struct identify_reader *r, const struct sample *s, double *values,
	 size_t *skipped, struct err *e)
{
	size_t count = n->need->timeline.count;
	struct identity id = {.node = IDENTITY_UNKNOWN,
			      .cluster = identify_text(r, s, PROFILE_CLUSTER)};
	const struct intern_string *model =
	    model_of(n, r, s, &r->is_out_of_memory);
	struct history_node *node;
	double scale;

	if (q->level == HISTORY_OF_NODES && !identify_place(r, s, &id) &&
	    !r->is_out_of_memory) {
		++*skipped;
		return ERR_OK;
	}
	if (r->is_out_of_memory)
		return err_set_memory(e);
	node = find_node(n, intern_text_or_null(n->texts, id.cluster),
			 intern_text_or_null(n->texts, id.node), model);
	if (node == NULL)
		return err_set_memory(e);
	scale = scale_of(n, q,
			 intern_text_or_null(
			     n->texts, identify_label(r, s, PROFILE_INSTANCE)));
	for (size_t i = 0; i < count; i++)
		values[i] *= scale;
	merge(q->is_count ? &node->counts[q->field] : &node->values[q->field],
	      values, count);
	return ERR_OK;
}

enum err_code
history_nodes_add(struct history_nodes *n, struct history_question *q,
		  size_t *skipped, struct err *e)
{
	const struct identify_source source = {
	    .profile = n->found->profiles[n->rank],
	    .slots = q->slots,
	    .samples = &q->rows.samples,
	    .nodes = n->found->nodes,
	    .targets = roster_targets(n->found->roster, n->rank)};
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	struct identify_reader r;
	enum err_code code = identify_init(&r, &source, n->texts, n->arena, e);

	*skipped = 0;
	for (size_t i = 0;
	     code == ERR_OK &&
	     (s = samples_next(&q->rows.samples, &cursor)) != NULL;
	     i++)
		code = take_row(n, q, &r, s, q->rows.values[i], skipped, e);
	identify_fini(&r);
	return code;
}

/* --- groups --------------------------------------------------------------- */

/*
 * The values at that point, and of how many GPUs. What is computed of sums that
 * are of others each is nobody's, and so is what was measured of some where it
 * is to be computed for the rest; but reserved memory, which not all have.
 */
static double
values_at(const struct history_node *node, enum field field, size_t point,
	  double v[FIELD__MAX])
{
	double gpus = NAN, most = NAN;
	bool is_one_sum = true;

	for (int i = 0; i < FIELD__MAX; i++) {
		double count =
		    node->counts[i] != NULL ? node->counts[i][point] : NAN;

		v[i] = node->values[i] != NULL ? node->values[i][point] : NAN;
		if (isnan(count) || i == FIELD_MEMORY_RESERVED)
			continue;
		is_one_sum = is_one_sum && (isnan(gpus) || gpus == count);
		gpus = count;
		most = fmax(most, count);
	}
	if (node->counts[field] != NULL && !isnan(v[field]) &&
	    node->counts[field][point] >= most)
		return node->counts[field][point];
	if (!is_one_sum) {
		v[field] = NAN;
		return NAN;
	}
	derive_gpu(v);
	return gpus;
}

/* What no GPU can have measured makes the sum of all of them nobody's. */
static double
clean(enum field field, double value, double gpus)
{
	double parts = lines_total_of(field) == LINES_MEAN ||
			       lines_total_of(field) == LINES_SUM
			   ? gpus
			   : 1;

	return field_clean(field, value / parts) * parts;
}

static bool
is_wanted(const struct history_nodes *n, const struct history_node *node,
	  const struct history_wanted *wanted, const struct intern *nodes)
{
	const struct history_filter *filter = &n->need->filter;
	const struct history_line line = {.cluster = node->cluster,
					  .node = node->node,
					  .index = FLEET_UNKNOWN,
					  .mig_instance = FLEET_UNKNOWN};

	if (filter->passes == NULL || wanted->are_all)
		return true;
	if (filter->is_of_nodes)
		return filter->passes(filter->context, &line);
	return history_key_find(nodes, node->cluster, node->node, NULL);
}

/* The nodes of the cards that pass. */
static enum err_code
list_nodes(const struct history_wanted *wanted, uint64_t exporters,
	   struct intern *nodes, struct err *e)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct card *card = wanted->cards[i];

		if ((card->exporters & exporters) != 0 &&
		    history_key_add(nodes, card->cluster, card->node, NULL) ==
			INTERN_NONE)
			return err_set_memory(e);
	}
	return ERR_OK;
}

static bool
is_same_text(const struct intern_string *a, const struct intern_string *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

/* Whom an exporter with precedence told of as a whole: by the roster no two of
 * them have a node in common, so one of both was there before. */
static bool
is_told(const struct history_nodes *n, const struct history_taken *taken,
	const struct history_node *node)
{
	const struct cards *roster = &n->found->roster->cards;

	if (!history_key_find(&taken->nodes, node->cluster, node->node, NULL))
		return false;
	for (size_t i = 0; i < roster->count; i++) {
		const struct card *card = &roster->cards[i];

		if ((card->exporters >> n->rank & 1) != 0 &&
		    is_same_text(card->node, node->node) &&
		    is_same_text(card->cluster, node->cluster))
			return false;
	}
	return true;
}

static enum err_code
group_node(const struct history_nodes *n, const struct history_node *node,
	   struct history_groups *groups, struct err *e)
{
	struct history_group *group =
	    history_groups_find(groups, node->cluster, node->node, node->model);

	if (group == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < n->need->timeline.count; i++) {
		double v[FIELD__MAX];
		double gpus = values_at(node, n->need->field, i, v);

		v[n->need->field] =
		    clean(n->need->field, v[n->need->field], gpus);
		lines_group_add_sums(&group->points, i, v, gpus);
	}
	return ERR_OK;
}

enum err_code
history_nodes_group(struct history_nodes *n,
		    const struct history_wanted *wanted,
		    struct history_taken *taken, struct history_groups *groups,
		    struct err *e)
{
	uint64_t bit =
	    n->rank < IDENTITY_EXPORTERS_MAX ? UINT64_C(1) << n->rank : 0;
	struct intern nodes;
	enum err_code code;

	intern_init(&nodes, n->arena->budget);
	code = list_nodes(wanted, bit, &nodes, e);
	for (size_t i = 0; code == ERR_OK && i < n->count; i++) {
		const struct history_node *node = &n->list[i];

		if (is_wanted(n, node, wanted, &nodes) &&
		    !is_told(n, taken, node))
			code = group_node(n, node, groups, e);
	}
	for (size_t i = 0; code == ERR_OK && i < n->count; i++)
		if (history_key_add(&taken->nodes, n->list[i].cluster,
				    n->list[i].node, NULL) == INTERN_NONE)
			code = err_set_memory(e);
	taken->ranks |= bit;
	intern_fini(&nodes);
	return code;
}
