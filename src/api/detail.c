#include <math.h>
#include <string.h>

#include "api/detail_history.h"
#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "gpu/collect/problems.h"
#include "gpu/fleet/neighbours.h"

/* What is told; rows of workloads and problems live as long as these. */
struct told {
	const struct fleet_gpu *card;
	struct neighbours neighbours;
	struct detail_history history;
	const struct problems *found; /* NULL: nobody knows */
	struct rows workloads, problems;
	const char *throttles[PROBLEM_KIND__MAX];
	size_t throttle_count;
	bool knows_throttles;
};

/* --- which card ----------------------------------------------------------- */

static const struct column *const names[] = {
    &gpu_column_uuid, &gpu_column_node_name, &gpu_column_gpu_index,
    &gpu_column_cluster};
enum { NAME_UUID, NAME_NODE, NAME_INDEX };

static void
describe_filters(struct column_list *list)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		column_add(list, names[i]);
}

static bool
names_one(const struct params *p, size_t column)
{
	for (size_t i = 0; i < p->filter_count; i++) {
		const struct params_filter *f = &p->filters[i];

		if (f->column != column)
			continue;
		return column == NAME_INDEX
			   ? f->min == f->max
			   : f->text_count == 1 &&
				 memchr(f->texts[0].text, '*',
					f->texts[0].length) == NULL;
	}
	return false;
}

static enum err_code
check(const struct params *p, struct err *e)
{
	if (names_one(p, NAME_UUID) ||
	    (names_one(p, NAME_NODE) && names_one(p, NAME_INDEX)))
		return ERR_OK;
	return err_set(e, ERR_QUERY,
		       "Which GPU is not said: /api/v1/gpu/detail takes one "
		       "\"uuid\", or one \"node_name\" and one \"gpu_index\", "
		       "without *");
}

static const struct fleet_gpu *
gpu_of(const void *row)
{
	return row;
}

/* The card, or that of the instance, which has the name; several have one where
 * clusters do. */
static enum err_code
find_card(const struct params *p, const struct fleet *fleet,
	  const struct fleet_gpu **out, struct err *e)
{
	const struct rows rows = {.fleet = fleet, .gpu_of = gpu_of};
	struct column_list list = {.count = 0};

	*out = NULL;
	describe_filters(&list);
	for (size_t i = 0; i < fleet->count; i++) {
		const struct fleet_gpu *card = fleet_card(fleet->sorted[i]);

		if (card == *out ||
		    (!table_passes(&rows, fleet->sorted[i], &list, p) &&
		     !table_passes(&rows, card, &list, p)))
			continue;
		if (*out != NULL)
			return err_set(e, ERR_QUERY,
				       "Several GPUs have that name: "
				       "\"cluster\" tells them apart");
		*out = card;
	}
	return *out != NULL ? ERR_OK
			    : err_set(e, ERR_NOT_FOUND,
				      "No exporter tells of such a GPU");
}

/* --- the same card elsewhere ---------------------------------------------- */

/* In another fleet, of a moment before. */
static bool
is_same_card(const struct fleet *f, const struct fleet_gpu *card,
	     const struct fleet *other, const struct fleet_gpu *gpu)
{
	const struct fleet_gpu *its = fleet_card(gpu);
	const struct intern_string *uuid =
				       fleet_text(f, fleet_told_uuid(f, card)),
				   *same = fleet_text(
				       other, fleet_told_uuid(other, its));

	if (!intern_is_same(fleet_text(f, card->cluster),
			    fleet_text(other, its->cluster)))
		return false;
	if (uuid != NULL && same != NULL)
		return intern_is_same(uuid, same);
	return card->index != FLEET_UNKNOWN && card->index == its->index &&
	       intern_is_same(fleet_text(f, card->node),
			      fleet_text(other, its->node));
}

