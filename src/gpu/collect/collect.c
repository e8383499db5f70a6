#include "gpu/collect/collect.h"

#include "base/clock.h"
#include "gpu/collect/few.h"
#include "gpu/collect/goal.h"
#include "gpu/collect/join.h"
#include "gpu/collect/join_processes.h"
#include "gpu/collect/lacks.h"
#include "gpu/collect/record.h"
#include "gpu/collect/repeat.h"
#include "gpu/collect/workloads.h"

/* Of targets; or of cards, and then of what processes say of targets. */
static enum err_code
join_times(struct plan *p, size_t number, const struct goal *goal,
	   struct err *e)
{
	const struct plan_query *q = &p->queries[number];
	struct times *times = &p->times[q->source.rank];
	size_t skipped;

	times->is_of_cards = !q->is_of_targets;
	if (times->is_of_cards &&
	    join_fleet(goal->fleet, &q->source, &p->ask.questions[number].arena,
		       &skipped, e) != ERR_OK)
		return e->code;
	if (times->is_of_cards && goal->processes == NULL)
		return ERR_OK;
	return times_read(times, q->source.samples, q->source.slots,
			  p->call->arena, e);
}

static enum err_code
join(struct plan *p, size_t number, const struct goal *goal, size_t *skipped,
     struct err *e)
{
	const struct join_source *source = &p->queries[number].source;
	struct arena *scratch = &p->ask.questions[number].arena;

	*skipped = 0;
	progress_enter(p->call->progress, STAGE_JOIN);
	if (source->metrics[0]->kind == PROFILE_TIME)
		return join_times(p, number, goal, e);
	if (source->metrics[0]->kind == PROFILE_PROCESS)
		return join_processes(goal->processes, source, scratch, skipped,
				      e);
	return join_fleet(goal->fleet, source, scratch, skipped, e);
}

/* It has been joined, or repeated. */
static void
note_answer(struct plan *p, size_t number, size_t skipped)
{
	struct plan_query *q = &p->queries[number];

	call_take_warnings(p->call, &p->ask, number);
	if (skipped > 0)
		lacks_warn_of_skipped(p->call, &q->source, skipped);
	q->is_whole = !ask_is_partial(&p->ask, number);
	q->series_count = q->source.samples->count;
	recall_note(q->source.recall, &p->ask, number, q->source.metrics[0]);
}

/* Past its deadline: queries end in time, so the joins took too long. */
static enum err_code
check_time(const struct call *call, struct err *e)
{
	enum { GRACE_MS = 1000 };

	return clock_now_ms() > call->deadline_ms + GRACE_MS
		   ? err_set(e, ERR_TIMEOUT,
			     "no time was left to join the answers")
		   : ERR_OK;
}

/*
 * In the order of the plan, whoever answers first: so the same samples give
 * the same fleet. Where each query fails, the last failure is the call's.
 */
static enum err_code
join_all(struct plan *p, const struct goal *goal, struct record *record,
	 struct err *e)
{
	struct err failure = {.code = ERR_OK};
	bool has_answer = false;

	for (size_t i = 0; i < p->query_count; i++) {
		const struct err *outcome = call_await(p->call, &p->ask, i);

		if (check_time(p->call, e) != ERR_OK)
			return e->code;
		if (outcome->code == ERR_OK) {
			size_t skipped;
			enum err_code code = join(p, i, goal, &skipped, e);

			if (code != ERR_OK)
				return code;
			has_answer |= p->queries[i].source.metrics[0]->kind !=
				      PROFILE_TIME;
			note_answer(p, i, skipped);
			record_query(record, i, skipped);
		} else if (p->queries[i].is_required ||
			   outcome->code == ERR_MEMORY) {
			/* Our own trouble is not the metric's. */
			*e = *outcome;
			return e->code;
		} else {
			recall_note_failure(p->queries[i].source.recall, i);
			record_fini(record);
			lacks_warn_of_failure(p, i);
			failure = *outcome;
		}
		/* Its samples are in the fleet now: keep the peak low. */
		ask_drop(&p->ask, i);
	}
	/* An empty list would say that there is nothing, and be kept. */
	if (!has_answer && failure.code != ERR_OK)
		*e = failure;
	return has_answer ? ERR_OK : failure.code;
}

