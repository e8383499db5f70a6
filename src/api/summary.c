#include "gpu/fleet/summary.h"

#include <stdio.h>
#include <string.h>

#include "api/available_doubts.h"
#include "api/endpoint.h"
#include "api/node_rows.h"
#include "api/summary_filters.h"
#include "gpu/collect/problems.h"

/* What is told; a row of a node that has all of the cards. */
struct told {
	struct node_row all;
	struct summary summary;
	size_t node_count;
	bool knows_held, knows_free, knows_problems;
	struct problem_count problems;
};

/* --- cells ---------------------------------------------------------------- */

enum count { NODES, GPUS, INSTANCES, BUSY, IDLE, UNKNOWN, HELD, FREE, COUNTS };

static bool
is_known(const struct told *t, int count)
{
	return (count != HELD || t->knows_held) &&
	       (count != FREE || t->knows_free);
}

static struct cell
get_count(const struct rows *rows, const void *row, const struct column *c)
{
	const struct told *t = row;
	const struct summary *s = &t->summary;
	const size_t counts[COUNTS] = {[NODES] = t->node_count,
				       [GPUS] = s->gpu_count,
				       [INSTANCES] = s->mig_instance_count,
				       [BUSY] = s->busy_count,
				       [IDLE] = s->idle_count,
				       [UNKNOWN] = s->unknown_count,
				       [HELD] = s->held_count,
				       [FREE] = s->free_count};

	(void)rows;
	return is_known(t, c->of)
		   ? (struct cell){.integer = (int64_t)counts[c->of]}
		   : cell_null();
}

static struct cell
get_power_limit(const struct rows *rows, const void *row,
		const struct column *c)
{
	const struct told *t = row;

	(void)rows;
	return cell_value(c->unit, t->summary.power_limit);
}

/* --- what is larger ------------------------------------------------------- */

static void
write_parts(struct json *j, const char *key, const struct summary_parts *parts)
{
	json_open_array(j);
	for (size_t i = 0; i < parts->count; i++) {
		const struct summary_part *part = &parts->list[i];

		json_open_object(j);
		json_key(j, key);
		if (part->text != NULL)
			json_text_of(j, part->text, part->length);
		else
			json_null(j);
		json_key(j, "gpu_count");
		json_integer(j, (int64_t)part->gpu_count);
		json_close_object(j);
	}
	json_close_array(j);
}

static void
write_models(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	write_parts(j, "gpu_name", &t->summary.models);
}

static void
write_vendors(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	write_parts(j, "vendor", &t->summary.vendors);
}

static void
write_exporters(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	write_parts(j, "exporter", &t->summary.exporters);
}

static void
write_fits(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	if (!t->knows_free) {
		json_null(j);
		return;
	}
	json_open_object(j);
	for (int i = 0; i < AVAILABLE_FITS; i++) {
		char key[8];

		snprintf(key, sizeof(key), "%zu", available_fit_sizes[i]);
		json_key(j, key);
		json_integer(j, (int64_t)t->summary.fits[i]);
	}
	json_close_object(j);
}

static void
write_problems(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	if (!t->knows_problems) {
		json_null(j);
		return;
	}
	json_open_object(j);
	for (int i = 0; i < PROBLEM_SEVERITY__MAX; i++) {
		json_key(j, problem_severities[i]);
		json_integer(j, (int64_t)t->problems.of[i]);
	}
	json_close_object(j);
}

/* --- members -------------------------------------------------------------- */

#define COUNT(text, number, what)                                              \
	{.name = (text),                                                       \
	 .type = COLUMN_INTEGER,                                               \
	 .is_nullable = (number) == HELD || (number) == FREE,                  \
	 .of = (number),                                                       \
	 .sentence = (what),                                                   \
	 .get = get_count}
#define PARTS(text, key, type, what, function)                                 \
	{.column = {.name = (text), .sentence = (what)},                       \
	 .write = (function),                                                  \
	 .schema =                                                             \
	     "\"type\":\"array\",\"items\":{\"type\":\"object\","              \
	     "\"additionalProperties\":false,\"required\":[\"" key             \
	     "\",\"gpu_count\"],\"properties\":{\"" key "\":{\"type\":" type   \
	     "},\"gpu_count\":{\"type\":\"integer\",\"minimum\":1}}}"}
#define COUNTED "{\"type\":\"integer\",\"minimum\":0}"

static const struct column counts_of_all[] = {
    COUNT("node_count", NODES, "How many nodes there are."),
    COUNT("gpu_count", GPUS, "How many GPUs there are: cards, split or not."),
    COUNT("mig_instance_count", INSTANCES,
	  "How many instances the split ones have.")};

