#include "gpu/collect/repeat.h"

#include <math.h>
#include <string.h>

#include "gpu/collect/silent.h"
#include "gpu/site/identify.h"

/* --- which plans -----------------------------------------------------------
 */

static bool
may_repeat_metric(const struct profile_metric *m)
{
	return (m->kind == PROFILE_FIELD || m->kind == PROFILE_INFO ||
		m->kind == PROFILE_TIME) &&
	       m->value_label == NULL && !m->is_ratio_or_percent;
}

bool
repeat_may(const struct plan *p)
{
	for (size_t i = 0; i < p->recall_count; i++)
		if (recall_is_learning(&p->recalls[i]))
			return false;
	for (size_t i = 0; i < p->query_count; i++) {
		const struct join_source *source = &p->queries[i].source;

		if (p->queries[i].is_of_targets)
			continue;
		for (size_t k = 0; k < source->metric_count; k++)
			if (!may_repeat_metric(source->metrics[k]))
				return false;
	}
	return p->query_count > 0 && p->found->roster != NULL;
}

const struct join_source *
repeat_source(const struct plan *p, unsigned rank)
{
	for (size_t i = 0; i < p->query_count; i++)
		if (p->queries[i].source.rank == rank &&
		    p->queries[i].source.metrics[0]->kind != PROFILE_TIME)
			return &p->queries[i].source;
	return NULL;
}

/* --- names of nodes --------------------------------------------------------
 */

/* A sample of each series that was told; false if there is no memory. */
static bool
list_told(const struct repeat_exporter *exporter, struct samples *out)
{
	for (size_t i = 0; i < exporter->known->count; i++) {
		struct sample *sample;

		if (exporter->series[i].place == REPEAT_UNTOLD)
			continue;
		sample = samples_add(out, (uint32_t)i);
		if (sample == NULL)
			return false;
		*sample =
		    (struct sample){.rank = exporter->known->series[i].rank,
				    .known = (uint32_t)i};
		sample->label[0] = INTERN_NONE;
	}
	return true;
}

static enum err_code
name_all(struct identify_reader *who, const struct samples *samples,
	 struct repeat_name *names, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(samples, &cursor)) != NULL) {
		struct identity id;

		identify_place(who, s, &id);
		if (who->is_out_of_memory)
			return err_set_memory(e);
		names[s->known] = (struct repeat_name){id.node, id.node_doubt,
						       id.is_node_new};
	}
	return ERR_OK;
}

enum err_code
repeat_name_nodes(const struct plan *p, unsigned rank,
		  const struct repeat_exporter *exporter, struct fleet *f,
		  struct repeat_name **out, struct err *e)
{
	const struct join_source *asked = repeat_source(p, rank);
	struct recall *recall = &p->recalls[rank];
	struct samples samples;
	struct identify_reader who;
	const struct identify_source source = {.profile = asked->profile,
					       .slots = asked->slots,
					       .samples = &samples,
					       .known_labels = recall->labels,
					       .known_slots =
						   exporter->known->slot_count,
					       .nodes = asked->nodes,
					       .targets = asked->targets};
	enum err_code code;

	samples_init(&samples, &f->scratch, 1);
	*out = arena_alloc(&f->scratch, exporter->known->count * sizeof(**out));
	if (*out == NULL || !list_told(exporter, &samples))
		return err_set_memory(e);
	code = recall_expand(recall, &samples, &f->texts, &f->scratch, e);
	if (code != ERR_OK)
		return code;
	code = identify_init(&who, &source, &f->texts, &f->scratch, e);
	if (code == ERR_OK)
		code = name_all(&who, &samples, *out, e);
	identify_fini(&who);
	return code;
}

static bool
are_same_names(const struct repeat *r, const struct repeat_exporter *exporter,
	       const struct fleet *f, const struct repeat_name *names)
{
	for (size_t i = 0; i < exporter->known->count; i++) {
		const struct repeat_series *s = &exporter->series[i];

		if (s->place == REPEAT_UNTOLD)
			continue;
		if (names[i].is_new || names[i].doubt != s->doubt ||
		    !intern_is_same(
			intern_text_or_null(&f->texts, names[i].node),
			intern_text_or_null(&r->texts, s->node)))
			return false;
	}
	return true;
}

/* Another look may have found other nodes; most do not. */
static enum err_code
check_names(struct repeat *r, const struct plan *p, struct fleet *f,
	    bool *is_same, struct err *e)
{
	uint64_t look = p->found->look;
	enum err_code code = ERR_OK;

	*is_same = true;
	if (atomic_load(&r->look) == look)
		return ERR_OK;
	for (unsigned i = 0;
	     code == ERR_OK && *is_same && i < r->exporter_count; i++) {
		const struct repeat_exporter *exporter = &r->exporters[i];
		struct repeat_name *names;

		if (exporter->known == NULL)
			continue;
		code = repeat_name_nodes(p, i, exporter, f, &names, e);
		*is_same =
		    code == ERR_OK && are_same_names(r, exporter, f, names);
	}
	if (*is_same)
		atomic_store(&r->look, look);
	return code;
}

/* --- answers ---------------------------------------------------------------
 */

