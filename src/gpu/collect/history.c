#include "gpu/collect/history.h"

#include <string.h>

#include "gpu/collect/history_gpus.h"
#include "gpu/collect/history_groups.h"
#include "gpu/collect/history_lines.h"
#include "gpu/collect/history_namespaces.h"
#include "gpu/collect/history_slices.h"

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
	const struct card_part *part; /* NULL: the card */
};

struct choices {
	struct arena *arena;
	struct choice *list;
	size_t count, capacity;
	bool lacks_memory;
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
line_of(const struct detection *found, const struct choice *choice)
{
	const struct card *card = &found->roster->cards.cards[choice->card];
	const struct card_part *part = choice->part;
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

static void
add_choice(struct choices *c, const struct detection *found,
	   const struct history_filter *filter, const struct choice *choice)
{
	if (filter->passes != NULL) {
		struct history_line line = line_of(found, choice);

		if (!filter->passes(filter->context, &line))
			return;
	}
	if (make_room(c))
		c->list[c->count++] = *choice;
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

static void
choose_card(struct choices *c, const struct detection *found,
	    const struct history_filter *filter, size_t number)
{
	const struct card *card = &found->roster->cards.cards[number];

	if (!may_pass(filter, card))
		return;
	if (card->part_count == 0)
		add_choice(c, found, filter, &(struct choice){number, NULL});
	for (size_t i = 0; i < card->part_count; i++)
		add_choice(c, found, filter,
			   &(struct choice){number, &card->parts[i]});
}

/* Cards of one node stand together, but for those that are missing. */
static enum err_code
choose(struct choices *out, const struct detection *found,
       const struct history_filter *filter, struct arena *arena, struct err *e)
{
	*out =
	    (struct choices){.arena = arena, .are_all = filter->passes == NULL};
	for (size_t i = 0; i < found->roster->cards.count; i++)
		choose_card(out, found, filter, i);
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
		const struct choice *choice;

		if (i >= choices->count) {
			*line = gone[i - choices->count];
			continue;
		}
		choice = &choices->list[i];
		*line = line_of(out->found, choice);
		code = history_lines_draw(&lines, choice->card,
					  line->mig_instance, line, e);
	}
	return code;
}

static enum err_code
collect_gpus(const struct collector *c, const struct history_need *need,
	     const struct choices *choices, struct call *call,
	     struct history *out, struct err *e)
{
	size_t first, end;
	struct history_wanted wanted = {.are_all = false};
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
					 call->arena, e);
	if (code == ERR_OK)
		call_start(call, &plan.ask, c->pool);
	if (code == ERR_OK)
		code = history_gpus_take(&gpus, &plan, e);
	if (code == ERR_OK)
		code = draw_page(need, choices, &gpus, call->arena, out, e);
	history_plan_fini(&plan);
	return code;
}

/* --- lines of groups ------------------------------------------------------ */

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
collect_groups(const struct collector *c, const struct history_need *need,
	       const struct choices *choices, struct call *call,
	       struct history *out, struct err *e)
{
	struct history_wanted wanted = {.are_all = choices->are_all};
	struct history_slicing slicing = {.collector = c,
					  .need = need,
					  .found = out->found,
					  .wanted = &wanted,
					  .gpu_count = choices->count,
					  .call = call};
	struct history_groups groups;
	enum err_code code = list_wanted(choices, 0, choices->count, out->found,
					 call->arena, &wanted, e);

	history_groups_init(&groups, need, &out->fleet.texts, call->arena);
	if (code == ERR_OK)
		code = need->by == HISTORY_BY_NAMESPACE
			   ? history_namespaces_group(&slicing, &groups, e)
			   : history_slices_group(&slicing, &groups, e);
	if (code == ERR_OK)
		code =
		    history_groups_list(&groups, &out->lines, &out->total, e);
	history_groups_fini(&groups);
	return code == ERR_OK ? cut_page(need, out, e) : code;
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
history_find_out(const struct collector *c, struct call *call,
		 const struct detection **out, struct err *e)
{
	enum err_code code = detect_get(c->detector, call, out, e);

	if (code == ERR_OK)
		code = check_roster(*out, e);
	if (code == ERR_OK && (*out)->count == 0)
		detect_warn_of_nothing(c->detector, call);
	return code;
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
	code = history_find_out(c, call, &out->found, e);
	if (code != ERR_OK)
		return code;
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
