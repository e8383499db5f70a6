#include "api/usage_columns.h"

#include <math.h>
#include <stddef.h>

#include "api/table.h"

/* --- cells ---------------------------------------------------------------- */

/* Of a column: where the key has its text. */
static struct cell
get_key(const struct rows *rows, const void *row, const struct column *c)
{
	const struct usage_row *r = row;
	const struct intern_string *text = *(
	    const struct intern_string *const *)((const char *)&r->key + c->of);

	(void)rows;
	return text != NULL ? cell_text_of(text->text, text->length)
			    : cell_null();
}

static double
get_held_s(const struct ledger_sums *s)
{
	return s->held_s;
}

enum {
	GET_HELD,
	GET_BUSY,
	GET_IDLE,
	GET_IDLE_SHARE,
	GET_MEMORY,
	GET_ENERGY,
	GET_COST,
};

static struct cell
get_sum(const struct rows *rows, const void *row, const struct column *c)
{
	static double (*const sums[])(const struct ledger_sums *) = {
	    [GET_HELD] = get_held_s,
	    [GET_BUSY] = ledger_busy_s,
	    [GET_IDLE] = ledger_idle_s,
	    [GET_IDLE_SHARE] = ledger_idle_share,
	    [GET_MEMORY] = ledger_memory_byte_s,
	    [GET_ENERGY] = ledger_energy_j,
	    [GET_COST] = ledger_cost};
	const struct usage_row *r = row;

	(void)rows;
	return cell_value(c->unit, sums[c->of](&r->sums));
}

static struct cell
get_currency(const struct rows *rows, const void *row, const struct column *c)
{
	const struct usage_row *r = row;

	(void)rows, (void)c;
	return cell_text(r->currency);
}

static struct cell
get_start(const struct rows *rows, const void *row, const struct column *c)
{
	const struct usage_row *r = row;

	(void)rows, (void)c;
	return cell_time((double)r->timeline->start_s);
}

static struct cell
get_end(const struct rows *rows, const void *row, const struct column *c)
{
	const struct usage_row *r = row;

	(void)rows, (void)c;
	return cell_time((double)r->timeline->end_s);
}

static struct cell
get_step(const struct rows *rows, const void *row, const struct column *c)
{
	const struct usage_row *r = row;

	(void)rows, (void)c;
	return (struct cell){.integer = r->timeline->step_s};
}

/* --- columns -------------------------------------------------------------- */

#define OF(by) (1U << (by))
enum { OF_ALL = OF(USAGE_BY_MODEL + 1) - 1 };

#define KEY(text, member, what)                                                \
	{.name = (text),                                                       \
	 .type = COLUMN_TEXT,                                                  \
	 .is_nullable = true,                                                  \
	 .of = (int)offsetof(struct usage_key, member),                        \
	 .sentence = (what),                                                   \
	 .get = get_key}
#define SUM(text, which, of_unit, what)                                        \
	{.name = (text),                                                       \
	 .type = COLUMN_DECIMAL,                                               \
	 .unit = (of_unit),                                                    \
	 .is_nullable = true,                                                  \
	 .of = (which),                                                        \
	 .sentence = (what),                                                   \
	 .get = get_sum}

