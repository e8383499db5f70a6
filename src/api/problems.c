#include "gpu/collect/problems.h"
#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "api/gpu_rows.h"

/* --- cells ---------------------------------------------------------------- */

/* Of a column: which of a row's words. */
enum word {
	WORD_SEVERITY,
	WORD_KIND,
	WORD_UNIT,
	WORD_SUMMARY,
	WORD_ACTION,
	WORD_SOURCE,
	WORD_ALERT
};

static const char *
word_of(const struct problem *p, enum word word)
{
	switch (word) {
	case WORD_SEVERITY:
		return problem_severities[p->severity];
	case WORD_KIND:
		return problem_kinds[p->kind].name;
	case WORD_UNIT:
		return p->unit;
	case WORD_SUMMARY:
		return p->summary;
	case WORD_ACTION:
		return problem_actions[p->action];
	case WORD_SOURCE:
		return p->alert != NULL ? "prometheus" : "rules";
	default:
		return p->alert;
	}
}

static const char *
severity_word(size_t place)
{
	return problem_severities[place];
}

static const char *
kind_word(size_t place)
{
	return place < PROBLEM_KIND__MAX ? problem_kinds[place].name : NULL;
}

static const char *
action_word(size_t place)
{
	return problem_actions[place];
}

static const char *
source_word(size_t place)
{
	static const char *const words[] = {"rules", "prometheus", NULL};

	return words[place];
}

static struct cell
get_word(const struct rows *rows, const void *row, const struct column *c)
{
	(void)rows;
	return cell_text(word_of(row, (enum word)c->of));
}

static struct cell
get_namespace(const struct rows *rows, const void *row, const struct column *c)
{
	const struct problem *p = row;

	(void)c;
	return cell_fleet_text(rows->fleet, p->namespace);
}

static struct cell
get_pod(const struct rows *rows, const void *row, const struct column *c)
{
	const struct problem *p = row;

	(void)c;
	return cell_fleet_text(rows->fleet, p->pod);
}

static struct cell
get_since(const struct rows *rows, const void *row, const struct column *c)
{
	const struct problem *p = row;

	(void)rows, (void)c;
	return cell_time(p->since_s);
}

static struct cell
get_value(const struct rows *rows, const void *row, const struct column *c)
{
	const struct problem *p = row;

	(void)rows;
	return cell_value(c->unit, p->value);
}

static struct cell
get_threshold(const struct rows *rows, const void *row, const struct column *c)
{
	const struct problem *p = row;

	(void)rows;
	return cell_value(c->unit, p->threshold);
}

static struct cell
get_code(const struct rows *rows, const void *row, const struct column *c)
{
	const struct problem *p = row;

	(void)rows, (void)c;
	return cell_whole(p->code);
}

static struct cell
get_timestamp(const struct rows *rows, const void *row, const struct column *c)
{
	const struct problem *p = row;

	(void)rows, (void)c;
	return cell_time(p->timestamp_s);
}

/* --- columns -------------------------------------------------------------- */

#define WORD(text, which, words, nullable, what)                               \
	{.name = (text),                                                       \
	 .type = COLUMN_TEXT,                                                  \
	 .is_nullable = (nullable),                                            \
	 .of = (which),                                                        \
	 .word = (words),                                                      \
	 .sentence = (what),                                                   \
	 .get = get_word}

static const struct column firsts[] = {
    WORD("severity", WORD_SEVERITY, severity_word, false,
	 "critical, warning or info."),
    WORD("kind", WORD_KIND, kind_word, false, "What kind of problem it is.")};

static const struct column rest[] = {
    {.name = "namespace",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "Whose pod has the GPU, if one alone has it.",
     .get = get_namespace},
    {.name = "pod",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "That pod.",
     .get = get_pod},
    {.name = "since",
     .type = COLUMN_TIME,
     .is_nullable = true,
     .sentence = "When it began; null if Prometheus does not tell.",
     .get = get_since},
    {.name = "value",
     .type = COLUMN_DECIMAL,
     .unit = UNIT_OF_ROW,
     .is_nullable = true,
     .sentence = "How much, in the row's unit.",
     .get = get_value},
    {.name = "threshold",
     .type = COLUMN_DECIMAL,
     .unit = UNIT_OF_ROW,
     .is_nullable = true,
     .sentence = "Above how much it is a problem.",
     .get = get_threshold},
    WORD("unit", WORD_UNIT, NULL, true, "The unit of these two."),
    {.name = "code",
     .type = COLUMN_INTEGER,
     .is_nullable = true,
     .sentence = "The number of the worst Xid error.",
     .get = get_code},
    WORD("summary", WORD_SUMMARY, NULL, false, "The same as a sentence."),
    WORD("action", WORD_ACTION, action_word, false, "What to do."),
    WORD("source", WORD_SOURCE, source_word, false,
	 "rules, those of this API; or prometheus, whose alert it is."),
    WORD("alert", WORD_ALERT, NULL, true, "That alert's name.")};

static void
describe(struct column_list *list)
{
	struct column timestamp = gpu_column_timestamp;

	timestamp.get = get_timestamp;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(*firsts); i++)
		column_add(list, &firsts[i]);
	column_add(list, &gpu_column_node_name);
	column_add(list, &gpu_column_gpu_index);
	column_add(list, &gpu_column_mig_instance_id);
	column_add(list, &gpu_column_gpu_name);
	column_add(list, &gpu_column_uuid);
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		column_add(list, &rest[i]);
	column_add(list, &timestamp);
	column_add(list, &gpu_column_cluster);
}

/* --- rows ----------------------------------------------------------------- */

const struct fleet_gpu *
endpoint_problems_gpu_of(const void *row)
{
	const struct problem *p = row;

	return p->gpu;
}

static enum err_code
list_rows(struct endpoint_call *call, const struct snapshot *snapshot,
	  struct rows *out, struct err *e)
{
	const struct problem_table *table = &snapshot->problems->table;

	call->expires_s = snapshot->problems->expires_s;
	out->fleet = &table->workloads.fleet;
	out->gpu_of = endpoint_problems_gpu_of;
	return gpu_rows_take(out, table->sorted, table->count,
			     call->collect.arena, e);
}

const struct endpoint endpoint_problems = {
    .path = "/api/v1/gpu/problems",
    .operation = "getGpuProblems",
    .sentence = "What is wrong with GPUs, their nodes and exporters, the most "
		"severe first: a row for each problem.",
    .message = "GPU problems retrieved successfully",
    .failure = "Failed to retrieve GPU problems",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.problems = true},
    .describe = describe,
    .list_rows = list_rows,
};
