#include "gpu/site/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/profile/terms.h"
#include "prom/promql.h"

enum {
	/* Longer queries are split: proxies refuse URLs of 8 kB. */
	QUERY_BYTES = 4096,
	NUMBER_BYTES = 24,
	LINES_MAX = PROFILE_MATCH_METRICS_MAX + PROFILE_LABELS_MAX +
		    PROFILE_TERMS_MAX + PROFILE_METRICS_MAX
};

/* Which metrics' series labels are looked for in: those that are there. */
struct place {
	const char *metrics[PROFILE_MATCH_METRICS_MAX + PROFILE_METRICS_MAX];
	size_t count;
};

struct explainer {
	struct pool *pool;
	struct call *call;
	const struct profile *profile;
	struct explanation *out;
	struct intern strings;
	struct place of_gpus, of_processes;
	bool is_out_of_memory; /* while questions were written */
};

/* --- the lines ----------------------------------------------------------- */

static bool
is_of_process(enum profile_label label)
{
	return (PROFILE_OF_PROCESSES & PROFILE_BIT(label)) != 0;
}

static void
add_lines(struct explanation *x, enum explain_part part, size_t count)
{
	for (size_t i = 0; i < count; i++)
		x->lines[x->count++] =
		    (struct explain_line){.part = part, .place = i};
}

/* The line's metric; NULL: it is of a label. */
static const char *
metric_of(const struct profile *p, const struct explain_line *l)
{
	if (l->part == EXPLAIN_MATCH)
		return p->match_metrics[l->place];
	return l->part == EXPLAIN_METRIC ? p->metrics[l->place].name : NULL;
}

static const char *
conditions_of(const struct profile *p, const struct explain_line *l)
{
	return l->part == EXPLAIN_MATCH ? p->match_conditions
					: p->metrics[l->place].conditions;
}

/* --- a round of questions ------------------------------------------------ */

typedef void add_part(struct buf *out, struct explainer *x,
		      const struct explain_line *l);

/* label_replace(WHAT,"line","7","",""): whose answer it is. */
static void
open_part(struct buf *out)
{
	buf_append_text(out, out->length > 0 ? " or " : "");
	buf_append_text(out, "label_replace(");
}

static void
close_part(struct buf *out, size_t number)
{
	char text[NUMBER_BYTES];

	snprintf(text, sizeof(text), "%zu", number);
	buf_append_text(out, ",\"line\",\"");
	buf_append_text(out, text);
	buf_append_text(out, "\",\"\",\"\")");
}

/* The labels that a line may have an example of, in one slot, and the line's
 * own before. */
static const struct element_label *
labels_of(const struct explainer *x, size_t *count)
{
	const struct profile *p = x->profile;
	struct element_label *labels =
	    arena_alloc(x->call->arena, (1 + p->label_count + p->metric_count) *
					    sizeof(*labels));

	if (labels == NULL)
		return NULL;
	labels[0] = (struct element_label){"line", 0, NULL, false};
	*count = 1;
	for (size_t i = 0; i < p->label_count; i++)
		labels[(*count)++] =
		    (struct element_label){p->labels[i].name, 1, NULL, false};
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].value_label != NULL)
			labels[(*count)++] = (struct element_label){
			    p->metrics[i].value_label, 2, NULL, false};
	return labels;
}

static enum err_code
add_questions(struct explainer *x, struct ask *a, add_part *add, struct err *e)
{
	size_t label_count = 0;
	const struct element_label *labels = labels_of(x, &label_count);
	enum err_code code = labels != NULL ? ERR_OK : err_set_memory(e);
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (size_t i = 0; code == ERR_OK && i < x->out->count; i++) {
		size_t length = text.length;

		add(&text, x, &x->out->lines[i]);
		if (text.length > length)
			close_part(&text, i);
		if (text.length < QUERY_BYTES)
			continue;
		code = ask_add(a, &text, labels, label_count, 3, e);
		buf_reset(&text);
	}
	if (code == ERR_OK && text.length > 0)
		code = ask_add(a, &text, labels, label_count, 3, e);
	buf_fini(&text);
	return code == ERR_OK && x->is_out_of_memory ? err_set_memory(e) : code;
}