static const struct {
	unsigned of; /* a set of enum usage_by: whose rows have it */
	bool is_key; /* it tells who held what */
	struct column column;
} columns[] = {
    {OF(USAGE_BY_NAMESPACE) | OF(USAGE_BY_POD), true,
     KEY("namespace", namespace, "Whose pods had the GPUs.")},
    {OF(USAGE_BY_POD), true, KEY("pod", pod, "The pod that had them.")},
    {OF(USAGE_BY_JOB), true, KEY("job_id", job, "Slurm's id of the job.")},
    {OF(USAGE_BY_USER), true, KEY("job_user", user, "Whose job it was.")},
    {OF(USAGE_BY_NODE), true,
     KEY("node_name", node, "The host that the GPUs are in.")},
    {OF(USAGE_BY_MODEL), true, KEY("gpu_name", model, "The model.")},
    {OF_ALL, false,
     SUM("gpu_hours", GET_HELD, UNIT_SECONDS,
	 "For how long GPUs were held, busy or not; a part of one counts as "
	 "that.")},
    {OF_ALL, false,
     SUM("busy_gpu_hours", GET_BUSY, UNIT_SECONDS,
	 "Of these, at IDLE_UTILIZATION or more.")},
    {OF_ALL, false,
     SUM("idle_gpu_hours", GET_IDLE, UNIT_SECONDS,
	 "Of these, below IDLE_UTILIZATION.")},
    {OF_ALL, false,
     SUM("idle_share", GET_IDLE_SHARE, UNIT_SHARE,
	 "How much of busy and idle hours was idle.")},
    {OF_ALL, false,
     SUM("gpu_memory_gib_hours", GET_MEMORY, UNIT_BYTE_SECONDS,
	 "Memory in use, for as long as it was.")},
    {OF_ALL, false,
     SUM("energy_kwh", GET_ENERGY, UNIT_WORK,
	 "What the held GPUs drew, or the held part of them.")},
    {OF_ALL, false,
     SUM("cost", GET_COST, UNIT_MONEY,
	 "What gpu_hours cost, by the prices of PRICES_FILE.")},
    {OF_ALL,
     false,
     {.name = "currency",
      .type = COLUMN_TEXT,
      .is_nullable = true,
      .sentence = "That of cost; null without prices.",
      .get = get_currency}},
    {OF_ALL,
     false,
     {.name = "start",
      .type = COLUMN_TIME,
      .sentence = "When the first step begins.",
      .get = get_start}},
    {OF_ALL,
     false,
     {.name = "end",
      .type = COLUMN_TIME,
      .sentence = "When the last step ends.",
      .get = get_end}},
    {OF_ALL,
     false,
     {.name = "step_s",
      .type = COLUMN_INTEGER,
      .sentence = "In seconds: who had a GPU at the end of a step had it for "
		  "the step.",
      .get = get_step}},
    {OF_ALL, true,
     KEY("cluster", cluster,
	 "The cluster that it was in, where a label tells it.")},
    {0, true, KEY("vendor", vendor, "NVIDIA, AMD, Intel, ...")},
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

void
usage_describe(struct column_list *list)
{
	for (size_t i = 0; i < COLUMNS; i++)
		column_add(list, &columns[i].column);
}

bool
usage_has(size_t place, int by)
{
	return (columns[place].of & OF(by)) != 0;
}

bool
usage_is_key(size_t place)
{
	return columns[place].is_key;
}

/* --- filters -------------------------------------------------------------- */

/* The filters on keys, as the filter's context. */
struct filters {
	struct params params;
	struct column_list list;
};

static bool
passes(const void *context, const struct usage_key *key)
{
	static const struct rows none = {.count = 0};
	const struct filters *f = context;
	const struct usage_row row = {.key = *key};

	return table_passes(&none, &row, &f->list, &f->params);
}

enum err_code
usage_read_filter(const struct params *p, struct arena *arena,
		  struct usage_filter *out, struct params *rest, struct err *e)
{
	struct filters *f = arena_alloc(arena, sizeof(*f));

	*out = (struct usage_filter){.passes = NULL};
	if (f == NULL)
		return err_set_memory(e);
	f->params = *rest = *p;
	f->params.filter_count = rest->filter_count = 0;
	f->list.count = 0;
	usage_describe(&f->list);
	for (size_t i = 0; i < p->filter_count; i++) {
		struct params *into =
		    usage_is_key(p->filters[i].column) ? &f->params : rest;

		into->filters[into->filter_count++] = p->filters[i];
	}
	if (f->params.filter_count > 0)
		*out = (struct usage_filter){passes, f};
	return ERR_OK;
}
