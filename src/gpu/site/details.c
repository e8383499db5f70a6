#include "gpu/site/details.h"

#include <string.h>

#include "base/buf.h"
#include "gpu/profile/terms.h"
#include "gpu/site/coverage.h"
#include "gpu/site/inventory.h"
#include "prom/promql.h"

/* A selector of what the exporters that were found are known by. */
static enum err_code
add_match_selector(struct buf *out, const struct detection *found,
		   struct arena *arena, struct err *e)
{
	size_t capacity = found->count * PROFILE_MATCH_METRICS_MAX, count = 0;
	const char **metrics = arena_alloc(arena, capacity * sizeof(*metrics));

	if (metrics == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < found->count; i++)
		for (size_t m = 0; m < found->profiles[i]->match_metric_count;
		     m++)
			metrics[count++] = found->profiles[i]->match_metrics[m];
	promql_add_selector(out, metrics, count,
			    profile_matchers(found->profiles[0]));
	return ERR_OK;
}

/* Asks nothing if there are too many exporters for one query. */
static enum err_code
ask_nodes(struct ask *a, const struct detection *found, struct call *call,
	  struct err *e)
{
	struct element_label *labels =
	    arena_alloc(call->arena, NODEMAP_LABELS_MAX * sizeof(*labels));
	struct buf selector, query;
	enum err_code code;

	if (labels == NULL)
		return err_set_memory(e);
	buf_init(&selector, ASK_QUERY_MAX_BYTES);
	buf_init(&query, ASK_QUERY_MAX_BYTES);
	code = add_match_selector(&selector, found, call->arena, e);
	buf_append(&selector, "", 1);
	if (code == ERR_OK && buf_status(&selector) == ERR_OK)
		nodemap_add_query(&query, selector.data, found->profiles[0]);
	if (code == ERR_OK && (buf_status(&selector) == ERR_MEMORY ||
			       buf_status(&query) == ERR_MEMORY))
		code = err_set_memory(e);
	if (code == ERR_OK && buf_status(&selector) == ERR_OK &&
	    buf_status(&query) == ERR_OK)
		code = ask_add(a, &query, labels,
			       nodemap_labels(found->profiles[0], labels),
			       NODEMAP_SLOT_COUNT, e);
	buf_fini(&selector);
	buf_fini(&query);
	return code;
}

/* What was known before of that exporter's; NULL: nothing. */
static const uint64_t *
older_inventory(const struct details_goal *goal, size_t rank)
{
	const struct detection *older = goal->older;
	size_t place =
	    older != NULL ? site_find(older, goal->found->profiles[rank]) : 0;

	return older != NULL && place < older->count ? older->series[place]
						     : NULL;
}

/* What is asked of one exporter besides its inventory. */
struct questions {
	struct roster_question targets;
	struct coverage_question coverage;
};

/* Its questions, in their order: inventories, nodes, targets, coverage. */
static enum err_code
ask_all(struct ask *a, const struct details_goal *goal, struct call *call,
	struct questions *of_each, struct err *e)
{
	const struct detection *found = goal->found;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < found->count; i++)
		code = inventory_ask(a, found->profiles[i], e);
	if (code == ERR_OK)
		code = ask_nodes(a, found, call, e);
	for (size_t i = 0; code == ERR_OK && i < found->count; i++)
		code = roster_ask(
		    a, found->profiles[i], older_inventory(goal, i),
		    &goal->roster->exporters[i], &of_each[i].targets, e);
	for (size_t i = 0; code == ERR_OK && i < found->count; i++)
		code = coverage_ask(a, found->profiles[i], &of_each[i].coverage,
				    e);
	return code;
}

/* Without an answer there is what there was. */
static enum err_code
keep_inventory(struct details_goal *goal, size_t rank, struct err *e)
{
	const uint64_t *older = older_inventory(goal, rank);
	size_t bytes =
	    goal->found->profiles[rank]->metric_count * sizeof(*older);
	uint64_t *copy;

	if (older == NULL)
		return ERR_OK;
	copy = arena_alloc(goal->arena, bytes);
	if (copy == NULL)
		return err_set_memory(e);
	memcpy(copy, older, bytes);
	goal->found->series[rank] = copy;
	return ERR_OK;
}

static enum err_code
read_inventory(struct call *call, struct ask *a, size_t rank,
	       struct details_goal *goal, struct err *e)
{
	const struct profile *p = goal->found->profiles[rank];
	uint64_t *series;

	if (call_await(call, a, rank)->code != ERR_OK)
		return keep_inventory(goal, rank, e);
	series = arena_alloc(goal->arena, p->metric_count * sizeof(*series));
	if (series == NULL)
		return err_set_memory(e);
	inventory_read(&a->questions[rank].vector, p, ask_is_partial(a, rank),
		       series);
	call_take_warnings(call, a, rank);
	goal->found->series[rank] = series;
	return ERR_OK;
}

/* There is no question if there are too many exporters for one. */
static enum err_code
read_nodes(struct call *call, struct ask *a, size_t number,
	   struct details_goal *goal, struct err *e)
{
	goal->nodes_outcome = *call_await(call, a, number);
	if (goal->nodes_outcome.code != ERR_OK)
		return ERR_OK;
	call_take_warnings(call, a, number);
	return nodemap_add(goal->nodes, &a->questions[number].vector, e);
}