static enum err_code
list_workloads(struct endpoint_call *call, const struct fleet *fleet,
	       struct told *t, struct err *e)
{
	const struct workload_table *table = &t->found->table.workloads;
	const struct rows all = {.fleet = &table->fleet,
				 .list = (const void **)table->sorted,
				 .count = table->count};

	t->workloads = all;
	t->workloads.count = 0;
	t->workloads.gpu_of = endpoint_workloads_gpu_of;
	t->workloads.list = arena_alloc(
	    call->collect.arena, table->count * sizeof(*t->workloads.list));
	if (t->workloads.list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < table->count; i++)
		if (table->sorted[i]->shared_by > 0 &&
		    is_same_card(fleet, t->card, &table->fleet,
				 table->sorted[i]->gpu))
			t->workloads.list[t->workloads.count++] =
			    table->sorted[i];
	return ERR_OK;
}

/* Of what slows it down. */
static bool
is_throttle(enum problem_kind kind)
{
	return kind == PROBLEM_THERMAL_SLOWDOWN ||
	       kind == PROBLEM_POWER_BRAKE || kind == PROBLEM_POWER_CAPPED;
}

static enum err_code
list_problems(struct endpoint_call *call, const struct fleet *fleet,
	      struct told *t, struct err *e)
{
	const struct problem_table *table = &t->found->table;

	t->problems = (struct rows){
	    .fleet = &table->workloads.fleet,
	    .gpu_of = endpoint_problems_gpu_of,
	    .list = arena_alloc(call->collect.arena,
				table->count * sizeof(*t->problems.list))};
	if (t->problems.list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < table->count; i++) {
		const struct problem *p = table->sorted[i];

		if (p->is_of_node ||
		    !is_same_card(fleet, t->card, t->problems.fleet, p->gpu))
			continue;
		t->problems.list[t->problems.count++] = p;
		if (is_throttle(p->kind) &&
		    t->throttle_count < PROBLEM_KIND__MAX)
			t->throttles[t->throttle_count++] =
			    problem_kinds[p->kind].name;
	}
	return ERR_OK;
}

/* Whether the card's exporter tells what slows cards down. */
static bool
tells_throttles(const struct collector *c, const struct fleet_gpu *card)
{
	const struct detection *found = detect_current(c->detector);
	bool tells = false;

	for (size_t i = 0; found != NULL && i < found->count; i++) {
		const struct profile *p = found->profiles[i];

		if (strcmp(p->name, card->exporter) != 0)
			continue;
		for (size_t m = 0; m < p->metric_count; m++)
			tells |= p->metrics[m].kind == PROFILE_PROBLEM &&
				 is_throttle(
				     p->problems[p->metrics[m].field].kind) &&
				 (found->series[i] == NULL ||
				  found->series[i][m] > 0);
	}
	detect_release(found);
	return tells;
}

/* Whoever finds out what is wrong knows who has it, too. */
static enum err_code
find_problems(struct endpoint_call *call, const struct fleet *fleet,
	      struct told *t, struct err *e)
{
	enum err_code code = problems_try(
	    call->collector, &call->collect,
	    "Who has it and what is wrong with it is not known", &t->found, e);

	if (code != ERR_OK || t->found == NULL)
		return code;
	t->knows_throttles = tells_throttles(call->collector, t->card);
	for (size_t i = 0; i < t->found->warning_count; i++)
		call_warn(&call->collect, "%s", t->found->warnings[i]);
	if (list_workloads(call, fleet, t, e) != ERR_OK)
		return e->code;
	return list_problems(call, fleet, t, e);
}

/* --- members -------------------------------------------------------------- */

static struct cell
get_instance_count(const struct rows *rows, const void *row,
		   const struct column *c)
{
	const struct fleet_gpu *card = row;
	int64_t count = 0;

	(void)rows, (void)c;
	for (const struct fleet_gpu *part = card->instances; part != NULL;
	     part = part->next_instance)
		count++;
	return (struct cell){.integer = count};
}

