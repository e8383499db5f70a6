#include "gpu/collect/selection.h"

#include <string.h>

#include "gpu/collect/need.h"
#include "gpu/site/roll_call.h"

/*
 * What one exporter calls a card may be better than what another one does: so
 * where several may see a process' card, all are asked.
 */
static bool
needs_roll_call_for_processes(const struct plan *plan)
{
	const struct detection *found = plan->found;
	bool has_processes = false;

	for (size_t i = 0; i < found->count; i++)
		has_processes |=
		    profile_has_kind(found->profiles[i], PROFILE_PROCESS);
	return plan->need.processes && has_processes && found->count > 1;
}

/* Whether one of the metrics that are needed tells of as many GPUs. Of none is
 * what an exporter had before its first scrape. */
static bool
has_all(const struct plan *plan, unsigned rank, uint64_t count)
{
	const struct profile *p = plan->found->profiles[rank];
	const uint64_t *series = plan->found->series[rank];
	field_set fields = plan->need.required | plan->need.optional;

	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD &&
		    (fields & FIELD_BIT(p->metrics[i].field)) != 0 &&
		    series[i] > 0 && series[i] >= count)
			return true;
	return false;
}

/*
 * The roll call, if it is needed: so that each answer has the same cards, those
 * too of which nothing that it shows is known.
 */
static const struct profile_metric *
choose_roll_call(const struct plan *plan, unsigned rank)
{
	const struct profile *p = plan->found->profiles[rank];
	const uint64_t *series = plan->found->series[rank];
	const struct profile_metric *m = roll_call_find(p, series);

	if (m == NULL || plan->need.roll_call ||
	    needs_roll_call_for_processes(plan))
		return m;
	if (plan->need.processes)
		return NULL;
	return series == NULL || !has_all(plan, rank,
					  need_count_series(
					      p, series, (enum field)m->field))
		   ? m
		   : NULL;
}

static bool
is_needed(const struct selection *s, const struct profile_metric *m)
{
	if (m->kind == PROFILE_FIELD)
		return m == s->roll_call ||
		       (s->fields & FIELD_BIT(m->field)) != 0;
	if (m->kind == PROFILE_WORKLOAD_FIELD || m->kind == PROFILE_JOB_VALUE)
		return s->plan->need.workloads;
	if (m->kind == PROFILE_PROBLEM)
		return false;
	/* Who has these identifies its GPUs by them. */
	return m->kind == PROFILE_PROCESS ? s->plan->need.processes : true;
}

/* Where one of several metrics of a field fails, the next one's values would
 * stand for it: other numbers, though nothing has changed. */
static bool
has_alternatives(const struct profile *p, const struct profile_metric *m)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (&p->metrics[i] != m && p->metrics[i].kind == m->kind &&
		    p->metrics[i].field == m->field)
			return true;
	return false;
}

bool
selection_requires(const struct selection *s, const struct profile_metric *m)
{
	/* Who has a GPU, these tell. */
	if (m->kind == PROFILE_WORKLOAD_FIELD)
		return m->field != WORKLOAD_MEMORY_LIMIT;
	if (m->kind == PROFILE_PROCESS)
		return m->field == PROFILE_SEEN ||
		       (s->plan->need.process_required & FIELD_BIT(m->field)) !=
			   0;
	return m->kind != PROFILE_FIELD || m == s->roll_call ||
	       ((s->required & FIELD_BIT(m->field)) != 0 &&
		(!m->is_optional || has_alternatives(s->profile, m)));
}

void
selection_make(const struct plan *plan, unsigned rank, struct selection *out)
{
	const struct plan_need *need = &plan->need;
	const struct profile *p = plan->found->profiles[rank];
	const uint64_t *series = plan->found->series[rank];
	uint64_t series_count = 0;

	*out = (struct selection){
	    .plan = plan,
	    .profile = p,
	    .rank = rank,
	    .roll_call = choose_roll_call(plan, rank),
	    .fields = need_ingredients(plan->found, rank,
				       need->required | need->optional),
	    .required = need_ingredients(plan->found, rank, need->required)};
	/* With its alternatives: others of the kind may have those. */
	if (need->roll_call && out->roll_call != NULL)
		out->fields = 0;
	if (out->roll_call != NULL)
		out->fields |= FIELD_BIT(out->roll_call->field);
	for (size_t i = 0; i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];

		if (!is_needed(out, m))
			continue;
		/* What an exporter always has may be late today. */
		if (series != NULL && series[i] == 0 && m->is_optional)
			continue;
		if (series != NULL)
			series_count += series[i];
		out->metrics[out->count++] = m;
	}
	if (plan->part != NULL)
		series_count = plan->part->card_count * out->count;
	out->is_small =
	    need->roll_call ||
	    (series != NULL && series_count <= PLAN_TOGETHER_MAX_SERIES);
}
