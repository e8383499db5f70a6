#include "api/summary_filters.h"

#include "api/gpu_columns.h"
#include "api/table.h"

static const struct column *const of_cards[] = {
    &gpu_column_gpu_name, &gpu_column_vendor, &gpu_column_exporter};

void
summary_filters_describe(struct column_list *list)
{
	node_rows_describe(list);
	for (size_t i = 0; i < sizeof(of_cards) / sizeof(*of_cards); i++)
		column_add(list, of_cards[i]);
}

/* The first of those of a card. */
static size_t
count_of_nodes(void)
{
	struct column_list nodes = {.count = 0};

	node_rows_describe(&nodes);
	return nodes.count;
}

/* Where it is: that is known of what is gone, too. */
static bool
is_place(const struct column *c)
{
	return c->get == gpu_column_node_name.get ||
	       c->get == gpu_column_cluster.get;
}

static void
add(struct params *into, const struct params_filter *filter)
{
	into->filters[into->filter_count++] = *filter;
}

static const struct fleet_gpu *
gpu_of(const void *row)
{
	return row;
}

void
summary_filters_read(const struct params *p, const struct fleet *fleet,
		     struct summary_filters *out)
{
	const struct params none = {.filter_count = 0};
	size_t node_columns = count_of_nodes();

	out->cards = (struct rows){.fleet = fleet, .gpu_of = gpu_of};
	out->chosen = NULL;
	out->list.count = 0;
	summary_filters_describe(&out->list);
	out->of_nodes = out->of_places = out->of_cards = none;
	for (size_t i = 0; i < p->filter_count; i++) {
		const struct params_filter *filter = &p->filters[i];

		if (filter->column >= node_columns)
			add(&out->of_cards, filter);
		else if (is_place(&out->list.columns[filter->column]))
			add(&out->of_places, filter);
		else
			add(&out->of_nodes, filter);
	}
}

bool
summary_filters_has_card(const void *context, const struct fleet_gpu *card)
{
	const struct summary_filters *f = context;

	return table_passes(&f->cards, card, &f->list, &f->of_cards);
}

bool
summary_filters_has_node(const struct summary_filters *f,
			 const struct rows *nodes, const struct node_row *node)
{
	return table_passes(nodes, node, &f->list, &f->of_places) &&
	       table_passes(nodes, node, &f->list, &f->of_nodes);
}

/* --- problems ------------------------------------------------------------- */

void
summary_filters_choose(struct summary_filters *f, const struct rows *nodes)
{
	f->chosen = nodes;
}

struct summary_problems
summary_filters_problems(const struct summary_filters *f,
			 const struct fleet *fleet)
{
	return (struct summary_problems){
	    .filters = f, .rows = {.fleet = fleet, .gpu_of = gpu_of}};
}

static bool
is_chosen(const struct summary_problems *s, const struct fleet_gpu *gpu)
{
	const struct rows *nodes = s->filters->chosen;
	const struct intern_string *node = fleet_text(s->rows.fleet, gpu->node),
				   *cluster =
				       fleet_text(s->rows.fleet, gpu->cluster);

	for (size_t i = 0; i < nodes->count; i++) {
		const struct fleet_gpu *of = nodes->gpu_of(nodes->list[i]);

		if (intern_is_same(fleet_text(nodes->fleet, of->node), node) &&
		    intern_is_same(fleet_text(nodes->fleet, of->cluster),
				   cluster))
			return true;
	}
	return false;
}

/* How a node is, and which cards it has, is known of those that are there. */
bool
summary_filters_has_problem(const void *context, const struct problem *p)
{
	const struct summary_problems *s = context;
	const struct summary_filters *f = s->filters;
	bool needs_node = f->of_nodes.filter_count > 0 ||
			  (p->is_of_node && f->of_cards.filter_count > 0);

	return table_passes(&s->rows, p->gpu, &f->list, &f->of_places) &&
	       (!needs_node || is_chosen(s, p->gpu)) &&
	       (p->is_of_node ||
		table_passes(&s->rows, p->gpu, &f->list, &f->of_cards));
}
