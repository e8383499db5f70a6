#include "gpu/fleet/capacity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/fleet/capacity_cards.h"
#include "gpu/fleet/workload.h"

void
capacity_init(struct capacity *c, struct arena *arena)
{
	*c = (struct capacity){.arena = arena};
	namesakes_init(&c->names, arena);
	intern_init(&c->cluster_names, arena->budget);
}

void
capacity_fini(struct capacity *c)
{
	namesakes_fini(&c->names);
	if (c->arena != NULL)
		intern_fini(&c->cluster_names);
	*c = (struct capacity){.arena = NULL};
}

/* --- what is told --------------------------------------------------------- */

struct capacity_node *
capacity_node(struct capacity *c, uint32_t cluster, uint32_t node)
{
	struct capacity_node *found;
	bool is_new;

	found = (struct capacity_node *)namesakes_add(
	    &c->names, &node, sizeof(node), cluster, sizeof(*found), &is_new);
	if (is_new) {
		found->gpu = fleet_unknown_gpu();
		found->gpu.cluster = cluster;
		found->gpu.node = node;
	}
	return found;
}

static struct capacity_node *
find_node(const struct capacity *c, uint32_t cluster, uint32_t node)
{
	return (struct capacity_node *)namesakes_find(&c->names, &node,
						      sizeof(node), cluster);
}

struct capacity_cluster *
capacity_cluster(struct capacity *c, uint32_t cluster)
{
	enum { FIRST_CAPACITY = 8 };
	uint32_t known = intern_count(&c->cluster_names);
	uint32_t number = intern_add(&c->cluster_names, (const char *)&cluster,
				     sizeof(cluster));
	uint32_t wanted =
	    c->cluster_capacity > 0 ? 2 * c->cluster_capacity : FIRST_CAPACITY;
	struct capacity_cluster *grown;

	if (number == INTERN_NONE)
		return NULL;
	if (number >= c->cluster_capacity) {
		grown = arena_grow(c->arena, c->clusters,
				   c->cluster_capacity * sizeof(*grown),
				   wanted * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		c->clusters = grown;
		c->cluster_capacity = wanted;
	}
	if (number == known)
		c->clusters[number] =
		    (struct capacity_cluster){.cluster = cluster};
	return &c->clusters[number];
}

bool
capacity_row(struct capacity *c, struct capacity_node *node, uint32_t resource,
	     struct capacity_row **out)
{
	struct capacity_row *row = node->rows;

	while (row != NULL && row->resource != resource)
		row = row->next_of_node;
	*out = row;
	if (row != NULL)
		return true;
	if (node->row_count == CAPACITY_RESOURCES_MAX) {
		c->left_out_count++;
		return true;
	}
	row = arena_alloc(c->arena, sizeof(*row));
	if (row == NULL)
		return false;
	*row = (struct capacity_row){.node = node,
				     .resource = resource,
				     .capacity = NAN,
				     .allocatable = NAN,
				     .requested = NAN,
				     .free = NAN,
				     .gpu_count = NAN,
				     .instance_count = NAN,
				     .busy_count = NAN,
				     .largest_free = NAN,
				     .next_of_node = node->rows};
	node->rows = row;
	node->row_count++;
	c->count++;
	*out = row;
	return true;
}

/* --- what pods hold ------------------------------------------------------- */

/* The name of where the pod is; INTERN_NONE: nowhere that is known of. */
static uint32_t
node_name_of(struct capacity *c, const struct claims_pod *pod)
{
	const struct capacity_cluster *cluster =
	    capacity_cluster(c, pod->key.cluster);

	if (pod->node == INTERN_NONE &&
	    (cluster == NULL || !cluster->is_renamed ||
	     pod->phase == CLAIMS_RUNNING))
		return pod->plain_node;
	return pod->node;
}

/* What nobody knows of one of them nobody knows of all. */
static void
add_resource(struct capacity_node *node, const struct claims_resource *r,
	     bool is_told, bool is_unseen)
{
	struct capacity_row *row = node->rows;

	while (row != NULL && row->resource != r->resource)
		row = row->next_of_node;
	if (row == NULL) {
		node->has_unseen |= is_unseen;
		return;
	}
	row->requested += is_told ? (double)r->requested : NAN;
	row->has_unseen |= is_unseen;
}

/* Who tells what one pod asks for tells of all. */
static bool
note_tellers(struct capacity *c, const struct claims *claims)
{
	for (size_t i = 0; i < claims->count; i++) {
		struct capacity_cluster *cluster =
		    capacity_cluster(c, claims->list[i]->pod->key.cluster);

		if (cluster == NULL)
			return false;
		cluster->tells_pods = true;
	}
	return true;
}

/* A node of which only pods tell is one, too, if they may be on its GPUs. False
 * if there is no memory. */
static bool
add_claim(struct capacity *c, const struct claim *claim)
{
	const struct claims_pod *pod = claim->pod;
	bool is_unseen = pod->shown < pod->requested;
	uint32_t name = node_name_of(c, pod);
	struct capacity_node *node;

	if (name == INTERN_NONE)
		return true;
	node = find_node(c, pod->key.cluster, name);
	if (node == NULL && is_unseen) {
		node = capacity_node(c, pod->key.cluster, name);
		if (node == NULL)
			return false;
	}
	for (const struct claims_resource *r = claim->resources;
	     node != NULL && r != NULL; r = r->next)
		if (r->requested > 0)
			add_resource(node, r, pod->phase != CLAIMS_UNTOLD,
				     is_unseen);
	return true;
}

static bool
add_claims(struct capacity *c, const struct claims *claims)
{
	for (size_t i = 0; i < c->count; i++) {
		struct capacity_row *row = c->sorted[i];
		const struct capacity_cluster *cluster =
		    capacity_cluster(c, row->node->gpu.cluster);

		if (claims->failure.code == ERR_OK && cluster->tells_pods)
			row->requested = 0;
	}
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = claims->list[i];

		if (claim->pod->phase != CLAIMS_ENDED && !add_claim(c, claim))
			return false;
	}
	for (size_t i = 0; i < c->count; i++) {
		struct capacity_row *row = c->sorted[i];

		row->free = row->allocatable - row->requested;
		if (row->free < 0)
			row->free = 0;
	}
	return true;
}

