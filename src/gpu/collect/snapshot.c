#include "gpu/collect/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "gpu/site/roll_call.h"

/* Found out by somebody else, most often. */
static enum err_code
take_problems(struct snapshot *s, const struct collector *c, struct call *call,
	      struct err *e)
{
	if (problems_get(c, call, &s->problems, e) != ERR_OK)
		return e->code;
	memcpy(call->warnings, s->problems->warnings, sizeof(call->warnings));
	call->warning_count = s->problems->warning_count;
	return ERR_OK;
}

static enum err_code
collect(struct snapshot *s, const struct collector *c,
	const struct plan_need *need, struct call *call, struct err *e)
{
	enum err_code code;

	if (need->problems)
		code = take_problems(s, c, call, e);
	else if (need->processes)
		code =
		    collect_processes(c, need->names, call, &s->processes, e);
	else if (need->workloads)
		code = collect_workloads(c, need, call, &s->workloads, e);
	else
		code = collect_fleet(c, need, call, &s->fleet, e);
	if (code == ERR_OK && call->lacks_warning)
		return err_set_memory(e);
	return code;
}

enum err_code
snapshot_collect(struct snapshot *s, const struct collector *c,
		 const struct plan_need *need, struct call *call, struct err *e)
{
	enum err_code code;

	memset(s, 0, sizeof(*s));
	code = collect(s, c, need, call, e);
	s->warning_count = call->warning_count;
	memcpy(s->warnings, call->warnings, sizeof(s->warnings));
	return code;
}

void
snapshot_fini(struct snapshot *s)
{
	fleet_fini(&s->fleet);
	process_fini(&s->processes);
	workload_fini(&s->workloads);
	problems_release(s->problems);
}

struct snapshot *
snapshot_new(const struct collector *c, const struct plan_need *need,
	     struct call *call, size_t max_bytes, struct budget *of_all,
	     struct err *e)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	struct arena *arena = call->arena;
	enum err_code code;

	if (s == NULL) {
		err_set_memory(e);
		return NULL;
	}
	s->max_bytes = max_bytes;
	budget_init_within(&s->budget, max_bytes, of_all);
	arena_init(&s->arena, &s->budget);
	call->arena = &s->arena;
	code = collect(s, c, need, call, e);
	call->arena = arena;
	s->warning_count = call->warning_count;
	memcpy(s->warnings, call->warnings, sizeof(s->warnings));
	/* They are the snapshot's, and told by whoever tells of it. */
	call->warning_count = 0;
	if (code == ERR_OK)
		return s;
	snapshot_free(s);
	return NULL;
}

static bool
tells_of_all(const struct profile *p, const uint64_t *series)
{
	const struct profile_metric *call = roll_call_find(p, series);
	uint64_t most = 0;

	if (call == NULL || series == NULL)
		return false;
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD && series[i] > most)
			most = series[i];
	return most > 0 && series[call - p->metrics] == most;
}

bool
snapshot_may_be_narrow(const struct collector *c)
{
	const struct detection *found = detect_current(c->detector);
	bool may_be = found != NULL && found->count == 1 &&
		      !found->is_silent[0] && !memory_has_copies(c->memory) &&
		      tells_of_all(found->profiles[0], found->series[0]);

	detect_release(found);
	return may_be;
}

void
snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	snapshot_fini(s);
	arena_fini(&s->arena);
	free(s);
}

size_t
snapshot_bytes(const struct snapshot *s)
{
	return budget_used(&s->budget, s->max_bytes);
}
