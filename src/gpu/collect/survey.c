#include "gpu/collect/survey.h"

#include "base/clock.h"
#include "gpu/collect/collect.h"
#include "gpu/collect/islands.h"
#include "gpu/collect/join.h"
#include "gpu/collect/missing.h"
#include "gpu/collect/spell.h"

/* No card is told of by more; further ones do not select it. */
enum { PROFILES_OF_CARD_MAX = 16 };

/* --- the roll ------------------------------------------------------------- */

/* What was answered, and a bit for each exporter. */
struct roll {
	struct fleet fleet;
	struct islands islands;
	struct spell spell;
	uint64_t heard, placed; /* with series; with those of known cards */
	bool is_whole;		/* nothing may be missing */
};

/* False if there is no memory. */
static bool
note(struct roll *r, const struct join *j, const struct sample *s,
     const struct join_hit *hit, const struct element_label *labels)
{
	const struct join_source *source = j->source;

	fleet_note_exporter(hit->gpu, source->profile->name, source->rank);
	return islands_note(&r->islands, hit->gpu, source->rank,
			    identify_text(&j->who, s, PROFILE_INSTANCE)) &&
	       spell_note(&r->spell, j, s, hit->gpu, labels);
}

/* Their values are not needed. */
static enum err_code
take_cards(struct roll *r, const struct join_source *source,
	   const struct element_label *labels, struct arena *scratch,
	   struct err *e)
{
	uint64_t bit = UINT64_C(1) << source->rank;
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	struct join_hit hit;
	struct join j;
	bool is_usable;
	enum err_code code = join_init(&j, &r->fleet, source, scratch, e);

	while (code == ERR_OK &&
	       (s = samples_next(source->samples, &cursor)) != NULL) {
		code = join_sample(&j, s, &hit, &is_usable, e);
		r->heard |= bit;
		if (code != ERR_OK || !is_usable)
			continue;
		r->placed |= bit;
		if (!note(r, &j, s, &hit, labels))
			code = err_set_memory(e);
	}
	join_fini(&j);
	return code;
}

static enum err_code
take_answer(struct plan *p, size_t number, struct roll *r, struct err *e)
{
	const struct err *outcome = call_await(p->call, &p->ask, number);
	enum err_code code;

	if (outcome->code != ERR_OK) {
		*e = *outcome;
		return e->code;
	}
	r->is_whole &= !ask_is_partial(&p->ask, number);
	call_take_warnings(p->call, &p->ask, number);
	code = take_cards(r, &p->queries[number].source,
			  p->ask.questions[number].labels,
			  &p->ask.questions[number].arena, e);
	/* Keep the peak low. */
	ask_drop(&p->ask, number);
	return code;
}

static enum err_code
call_roll(const struct collector *c, const struct detection *found,
	  struct call *call, struct roll *r, struct err *e)
{
	static const struct plan_need need = {.roll_call = true};
	struct plan plan;
	enum err_code code = plan_init(
	    &plan,
	    &(struct plan_context){.found = found, .max_series = c->max_series},
	    &need, call, &r->fleet.texts, e);

	/* Exporters as well may be missing. */
	r->is_whole = call->warning_count == 0;
	if (code == ERR_OK)
		call_start(call, &plan.ask, c->pool);
	for (size_t i = 0; code == ERR_OK && i < plan.ask.count; i++)
		code = take_answer(&plan, i, r, e);
	plan_fini(&plan);
	if (code == ERR_OK)
		code = fleet_finish(&r->fleet, e);
	if (code == ERR_OK)
		spell_finish(&r->spell);
	return code;
}

/* --- the list ------------------------------------------------------------- */

static bool
keep_text(struct cards *out, const struct intern_string **text)
{
	uint32_t number;

	if (*text == NULL)
		return true;
	number = intern_add(&out->texts, (*text)->text, (*text)->length);
	if (number == INTERN_NONE)
		return false;
	*text = intern_text(&out->texts, number);
	return true;
}