static enum err_code
read_targets(struct call *call, struct ask *a, size_t rank,
	     const struct roster_question *q, struct details_goal *goal,
	     struct err *e)
{
	if (call_await(call, a, q->number)->code != ERR_OK)
		return ERR_OK;
	call_take_warnings(call, a, q->number);
	for (size_t i = q->number + 1; i < q->first_scale; i++)
		call_await(call, a, i);
	return roster_read(a, goal->found->profiles[rank], q, goal->arena,
			   &goal->roster->exporters[rank], e);
}

/* What does not answer tells nothing; what was seen before stays seen. */
static enum err_code
read_scales(struct call *call, struct ask *a, const struct roster_question *q,
	    struct scales *scales, struct err *e)
{
	enum err_code code = ERR_OK;
	size_t answered = 0;

	for (size_t i = 0; code == ERR_OK && i < q->metric_count; i++) {
		size_t number = q->first_scale + i;

		if (call_await(call, a, number)->code != ERR_OK)
			continue;
		code = scales_read(scales, &a->questions[number].vector,
				   q->metrics[i], e);
		answered++;
	}
	if (q->metric_count > 0 && answered == q->metric_count)
		scales->look_count++;
	return code;
}

/* What was seen of the exporters before. */
static enum err_code
add_older(const struct details_goal *goal, struct err *e)
{
	const struct detection *older = goal->older;
	enum err_code code = ERR_OK;

	for (size_t i = 0;
	     older != NULL && code == ERR_OK && i < goal->found->count; i++) {
		const struct scales *seen = roster_scales(
		    older->roster, site_find(older, goal->found->profiles[i]));

		if (seen != NULL)
			code = scales_add(&goal->roster->exporters[i].scales,
					  seen, e);
	}
	return code;
}

static void
read_coverage(struct call *call, struct ask *a, size_t rank,
	      const struct coverage_question *q, struct details_goal *goal)
{
	struct detection *found = goal->found;
	struct coverage *out = &found->coverage[rank];

	*out = coverage_read(call, a, found->profiles[rank], q,
			     found->series[rank]);
	if (out->outcome == ERR_OK)
		out->outcome = a->jobs[rank].query.err.code;
}

static enum err_code
read_all(struct call *call, struct ask *a, const struct questions *of_each,
	 struct details_goal *goal, struct err *e)
{
	size_t count = goal->found->count;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = read_inventory(call, a, i, goal, e);
	if (code == ERR_OK && of_each[0].targets.number > count)
		code = read_nodes(call, a, count, goal, e);
	for (size_t i = 0; code == ERR_OK && i < count; i++) {
		code = read_targets(call, a, i, &of_each[i].targets, goal, e);
		/* The largest of the answers: keep the peak low. */
		ask_drop(a, of_each[i].targets.number);
		if (code == ERR_OK)
			code =
			    read_scales(call, a, &of_each[i].targets,
					&goal->roster->exporters[i].scales, e);
	}
	for (size_t i = 0; code == ERR_OK && i < count; i++)
		read_coverage(call, a, i, &of_each[i].coverage, goal);
	return code;
}

/* What it has is found out once it is back: till then all may be there. */
static void
forget_inventories(struct detection *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->is_silent[i]) {
			found->series[i] = NULL;
			found->coverage[i].is_known = false;
		}
}

static void
find_cards(struct details_goal *goal, struct call *call)
{
	struct detection *found = goal->found;

	if (goal->survey != NULL)
		goal->survey(goal->survey_context, goal, call,
			     &goal->cards_outcome);
	for (size_t i = 0; i < found->count; i++) {
		size_t cards = cards_count(&goal->roster->cards, i);

		if (cards > 0)
			found->gpu_counts[i] = cards;
	}
}

enum err_code
details_find(struct details_goal *goal, struct pool *pool, size_t max_series,
	     struct call *call, struct err *e)
{
	size_t count = goal->found->count;
	struct questions *of_each =
	    arena_alloc(call->arena, count * sizeof(*of_each));
	struct intern strings;
	struct ask ask;
	enum err_code code;

	goal->nodes_outcome = goal->cards_outcome =
	    (struct err){.code = ERR_OK};
	intern_init(&strings, call->arena->budget);
	code = call_ask(
	    call, &ask,
	    (1 + ROSTER_QUESTIONS_MAX + COVERAGE_QUESTIONS_MAX) * count + 1,
	    &strings, max_series, e);
	if (code == ERR_OK && of_each == NULL)
		code = err_set_memory(e);
	if (code == ERR_OK)
		code = roster_init(goal->roster, count, goal->arena, e);
	if (code == ERR_OK)
		code = add_older(goal, e);
	if (code == ERR_OK)
		code = ask_all(&ask, goal, call, of_each, e);
	if (code == ERR_OK) {
		call_start(call, &ask, pool);
		code = read_all(call, &ask, of_each, goal, e);
	}
	ask_fini(&ask);
	intern_fini(&strings);
	if (code == ERR_OK) {
		forget_inventories(goal->found);
		find_cards(goal, call);
	}
	return code;
}
