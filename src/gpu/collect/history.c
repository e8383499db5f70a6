#include "gpu/collect/history.h"

#include <string.h>

#include "gpu/collect/history_gpus.h"
#include "gpu/collect/history_groups.h"
#include "gpu/collect/history_lines.h"
#include "gpu/collect/history_nodes.h"
#include "gpu/collect/history_plan.h"

bool
history_is_plain(const char *text, size_t length)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
				    "QRSTUVWXYZ0123456789._:-";

	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0' || strchr(plain, text[i]) == NULL)
			return false;
	return length > 0;
}

/* --- what is wanted ------------------------------------------------------- */

/* A card of the roster, or one of its instances. */
struct choice {
	size_t card;
	uint32_t mig_instance; /* FLEET_UNKNOWN: the card */
	struct history_line line;
};

struct choices {
	struct arena *arena;
	struct choice *list;
	size_t count, capacity;
	bool lacks_memory;
	bool are_whole_nodes; /* no node has a card that is not among them */
	bool are_all;
};

static const struct intern_string *
told(const struct intern_string *text)
{
	return text != NULL &&
		       memchr(text->text, IDENTITY_MASK, text->length) == NULL
		   ? text
		   : NULL;
}

static const char *
exporter_of(const struct detection *found, const struct card *card)
{
	for (unsigned i = 0; i < found->count && i < IDENTITY_EXPORTERS_MAX;
	     i++)
		if ((card->exporters >> i & 1) != 0)
			return found->profiles[i]->name;
	return NULL;
}

static struct history_line
line_of(const struct detection *found, const struct card *card,
	const struct card_part *part)
{
	struct history_line line = {.cluster = card->cluster,
				    .node = told(card->node),
				    .uuid = told(card->uuid),
				    .model = card->model,
				    .vendor = card->vendor,
				    .exporter = exporter_of(found, card),
				    .index = card->index,
				    .mig_instance = FLEET_UNKNOWN,
				    .gpu_count = 1};

	if (part != NULL) {
		line.mig_instance = part->mig_instance;
		line.index = part->index;
		line.uuid = told(part->uuid);
	}
	return line;
}

static bool
make_room(struct choices *c)
{
	enum { FIRST_CAPACITY = 64 };
	size_t capacity = c->capacity > 0 ? 2 * c->capacity : FIRST_CAPACITY;
	struct choice *grown;

	if (c->count < c->capacity)
		return true;
	grown = arena_grow(c->arena, c->list, c->count * sizeof(*grown),
			   capacity * sizeof(*grown));
	c->lacks_memory |= grown == NULL;
	if (grown == NULL)
		return false;
	c->list = grown;
	c->capacity = capacity;
	return true;
}

/* Whether it passes. */
static bool
add_choice(struct choices *c, const struct history_filter *filter,
	   const struct choice *choice)
{
	if (filter->passes != NULL &&
	    !filter->passes(filter->context, &choice->line))
		return false;
	if (make_room(c))
		c->list[c->count++] = *choice;
	return true;
}

/* At a glance: of many cards few are asked for. Parts may have uuids of their
 * own. */
static bool
may_pass(const struct history_filter *f, const struct card *card)
{
	return (!f->are_nodes_all ||
		history_is_one_of(f->nodes, f->node_count, card->node)) &&
	       (!f->are_uuids_all || card->part_count > 0 ||
		history_is_one_of(f->uuids, f->uuid_count, card->uuid));
}

/* Whether all of it passes. */
static bool
choose_card(struct choices *c, const struct detection *found,
	    const struct history_filter *filter, size_t number)
{
	const struct card *card = &found->roster->cards.cards[number];
	bool is_all = true;

	if (!may_pass(filter, card))
		return false;
	if (card->part_count == 0)
		return add_choice(c, filter,
				  &(struct choice){number, FLEET_UNKNOWN,
						   line_of(found, card, NULL)});
	for (size_t i = 0; i < card->part_count; i++)
		is_all &= add_choice(
		    c, filter,
		    &(struct choice){number, card->parts[i].mig_instance,
				     line_of(found, card, &card->parts[i])});
	return is_all;
}

static bool
is_same_node(const struct card *a, const struct card *b)
{
	return a->node == b->node && a->cluster == b->cluster;
}

/* Cards of one node stand together, but for those that are missing. */
static enum err_code
choose(struct choices *out, const struct detection *found,
       const struct history_filter *filter, struct arena *arena, struct err *e)
{
	const struct cards *cards = &found->roster->cards;
	bool before = false;

	*out = (struct choices){.arena = arena,
				.are_whole_nodes = true,
				.are_all = filter->passes == NULL};
	for (size_t i = 0; i < cards->count; i++) {
		const struct card *card = &cards->cards[i];
		bool passes = choose_card(out, found, filter, i);

		if (i > 0 && is_same_node(card, card - 1))
			out->are_whole_nodes &= passes == before;
		before = passes;
	}
	if (filter->is_of_nodes || out->are_all)
		out->are_whole_nodes = true;
	return out->lacks_memory ? err_set_memory(e) : ERR_OK;
}

