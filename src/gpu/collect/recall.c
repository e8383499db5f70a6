#include "gpu/collect/recall.h"

#include <assert.h>
#include <string.h>

enum err_code
recall_init(struct recall *r, struct memory *memory, const struct profile *p,
	    bool tells_workloads, struct arena *arena, struct err *e)
{
	size_t count;

	*r = (struct recall){.memory = memory,
			     .before = memory_get(memory, p, tells_workloads)};
	if (r->before.known == NULL)
		return ERR_OK;
	count = r->before.known->count;
	r->labels = arena_alloc(arena, count * sizeof(*r->labels));
	r->rows = arena_alloc(arena, count * sizeof(*r->rows));
	r->has_no_values = arena_alloc(arena, count);
	if (r->labels == NULL || r->rows == NULL || r->has_no_values == NULL)
		return err_set_memory(e);
	memset(r->has_no_values, 0, count);
	memset(r->labels, 0, count * sizeof(*r->labels));
	memset(r->rows, 0, count * sizeof(*r->rows));
	return ERR_OK;
}

bool
recall_is_learning(const struct recall *r)
{
	return r->recorded != NULL;
}

void
recall_fini(struct recall *r)
{
	known_release(r->recorded);
	known_release(r->before.known);
	*r = (struct recall){.memory = NULL};
}

/* --- questions ------------------------------------------------------------ */

/* A label that is the value, or that only some of the metrics leave out, makes
 * a series another one. */
static bool
is_like_most(const struct recall *r, const struct profile_metric *m)
{
	return (m->kind == PROFILE_FIELD || m->kind == PROFILE_INFO) &&
	       m->value_label == NULL && m->aside == r->before.profile->aside;
}

/* One query at a time. */
static bool
is_to_record(const struct recall *r, const struct profile_metric *metric)
{
	if (r->recorded != NULL)
		return false;
	return r->before.known == NULL || r->before.wanted == metric;
}

void
recall_ask(struct recall *r, struct ask *a,
	   const struct profile_metric *const *metrics, size_t count,
	   size_t slot_count)
{
	struct known *recorded = NULL;

	for (size_t i = 0; i < count; i++)
		if (!is_like_most(r, metrics[i]))
			return;
	assert(r->before.known == NULL ||
	       r->before.known->slot_count == slot_count);
	if (is_to_record(r, metrics[0])) {
		recorded = memory_begin(r->memory, &r->before, slot_count);
		r->recorded = recorded;
		r->recording = a->count - 1;
	}
	ask_recognise(a, r->before.known, recorded, false);
}

void
recall_ask_alike(struct recall *r, struct ask *a, const char *const *aside,
		 size_t slot_count, bool is_nameless)
{
	if (r->before.known != NULL && aside == r->before.profile->aside &&
	    r->before.known->slot_count == slot_count)
		ask_recognise(a, r->before.known, NULL, is_nameless);
}

/* --- answers -------------------------------------------------------------- */

/* Whether both say the same there: most of what a series says, the one before
 * has said as well. */
static bool
is_same_part(const struct known_series *a, const struct known_series *b,
	     size_t slot)
{
	const struct known_part *left = &a->parts[slot],
				*right = &b->parts[slot];

	return left->start != 0 && right->start != 0 &&
	       left->length == right->length &&
	       memcmp(a->text + left->start, b->text + right->start,
		      left->length) == 0;
}

/* before: another one, and its labels; or NULL. */
static const uint32_t *
expand(const struct known *known, const struct known_series *series,
       const struct known_series *before, const uint32_t *labels_before,
       struct intern *strings, struct arena *arena)
{
	uint32_t *labels =
	    arena_alloc(arena, known->slot_count * sizeof(*labels));

	for (size_t i = 0; labels != NULL && i < known->slot_count; i++) {
		const struct known_part *part = &series->parts[i];

		labels[i] = INTERN_NONE;
		if (part->start == 0)
			continue;
		if (before != NULL && is_same_part(series, before, i)) {
			labels[i] = labels_before[i];
			continue;
		}
		labels[i] = intern_add(strings, series->text + part->start,
				       part->length);
		if (labels[i] == INTERN_NONE)
			return NULL;
	}
	return labels;
}

enum err_code
recall_expand(struct recall *r, const struct samples *samples,
	      struct intern *strings, struct arena *arena, struct err *e)
{
	const struct known *known = r->before.known;
	const struct known_series *before = NULL;
	const uint32_t *labels = NULL;
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(samples, &cursor)) != NULL) {
		if (s->known == SAMPLES_NEW || r->labels[s->known] != NULL)
			continue;
		labels = expand(known, &known->series[s->known], before, labels,
				strings, arena);
		if (labels == NULL)
			return err_set_memory(e);
		before = &known->series[s->known];
		r->labels[s->known] = labels;
	}
	return ERR_OK;
}

static void
drop_recorded(struct recall *r)
{
	known_release(r->recorded);
	r->recorded = NULL;
}

/* No more is recorded, now and for a while. */
static void
give_up(struct recall *r)
{
	drop_recorded(r);
	memory_rest(r->memory, &r->before);
}

void
recall_note(struct recall *r, const struct ask *a, size_t number,
	    const struct profile_metric *metric)
{
	const struct known_reader *reader = &a->questions[number].vector.known;

	if (r->recorded != NULL && number == r->recording) {
		if (reader->recorded == r->recorded)
			return;
		/* It was full, or the question was asked twice. */
		give_up(r);
	} else if (reader->missed > r->missed_most) {
		r->missed_most = reader->missed;
		r->wanted = metric;
	}
}

void
recall_note_failure(struct recall *r, size_t number)
{
	if (r->recorded != NULL && number == r->recording)
		drop_recorded(r);
}

/* What was seen of the old ones, and is not in the new ones. */
static bool
keep_seen(const struct recall *r)
{
	const struct known *old = r->before.known;

	for (size_t i = 0; old != NULL && i < old->count; i++)
		if (r->labels[i] != NULL &&
		    !known_has(r->recorded, &old->series[i]) &&
		    !known_add_again(r->recorded, &old->series[i]))
			return false;
	return true;
}

void
recall_finish(struct recall *r)
{
	struct memory_entry entry = r->before;

	if (r->memory == NULL)
		return;
	/* Not each request asks for what another one missed. */
	if (r->wanted != NULL)
		entry.wanted = r->wanted;
	if (r->recorded != NULL && !keep_seen(r))
		give_up(r);
	if (r->recorded != NULL) {
		entry.known = r->recorded;
		entry.wanted = r->wanted;
		r->recorded = NULL;
	} else if (entry.known == NULL || entry.wanted == r->before.wanted) {
		return;
	} else {
		known_take(entry.known);
	}
	memory_put(r->memory, &entry);
}
