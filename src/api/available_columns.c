#include "api/available_columns.h"

#include <math.h>

#include "api/gpu_columns.h"
#include "api/table.h"

/* --- cells ---------------------------------------------------------------- */

const struct fleet_gpu *
available_gpu_of(const void *row)
{
	const struct available_row *r = row;

	return r->gpu;
}

static struct cell
cell_count(size_t count)
{
	return (struct cell){.integer = (int64_t)count};
}

static struct cell
get_models(const struct rows *rows, const void *row, const struct column *c)
{
	const struct available_row *r = row;

	(void)rows, (void)c;
	return (struct cell){.texts = {r->models.list, r->models.count}};
}

static struct cell
get_indexes(const struct rows *rows, const void *row, const struct column *c)
{
	const struct available_row *r = row;

	(void)rows, (void)c;
	return (struct cell){.integers = {r->indexes, r->index_count}};
}

/* Of a column: which of a row's numbers. */
enum number { NUMBER_FREE, NUMBER_GPUS, NUMBER_NODES };

static struct cell
get_number(const struct rows *rows, const void *row, const struct column *c)
{
	const struct available_row *r = row;

	(void)rows;
	switch ((enum number)c->of) {
	case NUMBER_FREE:
		return cell_count(r->free_count);
	case NUMBER_GPUS:
		return cell_count(r->gpu_count);
	default:
		return cell_count(r->node_count);
	}
}

static struct cell
get_fits(const struct rows *rows, const void *row, const struct column *c)
{
	const struct available_row *r = row;

	(void)rows;
	return cell_count(r->fits[c->of]);
}

static struct cell
get_memory_free_min(const struct rows *rows, const void *row,
		    const struct column *c)
{
	const struct available_row *r = row;

	(void)rows;
	return cell_value(c->unit, r->memory_free_min);
}

static struct cell
get_idle(const struct rows *rows, const void *row, const struct column *c)
{
	const struct available_row *r = row;

	(void)rows, (void)c;
	return cell_whole(r->of->idle_s);
}

static struct cell
get_held(const struct rows *rows, const void *row, const struct column *c)
{
	const struct available_row *r = row;

	(void)rows, (void)c;
	return r->of->is_held == CAPACITY_UNKNOWN
		   ? cell_null()
		   : cell_boolean(r->of->is_held == CAPACITY_YES);
}

/* --- columns -------------------------------------------------------------- */

static const struct column models = {
    .name = "gpu_models",
    .type = COLUMN_TEXTS,
    .sentence = "The models of the free ones, each once.",
    .get = get_models};
static const struct column free_count = {
    .name = "free_count",
    .type = COLUMN_INTEGER,
    .of = NUMBER_FREE,
    .sentence = "How many are free, or how many of these Kubernetes has left.",
    .get = get_number};
static const struct column gpu_count = {
    .name = "gpu_count",
    .type = COLUMN_INTEGER,
    .of = NUMBER_GPUS,
    .sentence = "How many there are of which this tells, free or not.",
    .get = get_number};
static const struct column node_count = {.name = "node_count",
					 .type = COLUMN_INTEGER,
					 .of = NUMBER_NODES,
					 .sentence =
					     "How many nodes have free ones.",
					 .get = get_number};
static const struct column gpu_indexes = {
    .name = "gpu_indexes",
    .type = COLUMN_INTEGERS,
    .sentence = "The numbers of the free ones, as far as they are known.",
    .get = get_indexes};
static const struct column memory_free_min = {
    .name = "memory_free_min",
    .type = COLUMN_DECIMAL,
    .unit = UNIT_BYTES,
    .is_nullable = true,
    .sentence = "The memory that is left on each of the free ones, at least.",
    .get = get_memory_free_min};
static const struct column idle = {
    .name = "idle_s",
    .type = COLUMN_INTEGER,
    .is_nullable = true,
    .sentence = "For how many seconds, at least, it has been below "
		"IDLE_UTILIZATION, as far as was looked back; null if it "
		"was not measured for so long.",
    .get = get_idle};
