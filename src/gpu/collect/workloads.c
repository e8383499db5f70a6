#include "gpu/collect/workloads.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "gpu/collect/kube.h"
#include "gpu/collect/kube_nodes.h"
#include "prom/promql.h"

/* A metric as of another time. */
struct workloads_past {
	struct join_source source;
	enum workload_when when;
};

/* What tells of another time how busy somebody was, or that he was there. */
static bool
is_asked(const struct profile_metric *m, const uint64_t *series, size_t place)
{
	bool tells =
	    m->kind == PROFILE_JOB_VALUE ||
	    (m->kind == PROFILE_FIELD && m->field == FIELD_UTILIZATION) ||
	    (m->kind == PROFILE_WORKLOAD_FIELD &&
	     m->field == WORKLOAD_UTILIZATION);

	return tells &&
	       !(m->is_optional && series != NULL && series[place] == 0);
}

size_t
workloads_count_questions(const struct detection *found)
{
	size_t count = KUBE_QUESTIONS + KUBE_NODES_QUESTIONS;

	for (size_t i = 0; i < found->count; i++) {
		const struct profile *p = found->profiles[i];

		count++;
		for (size_t m = 0; m < p->metric_count; m++)
			if (is_asked(&p->metrics[m], found->series[i], m))
				count += 2;
	}
	return count;
}

/* --- the questions -------------------------------------------------------- */

/* max_over_time(SELECTOR[900s]) or SELECTOR offset 900s */
static void
add_past(struct buf *out, const struct profile_metric *m,
	 enum workload_when when, int window_s)
{
	char window[16];

	snprintf(window, sizeof(window), "%ds", window_s);
	if (when == WORKLOAD_SO_FAR)
		buf_append_text(out, "max_over_time(");
	promql_add_selector(out, &m->name, 1, m->conditions);
	buf_append_text(out, when == WORKLOAD_SO_FAR ? "[" : " offset ");
	buf_append_text(out, window);
	if (when == WORKLOAD_SO_FAR)
		buf_append_text(out, "])");
}

static enum err_code
ask_past(struct workloads *w, unsigned rank, const struct profile_metric *m,
	 enum workload_when when, struct err *e)
{
	struct plan *plan = w->plan;
	struct workloads_past *past = &w->past[w->past_count++];
	const struct profile *p = plan->found->profiles[rank];
	struct element_label *labels =
	    arena_alloc(plan->call->arena, p->label_count * sizeof(*labels));
	size_t count = 0, slots = 0;
	enum err_code code;
	struct buf text;

	if (labels == NULL)
		return err_set_memory(e);
	*past = (struct workloads_past){.source = plan_source(plan, rank),
					.when = when};
	past->source.times = NULL;
	past->source.metrics[past->source.metric_count++] = m;
	past->source.samples =
	    &plan->ask.questions[plan->ask.count].vector.samples;
	identify_add_labels(p, ~PROFILE_OF_PROCESSES, past->source.slots,
			    labels, &count, &slots);
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	add_past(&text, m, when, w->join.table->idle.window_s);
	code = ask_add(&plan->ask, &text, labels, count, slots, e);
	if (code == ERR_OK)
		recall_ask_alike(past->source.recall, &plan->ask, m->aside,
				 slots, when == WORKLOAD_SO_FAR);
	buf_fini(&text);
	return code;
}

/* Who was there when the window began; or whether the GPU was measured then. */
static bool
asks_before(const struct workloads *w, const struct profile *p,
	    const struct profile_metric *m)
{
	return w->join.table->needs_measured ? m->kind == PROFILE_FIELD
					     : profile_tells_workloads(p);
}

static enum err_code
ask_all_past(struct workloads *w, unsigned rank, struct err *e)
{
	const struct profile *p = w->plan->found->profiles[rank];
	const uint64_t *series = w->plan->found->series[rank];
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < p->metric_count; i++) {
		if (!is_asked(&p->metrics[i], series, i))
			continue;
		/* The greatest number of a job says nothing. */
		if (p->metrics[i].kind != PROFILE_JOB_VALUE)
			code = ask_past(w, rank, &p->metrics[i],
					WORKLOAD_SO_FAR, e);
		if (code == ERR_OK && asks_before(w, p, &p->metrics[i]))
			code = ask_past(w, rank, &p->metrics[i],
					WORKLOAD_BEFORE, e);
	}
	return code;
}

static enum err_code
ask_kube(struct workloads *w, struct err *e)
{
	const struct detection *found = w->plan->found;
	struct ask *a = &w->plan->ask;
	enum err_code code;

	w->first_kube = a->count;
	w->asks_kube = found->count > 0;
	w->join.table->capacity.is_asked = w->asks_kube;
	if (!w->asks_kube)
		return ERR_OK;
	code = kube_ask(a, found->profiles[0], e);
	w->first_nodes = a->count;
	return code == ERR_OK && w->join.table->capacity.is_needed
		   ? kube_nodes_ask(a, found->profiles[0], e)
		   : code;
}