/* The line that the sample is about; NULL: none. */
static struct explain_line *
line_of(const struct explainer *x, const struct vector *v,
	const struct sample *s)
{
	const struct intern_string *text = vector_text(v, s, 0);
	size_t number =
	    text != NULL ? strtoul(text->text, NULL, 10) : LINES_MAX;

	return number < x->out->count ? &x->out->lines[number] : NULL;
}

typedef enum err_code read_part(const struct explainer *x,
				const struct vector *v, const struct sample *s,
				struct err *e);

static enum err_code
read_answers(const struct explainer *x, struct ask *a, read_part *read,
	     struct err *e)
{
	for (size_t n = 0; n < a->count; n++) {
		const struct vector *v = &a->questions[n].vector;
		struct samples_cursor cursor = {NULL, 0};
		const struct sample *s;

		*e = *call_await(x->call, a, n);
		if (e->code != ERR_OK)
			return e->code;
		call_take_warnings(x->call, a, n);
		while ((s = samples_next(&v->samples, &cursor)) != NULL)
			if (read(x, v, s, e) != ERR_OK)
				return e->code;
	}
	return ERR_OK;
}

static enum err_code
take_round(struct explainer *x, add_part *add, read_part *read, struct err *e)
{
	struct ask ask;
	enum err_code code = call_ask(x->call, &ask, LINES_MAX + 1, &x->strings,
				      2 * LINES_MAX, e);

	if (code == ERR_OK)
		code = add_questions(x, &ask, add, e);
	if (code == ERR_OK) {
		call_start(x->call, &ask, x->pool);
		code = read_answers(x, &ask, read, e);
	}
	ask_fini(&ask);
	return code;
}

/* --- how many ------------------------------------------------------------ */

static void
add_named(struct buf *out, struct explainer *x, const struct explain_line *l)
{
	const char *metric = metric_of(x->profile, l);

	if (metric == NULL)
		return;
	open_part(out);
	buf_append_text(out, "count(");
	promql_add_selector(out, &metric, 1, profile_matchers(x->profile));
	buf_append_text(out, ")");
}

static enum err_code
read_named(const struct explainer *x, const struct vector *v,
	   const struct sample *s, struct err *e)
{
	struct explain_line *l = line_of(x, v, s);

	(void)e;
	if (l != NULL && s->value > 0 && s->value < 1e15)
		l->named_count = (uint64_t)s->value;
	return ERR_OK;
}

static const struct place *
place_of(const struct explainer *x, const struct explain_line *l)
{
	return is_of_process(x->profile->labels[l->place].label)
		   ? &x->of_processes
		   : &x->of_gpus;
}

/* The series there that have the label. */
static void
add_labelled(struct buf *out, struct explainer *x, const struct explain_line *l)
{
	const struct place *place = place_of(x, l);
	struct buf conditions;

	buf_init(&conditions, ASK_QUERY_MAX_BYTES);
	buf_append_text(&conditions, x->profile->match_conditions);
	promql_add_condition(&conditions, x->profile->labels[l->place].name,
			     PROMQL_UNEQUAL, "");
	buf_append(&conditions, "", 1);
	if (buf_status(&conditions) == ERR_OK)
		promql_add_selector(out, place->metrics, place->count,
				    conditions.data);
	x->is_out_of_memory |= buf_status(&conditions) != ERR_OK;
	buf_fini(&conditions);
}

static void
add_counted(struct buf *out, struct explainer *x, const struct explain_line *l)
{
	const char *metric = metric_of(x->profile, l);

	if (metric != NULL ? l->named_count == 0 : place_of(x, l)->count == 0)
		return;
	open_part(out);
	buf_append_text(out, "count(");
	if (metric != NULL)
		promql_add_selector(out, &metric, 1,
				    conditions_of(x->profile, l));
	else
		add_labelled(out, x, l);
	buf_append_text(out, ")");
}

static enum err_code
read_counted(const struct explainer *x, const struct vector *v,
	     const struct sample *s, struct err *e)
{
	struct explain_line *l = line_of(x, v, s);

	(void)e;
	if (l != NULL && s->value > 0 && s->value < 1e15)
		l->series_count = (uint64_t)s->value;
	return ERR_OK;
}