static void
take_sample(struct fleet_gpu *gpu, unsigned rank,
	    const struct profile_metric *m, const struct sample *s)
{
	double value;

	if (s->timestamp_s > gpu->timestamp_s)
		gpu->timestamp_s = s->timestamp_s;
	value = join_plain_value(m, s->value);
	if (m->kind == PROFILE_TIME)
		fleet_date(gpu, rank, value);
	if (m->kind != PROFILE_FIELD)
		return;
	value = field_clean((enum field)m->field, value);
	shape_values(gpu)[m->field] = isfinite(value) ? value : NAN;
}

/* The numbers of the metrics' names among the answer's strings, where they
 * tell whose sample it is. */
static void
find_names(const struct repeat_query *q, const struct fleet *f,
	   uint32_t out[static JOIN_METRICS_MAX])
{
	for (size_t i = 0; i < q->metric_count; i++)
		out[i] = intern_find(&f->texts, q->metrics[i]->name,
				     strlen(q->metrics[i]->name));
}

/* False if they are not those of then. */
static bool
take_samples(const struct repeat *r, const struct repeat_query *q,
	     const struct samples *samples, struct fleet *f)
{
	const struct repeat_exporter *exporter = &r->exporters[q->rank];
	struct samples_cursor cursor = {NULL, 0};
	uint32_t names[JOIN_METRICS_MAX];
	const struct sample *s;

	if (samples->count != q->count)
		return false;
	find_names(q, f, names);
	for (size_t i = 0; (s = samples_next(samples, &cursor)) != NULL; i++) {
		size_t metric =
		    q->metric_numbers != NULL ? q->metric_numbers[i] : 0;
		uint32_t place;

		if (s->known != q->series[i] ||
		    (q->metric_numbers != NULL && s->label[0] != names[metric]))
			return false;
		place = exporter->series[s->known].place;
		if (place < REPEAT_NO_ROW)
			take_sample(f->shaped[place], q->rank,
				    q->metrics[metric], s);
	}
	return true;
}

static enum err_code
take_query(const struct repeat *r, struct plan *p, size_t number,
	   struct fleet *f, bool *is_same, struct err *e)
{
	const struct repeat_query *q = &r->queries[number];
	const struct join_source *source = &p->queries[number].source;

	*is_same = true;
	if (q->is_of_targets)
		return times_read(&p->times[q->rank], source->samples,
				  source->slots, p->call->arena, e);
	*is_same = take_samples(r, q, source->samples, f);
	return ERR_OK;
}

/* Stops where one differs, or failed. */
static enum err_code
take_queries(const struct repeat *r, struct plan *p, struct fleet *f,
	     bool *is_same, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && *is_same && i < p->query_count;
	     i++) {
		*is_same = call_await(p->call, &p->ask, i)->code == ERR_OK;
		progress_enter(p->call->progress, STAGE_JOIN);
		if (*is_same)
			code = take_query(r, p, i, f, is_same, e);
	}
	return code;
}

/* --- times -----------------------------------------------------------------
 */

/* The number of that text of the repeat among the answers' strings. */
static bool
find_text(const struct repeat *r, uint32_t text, const struct fleet *f,
	  uint32_t *out)
{
	const struct intern_string *string =
	    intern_text_or_null(&r->texts, text);

	*out = INTERN_NONE;
	if (string == NULL)
		return true;
	*out = intern_find(&f->texts, string->text, string->length);
	return *out != INTERN_NONE;
}

/* 0 where it is not told. */
static double
find_time(const struct repeat *r, const struct plan *p, const struct fleet *f,
	  const struct repeat_target *target)
{
	struct times_target key;

	return find_text(r, target->instance, f, &key.instance) &&
		       find_text(r, target->cluster, f, &key.cluster) &&
		       find_text(r, target->exported_instance, f,
				 &key.exported_instance)
		   ? times_find(&p->times[target->rank], &key)
		   : 0;
}

static enum err_code
date_all(const struct repeat *r, const struct plan *p, struct fleet *f,
	 struct err *e)
{
	double *times =
	    arena_alloc(&f->scratch, r->target_count * sizeof(*times));

	if (times == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < r->target_count; i++)
		times[i] = find_time(r, p, f, &r->targets[i]);
	for (size_t i = 0; i < r->shape->count; i++) {
		uint32_t target = r->target_of[i];

		if (target != UINT32_MAX)
			fleet_date(f->shaped[i], r->targets[target].rank,
				   times[target]);
	}
	return ERR_OK;
}

/* --- all of it -------------------------------------------------------------
 */

/* Each exporter's series have the numbers of then. */
static bool
are_same_series(const struct repeat *r, const struct plan *p)
{
	for (size_t i = 0; i < r->exporter_count; i++)
		if (r->exporters[i].known != NULL &&
		    r->exporters[i].known != p->recalls[i].before.known)
			return false;
	return true;
}

enum err_code
repeat_take(struct repeat *r, struct plan *p, struct fleet *f, bool *is_done,
	    struct err *e)
{
	enum err_code code;
	bool is_same;

	*is_done = false;
	if (!are_same_series(r, p) ||
	    !silent_is_nobody(p->found, r->shape->card_count))
		return ERR_OK;
	code = check_names(r, p, f, &is_same, e);
	if (code != ERR_OK || !is_same)
		return code;
	code = shape_begin(r->shape, f, e);
	if (code == ERR_OK)
		code = take_queries(r, p, f, &is_same, e);
	if (code == ERR_OK && is_same)
		code = date_all(r, p, f, e);
	*is_done = code == ERR_OK && is_same;
	if (*is_done)
		atomic_store(&r->was_taken, true);
	else
		shape_abandon(f);
	return code;
}