static bool
keep_spellings(const struct details_goal *goal, struct card *card)
{
	struct cards *out = &goal->roster->cards;
	size_t bytes = card->spelling_count * sizeof(*card->spellings);
	struct card_spelling *copies = arena_alloc(goal->arena, bytes);
	bool is_kept = copies != NULL;

	for (size_t i = 0; is_kept && i < card->spelling_count; i++) {
		copies[i] = card->spellings[i];
		is_kept = keep_text(out, &copies[i].uuid) &&
			  keep_text(out, &copies[i].node) &&
			  keep_text(out, &copies[i].instance);
	}
	card->spellings = copies;
	return is_kept;
}

static bool
keep_parts(const struct details_goal *goal, struct card *card)
{
	size_t bytes = card->part_count * sizeof(*card->parts);
	struct card_part *copies = arena_alloc(goal->arena, bytes);
	bool is_kept = copies != NULL;

	for (size_t i = 0; is_kept && i < card->part_count; i++) {
		copies[i] = card->parts[i];
		is_kept = keep_text(&goal->roster->cards, &copies[i].uuid);
	}
	card->parts = copies;
	return is_kept;
}

/* A copy of all that it is made of. */
static enum err_code
keep_card(const struct details_goal *goal, const struct card *card,
	  struct err *e)
{
	struct cards *out = &goal->roster->cards;
	struct card *copy = &out->cards[out->count];

	*copy = *card;
	if (!keep_text(out, &copy->cluster) || !keep_text(out, &copy->node) ||
	    !keep_text(out, &copy->uuid) || !keep_text(out, &copy->vendor) ||
	    !keep_text(out, &copy->model) || !keep_spellings(goal, copy) ||
	    !keep_parts(goal, copy))
		return err_set_memory(e);
	out->count++;
	return ERR_OK;
}

/* What is noted of a card, as long as it takes to copy it. */
struct noted {
	struct card_spelling spellings[PROFILES_OF_CARD_MAX];
	struct card_part parts[FLEET_INSTANCES_MAX];
};

/* In the order of their numbers. */
static void
note_part(struct card_part *parts, size_t count, const struct card_part *part)
{
	size_t i = count;

	for (; i > 0 && parts[i - 1].mig_instance > part->mig_instance; i--)
		parts[i] = parts[i - 1];
	parts[i] = *part;
}

static void
note_card(const struct spell *spell, const struct fleet *f,
	  const struct fleet_gpu *gpu, struct noted *noted, struct card *card)
{
	card->spellings = noted->spellings;
	card->parts = noted->parts;
	for (const struct spelled *s = spell_find(spell, gpu);
	     s != NULL && card->spelling_count < PROFILES_OF_CARD_MAX;
	     s = s->next)
		noted->spellings[card->spelling_count++] = s->spelling;
	for (const struct fleet_gpu *part = gpu->instances; part != NULL;
	     part = part->next_instance)
		note_part(noted->parts, card->part_count++,
			  &(struct card_part){part->mig_instance, part->index,
					      fleet_text(f, part->uuid)});
}

static enum err_code
keep_gpu(const struct details_goal *goal, const struct roll *r,
	 const struct fleet_gpu *gpu, int64_t now_ms, struct err *e)
{
	const struct fleet *f = &r->fleet;
	struct card card = {.cluster = fleet_text(f, gpu->cluster),
			    .node = fleet_text(f, gpu->node),
			    .uuid = fleet_text(f, gpu->uuid),
			    .vendor = fleet_text(f, gpu->vendor),
			    .model = fleet_text(f, gpu->model),
			    .exporters = gpu->exporters,
			    .seen_ms = now_ms,
			    .index = gpu->index};
	struct noted noted;

	note_card(&r->spell, f, gpu, &noted, &card);
	if (goal->roster->cards.has_islands)
		card.island = islands_find(&r->islands, gpu);
	return keep_card(goal, &card, e);
}

static enum err_code
keep_older(const struct details_goal *goal, const struct card *older,
	   bool is_missing, bool is_displaced, struct err *e)
{
	struct card card = *older;

	card.exporters = missing_exporters(&card, goal->older, goal->found);
	card.is_missing = is_missing;
	card.is_displaced = is_displaced;
	return keep_card(goal, &card, e);
}

