#include "gpu/collect/record.h"

#include <stdint.h>
#include <string.h>

#include "gpu/collect/repeat.h"
#include "gpu/collect/silent.h"
#include "gpu/site/identify.h"

void
record_begin(struct record *rec, struct repeats *all, struct plan *p)
{
	*rec = (struct record){.all = all, .plan = p};
	if (all == NULL || !repeat_may(p) ||
	    !silent_is_nobody(p->found, SIZE_MAX))
		return;
	rec->target_of = arena_alloc(p->call->arena,
				     p->recall_count * sizeof(*rec->target_of));
	if (rec->target_of != NULL)
		rec->repeat = repeats_begin(all, p);
}

void
record_fini(struct record *rec)
{
	repeat_release(rec->repeat);
	rec->repeat = NULL;
}

/* It will not go better the next time. */
static void
give_up(struct record *rec)
{
	record_fini(rec);
	repeats_rest(rec->all, rec->plan);
}

/* --- queries ---------------------------------------------------------------
 */

/* The set that the samples' numbers are of. */
static bool
open_exporter(struct repeat *r, const struct plan *p, unsigned rank)
{
	struct repeat_exporter *exporter = &r->exporters[rank];
	struct known *known = p->recalls[rank].before.known;

	if (exporter->known != NULL)
		return true;
	if (known == NULL)
		return false;
	exporter->series =
	    arena_alloc(&r->arena, known->count * sizeof(*exporter->series));
	if (exporter->series == NULL)
		return false;
	known_take(known);
	exporter->known = known;
	for (size_t i = 0; i < known->count; i++)
		exporter->series[i] =
		    (struct repeat_series){.place = REPEAT_UNTOLD};
	return true;
}

/* Which of the query's metrics that name is; their count if it is none. */
static size_t
find_metric(const struct join_source *source, const struct intern *strings,
	    uint32_t name)
{
	const struct intern_string *text = intern_text_or_null(strings, name);
	size_t i = 0;

	while (i < source->metric_count &&
	       (text == NULL || !intern_is(text, source->metrics[i]->name)))
		i++;
	return i;
}

/* Those of the answer in their order; false if one is not known. */
static bool
list_series(const struct plan *p, size_t number, uint32_t *series,
	    unsigned char *metric_numbers)
{
	const struct join_source *source = &p->queries[number].source;
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	for (size_t i = 0; (s = samples_next(source->samples, &cursor)) != NULL;
	     i++) {
		size_t metric = 0;

		if (s->known == SAMPLES_NEW)
			return false;
		if (source->metric_count > 1)
			metric =
			    find_metric(source, p->ask.strings, s->label[0]);
		if (metric == source->metric_count)
			return false;
		series[i] = s->known;
		metric_numbers[i] = (unsigned char)metric;
	}
	return true;
}

/* What is the same for most queries is kept once. NULL: no memory. */
static const void *
keep(struct repeat *r, const void *list, size_t bytes, const void *before)
{
	void *copy;

	if (before != NULL && memcmp(before, list, bytes) == 0)
		return before;
	copy = arena_alloc(&r->arena, bytes);
	if (copy != NULL)
		memcpy(copy, list, bytes);
	return copy;
}

static const struct repeat_query *
find_alike(const struct repeat *r, const struct repeat_query *q)
{
	for (const struct repeat_query *other = r->queries; other < q; other++)
		if (other->count == q->count && other->rank == q->rank &&
		    other->series != NULL)
			return other;
	return NULL;
}

static bool
keep_query(struct repeat *r, struct repeat_query *q, const uint32_t *series,
	   const unsigned char *metric_numbers)
{
	const struct repeat_query *alike = find_alike(r, q);
	struct repeat_exporter *exporter = &r->exporters[q->rank];

	q->series = keep(r, series, q->count * sizeof(*series),
			 alike != NULL ? alike->series : NULL);
	if (q->metric_count > 1)
		q->metric_numbers = keep(r, metric_numbers, q->count, NULL);
	for (size_t i = 0; i < q->count; i++)
		exporter->series[series[i]].place = REPEAT_SKIPPED;
	return q->series != NULL &&
	       (q->metric_count == 1 || q->metric_numbers != NULL);
}