/* --- an example ---------------------------------------------------------- */

static void
add_example(struct buf *out, struct explainer *x, const struct explain_line *l)
{
	const char *metric = metric_of(x->profile, l);

	if (l->series_count == 0 || l->part == EXPLAIN_MATCH)
		return;
	open_part(out);
	buf_append_text(out, "topk(1,");
	if (metric != NULL) {
		promql_add_selector(out, &metric, 1,
				    conditions_of(x->profile, l));
	} else {
		buf_append_text(out, "count by (");
		promql_add_label(out, x->profile->labels[l->place].name);
		buf_append_text(out, ") (");
		add_labelled(out, x, l);
		buf_append_text(out, ")");
	}
	buf_append_text(out, ")");
}

static enum err_code
read_example(const struct explainer *x, const struct vector *v,
	     const struct sample *s, struct err *e)
{
	struct explain_line *l = line_of(x, v, s);
	const struct intern_string *text;

	if (l == NULL)
		return ERR_OK;
	l->has_value = true;
	l->value = s->value;
	text = vector_text(v, s, l->part == EXPLAIN_LABEL ? 1 : 2);
	if (text == NULL)
		return ERR_OK;
	l->text = arena_copy(x->call->arena, text->text, strlen(text->text));
	return l->text != NULL ? ERR_OK : err_set_memory(e);
}

/* --- all of it ----------------------------------------------------------- */

static void
add_metric(struct place *place, const char *metric)
{
	for (size_t i = 0; i < place->count; i++)
		if (strcmp(place->metrics[i], metric) == 0)
			return;
	place->metrics[place->count++] = metric;
}

/* What tells of GPUs or processes whatever is measured. */
static void
find_places(struct explainer *x)
{
	const struct profile *p = x->profile;

	for (size_t i = 0; i < x->out->count; i++) {
		const struct explain_line *l = &x->out->lines[i];

		if (l->named_count == 0)
			continue;
		if (l->part == EXPLAIN_MATCH ||
		    p->metrics[l->place].kind == PROFILE_INFO)
			add_metric(&x->of_gpus, metric_of(p, l));
		else if (p->metrics[l->place].kind == PROFILE_PROCESS)
			add_metric(&x->of_processes, metric_of(p, l));
	}
}

/* The lines of metrics come as labels do: each once. */
static uint64_t
count_series(const struct explainer *x, const struct place *place)
{
	uint64_t count = 0;

	for (size_t m = 0; m < place->count; m++)
		for (size_t i = 0; i < x->out->count; i++) {
			const struct explain_line *l = &x->out->lines[i];
			const char *metric = metric_of(x->profile, l);

			if (metric == NULL ||
			    strcmp(metric, place->metrics[m]) != 0)
				continue;
			count += l->series_count;
			break;
		}
	return count;
}

static enum err_code
explain(struct explainer *x, struct err *e)
{
	enum err_code code = take_round(x, add_named, read_named, e);

	find_places(x);
	if (code != ERR_OK || x->of_gpus.count + x->of_processes.count == 0)
		return code;
	code = take_round(x, add_counted, read_counted, e);
	x->out->gpu_series_count = count_series(x, &x->of_gpus);
	x->out->process_series_count = count_series(x, &x->of_processes);
	return code == ERR_OK ? take_round(x, add_example, read_example, e)
			      : code;
}

enum err_code
explain_profile(struct pool *pool, struct call *call, const struct profile *p,
		struct explanation *out, struct err *e)
{
	struct explainer *x = arena_alloc(call->arena, sizeof(*x));
	enum err_code code;

	*out = (struct explanation){
	    .lines = arena_alloc(call->arena, LINES_MAX * sizeof(*out->lines))};
	if (x == NULL || out->lines == NULL)
		return err_set_memory(e);
	*x = (struct explainer){
	    .pool = pool, .call = call, .profile = p, .out = out};
	add_lines(out, EXPLAIN_MATCH, p->match_metric_count);
	add_lines(out, EXPLAIN_LABEL, p->label_count);
	add_lines(out, EXPLAIN_METRIC, p->metric_count);
	intern_init(&x->strings, call->arena->budget);
	code = explain(x, e);
	intern_fini(&x->strings);
	return code;
}