static const struct member parts[] = {
    PARTS("gpu_models", "gpu_name", "[\"string\",\"null\"]",
	  "How many there are of each model.", write_models),
    PARTS("vendors", "vendor", "[\"string\",\"null\"]",
	  "How many there are of each vendor.", write_vendors),
    PARTS("exporters", "exporter", "\"string\"",
	  "Of how many each exporter tells; of those that report a GPU, the "
	  "first in the order of their profiles.",
	  write_exporters)};

static const struct column counts_of_use[] = {
    COUNT("busy_gpu_count", BUSY,
	  "How many are as busy as IDLE_UTILIZATION, or more, now."),
    COUNT("idle_gpu_count", IDLE, "How many are less busy."),
    COUNT("unknown_gpu_count", UNKNOWN,
	  "Of how many nobody measured how busy they are."),
    COUNT("held_gpu_count", HELD,
	  "How many a workload has, or a part of them; null if that is not "
	  "known of each."),
    COUNT("free_gpu_count", FREE,
	  "How many whole ones are free, as /api/v1/gpu/available has it; null "
	  "if nobody tells who has any.")};

static const struct member fits = {
    .column = {.name = "fits",
	       .sentence =
		   "How many jobs would fit that take 1, 2, 4 or 8 GPUs of one "
		   "model on one node, if there were no others; null as "
		   "free_gpu_count."},
    .write = write_fits,
    .schema = "\"type\":[\"object\",\"null\"],\"additionalProperties\":false,"
	      "\"required\":[\"1\",\"2\",\"4\",\"8\"],\"properties\":{"
	      "\"1\":" COUNTED ",\"2\":" COUNTED ",\"4\":" COUNTED
	      ",\"8\":" COUNTED "}"};

static const struct member problems = {
    .column = {.name = "problem_count",
	       .sentence =
		   "How many problems /api/v1/gpu/problems has of them, by "
		   "severity; null if that could not be found out."},
    .write = write_problems,
    .schema = "\"type\":[\"object\",\"null\"],\"additionalProperties\":false,"
	      "\"required\":[\"critical\",\"warning\",\"info\"],"
	      "\"properties\":{\"critical\":" COUNTED ",\"warning\":" COUNTED
	      ",\"info\":" COUNTED "}"};

static const struct column power_limit = {
    .name = "power_limit",
    .type = COLUMN_DECIMAL,
    .unit = UNIT_WATTS,
    .is_nullable = true,
    .sentence = "Power that those may draw of which is told what they draw.",
    .get = get_power_limit};

/* What is told of a node, of all of them. */
static void
add_of_nodes(struct member_list *list, const char *name, const char *sentence)
{
	struct column_list nodes = {.count = 0};
	struct column column;

	node_rows_describe(&nodes);
	column = nodes.columns[column_find(&nodes, name, strlen(name))];
	column.sentence = sentence;
	column.is_nullable = true;
	member_add_column(list, &column);
}

static void
add_columns(struct member_list *list, const struct column *columns,
	    size_t count)
{
	for (size_t i = 0; i < count; i++)
		member_add_column(list, &columns[i]);
}
#define ADD_COLUMNS(list, columns)                                             \
	add_columns((list), (columns), sizeof(columns) / sizeof(*(columns)))

static void
describe(struct member_list *list)
{
	ADD_COLUMNS(list, counts_of_all);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		member_add(list, &parts[i]);
	add_of_nodes(list, "utilization_avg", "Average over the GPUs.");
	ADD_COLUMNS(list, counts_of_use);
	member_add(list, &fits);
	add_of_nodes(list, "memory_used", "Sum over the GPUs.");
	add_of_nodes(list, "memory_total", "Sum over the GPUs.");
	add_of_nodes(list, "memory_utilization", "Used of total memory.");
	add_of_nodes(list, "temperature_max", "The greatest of the GPUs.");
	add_of_nodes(list, "power_draw", "Sum over the GPUs.");
	member_add_column(list, &power_limit);
	member_add(list, &problems);
	add_of_nodes(list, "measured_at",
		     "When the oldest of the values was measured.");
	add_of_nodes(list, "timestamp",
		     "When Prometheus was asked, by its own clock; null if "
		     "there are no GPUs.");
}

/* --- which -----------------------------------------------------------------
 */

/* The cards of all nodes that pass, as of one; and those nodes. */
static enum err_code
choose(const struct summary_filters *f, struct arena *arena, struct rows *nodes,
       struct told *out, struct err *e)
{
	const struct node_rows_need need = {.fleet = f->cards.fleet,
					    .concerns =
						summary_filters_has_card,
					    .context = f};
	size_t count = 0;

