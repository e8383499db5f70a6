#include "gpu/site/census.h"

#include <string.h>

#include "base/quote.h"
#include "gpu/profile/terms.h"
#include "prom/promql.h"

/* Longer queries are split: proxies refuse URLs of 8 kB. */
enum { QUERY_BYTES = 4096 };

/* True if what is recognised as the exporter's always has that label. */
static bool
is_always_there(const struct profile *p, const char *label)
{
	const char *at = p->match_conditions;
	bool is_there = false;
	struct buf condition;

	buf_init(&condition, ASK_QUERY_MAX_BYTES);
	promql_add_condition(&condition, label, PROMQL_UNEQUAL, "");
	buf_append(&condition, "", 1);
	while (buf_status(&condition) == ERR_OK && !is_there &&
	       (at = strstr(at, condition.data)) != NULL) {
		is_there = at == p->match_conditions || at[-1] == ',';
		at += condition.length - 1;
	}
	buf_fini(&condition);
	return is_there;
}

static bool
has_uuid_always(const struct profile *p)
{
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == PROFILE_UUID &&
		    is_always_there(p, p->labels[i].name))
			return true;
	return false;
}

/*
 * On one target the uuid alone does: not all metrics need have the other
 * labels. Across targets it does not where an exporter hides it.
 */
static bool
tells_gpus_apart(enum profile_label label, bool has_uuid)
{
	if (label == PROFILE_INSTANCE || label == PROFILE_UUID ||
	    label == PROFILE_CLUSTER)
		return true;
	return !has_uuid && (label == PROFILE_ID || label == PROFILE_NODE ||
			     label == PROFILE_INDEX);
}

/*
 * How many GPUs it reports: series with other labels may be of the same. What
 * Prometheus renamed is left out, to keep the query short: the target and what
 * it did not rename tell enough to count.
 */
static void
add_count(struct buf *out, const struct profile *p)
{
	bool has_uuid = has_uuid_always(p);
	const char *comma = "";

	buf_append_text(out, "label_replace(count(count by (");
	for (size_t i = 0; i < p->label_count; i++) {
		if (!tells_gpus_apart(p->labels[i].label, has_uuid) ||
		    p->labels[i].is_of_target ||
		    strncmp(p->labels[i].name, "exported_", 9) == 0)
			continue;
		buf_append_text(out, comma);
		promql_add_label(out, p->labels[i].name);
		comma = ",";
	}
	buf_append_text(out, ") (");
	promql_add_selector(out, p->match_metrics, p->match_metric_count,
			    p->match_conditions);
	buf_append_text(out, ")),\"exporter\",");
	quote_append(out, p->name);
	buf_append_text(out, ",\"\",\"\")");
}

/*
 * A label in quotes makes an older Prometheus refuse the whole query, whoever
 * else it asks about: of such an exporter only whether its metrics are there,
 * which none does that cannot have them.
 */
static void
add_first(struct buf *out, const struct profile *p)
{
	if (!p->has_quoted_labels) {
		add_count(out, p);
		return;
	}
	buf_append_text(out, "label_replace(count(");
	promql_add_selector(out, p->match_metrics, p->match_metric_count,
			    profile_matchers(p));
	buf_append_text(out, "),\"exporter\",");
	quote_append(out, p->name);
	buf_append_text(out, ",\"\",\"\")");
}

/* Whose series are exporters. */
static enum err_code
add_question(struct ask *a, const struct buf *text, struct err *e)
{
	static const struct element_label labels[] = {
	    {"exporter", 0, NULL, false}};

	return ask_add(a, text, labels, 1, 1, e);
}

/* About each of them what add writes, in as few queries as may be. */
static enum err_code
ask_of_each(struct ask *a, const struct census_count *exporters, size_t count,
	    void (*add)(struct buf *out, const struct profile *p),
	    struct err *e)
{
	enum err_code code = ERR_OK;
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (size_t i = 0; code == ERR_OK && i < count; i++) {
		if (text.length > 0)
			buf_append_text(&text, " or ");
		add(&text, exporters[i].profile);
		if (text.length < QUERY_BYTES && i + 1 < count)
			continue;
		code = add_question(a, &text, e);
		buf_reset(&text);
	}
	buf_fini(&text);
	return code;
}

