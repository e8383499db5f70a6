#include "gpu/collect/lacks.h"

#include "base/log.h"
#include "gpu/collect/silent.h"

static const char *
name_of(const struct profile_metric *m)
{
	switch (m->kind) {
	case PROFILE_FIELD:
		return field_table[m->field].name;
	case PROFILE_PROCESS:
		return m->field == PROFILE_SEEN
			   ? m->name
			   : process_field_table[m->field].name;
	case PROFILE_WORKLOAD_FIELD:
		return workload_field_table[m->field].name;
	default:
		return m->name;
	}
}

void
lacks_warn_of_failure(struct plan *p, size_t number)
{
	const struct join_source *source = &p->queries[number].source;
	const struct err *outcome = ask_await(&p->ask, number);

	for (size_t i = 0; i < source->metric_count; i++)
		call_warn(p->call, "The query for %s failed (%s)",
			  name_of(source->metrics[i]), err_name(outcome->code));
	ask_log(&p->ask, number, LOG_WARN);
}

void
lacks_warn_of_skipped(struct call *call, const struct join_source *source,
		      size_t skipped)
{
	call_warn(
	    call, "%zu series of %.128s%s do not tell which %s they are of",
	    skipped, source->metrics[0]->name,
	    source->metric_count > 1 ? " and others" : "",
	    source->metrics[0]->kind == PROFILE_PROCESS ? "process on which GPU"
							: "GPU");
}

static size_t
count_series(const struct plan *p, unsigned rank)
{
	size_t count = 0;

	for (size_t i = 0; i < p->query_count; i++)
		if (p->queries[i].source.rank == rank)
			count += p->queries[i].series_count;
	return count;
}

/* Its cards are missing, and nobody could tell that from their absence. Returns
 * the exporters that were told, as bits. */
static uint64_t
warn_of_exporters(const struct plan *p, const struct detection *found)
{
	uint64_t told = 0;

	for (unsigned i = 0; i < found->count; i++) {
		if (!found->is_silent[i] || count_series(p, i) > 0)
			continue;
		call_warn(p->call,
			  "%s has been silent for less than ten minutes: its "
			  "GPUs are missing",
			  found->profiles[i]->name);
		if (i < IDENTITY_EXPORTERS_MAX)
			told |= UINT64_C(1) << i;
	}
	return told;
}

/* Not of single cards where they may be in what was not answered. */
static void
warn_of_silent(const struct plan *p, const struct detection *found,
	       const struct fleet *fleet)
{
	uint64_t told = warn_of_exporters(p, found);

	for (size_t i = 0; i < p->query_count; i++)
		if (!p->queries[i].is_whole)
			return;
	silent_warn(p->call, found, fleet, !p->need.processes, told);
}

static void
warn_of_homeless(struct call *call, const struct fleet *fleet)
{
	if (fleet->homeless_count > 0)
		call_warn(call,
			  "GPUs left out, since no label tells their node: "
			  "%zu",
			  fleet->homeless_count);
}

void
lacks_warn(const struct plan *p, const struct detection *found,
	   const struct fleet *fleet, bool is_of_all)
{
	if (is_of_all)
		warn_of_silent(p, found, fleet);
	warn_of_homeless(p->call, fleet);
}