/* Each card once, of that part of the choices. */
static enum err_code
list_wanted(const struct choices *c, size_t first, size_t end,
	    const struct detection *found, struct arena *arena,
	    struct history_wanted *out, struct err *e)
{
	const struct card **cards =
	    arena_alloc(arena, (end - first + 1) * sizeof(*cards));
	size_t count = 0;

	if (cards == NULL)
		return err_set_memory(e);
	for (size_t i = first; i < end; i++)
		if (i == first || c->list[i].card != c->list[i - 1].card)
			cards[count++] =
			    &found->roster->cards.cards[c->list[i].card];
	out->cards = cards;
	out->count = count;
	return ERR_OK;
}

/* --- answers -------------------------------------------------------------- */

static void
warn_of_skipped(struct call *call, const struct history_question *q,
		size_t skipped)
{
	if (skipped > 0)
		call_warn(call,
			  "%zu series of %.128s do not tell which GPU they are "
			  "of",
			  skipped, q->metric->name);
}

/* Its answer, which is there. */
static enum err_code
take_answer(struct history_plan *p, size_t number, struct history_gpus *gpus,
	    struct history_nodes *nodes, struct err *e)
{
	struct history_question *q = &p->questions[number];
	const struct err *outcome = call_await(p->call, &p->ask, number);
	size_t skipped = 0;
	enum err_code code;

	if (outcome->code != ERR_OK) {
		*e = *outcome;
		return e->code;
	}
	progress_enter(p->call->progress, STAGE_JOIN);
	call_take_warnings(p->call, &p->ask, number);
	code = q->level == HISTORY_OF_GPUS
		   ? history_gpus_add(gpus, q, &skipped, e)
		   : history_nodes_add(nodes, q, &skipped, e);
	warn_of_skipped(p->call, q, skipped);
	ask_drop(&p->ask, number);
	return code;
}

/* --- lines of GPUs -------------------------------------------------------- */

static enum err_code
check_points(const struct history_need *need, size_t lines, struct err *e)
{
	size_t points = lines * need->timeline.count;

	if (points <= need->max_points)
		return ERR_OK;
	return err_set(
	    e, ERR_QUERY,
	    "%zu series of %zu points are %zu, and "
	    "HISTORY_MAX_POINTS allows %zu: ask for fewer points, or "
	    "for a page of them by limit",
	    lines, need->timeline.count, points, need->max_points);
}

/* Where the page begins and ends among so many lines. */
static void
find_page(const struct history_need *need, size_t count, size_t *first,
	  size_t *end)
{
	*first = need->offset < count ? need->offset : count;
	*end = *first +
	       (count - *first < need->limit ? count - *first : need->limit);
}

static enum err_code
draw_page(const struct history_need *need, const struct choices *choices,
	  const struct history_gpus *gpus, struct arena *arena,
	  struct history *out, struct err *e)
{
	struct history_line *gone;
	size_t gone_count;
	struct history_lines lines;
	enum err_code code = history_lines_init(&lines, gpus, e);

	if (code == ERR_OK)
		code = history_lines_list_gone(&lines, &gone, &gone_count, e);
	if (code != ERR_OK)
		return code;
	out->total = choices->count + gone_count;
	out->lines = arena_alloc(arena, need->limit * sizeof(*out->lines));
	if (out->lines == NULL)
		return err_set_memory(e);
	for (size_t i = need->offset;
	     code == ERR_OK && i < out->total && out->count < need->limit;
	     i++) {
		struct history_line *line = &out->lines[out->count++];

		if (i >= choices->count) {
			*line = gone[i - choices->count];
			continue;
		}
		*line = choices->list[i].line;
		code =
		    history_lines_draw(&lines, choices->list[i].card,
				       choices->list[i].mig_instance, line, e);
	}
	return code;
}

static enum err_code
collect_gpus(const struct collector *c, const struct history_need *need,
	     const struct choices *choices, struct call *call,
	     struct history *out, struct err *e)
{
	size_t first, end;
	struct history_wanted wanted = {.are_whole_nodes = false};
	struct history_plan plan = {.questions = NULL};
	struct history_gpus gpus;
	enum err_code code;

	find_page(need, choices->count, &first, &end);
	code = check_points(need, end - first, e);

	if (code == ERR_OK)
		code = list_wanted(choices, first, end, out->found, call->arena,
				   &wanted, e);
	if (code == ERR_OK)
		code = history_gpus_init(&gpus, need, out->found, &wanted,
					 &out->fleet, call->arena, e);
	if (code == ERR_OK)
		code = history_plan_init(&plan, out->found, need, &wanted,
					 c->max_series, call, &out->fleet.texts,
					 e);
	if (code == ERR_OK)
		call_start(call, &plan.ask, c->pool);
	for (size_t i = 0; code == ERR_OK && i < plan.ask.count; i++)
		code = take_answer(&plan, i, &gpus, NULL, e);
	if (code == ERR_OK)
		code = history_gpus_finish(&gpus, e);
	if (code == ERR_OK)
		code = draw_page(need, choices, &gpus, call->arena, out, e);
	history_plan_fini(&plan);
	return code;
}