static enum err_code
ask_all(struct workloads *w, struct err *e)
{
	const struct detection *found = w->plan->found;
	bool asks_of_all = w->join.table->capacity.is_needed;
	struct ask *a = &w->plan->ask;
	enum err_code code = ERR_OK;

	w->first_target = a->count;
	for (size_t i = 0; code == ERR_OK && i < found->count; i++)
		if (found->profiles[i]->workload_may_use_gpu)
			code = own_pods_ask(a, found->profiles[i],
					    found->series[i], e);
	w->first_past = a->count;
	w->target_count = w->first_past - w->first_target;
	for (unsigned i = 0; code == ERR_OK && i < found->count; i++)
		if (asks_of_all || profile_tells_workloads(found->profiles[i]))
			code = ask_all_past(w, i, e);
	return code == ERR_OK ? ask_kube(w, e) : code;
}

enum err_code
workloads_ask(struct workloads *w, struct plan *plan,
	      struct workload_table *table, struct err *e)
{
	struct arena *arena = plan->call->arena;

	*w = (struct workloads){.join = {.table = table}, .plan = plan};
	own_pods_init(&w->join.own, arena->budget);
	w->past = arena_alloc(arena, workloads_count_questions(plan->found) *
					 sizeof(*w->past));
	if (w->past == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < plan->query_count; i++)
		if (profile_tells_workloads(plan->queries[i].source.profile))
			plan->queries[i].source.workloads = &w->join;
	return ask_all(w, e);
}

void
workloads_fini(struct workloads *w)
{
	if (w->plan != NULL)
		own_pods_fini(&w->join.own);
}

/* --- the answers ---------------------------------------------------------- */

enum err_code
workloads_begin(struct workloads *w, struct err *e)
{
	struct ask *a = &w->plan->ask;

	for (size_t i = 0; i < w->target_count; i++) {
		size_t number = w->first_target + i;
		const struct err *outcome =
		    call_await(w->plan->call, a, number);

		if (outcome->code != ERR_OK) {
			*e = *outcome;
			return e->code;
		}
		call_take_warnings(w->plan->call, a, number);
		if (own_pods_read(&w->join.own,
				  &a->questions[number].vector.samples,
				  e) != ERR_OK)
			return e->code;
		ask_drop(a, number);
	}
	return ERR_OK;
}

static enum err_code
read_past(struct workloads *w, size_t place, struct err *e)
{
	struct call *call = w->plan->call;
	struct ask *a = &w->plan->ask;
	size_t number = w->first_past + place;
	const struct workloads_past *past = &w->past[place];
	const struct err *outcome = call_await(call, a, number);
	enum err_code code = ERR_OK;

	if (outcome->code == ERR_MEMORY) {
		*e = *outcome;
		return e->code;
	}
	if (outcome->code == ERR_OK) {
		call_take_warnings(call, a, number);
		code = join_workloads_of(&w->join, &past->source, past->when,
					 &a->questions[number].arena, e);
	} else {
		struct workload_table *table = w->join.table;

		table->lacks_before |= past->when == WORKLOAD_BEFORE;
		if (past->when == WORKLOAD_SO_FAR || table->needs_measured)
			table->so_far_failure = *outcome;
		call_warn(call, "The query for who was idle before failed (%s)",
			  err_name(outcome->code));
		ask_log(a, number, LOG_WARN);
	}
	ask_drop(a, number);
	return code;
}

static enum err_code
read_kube(struct workloads *w, struct err *e)
{
	struct workload_table *table = w->join.table;
	struct call *call = w->plan->call;
	struct ask *a = &w->plan->ask;
	enum err_code code =
	    kube_read(call, a, w->first_kube, &table->claims, e);

	return code == ERR_OK && table->capacity.is_needed
		   ? kube_nodes_read(call, a, w->first_nodes, &table->capacity,
				     e)
		   : code;
}

enum err_code
workloads_end(struct workloads *w, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < w->past_count; i++)
		code = read_past(w, i, e);
	if (code == ERR_OK && w->asks_kube)
		code = read_kube(w, e);
	if (code == ERR_OK)
		own_pods_warn(&w->join.own, w->plan->call);
	return code;
}

/* What kube-state-metrics does not tell, or otherwise than exporters. */
static void
warn_of_pods(struct call *call, const struct workload_table *t)
{
	/* Of a query that failed that was said. */
	if (t->claims.failure.code == ERR_OK && t->claims.untold_count > 0)
		call_warn(call,
			  "Pods that ask for GPUs, of which kube-state-metrics "
			  "does not tell whether they hold any "
			  "(kube_pod_status_phase): %zu",
			  t->claims.untold_count);
	if (t->ended_count > 0)
		call_warn(call,
			  "GPUs that exporters still show with a pod that has "
			  "ended, which is left out: %zu",
			  t->ended_count);
}

void
workloads_warn(struct call *call, const struct workload_table *t)
{
	bool has_some =
	    t->count > 0 || t->ended_count > 0 || t->claims.untold_count > 0;

	/* What is told of capacity is not that. */
	if (!has_some && t->fleet.count > 0 && !t->capacity.is_needed)
		call_warn(call, "No exporter tells which workload has a GPU, "
				"and kube-state-metrics tells of none that "
				"asks for one");
	warn_of_pods(call, t);
	if (t->left_out_count > 0)
		call_warn(call,
			  "Workloads left out of GPUs that have more than %d "
			  "of them: %zu",
			  WORKLOADS_OF_GPU_MAX, t->left_out_count);
}
