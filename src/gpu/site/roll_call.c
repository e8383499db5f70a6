#include "gpu/site/roll_call.h"

#include <string.h>

#include "prom/promql.h"

const struct profile_metric *
roll_call_find(const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *best = NULL;

	if (profile_has_kind(p, PROFILE_INFO))
		return NULL;
	for (size_t i = 0; i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];

		if (m->kind != PROFILE_FIELD || m->is_optional ||
		    strcmp(m->conditions, p->match_conditions) != 0)
			continue;
		if (best == NULL ||
		    (series != NULL && series[i] > series[best - p->metrics]))
			best = m;
	}
	return best;
}

const struct profile_metric *
roll_call_always(const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *m = roll_call_find(p, series);

	for (size_t i = 0; m == NULL && i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_INFO)
			m = &p->metrics[i];
	return m;
}

void
roll_call_add_times(struct buf *out, const struct profile_metric *m)
{
	buf_append_text(out, "timestamp(");
	promql_add_selector(out, &m->name, 1, m->conditions);
	buf_append_text(out, ")");
}

static void
add_grouped(struct buf *out, const char *aggregation,
	    const struct profile_metric *m, const struct element_label *labels,
	    size_t count)
{
	buf_append_text(out, aggregation);
	promql_add_by(out, labels, count);
	buf_append_text(out, " (");
	roll_call_add_times(out, m);
	buf_append_text(out, ")");
}

void
roll_call_add_newest(struct buf *out, const struct profile_metric *m,
		     const struct element_label *labels, size_t count)
{
	add_grouped(out, "max", m, labels, count);
}

void
roll_call_add_uneven(struct buf *out, const struct profile_metric *m,
		     const struct element_label *labels, size_t count)
{
	add_grouped(out, "stddev", m, labels, count);
	buf_append_text(out, " > 0");
}
