#include "gpu/site/roll_call.h"

#include <stdbool.h>
#include <string.h>

/* Whether a metric that is asked for anyway tells of each of its cards. */
static bool
has_info(const struct profile *p)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_INFO &&
		    !p->metrics[i].is_optional)
			return true;
	return false;
}

static bool
has_conditions(const struct profile *p, const struct profile_metric *m)
{
	return strcmp(m->conditions, p->match_conditions) != 0;
}

const struct profile_metric *
roll_call_find(const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *best = NULL;

	if (has_info(p))
		return NULL;
	for (size_t i = 0; i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];

		if (m->kind != PROFILE_FIELD || m->is_optional ||
		    has_conditions(p, m))
			continue;
		if (best == NULL ||
		    (series != NULL && series[i] > series[best - p->metrics]))
			best = m;
	}
	return best;
}

/* How far it is from being everywhere: where nothing is known of what there is,
 * an exporter may lack what is optional. */
static unsigned
doubt(const struct profile *p, const struct profile_metric *m)
{
	if (m->kind == PROFILE_INFO)
		return m->is_optional ? 2 : 0;
	return m->is_optional || has_conditions(p, m) ? 3 : 1;
}

/* How many series it has, as far as is known: what is counted by a name may be
 * of any conditions. */
static uint64_t
count_of(const struct profile *p, const struct profile_metric *m,
	 const uint64_t *series)
{
	return series != NULL && !has_conditions(p, m) ? series[m - p->metrics]
						       : 0;
}

const struct profile_metric *
roll_call_always(const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *best = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];
		uint64_t count = count_of(p, m, series);

		if (m->kind != PROFILE_INFO && m->kind != PROFILE_FIELD)
			continue;
		if (best == NULL || count > most ||
		    (count == most && doubt(p, m) < doubt(p, best))) {
			best = m;
			most = count;
		}
	}
	return best;
}