static void
write_throttles(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	if (!t->knows_throttles) {
		json_null(j);
		return;
	}
	json_open_array(j);
	for (size_t i = 0; i < t->throttle_count; i++)
		json_text(j, t->throttles[i]);
	json_close_array(j);
}

/* All that may be told is among them. */
static void
write_value(struct json *j, const char *key, enum unit unit, double value)
{
	json_key(j, key);
	json_decimal(j, value * unit_table[unit].factor,
		     unit_table[unit].decimals);
}

static void
write_neighbours(struct json *j, const struct member *m, const void *object)
{
	const struct neighbours *n = &((const struct told *)object)->neighbours;

	(void)m;
	json_open_object(j);
	json_key(j, "gpu_count");
	json_integer(j, (int64_t)n->gpu_count);
	for (int i = 0; i < FIELD__MAX; i++) {
		const struct field_info *info = &field_table[i];

		if ((FIELDS_TOLD & FIELD_BIT(i)) == 0 || i == FIELD_XID)
			continue;
		json_key(j, info->key);
		json_open_object(j);
		write_value(j, "min", info->unit, n->of[i].min);
		write_value(j, "median", info->unit, n->of[i].median);
		write_value(j, "max", info->unit, n->of[i].max);
		json_close_object(j);
	}
	json_close_object(j);
}

static void
write_rows(struct json *j, const struct told *t, const struct endpoint *of,
	   const struct rows *rows)
{
	struct column_list list = {.count = 0};

	if (t->found == NULL) {
		json_null(j);
		return;
	}
	of->describe(&list);
	table_write_json(rows, &list, column_all(&list), j);
}

static void
write_workloads(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	write_rows(j, t, &endpoint_workloads, &t->workloads);
}

static void
write_problems(struct json *j, const struct member *m, const void *object)
{
	const struct told *t = object;

	(void)m;
	write_rows(j, t, &endpoint_problems, &t->problems);
}

static void
write_history(struct json *j, const struct member *m, const void *object)
{
	const struct detail_history *h =
	    &((const struct told *)object)->history;

	(void)m;
	if (!h->is_known) {
		json_null(j);
		return;
	}
	json_open_object(j);
	json_key(j, "start");
	json_time(j, (double)h->timeline.start_s);
	json_key(j, "end");
	json_time(j, (double)h->timeline.end_s);
	json_key(j, "step_s");
	json_integer(j, h->timeline.step_s);
	for (size_t i = 0; i < DETAIL_HISTORIES; i++) {
		const struct field_info *info =
		    &field_table[detail_history_fields[i]];

		json_key(j, info->key);
		json_open_object(j);
		write_value(j, "min", info->unit, h->of[i].min);
		write_value(j, "avg", info->unit, h->of[i].avg);
		write_value(j, "max", info->unit, h->of[i].max);
		write_value(j, "last", info->unit, h->of[i].last);
		json_close_object(j);
	}
	json_close_object(j);
}

#define REFERENCE(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define ROWS(name)	"\"type\":[\"array\",\"null\"],\"items\":" REFERENCE(name)

static const struct member larger[] = {
    {.column = {.name = "throttle_reasons",
		.sentence = "What slows it down, as kinds of problems; null if "
			    "its exporter does not tell."},
     .write = write_throttles,
     .schema = "\"type\":[\"array\",\"null\"],\"items\":{\"type\":"
	       "\"string\"}"},
    {.column = {.name = "neighbours",
		.sentence = "The other GPUs of its node: how many, and of each "
			    "field min, median and max."},
     .write = write_neighbours,
     .schema = "\"type\":\"object\",\"properties\":{\"gpu_count\":{\"type\":"
	       "\"integer\",\"minimum\":0}},\"required\":[\"gpu_count\"],"
	       "\"additionalProperties\":" REFERENCE("GpuDetailSpan")},
    {.column = {.name = "workloads",
		.sentence = "Who has it, as rows of /api/v1/gpu/workloads."},
     .write = write_workloads,
     .schema = ROWS("GpuWorkloadsRow")},
    {.column = {.name = "problems",
		.sentence = "What is wrong with it, as rows of "
			    "/api/v1/gpu/problems."},
     .write = write_problems,
     .schema = ROWS("GpuProblemsRow")},
    {.column = {.name = "history",
		.sentence = "The last hour: of some fields min, avg, max and "
			    "last."},
     .write = write_history,
     .schema = "\"type\":[\"object\",\"null\"],\"properties\":{\"start\":"
	       "{\"type\":\"string\",\"format\":\"date-time\"},\"end\":"
	       "{\"type\":\"string\",\"format\":\"date-time\"},\"step_s\":"
	       "{\"type\":\"integer\",\"minimum\":1}},\"required\":[\"start\","
	       "\"end\",\"step_s\"],\"additionalProperties\":" REFERENCE(
		   "GpuDetailStatistics")}};

