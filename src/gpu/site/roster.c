#include "gpu/site/roster.h"

#include <string.h>

#include "base/clock.h"

#include "gpu/site/identify.h"
#include "prom/promql.h"

/* What tells which node a series is of. */
static const profile_labels wanted = PROFILE_OF_TARGETS |
				     PROFILE_BIT(PROFILE_NODE) |
				     PROFILE_BIT(PROFILE_WORKLOAD);

enum err_code
roster_init(struct roster *r, size_t count, struct arena *arena, struct err *e)
{
	size_t bytes = count * sizeof(*r->exporters);

	*r = (struct roster){.made_ms = clock_now_ms(),
			     .exporters = arena_alloc(arena, bytes)};
	if (r->exporters == NULL)
		return err_set_memory(e);
	memset(r->exporters, 0, bytes);
	r->count = count;
	cards_init(&r->cards, arena->budget);
	for (size_t i = 0; i < count; i++) {
		targets_init(&r->exporters[i].targets, arena->budget);
		scales_init(&r->exporters[i].scales, arena->budget);
	}
	return ERR_OK;
}

void
roster_fini(struct roster *r)
{
	cards_fini(&r->cards);
	for (size_t i = 0; i < r->count; i++) {
		targets_fini(&r->exporters[i].targets);
		scales_fini(&r->exporters[i].scales);
	}
}

/* One series for each set of these labels is all that is needed. */
static void
add_query(struct buf *out, const struct profile *p,
	  const struct element_label *labels, size_t count)
{
	buf_append_text(out, "group");
	promql_add_by(out, labels, count);
	buf_append_text(out, " (");
	promql_add_selector(out, p->match_metrics, p->match_metric_count,
			    p->match_conditions);
	buf_append_text(out, ")");
}

static enum err_code
ask_targets(struct ask *a, const struct profile *p, struct roster_question *out,
	    struct err *e)
{
	size_t count = 0, slot_count = 0;
	struct element_label *labels =
	    arena_alloc(a->asker.arena, p->label_count * sizeof(*labels));
	enum err_code code;
	struct buf text;

	if (labels == NULL)
		return err_set_memory(e);
	identify_add_labels(p, wanted, out->slots, labels, &count, &slot_count);
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	add_query(&text, p, labels, count);
	code = ask_add(a, &text, labels, count, slot_count, e);
	buf_fini(&text);
	return code;
}

/* That with the most series, as far as is known; NULL: it has none. */
static const struct profile_metric *
find_process_metric(const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *best = NULL;

	for (size_t i = 0; i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];

		if (m->kind == PROFILE_PROCESS &&
		    (best == NULL ||
		     (series != NULL && series[i] > series[best - p->metrics])))
			best = m;
	}
	return best;
}

static enum err_code
ask_processes(struct ask *a, const struct profile *p, const uint64_t *series,
	      struct roster_question *out, struct err *e)
{
	static const struct element_label instance = {"instance", 0, NULL,
						      false};
	enum err_code code;
	struct buf text;

	out->process_metric = find_process_metric(p, series);
	out->processes = a->count;
	if (out->process_metric == NULL)
		return ERR_OK;
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	buf_append_text(&text, "group by (instance) (");
	promql_add_selector(&text, &out->process_metric->name, 1, "");
	buf_append_text(&text, ")");
	code = ask_add(a, &text, &instance, 1, 1, e);
	buf_fini(&text);
	return code;
}

enum err_code
roster_ask(struct ask *a, const struct profile *p, const uint64_t *series,
	   const struct roster_exporter *known, struct roster_question *out,
	   struct err *e)
{
	enum err_code code;

	out->number = a->count;
	out->metric_count = 0;
	code = ask_targets(a, p, out, e);
	if (code == ERR_OK)
		code = dating_ask(a, p, series, &out->dating, e);
	if (code == ERR_OK)
		code = ask_processes(a, p, series, out, e);
	out->first_scale = a->count;
	for (size_t i = 0; code == ERR_OK && i < p->metric_count &&
			   out->metric_count < ROSTER_SCALES_MAX;
	     i++)
		if (p->metrics[i].is_ratio_or_percent) {
			out->metrics[out->metric_count++] = i;
			code = scales_ask(a, &p->metrics[i],
					  known->scales.look_count, e);
		}
	return code;
}

static bool
are_at_targets(const struct vector *v, const struct targets *t)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &cursor)) != NULL) {
		const struct intern_string *text = vector_text(v, s, 0);

		if (text == NULL || intern_find(&t->instances, text->text,
						text->length) == INTERN_NONE)
			return false;
	}
	return true;
}

static const struct profile_metric *
read_processes(struct ask *a, const struct roster_question *q,
	       const struct targets *t)
{
	return q->process_metric != NULL &&
		       ask_await(a, q->processes)->code == ERR_OK &&
		       !ask_is_partial(a, q->processes) &&
		       are_at_targets(&a->questions[q->processes].vector, t)
		   ? q->process_metric
		   : NULL;
}

enum err_code
roster_read(struct ask *a, const struct profile *p,
	    const struct roster_question *q, struct arena *arena,
	    struct roster_exporter *out, struct err *e)
{
	const struct vector *v = &a->questions[q->number].vector;
	const struct identify_source source = {
	    .profile = p, .slots = q->slots, .samples = &v->samples};

	out->is_known = true;
	if (identify_learn(&source, v->strings, &out->targets, e) != ERR_OK)
		return e->code;
	out->process_metric = read_processes(a, q, &out->targets);
	return dating_read(a, &q->dating, targets_count(&out->targets), arena,
			   &out->dating, e);
}

struct dating
roster_dating(const struct roster *r, size_t rank, const struct profile *p,
	      const uint64_t *series)
{
	enum { FRESH_MS = 15000 };

	return r != NULL && rank < r->count &&
		       clock_now_ms() - r->made_ms < FRESH_MS &&
		       r->exporters[rank].dating.metric != NULL
		   ? r->exporters[rank].dating
		   : dating_of_cards(p, series);
}

bool
roster_has_processes_at_targets(const struct roster *r, size_t rank,
				const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *told =
	    rank < r->count ? r->exporters[rank].process_metric : NULL;

	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_PROCESS &&
		    (told == NULL || series[i] > series[told - p->metrics]))
			return false;
	return true;
}

const struct scales *
roster_scales(const struct roster *r, size_t rank)
{
	return r != NULL && rank < r->count ? &r->exporters[rank].scales : NULL;
}

const struct targets *
roster_targets(const struct roster *r, size_t rank)
{
	return r != NULL && rank < r->count && r->exporters[rank].is_known
		   ? &r->exporters[rank].targets
		   : NULL;
}