void
record_query(struct record *rec, size_t number, size_t skipped)
{
	struct plan *p = rec->plan;
	struct repeat_query *q;
	struct arena *scratch = &p->ask.questions[number].arena;
	uint32_t *series;
	unsigned char *metric_numbers;

	if (rec->repeat == NULL)
		return;
	q = &rec->repeat->queries[number];
	if (q->is_of_targets)
		return;
	q->count = p->queries[number].source.samples->count;
	q->skipped = skipped;
	if (q->count == 0)
		return;
	series = arena_alloc(scratch, q->count * sizeof(*series));
	metric_numbers = arena_alloc(scratch, q->count);
	if (series == NULL || metric_numbers == NULL ||
	    !open_exporter(rec->repeat, p, q->rank) ||
	    !list_series(p, number, series, metric_numbers) ||
	    !keep_query(rec->repeat, q, series, metric_numbers))
		record_fini(rec);
}

/* --- names and targets ---------------------------------------------------- */

/* False if another answer may name one otherwise, or there is no memory. */
static bool
keep_names(struct repeat *r, unsigned rank, const struct plan *p,
	   struct fleet *f)
{
	struct repeat_exporter *exporter = &r->exporters[rank];
	struct repeat_name *names;
	struct err ignored;

	if (repeat_name_nodes(p, rank, exporter, f, &names, &ignored) != ERR_OK)
		return false;
	for (size_t i = 0; i < exporter->known->count; i++) {
		struct repeat_series *s = &exporter->series[i];

		if (s->place == REPEAT_UNTOLD)
			continue;
		if (names[i].is_new ||
		    !intern_take(&r->texts, &f->texts, names[i].node, &s->node))
			return false;
		s->doubt = names[i].doubt;
	}
	return true;
}

static bool
is_target(const struct repeat_target *a, const struct repeat_target *b)
{
	return a->rank == b->rank && a->instance == b->instance &&
	       a->cluster == b->cluster &&
	       a->exported_instance == b->exported_instance;
}

/* The target's number, by its texts' numbers among the fleet's: series of one
 * follow each other, most often. INTERN_NONE: no memory. */
static uint32_t
number_target(struct intern *numbers, const struct repeat_target *target)
{
	return intern_add(numbers, (const char *)target, sizeof(*target));
}

/* What the numbers stand for, in texts of the repeat. */
static bool
keep_targets(struct repeat *r, const struct intern *numbers,
	     const struct fleet *f)
{
	size_t count = intern_count(numbers);

	r->targets = arena_alloc(&r->arena, count * sizeof(*r->targets));
	if (r->targets == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct intern_string *text =
		    intern_text(numbers, (uint32_t)i);
		struct repeat_target told, *target = &r->targets[i];

		memcpy(&told, text->text, sizeof(told));
		target->rank = told.rank;
		if (!intern_take(&r->texts, &f->texts, told.instance,
				 &target->instance) ||
		    !intern_take(&r->texts, &f->texts, told.cluster,
				 &target->cluster) ||
		    !intern_take(&r->texts, &f->texts, told.exported_instance,
				 &target->exported_instance))
			return false;
	}
	r->target_count = count;
	return true;
}

static bool
number_targets(struct record *rec, unsigned rank, struct intern *numbers)
{
	const struct plan *p = rec->plan;
	const struct join_source *source = repeat_source(p, rank);
	const struct repeat_exporter *exporter = &rec->repeat->exporters[rank];
	struct repeat_target last = {.rank = UINT32_MAX};
	uint32_t number = INTERN_NONE;
	uint32_t *out =
	    arena_alloc(p->call->arena, exporter->known->count * sizeof(*out));

	rec->target_of[rank] = out;
	for (size_t i = 0; out != NULL && i < exporter->known->count; i++) {
		const uint32_t *labels = p->recalls[rank].labels[i];
		struct repeat_target target = {.rank = rank};

		if (exporter->series[i].place == REPEAT_UNTOLD)
			continue;
		target.instance =
		    identify_in_slot(labels, source->slots, PROFILE_INSTANCE);
		target.cluster =
		    identify_in_slot(labels, source->slots, PROFILE_CLUSTER);
		target.exported_instance = identify_in_slot(
		    labels, source->slots, PROFILE_EXPORTED_INSTANCE);
		if (!is_target(&target, &last))
			number = number_target(numbers, &target);
		if (number == INTERN_NONE)
			return false;
		out[i] = number;
		last = target;
	}
	return out != NULL;
}