/* --- lines of groups ------------------------------------------------------ */

/* What groups are made of, exporter by exporter. */
struct grouping {
	struct history_plan plan;
	struct history_wanted wanted;
	struct history_gpus gpus;
	struct history_groups groups;
	struct history_taken taken;
};

/* All answers of the exporter whose questions begin there. */
static enum err_code
take_exporter(struct grouping *g, size_t *at, struct history *out,
	      struct err *e)
{
	const struct history_plan *p = &g->plan;
	unsigned rank = p->questions[*at].rank;
	struct history_nodes nodes;
	enum err_code code = ERR_OK;

	history_nodes_init(&nodes, p->need, out->found, rank, &out->fleet.texts,
			   p->call->arena);
	for (; code == ERR_OK && *at < p->ask.count &&
	       p->questions[*at].rank == rank;
	     ++*at)
		code = take_answer(&g->plan, *at, &g->gpus, &nodes, e);
	if (code == ERR_OK && nodes.count > 0)
		code = history_nodes_group(&nodes, &g->wanted, &g->taken,
					   &g->groups, e);
	history_nodes_fini(&nodes);
	return code;
}

static enum err_code
cut_page(const struct history_need *need, struct history *out, struct err *e)
{
	size_t first, end;

	find_page(need, out->total, &first, &end);
	out->lines += first;
	out->count = end - first;
	return check_points(need, out->count, e);
}

static enum err_code
group_gpus(struct grouping *g, struct err *e)
{
	struct history_lines lines;
	enum err_code code = history_lines_init(&lines, &g->gpus, e);

	return code == ERR_OK
		   ? history_lines_group(&lines, &g->taken, &g->groups, e)
		   : code;
}

static enum err_code
run_groups(struct grouping *g, const struct collector *c, struct history *out,
	   struct err *e)
{
	struct call *call = g->plan.call;
	enum err_code code = ERR_OK;

	call_start(call, &g->plan.ask, c->pool);
	for (size_t i = 0; code == ERR_OK && i < g->plan.ask.count;)
		code = take_exporter(g, &i, out, e);
	if (code == ERR_OK)
		code = history_gpus_finish(&g->gpus, e);
	if (code == ERR_OK)
		code = group_gpus(g, e);
	if (code == ERR_OK)
		code = history_groups_list(&g->groups, &out->lines, &out->total,
					   e);
	return code == ERR_OK ? cut_page(g->plan.need, out, e) : code;
}

static enum err_code
collect_groups(const struct collector *c, const struct history_need *need,
	       const struct choices *choices, struct call *call,
	       struct history *out, struct err *e)
{
	struct grouping g = {
	    .wanted = {.are_all = choices->are_all,
		       .are_whole_nodes = choices->are_whole_nodes}};
	enum err_code code = list_wanted(choices, 0, choices->count, out->found,
					 call->arena, &g.wanted, e);

	history_groups_init(&g.groups, need, call->arena);
	intern_init(&g.taken.nodes, call->arena->budget);
	if (code == ERR_OK)
		code = history_plan_init(&g.plan, out->found, need, &g.wanted,
					 c->max_series, call, &out->fleet.texts,
					 e);
	if (code == ERR_OK)
		code = history_gpus_init(&g.gpus, need, out->found, &g.wanted,
					 &out->fleet, call->arena, e);
	if (code == ERR_OK)
		code = run_groups(&g, c, out, e);
	history_plan_fini(&g.plan);
	intern_fini(&g.taken.nodes);
	history_groups_fini(&g.groups);
	return code;
}

/* --- all of it ------------------------------------------------------------ */

static enum err_code
check_roster(const struct detection *found, struct err *e)
{
	if (found->roster != NULL &&
	    (found->count == 0 || found->roster->cards.is_whole ||
	     found->roster->cards.count > 0))
		return ERR_OK;
	return err_set(e, ERR_NOT_READY,
		       "which GPUs there are has not been found out yet");
}

enum err_code
history_collect(const struct collector *c, const struct history_need *need,
		struct call *call, struct history *out, struct err *e)
{
	struct choices choices;
	enum err_code code;

	*out = (struct history){.found = NULL};
	fleet_init(&out->fleet, call->arena);
	out->fleet.has_no_values = true;
	code = detect_get(c->detector, call, &out->found, e);
	if (code == ERR_OK)
		code = check_roster(out->found, e);
	if (code != ERR_OK)
		return code;
	if (out->found->count == 0)
		detect_warn_of_nothing(c->detector, call);
	code = choose(&choices, out->found, &need->filter, call->arena, e);
	if (code != ERR_OK)
		return code;
	return need->by == HISTORY_BY_GPU
		   ? collect_gpus(c, need, &choices, call, out, e)
		   : collect_groups(c, need, &choices, call, out, e);
}

void
history_fini(struct history *h)
{
	fleet_fini(&h->fleet);
	detect_release(h->found);
}