static const struct column held = {
    .name = "held",
    .type = COLUMN_BOOLEAN,
    .is_nullable = true,
    .sentence = "Whether a workload has it; null if nobody tells.",
    .get = get_held};
static const struct column timestamp = {
    .name = "timestamp",
    .type = COLUMN_TIME,
    .sentence = "When Prometheus was asked, by its own clock.",
    .of = offsetof(struct available_row, timestamp_s),
    .get = gpu_column_get_time};
static const struct column measured_at = {
    .name = "measured_at",
    .type = COLUMN_TIME,
    .is_nullable = true,
    .is_measured_time = true,
    .sentence = "When the oldest of its values was measured.",
    .of = offsetof(struct available_row, measured_s),
    .get = gpu_column_get_time};

#define FITS(text, place, what)                                                \
	{.name = (text),                                                       \
	 .type = COLUMN_INTEGER,                                               \
	 .of = (place),                                                        \
	 .sentence = "How many jobs would fit that take " what                 \
		     " on one node, if there were no others.",                 \
	 .get = get_fits}
static const struct column fits[AVAILABLE_FITS] = {
    FITS("fits_1", 0, "one GPU"), FITS("fits_2", 1, "2 GPUs"),
    FITS("fits_4", 2, "4 GPUs"), FITS("fits_8", 3, "8 GPUs")};

#define OF(by) (1U << (by))
enum {
	OF_GPU = OF(AVAILABLE_BY_GPU),
	OF_NODE = OF(AVAILABLE_BY_NODE),
	OF_MODEL = OF(AVAILABLE_BY_MODEL),
	OF_ALL = OF_GPU | OF_NODE | OF_MODEL
};

/* What a filter on it is about. */
enum about {
	ABOUT_ROWS,
	ABOUT_WHICH, /* GPUs: what they are */
	ABOUT_HOW,   /* GPUs: how they are */
	ABOUT_USE    /* the same, now and for some time */
};

static const struct {
	unsigned of; /* a set of enum available_by: whose rows have it */
	enum about about;
	const struct column *column; /* NULL: that of the field */
	enum field field;
} columns[] = {{OF_GPU | OF_NODE, ABOUT_WHICH, &gpu_column_node_name, 0},
	       {OF_GPU, ABOUT_WHICH, &gpu_column_gpu_index, 0},
	       {OF_GPU, ABOUT_WHICH, &gpu_column_mig_instance_id, 0},
	       {OF_GPU, ABOUT_WHICH, &gpu_column_mig_profile, 0},
	       {OF_GPU | OF_MODEL, ABOUT_WHICH, &gpu_column_gpu_name, 0},
	       {OF_GPU | OF_MODEL, ABOUT_WHICH, &gpu_column_vendor, 0},
	       {OF_GPU, ABOUT_WHICH, &gpu_column_uuid, 0},
	       {OF_GPU, ABOUT_HOW, NULL, FIELD_MEMORY_FREE},
	       {OF_GPU, ABOUT_WHICH, NULL, FIELD_MEMORY_TOTAL},
	       {OF_GPU, ABOUT_USE, NULL, FIELD_UTILIZATION},
	       {OF_GPU, ABOUT_HOW, &idle, 0},
	       {OF_GPU, ABOUT_HOW, &held, 0},
	       {OF_NODE, ABOUT_ROWS, &models, 0},
	       {OF_NODE | OF_MODEL, ABOUT_ROWS, &free_count, 0},
	       {OF_NODE | OF_MODEL, ABOUT_ROWS, &gpu_count, 0},
	       {OF_MODEL, ABOUT_ROWS, &node_count, 0},
	       {OF_NODE, ABOUT_ROWS, &gpu_indexes, 0},
	       {OF_NODE, ABOUT_ROWS, &memory_free_min, 0},
	       {OF_MODEL, ABOUT_ROWS, &fits[0], 0},
	       {OF_MODEL, ABOUT_ROWS, &fits[1], 0},
	       {OF_MODEL, ABOUT_ROWS, &fits[2], 0},
	       {OF_MODEL, ABOUT_ROWS, &fits[3], 0},
	       {OF_ALL, ABOUT_HOW, &timestamp, 0},
	       {OF_GPU | OF_NODE, ABOUT_WHICH, &gpu_column_cluster, 0},
	       {OF_GPU | OF_NODE, ABOUT_HOW, &measured_at, 0}};
enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

void
available_describe(struct column_list *list)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].column != NULL)
			column_add(list, columns[i].column);
		else
			gpu_columns_add_fields(list, columns[i].field,
					       columns[i].field + 1);
}

bool
available_has(size_t place, int by)
{
	return (columns[place].of & OF(by)) != 0;
}

bool
available_is_of_gpus(size_t place)
{
	return columns[place].about != ABOUT_ROWS;
}

/* --- filters -------------------------------------------------------------- */

static bool
passes(const struct available_filters *f, const struct params *p,
       const struct available_gpu *gpu)
{
	const struct available_row row = available_row_of(gpu);

	return table_passes(&f->rows, &row, &f->list, p);
}

static bool
concerns(const void *context, const struct available_gpu *gpu)
{
	const struct available_filters *f = context;

	return passes(f, &f->which, gpu);
}

static bool
suits(const void *context, const struct available_gpu *gpu)
{
	const struct available_filters *f = context;

	return passes(f, &f->how, gpu);
}

static void
add_filter(struct params *into, const struct params_filter *filter)
{
	into->filters[into->filter_count++] = *filter;
}

/* Who asks for a kind of instances, or one of them, asks for no cards. */
static bool
is_of_instances(size_t place)
{
	return columns[place].column == &gpu_column_mig_profile ||
	       columns[place].column == &gpu_column_mig_instance_id;
}

static bool
is_of_memory_free(size_t place)
{
	return columns[place].column == NULL &&
	       columns[place].field == FIELD_MEMORY_FREE;
}

static double
bytes_of(double told)
{
	return told / unit_table[UNIT_BYTES].factor;
}

void
available_read_filters(const struct params *p, const struct fleet *fleet,
		       struct available_filters *out,
		       struct available_need *need)
{
	out->which = out->how = (struct params){.filter_count = 0};
	out->rows = (struct rows){.fleet = fleet, .gpu_of = available_gpu_of};
	out->list.count = 0;
	available_describe(&out->list);
	for (size_t i = 0; i < p->filter_count; i++) {
		const struct params_filter *filter = &p->filters[i];

		need->of_instances |= is_of_instances(filter->column);
		switch (columns[filter->column].about) {
		case ABOUT_WHICH:
			add_filter(&out->which, filter);
			break;
		case ABOUT_HOW:
			add_filter(&out->how, filter);
			if (is_of_memory_free(filter->column))
				need->memory_free_min = bytes_of(filter->min);
			break;
		case ABOUT_USE:
			need->wants_idle = false;
			need->utilization_min = filter->min;
			need->utilization_max = filter->max;
			break;
		case ABOUT_ROWS:
			break;
		}
	}
	need->concerns = concerns;
	need->suits = suits;
	need->context = out;
}

double
available_least_idle_s(const struct params *p)
{
	double least = 0;

	for (size_t i = 0; i < p->filter_count; i++)
		if (columns[p->filters[i].column].column == &idle)
			least = fmax(least, p->filters[i].min);
	return least;
}

void
available_leave_rows(const struct params *p, struct params *rest)
{
	*rest = *p;
	rest->filter_count = 0;
	for (size_t i = 0; i < p->filter_count; i++)
		if (!available_is_of_gpus(p->filters[i].column))
			add_filter(rest, &p->filters[i]);
}
