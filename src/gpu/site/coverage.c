#include "gpu/site/coverage.h"

#include <stdio.h>
#include <string.h>

#include "gpu/identity.h"
#include "prom/promql.h"

/* Longer queries are split: proxies refuse URLs of 8 kB. */
enum { QUERY_BYTES = 4096, NUMBER_BYTES = 24 };

/* The profile's fields that have a metric, an optional one or not. */
static field_set
fields_of(const struct profile *p, bool with_optional)
{
	field_set fields = 0;

	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD &&
		    (with_optional || !p->metrics[i].is_optional))
			fields |= FIELD_BIT(p->metrics[i].field);
	return fields;
}

field_set
coverage_of(const struct profile *p)
{
	return fields_of(p, true);
}

field_set
coverage_main(const struct profile *p)
{
	field_set fields = coverage_of(p) & FIELDS_MAIN;

	if (fields == 0)
		fields = fields_of(p, false);
	return fields != 0 ? fields : coverage_of(p);
}

static bool
has_own_conditions(const struct profile *p, const struct profile_metric *m)
{
	return m->kind == PROFILE_FIELD &&
	       strcmp(m->conditions, p->match_conditions) != 0;
}

static void
add_count(struct buf *out, const struct profile *p, size_t metric)
{
	const struct profile_metric *m = &p->metrics[metric];
	char number[NUMBER_BYTES];

	snprintf(number, sizeof(number), "%zu", metric);
	buf_append_text(out, out->length > 0 ? " or " : "");
	buf_append_text(out, "label_replace(count(");
	promql_add_selector(out, &m->name, 1, m->conditions);
	buf_append_text(out, "),\"metric\",\"");
	buf_append_text(out, number);
	buf_append_text(out, "\",\"\",\"\")");
}

static enum err_code
add_question(struct ask *a, struct buf *text, struct coverage_question *out,
	     struct err *e)
{
	static const struct element_label labels[] = {
	    {"metric", 0, NULL, false}};
	enum err_code code = ask_add(a, text, labels, 1, 1, e);

	out->count++;
	buf_reset(text);
	return code;
}

enum err_code
coverage_ask(struct ask *a, const struct profile *p,
	     struct coverage_question *out, struct err *e)
{
	enum err_code code = ERR_OK;
	struct buf text;

	*out = (struct coverage_question){.first = a->count};
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (; code == ERR_OK && out->count < COVERAGE_QUESTIONS_MAX &&
	       out->metric_end < p->metric_count;
	     out->metric_end++) {
		if (has_own_conditions(p, &p->metrics[out->metric_end]))
			add_count(&text, p, out->metric_end);
		if (text.length >= QUERY_BYTES)
			code = add_question(a, &text, out, e);
	}
	if (code == ERR_OK && text.length > 0)
		code = add_question(a, &text, out, e);
	buf_fini(&text);
	return code;
}

/* The series of that metric that one of the answers tells of. */
static bool
is_counted(const struct ask *a, const struct coverage_question *q,
	   size_t metric)
{
	char number[NUMBER_BYTES];

	snprintf(number, sizeof(number), "%zu", metric);
	for (size_t n = q->first; n < q->first + q->count; n++) {
		const struct vector *v = &a->questions[n].vector;
		struct samples_cursor cursor = {NULL, 0};
		const struct sample *s;

		while ((s = samples_next(&v->samples, &cursor)) != NULL) {
			const struct intern_string *text = vector_text(v, s, 0);

			if (text != NULL && strcmp(text->text, number) == 0)
				return s->value > 0;
		}
	}
	return false;
}

/* How the questions went, and whether they tell of all that was asked. */
static enum err_code
await_all(struct call *call, struct ask *a, const struct coverage_question *q,
	  bool *are_whole)
{
	enum err_code outcome = ERR_OK;

	*are_whole = true;
	for (size_t n = q->first; n < q->first + q->count; n++) {
		enum err_code code = call_await(call, a, n)->code;

		if (code != ERR_OK)
			outcome = code;
		else
			*are_whole &= !ask_is_partial(a, n);
	}
	return outcome;
}

struct coverage
coverage_read(struct call *call, struct ask *a, const struct profile *p,
	      const struct coverage_question *q, const uint64_t *series)
{
	bool are_whole;
	struct coverage out = {.outcome = await_all(call, a, q, &are_whole)};

	if (series == NULL || out.outcome != ERR_OK)
		return out;
	out.is_known = true;
	for (size_t i = 0; i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];
		bool is_asked = i < q->metric_end && has_own_conditions(p, m);

		if (m->kind != PROFILE_FIELD || series[i] == 0)
			continue;
		if (!is_asked || !are_whole || is_counted(a, q, i))
			out.fields |= FIELD_BIT(m->field);
	}
	return out;
}

void
coverage_write(char out[static COVERAGE_NAMES_BYTES], field_set fields)
{
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; i < FIELD__MAX && used < COVERAGE_NAMES_BYTES; i++)
		if (fields & FIELD_BIT(i))
			used += (size_t)snprintf(
			    out + used, COVERAGE_NAMES_BYTES - used, "%s%s",
			    used > 0 ? ", " : "", field_table[i].name);
}

static void
warn_of_fields(struct call *call, const struct profile *p,
	       const struct coverage *c)
{
	char names[COVERAGE_NAMES_BYTES];

	if (!c->is_known || (c->fields & coverage_main(p)) != 0)
		return;
	coverage_write(names, coverage_main(p));
	call_warn(call, "%s was found, but has none of its main fields: %s",
		  p->name, names);
}

/* "index (gpu), uuid (UUID)": what its file says of GPUs' own labels. */
static void
write_labels(char out[static COVERAGE_NAMES_BYTES], const struct profile *p)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->label_count && used < COVERAGE_NAMES_BYTES;
	     i++) {
		const struct profile_name *l = &p->labels[i];

		if ((PROFILE_BIT(l->label) & PROFILE_OF_CARDS) == 0 ||
		    l->is_of_target || strncmp(l->name, "exported_", 9) == 0)
			continue;
		used +=
		    (size_t)snprintf(out + used, COVERAGE_NAMES_BYTES - used,
				     "%s%s", used > 0 ? ", " : "", l->name);
	}
}

/* Its series are counted, and are in no row. */
static void
warn_of_labels(struct call *call, const struct detection *found, size_t rank)
{
	const struct profile *p = found->profiles[rank];
	char names[COVERAGE_NAMES_BYTES];

	if (found->roster == NULL || rank >= IDENTITY_EXPORTERS_MAX ||
	    (found->roster->cards.unplaced >> rank & 1) == 0)
		return;
	write_labels(names, p);
	call_warn(call,
		  "%s was found, but its GPUs have no rows: no series says by "
		  "its labels which GPU it is of; its profile looks for %s",
		  p->name, names);
}

void
coverage_warn(struct call *call, const struct detection *found)
{
	for (size_t i = 0; i < found->count; i++) {
		warn_of_fields(call, found->profiles[i], &found->coverage[i]);
		warn_of_labels(call, found, i);
	}
}
