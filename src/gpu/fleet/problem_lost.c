/* Which cards are lost, and which only cannot be seen: since their exporter is
 * down, or since their node is gone. */
#include <math.h>
#include <string.h>

#include "gpu/fleet/problem_rows.h"

/* What is known of a card, by the place of its last row. */
struct card_state {
	bool is_there; /* somebody tells of it now */
	bool is_lost;
	bool is_fresh;
	struct problem_target *target; /* one that told of it; NULL: gone */
	double timestamp_s, seen_s;
};

struct view {
	struct problem_rows *rows;
	const struct fleet *fleet;
	struct card_state *cards;
};

/* Who is up tells more than who is down: another copy of its is there. */
static void
take_target(struct card_state *card, struct problem_target *target)
{
	if (card->target == NULL || (target != NULL && target->is_up))
		card->target = target;
}

static void
note_lost(struct view *v)
{
	struct problem_table *t = v->rows->table;

	for (struct problem_lost *lost = t->lost; lost != NULL;
	     lost = lost->next) {
		const struct fleet_gpu *card =
		    fleet_settled(fleet_card(lost->gpu));
		struct problem_target *target =
		    problem_find_target(t, lost->cluster, lost->instance);
		struct card_state *state;

		if (target != NULL)
			target->place = card;
		if (!fleet_is_row(card))
			continue;
		state = &v->cards[card->order];
		state->is_lost = true;
		state->is_fresh |= lost->is_fresh;
		state->timestamp_s =
		    fmax(state->timestamp_s, lost->timestamp_s);
		state->seen_s = fmax(state->seen_s, lost->seen_s);
		/* Who passes on what others tell sees no node of its own. */
		if (lost->is_second_hand && target != NULL && target->is_up)
			target = NULL;
		take_target(state, target);
	}
}

/* The rows of one node. */
struct node_view {
	size_t first, end;
	bool has_some; /* others of its cards are there */
};

static struct card_state *
lost_card(const struct view *v, size_t row)
{
	const struct fleet_gpu *card = fleet_card(v->fleet->sorted[row]);
	struct card_state *state = &v->cards[row];

	return card->order == row && state->is_lost && !state->is_there ? state
									: NULL;
}

/* Whether Kubernetes knows the node, be it without an exporter. */
static bool
is_known_node(const struct view *v, const struct fleet_gpu *card)
{
	const struct capacity *c = &v->rows->table->workloads.capacity;

	return namesakes_may_have(&c->names, &card->node, sizeof(card->node),
				  card->cluster);
}

/* Who is known by an address alone may have another one now. */
static bool
is_nameless(const struct fleet_gpu *card)
{
	return card->node_doubt > 1;
}

static enum err_code
add_card(struct view *v, const struct fleet_gpu *card,
	 const struct card_state *state)
{
	struct problem p = problem_of(PROBLEM_GPU_LOST, card);

	p.timestamp_s = state->timestamp_s;
	p.since_s = state->seen_s;
	return problem_rows_add(v->rows, &p, "");
}

/* Of a node that nobody tells of: as much as its cards that are lost. */
static enum err_code
add_node(struct view *v, const struct fleet_gpu *card, size_t count,
	 const struct card_state *newest)
{
	struct problem p = problem_of(
	    is_known_node(v, card) ? PROBLEM_EXPORTER_DOWN : PROBLEM_NODE_GONE,
	    card);
	struct fleet_gpu *place =
	    arena_alloc(v->rows->table->arena, sizeof(*place));

	if (place == NULL)
		return err_set_memory(v->rows->err);
	*place = fleet_unknown_gpu();
	place->cluster = card->cluster;
	place->node = card->node;
	p.gpu = place;
	p.is_of_node = true;
	p.value = (double)count;
	p.timestamp_s = newest->timestamp_s;
	p.since_s = newest->seen_s;
	return problem_rows_add(v->rows, &p, "");
}

/* Whether something can tell that it is not there, and not only not yet: an
 * exporter may come back at another address. */
static bool
is_missed(const struct node_view *node, const struct card_state *state)
{
	if (state->target != NULL && node->has_some)
		return true;
	return (state->target != NULL || node->has_some) && !state->is_fresh;
}

/* Each card for itself, if something on its node can tell that it is not there;
 * how many nobody can tell of, and when they were seen: *gone. */