	if (node_rows_list(&need, arena, nodes, e) != ERR_OK)
		return e->code;
	out->all.cards =
	    arena_alloc(arena, need.fleet->count * sizeof(*out->all.cards));
	if (out->all.cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node_row *node = nodes->list[i];

		if (!summary_filters_has_node(f, nodes, node))
			continue;
		nodes->list[count++] = node;
		memcpy(out->all.cards + out->all.count, node->cards,
		       node->count * sizeof(*node->cards));
		out->all.count += node->count;
	}
	out->node_count = nodes->count = count;
	return ERR_OK;
}

/* --- the object ----------------------------------------------------------- */

/* As /available has it without parameters. */
static struct available_need
need_of(const struct collector *collector)
{
	return (struct available_need){
	    .by = AVAILABLE_BY_MODEL,
	    .wants_idle = true,
	    .idle_utilization = collector->idle.utilization,
	    .needs_window = true,
	    .memory_used_max = collector->available_memory_used_bytes,
	    .count = 1};
}

static void
judge_holders(struct call *call, const struct available_need *need,
	      struct told *t)
{
	const struct summary *s = &t->summary;

	t->knows_held = s->maybe_held_count == 0;
	t->knows_free = t->knows_held || s->maybe_held_count < s->gpu_count;
	if (!t->knows_held)
		call_warn(call,
			  "GPUs of which it is not known whether a workload "
			  "has them: %zu; so it is not known how many are held",
			  s->maybe_held_count);
	if (t->knows_free)
		available_warn(call, &s->available, need);
}

static void
judge(struct call *call, const struct workload_table *table,
      const struct available_need *need, struct told *t)
{
	struct err failure = {.code = ERR_OK};

	if (available_check(table, need->needs_window, &failure) == ERR_OK)
		judge_holders(call, need, t);
	else
		call_warn(call,
			  "What is held and free is not known: a query for it "
			  "failed (%s)",
			  err_name(failure.code));
}

/* Of what is gone as well. */
static void
count_problems(struct call *call, const struct summary_filters *f,
	       const struct problems *found, struct told *t)
{
	struct summary_problems of;

	t->knows_problems = found != NULL;
	if (found == NULL)
		return;
	of = summary_filters_problems(f, &found->table.workloads.fleet);
	t->problems =
	    problem_count(&found->table, summary_filters_has_problem, &of);
	for (size_t i = 0; i < found->warning_count; i++)
		call_warn(call, "%s", found->warnings[i]);
}

static enum err_code
write_of(struct endpoint_call *call, const struct workload_table *table,
	 const struct problems *found, struct json *j, struct err *e)
{
	struct available_need need = need_of(call->collector);
	struct arena *arena = call->collect.arena;
	struct told told = {.node_count = 0};
	struct member_list members = {.count = 0};
	struct summary_filters filters;
	struct rows nodes = {.count = 0};
	struct summary_cards cards;

	summary_filters_read(call->params, &table->fleet, &filters);
	if (choose(&filters, arena, &nodes, &told, e) != ERR_OK)
		return e->code;
	summary_filters_choose(&filters, &nodes);
	cards = (struct summary_cards){told.all.cards, told.all.count};
	if (available_find_sick(call, found, &need, e) != ERR_OK ||
	    summary_make(table, &cards, &need, arena, &told.summary, e) !=
		ERR_OK)
		return e->code;
	judge(&call->collect, table, &need, &told);
	count_problems(&call->collect, &filters, found, &told);
	describe(&members);
	member_write_all(&members, &filters.cards, &told, &told, j);
	return ERR_OK;
}

static enum err_code
write_object(struct endpoint_call *call, const struct snapshot *snapshot,
	     struct json *j, struct err *e)
{
	const struct problems *found;
	enum err_code code = problems_try(
	    call->collector, &call->collect,
	    "How many problems there are is not known, nor of which GPUs a "
	    "critical one is told",
	    &found, e);

	if (code == ERR_OK)
		code = write_of(call, &snapshot->workloads, found, j, e);
	problems_release(found);
	return code;
}

const struct endpoint endpoint_summary = {
    .path = "/api/v1/gpu/summary",
    .operation = "getGpuSummary",
    .sentence = "All GPUs in one object: how many there are, of what, how busy "
		"they are, and how many are free.",
    .message = "GPU summary retrieved successfully",
    .failure = "Failed to retrieve the GPU summary",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.workloads = true, .capacity = true, .availability = true},
    .describe_filters = summary_filters_describe,
    .describe_object = describe,
    .write_object = write_object,
};