/* What the answer says of that exporter; 0 if nothing that makes sense. */
static double
value_of(const struct vector *v, const char *exporter)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &cursor)) != NULL) {
		const struct intern_string *name = vector_text(v, s, 0);

		if (name != NULL && strcmp(name->text, exporter) == 0 &&
		    s->value > 0 && s->value < 1e15)
			return s->value;
	}
	return 0;
}

/* Leaves those of the exporters that report any. */
static enum err_code
read_counts(struct call *call, struct ask *a, struct census_count *exporters,
	    size_t *count, struct err *e)
{
	size_t asked = *count;

	for (size_t n = 0; n < a->count; n++) {
		const struct err *outcome = call_await(call, a, n);

		if (outcome->code != ERR_OK) {
			*e = *outcome;
			return e->code;
		}
		call_take_warnings(call, a, n);
	}
	*count = 0;
	for (size_t i = 0; i < asked; i++) {
		struct census_count *seen = &exporters[i];

		for (size_t n = 0; n < a->count; n++)
			seen->gpu_count += (uint64_t)value_of(
			    &a->questions[n].vector, seen->profile->name);
		if (seen->gpu_count > 0)
			exporters[(*count)++] = *seen;
	}
	return ERR_OK;
}

/* Where that is asked, and on whose behalf. */
struct round_of {
	struct pool *pool;
	size_t max_series;
	struct call *call;
	void (*add)(struct buf *out, const struct profile *p);
};

/* Asks what add writes about each of them, and leaves those that report any. */
static enum err_code
take_round(const struct round_of *r, struct census_count *exporters,
	   size_t *count, struct err *e)
{
	struct intern strings;
	struct ask ask;
	enum err_code code;

	intern_init(&strings, r->call->arena->budget);
	code = call_ask(r->call, &ask, *count, &strings, r->max_series, e);
	if (code == ERR_OK)
		code = ask_of_each(&ask, exporters, *count, r->add, e);
	if (code == ERR_OK) {
		call_start(r->call, &ask, r->pool);
		code = read_counts(r->call, &ask, exporters, count, e);
	}
	ask_fini(&ask);
	intern_fini(&strings);
	return code;
}

/* Moves those with labels in quotes behind the others; how many they are. */
static size_t
put_quoted_last(struct census_count *seen, size_t count,
		struct census_count *quoted)
{
	size_t quoted_count = 0, kept = 0;

	for (size_t i = 0; i < count; i++)
		if (seen[i].profile->has_quoted_labels)
			quoted[quoted_count++] =
			    (struct census_count){.profile = seen[i].profile};
		else
			seen[kept++] = seen[i];
	return quoted_count;
}

/* In the order of the set again. */
static void
put_in_order(const struct profile_set *set, struct census_count *seen,
	     size_t *count, const struct census_count *quoted,
	     size_t quoted_count)
{
	size_t plain = *count, used = 0;

	memcpy(seen + plain, quoted, quoted_count * sizeof(*seen));
	*count = plain + quoted_count;
	for (size_t i = 0; i < set->count; i++)
		for (size_t k = used; k < *count; k++) {
			struct census_count found = seen[k];

			if (found.profile != set->profiles[i])
				continue;
			memmove(seen + used + 1, seen + used,
				(k - used) * sizeof(*seen));
			seen[used++] = found;
			break;
		}
}

/*
 * Whose names were seen is counted, in a query of its own: if the server
 * refuses it, the others are what there is.
 */
static enum err_code
count_quoted(struct round_of *r, const struct profile_set *set,
	     struct census_count *seen, size_t *count, struct err *e)
{
	struct census_count *quoted =
	    arena_alloc(r->call->arena, *count * sizeof(*quoted));
	size_t quoted_count;