static enum err_code
add_cards(struct view *v, const struct node_view *node, size_t *gone,
	  const struct fleet_gpu **one, struct card_state *newest)
{
	enum err_code code = ERR_OK;

	for (size_t i = node->first; code == ERR_OK && i < node->end; i++) {
		struct card_state *state = lost_card(v, i);
		const struct fleet_gpu *card = fleet_card(v->fleet->sorted[i]);

		if (state == NULL)
			continue;
		if (state->target != NULL && !state->target->is_up) {
			state->target->lost_count++;
			state->target->seen_s =
			    fmax(state->target->seen_s, state->seen_s);
		} else if (is_missed(node, state)) {
			code = add_card(v, card, state);
		} else if (state->target == NULL && !state->is_fresh &&
			   !is_nameless(card) &&
			   v->rows->table->knows_targets) {
			++*gone;
			*one = card;
			newest->timestamp_s =
			    fmax(newest->timestamp_s, state->timestamp_s);
			newest->seen_s = fmax(newest->seen_s, state->seen_s);
		}
	}
	return code;
}

static enum err_code
add_lost_of_node(struct view *v, const struct node_view *node)
{
	const struct fleet_gpu *one = NULL;
	struct card_state newest = {.is_there = false};
	size_t gone = 0;
	enum err_code code = add_cards(v, node, &gone, &one, &newest);

	return code == ERR_OK && gone > 0 ? add_node(v, one, gone, &newest)
					  : code;
}

static void
find_present(struct view *v)
{
	for (size_t i = 0; i < v->fleet->count; i++) {
		const struct fleet_gpu *gpu = v->fleet->sorted[i];

		if (gpu->exporter != NULL || fleet_card(gpu)->exporter != NULL)
			v->cards[fleet_card(gpu)->order].is_there = true;
	}
}

static bool
has_present(const struct view *v, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (v->cards[fleet_card(v->fleet->sorted[i])->order].is_there)
			return true;
	return false;
}

/* --- exporters ------------------------------------------------------------ */

/* The same node and cluster, by whatever jobs and profiles. */
static bool
was_told(const struct problem_rows *r, const struct fleet_gpu *place)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->list[i]->kind == PROBLEM_EXPORTER_DOWN &&
		    r->list[i]->gpu->cluster == place->cluster &&
		    r->list[i]->gpu->node == place->node)
			return true;
	return false;
}

static enum err_code
add_exporter(struct view *v, const struct problem_target *target)
{
	struct problem_rows *r = v->rows;
	struct fleet_gpu *place = arena_alloc(r->table->arena, sizeof(*place));
	struct problem p;

	if (place == NULL)
		return err_set_memory(r->err);
	*place = fleet_unknown_gpu();
	place->cluster =
	    target->place != NULL ? target->place->cluster : target->cluster;
	place->node =
	    target->place != NULL ? target->place->node : target->node;
	if (was_told(r, place))
		return ERR_OK;
	p = problem_of(PROBLEM_EXPORTER_DOWN, place);
	p.is_of_node = true;
	/* Another one tells of its cards; or it is so for more than a day. */
	if (target->lost_count == 0)
		p.severity = PROBLEM_WARNING;
	p.value = (double)target->lost_count;
	p.since_s = target->seen_s;
	p.timestamp_s = target->timestamp_s;
	return problem_rows_add(r, &p, "");
}

static enum err_code
add_exporters(struct view *v)
{
	enum err_code code = ERR_OK;

	for (struct problem_target *t = v->rows->table->targets;
	     code == ERR_OK && t != NULL; t = t->next)
		if (!t->is_up)
			code = add_exporter(v, t);
	return code;
}

enum err_code
problem_rows_add_lost(struct problem_rows *r)
{
	const struct fleet *fleet = &r->table->workloads.fleet;
	struct view v = {.rows = r,
			 .fleet = fleet,
			 .cards = arena_grow(r->table->arena, NULL, 0,
					     fleet->count * sizeof(*v.cards))};
	enum err_code code = ERR_OK;
	size_t end;

	if (v.cards == NULL)
		return err_set_memory(r->err);
	find_present(&v);
	note_lost(&v);
	for (size_t first = 0; code == ERR_OK && first < fleet->count;
	     first = end) {
		struct node_view node = {.first = first};

		node.end = end = fleet_node_end(fleet, first);
		node.has_some = has_present(&v, first, end);
		code = add_lost_of_node(&v, &node);
	}
	return code == ERR_OK ? add_exporters(&v) : code;
}
