#include "gpu/site/dating.h"

#include <string.h>

#include "gpu/profile/accept.h"
#include "gpu/site/identify.h"
#include "gpu/site/roll_call.h"
#include "prom/promql.h"

/* Of a selector alone: of anything else it is the time of the query. */
static void
add_times(struct buf *out, const struct profile_metric *m,
	  const char *conditions)
{
	buf_append_text(out, "timestamp(");
	promql_add_selector(out, &m->name, 1, conditions);
	buf_append_text(out, ")");
}

void
dating_add_query(struct buf *out, const struct dating *d,
		 const struct element_label *labels, size_t count)
{
	if (d->is_by_target) {
		buf_append_text(out, "max");
		promql_add_by(out, labels, count);
		buf_append_text(out, " (");
	}
	add_times(out, d->metric, d->conditions);
	if (d->is_by_target)
		buf_append_text(out, ")");
}

struct dating
dating_of_cards(const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *m = roll_call_always(p, series);

	return (struct dating){.metric = m,
			       .conditions = m != NULL ? m->conditions : NULL};
}

/* --- whether one card tells for others ------------------------------------ */

/* The labels that tell targets apart; NULL: no memory. */
static struct element_label *
list_targets(struct ask *a, const struct profile *p, size_t *count)
{
	struct element_label *labels =
	    arena_alloc(a->asker.arena, p->label_count * sizeof(*labels));
	unsigned char slots[PROFILE_LABEL__MAX];
	size_t slot_count = 0;

	*count = 0;
	if (labels != NULL)
		identify_add_labels(p, PROFILE_OF_TARGETS, slots, labels, count,
				    &slot_count);
	return labels;
}

/* How far the times of each target's cards are apart. */
static enum err_code
ask_spread(struct ask *a, const struct profile_metric *m,
	   const struct element_label *targets, size_t count, struct err *e)
{
	enum err_code code;
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	buf_append_text(&text, "stddev");
	promql_add_by(&text, targets, count);
	buf_append_text(&text, " (");
	add_times(&text, m, m->conditions);
	buf_append_text(&text, ")");
	code = ask_add(a, &text, NULL, 0, 0, e);
	buf_fini(&text);
	return code;
}

/* The exporter's own names for the index, if they are few. */
static void
list_indexes(const struct profile *p, struct dating_question *out)
{
	out->index_count = 0;
	for (size_t i = 0; i < p->label_count; i++) {
		if (p->labels[i].label != PROFILE_INDEX)
			continue;
		if (out->index_count == DATING_INDEXES_MAX) {
			out->index_count = 0;
			return;
		}
		out->indexes[out->index_count++] = p->labels[i].name;
	}
}

/* How many targets have a card of each index. */
static enum err_code
ask_indexes(struct ask *a, const struct dating_question *q,
	    const struct element_label *targets, size_t count, struct err *e)
{
	struct element_label *indexes =
	    arena_alloc(a->asker.arena, q->index_count * sizeof(*indexes));
	enum err_code code;
	struct buf text;

	if (indexes == NULL)
		return err_set_memory(e);
	for (unsigned i = 0; i < q->index_count; i++)
		indexes[i] = (struct element_label){
		    q->indexes[i], i, profile_accepts(PROFILE_INDEX), false};
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	buf_append_text(&text, "count");
	promql_add_by(&text, indexes, q->index_count);
	buf_append_text(&text, " (group by (");
	promql_add_names(&text, indexes, q->index_count);
	buf_append_text(&text, ",");
	promql_add_names(&text, targets, count);
	buf_append_text(&text, ") (");
	promql_add_selector(&text, &q->metric->name, 1, q->metric->conditions);
	buf_append_text(&text, "))");
	code = ask_add(a, &text, indexes, q->index_count, q->index_count, e);
	buf_fini(&text);
	return code;
}

enum err_code
dating_ask(struct ask *a, const struct profile *p, const uint64_t *series,
	   struct dating_question *out, struct err *e)
{
	struct element_label *targets;
	size_t count;

	*out = (struct dating_question){.metric = roll_call_always(p, series),
					.spread = a->count};
	if (out->metric == NULL)
		return ERR_OK;
	list_indexes(p, out);
	targets = list_targets(a, p, &count);
	if (targets == NULL)
		return err_set_memory(e);
	if (ask_spread(a, out->metric, targets, count, e) != ERR_OK ||
	    out->index_count == 0)
		return e->code;
	return ask_indexes(a, out, targets, count, e);
}

/* --- what that means ------------------------------------------------------ */

/* Longer ones are no index, whatever they are. */
static bool
is_plain(const struct intern_string *text)
{
	enum { INDEX_MAX_BYTES = 64 };

	return text->length <= INDEX_MAX_BYTES &&
	       memchr(text->text, '\0', text->length) == NULL;
}

static bool
has_text(const struct vector *v, const struct sample *s, size_t count)
{
	bool has = false;

	for (unsigned i = 0; i < count; i++) {
		const struct intern_string *text = vector_text(v, s, i);

		if (text != NULL && !is_plain(text))
			return false;
		has |= text != NULL && text->length > 0;
	}
	return has;
}

/* One that is everywhere; NULL: there is none. */
static const struct sample *
find_common(const struct vector *v, size_t index_count, size_t target_count)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &cursor)) != NULL)
		if (s->value == (double)target_count &&
		    has_text(v, s, index_count))
			break;
	return s;
}

/* The metric's conditions, and that index if there is room; NULL: no memory. */
static const char *
narrow(const struct dating_question *q, const struct vector *v,
       const struct sample *s, struct arena *arena)
{
	const char *copy = NULL;
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	buf_append_text(&text, q->metric->conditions);
	for (unsigned i = 0; i < q->index_count; i++) {
		const struct intern_string *index = vector_text(v, s, i);

		promql_add_condition(&text, q->indexes[i], PROMQL_EQUAL,
				     index != NULL ? index->text : "");
	}
	if (buf_status(&text) == ERR_OK)
		copy = arena_copy(arena, text.data, text.length);
	else if (buf_status(&text) == ERR_TOO_BIG)
		copy = q->metric->conditions;
	buf_fini(&text);
	return copy;
}

static bool
is_answered(const struct ask *a, size_t number)
{
	return a->jobs[number].query.err.code == ERR_OK &&
	       !ask_is_partial(a, number);
}

/* Whether there are that many targets, each with one time for all cards. */
static bool
is_even(const struct vector *v, size_t target_count)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	if (v->samples.count == 0 || v->samples.count != target_count)
		return false;
	while ((s = samples_next(&v->samples, &cursor)) != NULL)
		if (s->value != 0)
			return false;
	return true;
}

enum err_code
dating_read(const struct ask *a, const struct dating_question *q,
	    size_t target_count, struct arena *arena, struct dating *out,
	    struct err *e)
{
	const struct vector *v = &a->questions[q->spread].vector;
	const struct sample *common = NULL;

	*out = (struct dating){.metric = NULL};
	if (q->metric == NULL || !is_answered(a, q->spread) ||
	    !is_even(v, target_count))
		return ERR_OK;
	*out = (struct dating){.metric = q->metric,
			       .conditions = q->metric->conditions,
			       .is_by_target = true};
	if (q->index_count == 0 || !is_answered(a, q->spread + 1))
		return ERR_OK;
	v = &a->questions[q->spread + 1].vector;
	common = find_common(v, q->index_count, target_count);
	if (common != NULL)
		out->conditions = narrow(q, v, common, arena);
	return out->conditions != NULL ? ERR_OK : err_set_memory(e);
}