/* That nothing need be asked is no answer while nobody could. */
static enum err_code
ask_anything(const struct collector *c, struct call *call, struct err *e)
{
	struct census_count *seen;
	size_t count;

	return detect_census(c->detector, call, &seen, &count, e);
}

static void
remember(struct plan *p)
{
	for (size_t i = 0; i < p->recall_count; i++)
		recall_finish(&p->recalls[i]);
}

/* As those before, if they are the same. */
static enum err_code
repeat_all(struct plan *p, const struct goal *goal, struct repeats *all,
	   bool *is_done, struct err *e)
{
	struct repeat *r = repeat_may(p) ? repeats_find(all, p) : NULL;
	enum err_code code = ERR_OK;

	*is_done = false;
	if (r == NULL)
		return ERR_OK;
	code = repeat_take(r, p, goal->fleet, is_done, e);
	for (size_t i = 0; *is_done && i < p->query_count; i++) {
		note_answer(p, i, r->queries[i].skipped);
		ask_drop(&p->ask, i);
	}
	repeat_release(r);
	return *is_done ? check_time(p->call, e) : code;
}

/* What is asked beside the plan's own. */
struct more {
	struct workloads workloads;
	struct problem_ask problems;
};

/* All of the answers, in the order in which they are understood. */
static enum err_code
join_answers(struct plan *p, struct more *more, const struct goal *goal,
	     struct record *record, struct err *e)
{
	enum err_code code = ERR_OK;

	if (goal->workloads != NULL)
		code = workloads_begin(&more->workloads, e);
	if (code == ERR_OK)
		code = join_all(p, goal, record, e);
	if (code == ERR_OK && goal->workloads != NULL)
		code = workloads_end(&more->workloads, e);
	return code == ERR_OK && goal->problems != NULL
		   ? problem_ask_read(&more->problems, e)
		   : code;
}

/* all: what is remembered of such answers, or NULL. */
static enum err_code
take_all(struct plan *p, struct more *more, const struct goal *goal,
	 struct repeats *all, struct err *e)
{
	enum err_code code = ERR_OK;
	struct record record;
	bool is_done = false;

	if (all != NULL)
		code = repeat_all(p, goal, all, &is_done, e);
	if (is_done)
		remember(p);
	if (is_done || code != ERR_OK)
		return code == ERR_OK ? goal_finish(goal, e) : code;
	record_begin(&record, all, p);
	code = join_answers(p, more, goal, &record, e);
	progress_enter(p->call->progress, STAGE_JOIN);
	if (code == ERR_OK) {
		remember(p);
		record_names(&record, goal->fleet);
		code = goal_finish(goal, e);
	}
	if (code == ERR_OK)
		record_end(&record, goal->fleet);
	record_fini(&record);
	return code;
}

static enum err_code
ask_for_more(struct plan *p, struct more *more, const struct goal *goal,
	     struct err *e)
{
	enum err_code code = ERR_OK;

	if (goal->workloads != NULL)
		code = workloads_ask(&more->workloads, p, goal->workloads, e);
	return code == ERR_OK && goal->problems != NULL
		   ? problem_ask_add(&more->problems, p, goal->settings,
				     goal->problems, e)
		   : code;
}

static size_t
count_more(const struct detection *found, const struct goal *goal)
{
	return (goal->workloads != NULL ? workloads_count_questions(found)
					: 0) +
	       (goal->problems != NULL ? problem_ask_count(found) : 0);
}

/* What the answer lacks. */
static void
warn_of_lacks(const struct plan *p, const struct detection *found,
	      const struct goal *goal, const struct few *few)
{
	lacks_warn(p, found, goal->fleet, few == NULL);
	if (goal->workloads != NULL)
		workloads_warn(p->call, goal->workloads);
}

