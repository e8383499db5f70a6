#include "gpu/site/details.h"

#include "base/buf.h"
#include "gpu/profile/terms.h"
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
	struct buf selector, query;
	enum err_code code;

	buf_init(&selector, ASK_QUERY_MAX_BYTES);
	buf_init(&query, ASK_QUERY_MAX_BYTES);
	code = add_match_selector(&selector, found, call->arena, e);
	buf_append(&selector, "", 1);
	if (code == ERR_OK && buf_status(&selector) == ERR_OK)
		nodemap_add_query(&query, selector.data,
				  profile_matchers(found->profiles[0]));
	if (code == ERR_OK && (buf_status(&selector) == ERR_MEMORY ||
			       buf_status(&query) == ERR_MEMORY))
		code = err_set_memory(e);
	if (code == ERR_OK && buf_status(&selector) == ERR_OK &&
	    buf_status(&query) == ERR_OK)
		code = ask_add(a, &query, nodemap_labels, NODEMAP_LABEL_COUNT,
			       NODEMAP_SLOT_COUNT, e);
	buf_fini(&selector);
	buf_fini(&query);
	return code;
}

/* First the inventories, in the order of the profiles, then the nodes. */
static enum err_code
ask_all(struct ask *a, const struct detection *found, struct call *call,
	struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < found->count; i++)
		code = inventory_ask(a, found->profiles[i], e);
	return code == ERR_OK ? ask_nodes(a, found, call, e) : code;
}

static enum err_code
read_inventory(struct call *call, struct ask *a, size_t rank,
	       struct detection *found, struct arena *arena, struct err *e)
{
	const struct profile *p = found->profiles[rank];
	uint64_t *series;

	if (call_await(call, a, rank)->code != ERR_OK)
		return ERR_OK;
	series = arena_alloc(arena, p->metric_count * sizeof(*series));
	if (series == NULL)
		return err_set_memory(e);
	inventory_read(&a->questions[rank].vector, p, ask_is_partial(a, rank),
		       series);
	call_take_warnings(call, a, rank);
	found->series[rank] = series;
	return ERR_OK;
}

static enum err_code
read_nodes(struct call *call, struct ask *a, size_t number,
	   struct nodemap *nodes, struct err *outcome, struct err *e)
{
	if (number == a->count)
		return ERR_OK;
	*outcome = *call_await(call, a, number);
	if (outcome->code != ERR_OK)
		return ERR_OK;
	call_take_warnings(call, a, number);
	return nodemap_add(nodes, &a->questions[number].vector, e);
}

enum err_code
details_find(struct detection *found, struct pool *pool, size_t max_series,
	     struct call *call, struct arena *arena, struct nodemap *nodes,
	     struct err *nodes_outcome, struct err *e)
{
	struct intern strings;
	struct ask ask;
	enum err_code code;

	*nodes_outcome = (struct err){.code = ERR_OK};
	intern_init(&strings, call->arena->budget);
	code = call_ask(call, &ask, found->count + 1, &strings, max_series, e);
	if (code == ERR_OK)
		code = ask_all(&ask, found, call, e);
	if (code == ERR_OK)
		call_start(call, &ask, pool);
	for (size_t i = 0; code == ERR_OK && i < found->count; i++)
		code = read_inventory(call, &ask, i, found, arena, e);
	if (code == ERR_OK)
		code = read_nodes(call, &ask, found->count, nodes,
				  nodes_outcome, e);
	ask_fini(&ask);
	intern_fini(&strings);
	return code;
}