	if (quoted == NULL)
		return err_set_memory(e);
	quoted_count = put_quoted_last(seen, *count, quoted);
	if (quoted_count == 0)
		return ERR_OK;
	*count -= quoted_count;
	r->add = add_count;
	if (take_round(r, quoted, &quoted_count, e) != ERR_OK) {
		if (e->code == ERR_MEMORY)
			return e->code;
		call_warn(r->call, "The query for %s failed (%s)",
			  quoted[0].profile->name, err_name(e->code));
		*e = (struct err){.code = ERR_OK};
		return ERR_OK;
	}
	put_in_order(set, seen, count, quoted, quoted_count);
	return ERR_OK;
}

enum err_code
census_take(struct pool *pool, const struct profile_set *set, size_t max_series,
	    struct call *call, struct census_count **out, size_t *count,
	    struct err *e)
{
	struct round_of r = {pool, max_series, call, add_first};
	enum err_code code = ERR_OK;

	*count = 0;
	*out = arena_alloc(call->arena, set->count * sizeof(**out));
	if (*out == NULL)
		return err_set_memory(e);
	for (; *count < set->count; ++*count)
		(*out)[*count] =
		    (struct census_count){.profile = set->profiles[*count]};
	code = take_round(&r, *out, count, e);
	if (code == ERR_OK && *count > 0)
		code = count_quoted(&r, set, *out, count, e);
	if (code != ERR_OK)
		*count = 0;
	return code;
}

void
census_pass_over(struct census_count *seen, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (kept == 0 || !seen[i].profile->id_is_job)
			seen[kept++] = seen[i];
	*count = kept;
}

/*
 * Of several names, whichever a GPU has: exporters call one thing by an old and
 * a new name, and timestamp() forgets by which.
 */
static void
add_date(struct buf *out, const struct profile *p)
{
	buf_append_text(out, "label_replace(min(");
	for (size_t i = 0; i < p->match_metric_count; i++) {
		buf_append_text(out, i > 0 ? " or timestamp(" : "timestamp(");
		promql_add_selector(out, &p->match_metrics[i], 1,
				    p->match_conditions);
		buf_append_text(out, ")");
	}
	buf_append_text(out, "),\"exporter\",");
	quote_append(out, p->name);
	buf_append_text(out, ",\"\",\"\")");
}

static void
read_dates(struct call *call, struct ask *a, struct census_count *seen,
	   size_t count)
{
	for (size_t n = 0; n < a->count; n++) {
		const struct err *outcome = call_await(call, a, n);

		if (outcome->code != ERR_OK) {
			call_warn(call, "The query for measured_at failed (%s)",
				  err_name(outcome->code));
			ask_log(a, n, LOG_WARN);
			continue;
		}
		call_take_warnings(call, a, n);
		for (size_t i = 0; i < count; i++)
			seen[i].measured_s += value_of(&a->questions[n].vector,
						       seen[i].profile->name);
	}
}

enum err_code
census_date(struct pool *pool, size_t max_series, struct call *call,
	    struct census_count *seen, size_t count, struct err *e)
{
	struct intern strings;
	struct ask ask;
	enum err_code code;

	intern_init(&strings, call->arena->budget);
	code = call_ask(call, &ask, count, &strings, max_series, e);
	if (code == ERR_OK)
		code = ask_of_each(&ask, seen, count, add_date, e);
	if (code == ERR_OK) {
		call_start(call, &ask, pool);
		read_dates(call, &ask, seen, count);
	}
	ask_fini(&ask);
	intern_fini(&strings);
	return code;
}

void
census_correct(struct census_count *seen, size_t count,
	       const struct detection *found)
{
	for (size_t i = 0; found != NULL && i < count; i++) {
		size_t cards = cards_count(&found->roster->cards,
					   site_find(found, seen[i].profile));

		if (cards > 0)
			seen[i].gpu_count = cards;
	}
}

uint64_t
census_find(const struct profile *p, const struct census_count *seen,
	    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seen[i].profile == p)
			return seen[i].gpu_count;
	return 0;
}