static enum err_code
make_room(const struct details_goal *goal, size_t count, struct err *e)
{
	struct cards *out = &goal->roster->cards;

	out->count = 0;
	out->cards = arena_alloc(goal->arena, count * sizeof(*out->cards));
	return out->cards != NULL ? ERR_OK : err_set_memory(e);
}

static enum err_code
find_islands(const struct details_goal *goal, struct roll *r, struct err *e)
{
	struct roster *roster = goal->roster;

	for (unsigned i = 0; i < roster->count; i++)
		if (!islands_note_targets(&r->islands, &r->fleet, i,
					  &roster->exporters[i].targets))
			return err_set_memory(e);
	return islands_settle(&r->islands, &r->fleet, goal->arena,
			      &roster->cards, e);
}

static enum err_code
list_now(const struct details_goal *goal, struct roll *r,
	 const struct cards *before, const unsigned char *missing,
	 int64_t now_ms, struct err *e)
{
	const struct fleet *f = &r->fleet;
	size_t count = f->count;
	enum err_code code;

	for (size_t i = 0; i < before->count; i++)
		count += missing[i] != MISSING_NOT;
	code = make_room(goal, count, e);
	if (code == ERR_OK)
		code = find_islands(goal, r, e);
	for (size_t i = 0; code == ERR_OK && i < f->count; i++) {
		const struct fleet_gpu *card = fleet_card(f->sorted[i]);

		if (card->order == i)
			code = keep_gpu(goal, r, card, now_ms, e);
	}
	for (size_t i = 0; code == ERR_OK && i < before->count; i++)
		if (missing[i] != MISSING_NOT)
			code = keep_older(goal, &before->cards[i], true,
					  missing[i] == MISSING_DISPLACED, e);
	return code;
}

static enum err_code
list_before(const struct details_goal *goal, const struct cards *before,
	    struct err *e)
{
	int64_t now_ms = clock_now_ms();
	enum err_code code = make_room(goal, before->count, e);

	goal->roster->cards.is_whole = false;
	goal->roster->cards.has_islands = false;
	for (size_t i = 0; code == ERR_OK && i < before->count; i++) {
		const struct card *card = &before->cards[i];

		if (!missing_is_forgotten(card, goal->older, goal->found,
					  now_ms))
			code = keep_older(goal, card, card->is_missing,
					  card->is_displaced, e);
	}
	return code;
}

static enum err_code
list_all(const struct details_goal *goal, struct roll *r,
	 const struct cards *before, struct arena *arena, struct err *e)
{
	int64_t now_ms = clock_now_ms();
	unsigned char *missing = NULL;
	enum err_code code = ERR_OK;

	if (before->count > 0)
		code = missing_find(goal->older, goal->found, &r->fleet, now_ms,
				    arena, &missing, e);
	return code == ERR_OK ? list_now(goal, r, before, missing, now_ms, e)
			      : code;
}

enum err_code
survey_cards(void *context, const struct details_goal *goal, struct call *call,
	     struct err *e)
{
	static const struct cards none = {.count = 0};
	const struct cards *before =
	    goal->older != NULL ? &goal->older->roster->cards : &none;
	struct err ignored;
	struct cards *out = &goal->roster->cards;
	struct roll roll = {.heard = 0};
	struct arena arena;
	enum err_code code;

	arena_init(&arena, call->arena->budget);
	fleet_init(&roll.fleet, &arena);
	roll.fleet.has_no_values = true;
	roll.fleet.second_hand = site_second_hand(goal->found);
	islands_init(&roll.islands, &arena);
	spell_init(&roll.spell, &roll.fleet, &arena);
	code = call_roll(context, goal->found, call, &roll, e);
	out->is_whole = roll.is_whole;
	if (code == ERR_OK)
		code = list_all(goal, &roll, before, &arena, e);
	if (code == ERR_OK)
		out->unplaced = roll.heard & ~roll.placed;
	else if (list_before(goal, before, &ignored) != ERR_OK)
		out->count = 0;
	fleet_fini(&roll.fleet);
	arena_fini(&arena);
	return code;
}