/* few: of those alone, or NULL. */
static enum err_code
collect(const struct collector *c, const struct detection *found,
	const struct few *few, const struct plan_need *need, struct call *call,
	const struct goal *goal, struct err *e)
{
	/* Of a few series is not remembered what is known of all. */
	struct memory *memory = few == NULL ? c->memory : NULL;
	const struct plan_context context = {.found = found,
					     .memory = memory,
					     .max_series = c->max_series,
					     .part = few_part(few),
					     .more_questions =
						 count_more(found, goal)};
	struct more more = {.workloads = {.plan = NULL}};
	struct plan plan;
	enum err_code code =
	    plan_init(&plan, &context, need, call, &goal->fleet->texts, e);

	goal->fleet->second_hand = site_second_hand(found);
	if (code == ERR_OK)
		code = ask_for_more(&plan, &more, goal, e);
	if (code == ERR_OK) {
		if (found->count == 0)
			detect_warn_of_nothing(c->detector, call);
		call_start(call, &plan.ask, c->pool);
		code = take_all(
		    &plan, &more, goal,
		    goal->workloads == NULL ? memory_repeats(memory) : NULL, e);
		if (code == ERR_OK && plan.query_count == 0 && found->count > 0)
			code = ask_anything(c, call, e);
	}
	if (code == ERR_OK)
		warn_of_lacks(&plan, found, goal, few);
	workloads_fini(&more.workloads);
	plan_fini(&plan);
	return code;
}

/* What was collected is not what is needed. */
static void
start_again(struct call *call, const struct goal *goal, size_t warning_count)
{
	call->warning_count = warning_count;
	goal_start_again(goal, call->arena);
}

/*
 * Who is known to be there, and is not, may be told of elsewhere by now: where
 * it went, or that it is missing, the whole tells. It also tells which metrics
 * fail, and what can be told without them: few are asked for several at once.
 */
static bool
is_enough(const struct few *few, const struct detection *found,
	  const struct fleet *fleet, enum err_code code)
{
	return code == ERR_OK ? few_are_there(few, found, fleet)
			      : code != ERR_PROM;
}

/* Not in the processes' own fleet: there a card would have what no exporter of
 * processes tells of it. */
static enum err_code
call_roll(const struct collector *c, const struct detection *found,
	  const struct few *few, struct call *call, bool *is_done,
	  struct err *e)
{
	static const struct plan_need need = {.roll_call = true};
	size_t warning_count = call->warning_count;
	struct fleet fleet;
	const struct goal goal = {.fleet = &fleet};
	enum err_code code;

	fleet_init(&fleet, call->arena);
	code = collect(c, found, few, &need, call, &goal, e);
	*is_done = is_enough(few, found, &fleet, code);
	fleet_fini(&fleet);
	call->warning_count = warning_count;
	return code;
}

/* What they have no processes on tells nothing of the cards: so these are
 * looked for first. */
static enum err_code
collect_processes_of(const struct collector *c, const struct detection *found,
		     const struct few *few, const struct plan_need *need,
		     struct call *call, const struct goal *goal, bool *is_done,
		     struct err *e)
{
	enum err_code code = call_roll(c, found, few, call, is_done, e);

	if (code == ERR_OK && *is_done) {
		code = collect(c, found, few, need, call, goal, e);
		*is_done = code != ERR_PROM;
	}
	return code;
}

static enum err_code
collect_cards_of(const struct collector *c, const struct detection *found,
		 const struct few *few, const struct plan_need *need,
		 struct call *call, const struct goal *goal, bool *is_done,
		 struct err *e)
{
	enum err_code code = collect(c, found, few, need, call, goal, e);

	*is_done = is_enough(few, found, goal->fleet, code);
	return code;
}

/* Of those alone who have the names, if that is known to be all that is needed:
 * *is_done. */
static enum err_code
collect_few(const struct collector *c, const struct detection *found,
	    const struct plan_need *need, struct call *call,
	    const struct goal *goal, bool *is_done, struct err *e)
{
	size_t warning_count = call->warning_count;
	const struct few *few = NULL;
	enum err_code code = ERR_OK;

	if (need->names != NULL)
		code =
		    few_find(need->names,
			     need->processes ? FEW_OF_PROCESSES : FEW_OF_CARDS,
			     found, call->arena, &few, e);
	*is_done = code != ERR_OK;
	if (few == NULL)
		return code;
	code = (need->processes ? collect_processes_of : collect_cards_of)(
	    c, found, few, need, call, goal, is_done, e);
	if (!*is_done)
		start_again(call, goal, warning_count);
	return code;
}