static bool
name_all(struct record *rec, struct fleet *f)
{
	struct repeat *r = rec->repeat;
	struct intern numbers;
	bool is_named = true;

	intern_init(&numbers, f->arena->budget);
	for (unsigned i = 0; is_named && i < r->exporter_count; i++)
		if (r->exporters[i].known != NULL)
			is_named = keep_names(r, i, rec->plan, f) &&
				   number_targets(rec, i, &numbers);
	is_named = is_named && keep_targets(r, &numbers, f);
	intern_fini(&numbers);
	return is_named;
}

void
record_names(struct record *rec, struct fleet *f)
{
	if (rec->repeat == NULL)
		return;
	if (name_all(rec, f))
		atomic_store(&rec->repeat->look, rec->plan->found->look);
	else
		give_up(rec);
}

/* --- places ----------------------------------------------------------------
 */

static void
place_series(struct repeat *r, const struct plan *p, unsigned rank)
{
	struct repeat_exporter *exporter = &r->exporters[rank];
	struct fleet_gpu *const *rows = p->recalls[rank].rows;

	for (size_t i = 0; i < exporter->known->count; i++) {
		struct repeat_series *s = &exporter->series[i];

		if (s->place == REPEAT_UNTOLD || rows[i] == NULL)
			continue;
		s->place = rows[i]->place != FLEET_UNKNOWN ? rows[i]->place
							   : REPEAT_NO_ROW;
	}
}

/* False if the GPU is told of by several targets. */
static bool
set_target(struct repeat *r, uint32_t place, uint32_t target)
{
	bool is_only =
	    r->target_of[place] == UINT32_MAX || r->target_of[place] == target;

	r->target_of[place] = target;
	return is_only;
}

static bool
find_targets(const struct record *rec)
{
	struct repeat *r = rec->repeat;
	size_t bytes = r->shape->count * sizeof(*r->target_of);

	r->target_of = arena_alloc(&r->arena, bytes);
	if (r->target_of == NULL)
		return false;
	memset(r->target_of, 0xff, bytes);
	for (size_t rank = 0; rank < r->exporter_count; rank++) {
		const struct repeat_exporter *exporter = &r->exporters[rank];

		for (size_t i = 0;
		     exporter->known != NULL && i < exporter->known->count; i++)
			if (exporter->series[i].place < REPEAT_NO_ROW &&
			    !set_target(r, exporter->series[i].place,
					rec->target_of[rank][i]))
				return false;
	}
	return true;
}

/* Whether each value of a GPU is told once, and all series that do not tell
 * theirs are those that were counted. */
static bool
is_told_once(const struct repeat *r, const struct repeat_query *q,
	     field_set *told)
{
	const struct repeat_exporter *exporter = &r->exporters[q->rank];
	size_t skipped = 0;

	for (size_t i = 0; i < q->count; i++) {
		size_t metric =
		    q->metric_numbers != NULL ? q->metric_numbers[i] : 0;
		const struct profile_metric *m = q->metrics[metric];
		uint32_t place = exporter->series[q->series[i]].place;
		field_set bit =
		    m->kind == PROFILE_FIELD ? FIELD_BIT(m->field) : 0;

		skipped += place == REPEAT_SKIPPED;
		if (place >= REPEAT_NO_ROW)
			continue;
		if ((told[place] & bit) != 0)
			return false;
		told[place] |= bit;
	}
	return skipped == q->skipped;
}

static bool
are_all_told_once(const struct record *rec)
{
	const struct repeat *r = rec->repeat;
	size_t bytes = r->shape->count * sizeof(field_set);
	field_set *told = arena_alloc(rec->plan->call->arena, bytes);
	bool is_once = told != NULL;

	if (told != NULL)
		memset(told, 0, bytes);
	for (size_t i = 0; is_once && i < r->query_count; i++)
		is_once = is_told_once(r, &r->queries[i], told);
	return is_once;
}

static bool
place_all(struct record *rec, const struct fleet *f)
{
	struct repeat *r = rec->repeat;

	r->shape = shape_new(f, r->arena.budget);
	if (r->shape == NULL)
		return false;
	for (unsigned i = 0; i < r->exporter_count; i++)
		if (r->exporters[i].known != NULL)
			place_series(r, rec->plan, i);
	return find_targets(rec) && are_all_told_once(rec);
}

void
record_end(struct record *rec, const struct fleet *f)
{
	if (rec->repeat == NULL)
		return;
	if (!place_all(rec, f)) {
		give_up(rec);
		return;
	}
	repeats_put(rec->all, rec->plan, rec->repeat);
	rec->repeat = NULL;
}