/* --- the rows ------------------------------------------------------------- */

/* Those of all nodes, in any order. */
static void
list_rows(struct capacity *c)
{
	size_t count = 0;

	for (uint32_t i = 0; i < intern_count(&c->names.names); i++)
		for (struct namesake *n = c->names.by_name[i]; n != NULL;
		     n = n->next)
			for (struct capacity_row *row =
				 ((struct capacity_node *)n)->rows;
			     row != NULL; row = row->next_of_node)
				c->sorted[count++] = row;
}

static int
compare_rows(const void *a, const void *b, void *fleet)
{
	const struct capacity_row *const *left = a, *const *right = b;
	const struct fleet_gpu *p = &(*left)->node->gpu,
			       *q = &(*right)->node->gpu;
	int order = fleet_compare_texts(fleet, p->cluster, q->cluster, -1);

	if (order == 0)
		order = fleet_compare_texts(fleet, p->node, q->node, -1);
	if (order == 0)
		order = fleet_compare_texts(fleet, (*left)->resource,
					    (*right)->resource, -1);
	return order;
}

/* A plugin that hands out something else now leaves a 0 behind. */
static void
leave_out_leftovers(struct capacity *c, const struct fleet *fleet)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++)
		if (!capacity_cards_is_leftover(fleet, c->sorted[i]))
			c->sorted[kept++] = c->sorted[i];
	c->count = kept;
}

/* Whose cluster is the node's own are its cards; else those that may be, if
 * they are of one cluster. */
static void
give_cards(struct capacity_node *node, uint32_t cluster, size_t first,
	   size_t end)
{
	bool are_own = node->gpu.cluster == cluster;

	if (node->has_own_cards)
		return;
	if (node->has_some_cards && !are_own)
		first = end;
	node->first = first;
	node->end = end;
	node->has_own_cards = are_own;
	node->has_some_cards = true;
}

/* Each node's own rows of the fleet stand together. */
static void
find_cards(struct capacity *c, const struct fleet *fleet)
{
	size_t end;

	for (size_t first = 0; first < fleet->count; first = end) {
		const struct fleet_gpu *gpu = fleet->sorted[first];
		struct capacity_node *node =
		    find_node(c, gpu->cluster, gpu->node);

		end = fleet_node_end(fleet, first);
		if (node != NULL)
			give_cards(node, gpu->cluster, first, end);
	}
}

bool
capacity_is_unseen(const struct capacity_node *node)
{
	return node->first == node->end;
}

enum capacity_place
capacity_find(const struct capacity *c, const struct fleet *fleet, size_t first,
	      const struct capacity_node **out)
{
	const struct fleet_gpu *gpu = fleet->sorted[first];

	*out = find_node(c, gpu->cluster, gpu->node);
	if (*out != NULL)
		return !capacity_is_unseen(*out) && (*out)->first == first
			   ? CAPACITY_HERE
			   : CAPACITY_UNCLEAR;
	return namesakes_may_have(&c->names, &gpu->node, sizeof(gpu->node),
				  gpu->cluster)
		   ? CAPACITY_UNCLEAR
		   : CAPACITY_NOWHERE;
}

enum err_code
capacity_finish(struct capacity *c, const struct workload_table *t,
		struct err *e)
{
	c->sorted = arena_alloc(c->arena, c->count * sizeof(*c->sorted));
	/* One that nobody tells of is not missing then. */
	if (c->sorted == NULL || capacity_cluster(c, INTERN_NONE) == NULL ||
	    !note_tellers(c, &t->claims))
		return err_set_memory(e);
	list_rows(c);
	if (!add_claims(c, &t->claims))
		return err_set_memory(e);
	find_cards(c, &t->fleet);
	for (size_t i = 0; i < c->count; i++)
		capacity_cards_count(t, c->sorted[i]);
	leave_out_leftovers(c, &t->fleet);
	qsort_r(c->sorted, c->count, sizeof(*c->sorted), compare_rows,
		(void *)(uintptr_t)&t->fleet);
	return ERR_OK;
}