static enum err_code
collect_all(const struct collector *c, const struct detection *found,
	    const struct plan_need *need, struct call *call,
	    const struct goal *goal, struct err *e)
{
	size_t warning_count = call->warning_count;
	enum err_code code = collect(c, found, NULL, need, call, goal, e);

	if (code != ERR_OK || need->processes || need->workloads)
		return code;
	memory_note_copies(c->memory, goal->fleet->has_copies);
	if (need->of_copies == NULL || !goal->fleet->has_copies)
		return ERR_OK;
	start_again(call, goal, warning_count);
	return collect(c, found, NULL, need->of_copies, call, goal, e);
}

static enum err_code
run(const struct collector *c, const struct plan_need *need, struct call *call,
    const struct goal *goal, struct err *e)
{
	const struct detection *found;
	enum err_code code = detect_get(c->detector, call, &found, e);
	bool is_done;

	if (code != ERR_OK)
		return code;
	code = collect_few(c, found, need, call, goal, &is_done, e);
	if (!is_done)
		code = collect_all(c, found, need, call, goal, e);
	if (code == ERR_OK)
		fleet_close(goal->fleet);
	detect_release(found);
	return code;
}

enum err_code
collect_fleet(const struct collector *c, const struct plan_need *need,
	      struct call *call, struct fleet *out, struct err *e)
{
	const struct goal goal = {.fleet = out};

	fleet_init(out, call->arena);
	return run(c, need, call, &goal, e);
}

enum err_code
collect_processes(const struct collector *c, const struct few_names *names,
		  struct call *call, struct process_table *out, struct err *e)
{
	const struct plan_need need = {.processes = true,
				       .process_required =
					   FIELD_BIT(PROCESS_GPU_MEMORY),
				       .names = names};
	const struct goal goal = {.fleet = &out->fleet, .processes = out};

	process_init(out, call->arena);
	return run(c, &need, call, &goal, e);
}

enum err_code
collect_workloads(const struct collector *c, const struct plan_need *need,
		  struct call *call, struct workload_table *out, struct err *e)
{
	static const struct plan_need of_holders = {
	    .workloads = true,
	    .required =
		FIELD_BIT(FIELD_UTILIZATION) | FIELD_BIT(FIELD_MEMORY_USED),
	    .optional = FIELD_BIT(FIELD_POWER_DRAW)};
	static const struct plan_need of_free = {
	    .workloads = true,
	    .required = FIELD_BIT(FIELD_UTILIZATION) |
			FIELD_BIT(FIELD_MEMORY_USED) |
			FIELD_BIT(FIELD_MEMORY_TOTAL) |
			FIELD_BIT(FIELD_MEMORY_FREE) | FIELD_BIT(FIELD_XID),
	    .optional = FIELD_BIT(FIELD_TEMPERATURE) |
			FIELD_BIT(FIELD_POWER_DRAW) |
			FIELD_BIT(FIELD_POWER_LIMIT)};
	const struct goal goal = {.fleet = &out->fleet, .workloads = out};

	workload_init(out, call->arena);
	out->idle = c->idle;
	if (need->idle_window_s > 0)
		out->idle.window_s = need->idle_window_s;
	out->capacity.is_needed = need->capacity;
	out->needs_measured = need->availability;
	out->xids = c->xids;
	return run(c, need->availability ? &of_free : &of_holders, call, &goal,
		   e);
}

enum err_code
collect_problems(const struct collector *c,
		 const struct problems_settings *settings, struct call *call,
		 struct problem_table *out, struct err *e)
{
	/* Memory and power are of nobody's problem: /detail tells of whoever
	 * has the GPU by this table. */
	static const struct plan_need need = {
	    .workloads = true,
	    .required = FIELD_BIT(FIELD_UTILIZATION),
	    .optional = FIELD_BIT(FIELD_TEMPERATURE) |
			FIELD_BIT(FIELD_MEMORY_TEMPERATURE) |
			FIELD_BIT(FIELD_MEMORY_USED) |
			FIELD_BIT(FIELD_POWER_DRAW)};
	const struct goal goal = {.fleet = &out->workloads.fleet,
				  .workloads = &out->workloads,
				  .problems = out,
				  .settings = settings};

	problem_init(out, call->arena);
	out->workloads.idle = c->idle;
	out->workloads.capacity.is_needed = true;
	return run(c, &need, call, &goal, e);
}