static void
describe(struct member_list *list)
{
	static const struct column instances = {
	    .name = "mig_instance_count",
	    .type = COLUMN_INTEGER,
	    .sentence = "How many instances it is split into; 0: it is whole.",
	    .get = get_instance_count};
	static const struct column *const identity[] = {
	    &gpu_column_node_name, &gpu_column_gpu_index,
	    &gpu_column_gpu_name,  &gpu_column_vendor,
	    &gpu_column_uuid,	   &gpu_column_cluster,
	    &gpu_column_exporter,  &instances};
	struct column_list fields = {.count = 0};

	for (size_t i = 0; i < sizeof(identity) / sizeof(*identity); i++)
		member_add_column(list, identity[i]);
	gpu_columns_add_fields(&fields, 0, FIELD_MEMORY_RESERVED);
	for (size_t i = 0; i < fields.count; i++)
		member_add_column(list, &fields.columns[i]);
	for (size_t i = 0; i < sizeof(larger) / sizeof(*larger); i++)
		member_add(list, &larger[i]);
	member_add_column(list, &gpu_column_measured_at);
	member_add_column(list, &gpu_column_timestamp);
}

/* --- the object ----------------------------------------------------------- */

static enum err_code
find_out(struct endpoint_call *call, const struct fleet *fleet, struct told *t,
	 struct err *e)
{
	enum err_code code = neighbours_find(
	    fleet, t->card, call->collect.arena, &t->neighbours, e);

	if (code == ERR_OK)
		code = find_problems(call, fleet, t, e);
	return code == ERR_OK ? detail_history_collect(call, fleet, t->card,
						       &t->history, e)
			      : code;
}

static enum err_code
write_object(struct endpoint_call *call, const struct snapshot *snapshot,
	     struct json *j, struct err *e)
{
	const struct fleet *fleet = &snapshot->fleet;
	const struct rows rows = {.fleet = fleet, .gpu_of = gpu_of};
	struct member_list members = {.count = 0};
	struct told told = {.found = NULL};
	enum err_code code = find_card(call->params, fleet, &told.card, e);

	if (code == ERR_OK)
		code = find_out(call, fleet, &told, e);
	if (code == ERR_OK) {
		describe(&members);
		member_write_all(&members, &rows, told.card, &told, j);
	}
	problems_release(told.found);
	return code;
}

static const char *const dependent[] = {"uuid", "node_name", "gpu_index",
					"cluster", NULL};

const struct endpoint endpoint_detail = {
    .path = "/api/v1/gpu/detail",
    .operation = "getGpuDetail",
    .sentence = "One GPU: all readings, its neighbours, who has it, what is "
		"wrong with it, and its last hour.",
    .message = "GPU detail retrieved successfully",
    .failure = "Failed to retrieve the GPU",
    .is_shared = true,
    .is_cacheable = true,
    .is_slow = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional = FIELDS_TOLD},
    .describe_filters = describe_filters,
    .dependent = dependent,
    .example = "node_name=node-1&gpu_index=0",
    .check = check,
    .describe_object = describe,
    .write_object = write_object,
};
