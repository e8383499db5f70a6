#include "api/history_columns.h"

#include <math.h>
#include <string.h>

#include "api/endpoint.h"
#include "api/table.h"
#include "base/clock.h"

/* --- columns ------------------------------------------------------------- */

static struct cell
cell_string(const struct intern_string *text)
{
	return text != NULL ? cell_text_of(text->text, text->length)
			    : cell_null();
}

enum { GET_NODE, GET_CLUSTER, GET_UUID, GET_MODEL, GET_VENDOR, GET_NAMESPACE };

static struct cell
get_text(const struct rows *rows, const void *row, const struct column *c)
{
	const struct history_line *line = row;
	const struct intern_string *const texts[] = {
	    [GET_NODE] = line->node,	 [GET_CLUSTER] = line->cluster,
	    [GET_UUID] = line->uuid,	 [GET_MODEL] = line->model,
	    [GET_VENDOR] = line->vendor, [GET_NAMESPACE] = line->namespace};

	(void)rows;
	return cell_string(texts[c->of]);
}

static struct cell
get_exporter(const struct rows *rows, const void *row, const struct column *c)
{
	const struct history_line *line = row;

	(void)rows, (void)c;
	return cell_text(line->exporter);
}

static struct cell
get_index(const struct rows *rows, const void *row, const struct column *c)
{
	const struct history_line *line = row;

	(void)rows, (void)c;
	return cell_number(line->index);
}

static struct cell
get_instance(const struct rows *rows, const void *row, const struct column *c)
{
	const struct history_line *line = row;

	(void)rows, (void)c;
	return cell_number(line->mig_instance);
}

static struct cell
get_count(const struct rows *rows, const void *row, const struct column *c)
{
	const struct history_line *line = row;

	(void)rows, (void)c;
	return (struct cell){.integer = (int64_t)line->gpu_count};
}

enum { GET_MIN, GET_AVG, GET_MAX, GET_LAST, GETS };

static struct cell
get_summary(const struct rows *rows, const void *row, const struct column *c)
{
	const struct lines_summary *s =
	    &((const struct history_line *)row)->summary;
	const double values[] = {[GET_MIN] = s->min,
				 [GET_AVG] = s->avg,
				 [GET_MAX] = s->max,
				 [GET_LAST] = s->last};

	(void)rows;
	return cell_value(c->unit, values[c->of]);
}

/* What tells series apart: of each kind, those that it has. */
#define OF(by) (1U << (by))
static const struct {
	unsigned of; /* a set of enum history_by */
	bool is_filter;
	unsigned csv; /* a set again: what tells their series apart */
	struct column column;
} columns[] = {
    {OF(HISTORY_BY_NAMESPACE),
     false,
     OF(HISTORY_BY_NAMESPACE),
     {.name = "namespace",
      .type = COLUMN_TEXT,
      .is_nullable = true,
      .of = GET_NAMESPACE,
      .sentence = "Whose pods had the GPUs; null: what no namespace had.",
      .get = get_text}},
    {OF(HISTORY_BY_GPU) | OF(HISTORY_BY_NODE),
     true,
     OF(HISTORY_BY_GPU) | OF(HISTORY_BY_NODE),
     {.name = "node_name",
      .type = COLUMN_TEXT,
      .is_nullable = true,
      .of = GET_NODE,
      .sentence = "The host that the GPU is in.",
      .get = get_text}},
    {OF(HISTORY_BY_GPU),
     true,
     OF(HISTORY_BY_GPU),
     {.name = "gpu_index",
      .type = COLUMN_INTEGER,
      .is_nullable = true,
      .sentence = "Its number there, from 0, where an exporter tells it.",
      .get = get_index}},
    {OF(HISTORY_BY_GPU),
     true,
     OF(HISTORY_BY_GPU),
     {.name = "mig_instance_id",
      .type = COLUMN_INTEGER,
      .is_nullable = true,
      .sentence = "The instance's number, where the GPU is split.",
      .get = get_instance}},
    {OF(HISTORY_BY_GPU),
     true,
     OF(HISTORY_BY_GPU),
     {.name = "uuid",
      .type = COLUMN_UUID,
      .is_nullable = true,
      .of = GET_UUID,
      .sentence = "In lower case, without GPU-.",
      .get = get_text}},
    {OF(HISTORY_BY_GPU) | OF(HISTORY_BY_MODEL),
     true,
     OF(HISTORY_BY_MODEL),
     {.name = "gpu_name",
      .type = COLUMN_TEXT,
      .is_nullable = true,
      .of = GET_MODEL,
      .sentence = "The model.",
      .get = get_text}},
    {0,
     true,
     0,
     {.name = "vendor",
      .type = COLUMN_TEXT,
      .is_nullable = true,
      .of = GET_VENDOR,
      .sentence = "NVIDIA, AMD, Intel, ...",
      .get = get_text}},
    {OF(HISTORY_BY_GPU),
     true,
     0,
     {.name = "exporter",
      .type = COLUMN_TEXT,
      .is_nullable = true,
      .sentence = "Of those that report the GPU, the one with precedence.",
      .get = get_exporter}},
    {OF(HISTORY_BY_GPU) | OF(HISTORY_BY_NODE) | OF(HISTORY_BY_CLUSTER) |
	 OF(HISTORY_BY_NAMESPACE),
     true,
     OF(HISTORY_BY_GPU) | OF(HISTORY_BY_NODE) | OF(HISTORY_BY_CLUSTER) |
	 OF(HISTORY_BY_NAMESPACE),
     {.name = "cluster",
      .type = COLUMN_TEXT,
      .is_nullable = true,
      .of = GET_CLUSTER,
      .sentence = "The cluster that the node is in, where a label tells it.",
      .get = get_text}},
    {OF(HISTORY_BY_NODE) | OF(HISTORY_BY_MODEL) | OF(HISTORY_BY_CLUSTER) |
	 OF(HISTORY_BY_ALL) | OF(HISTORY_BY_NAMESPACE),
     false,
     0,
     {.name = "gpu_count",
      .type = COLUMN_INTEGER,
      .sentence = "Of how many GPUs it is, where those were the most.",
      .get = get_count}},
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

static void
add_summary(struct column_list *list, enum field field)
{
	static const struct {
		const char *name, *sentence;
	} summaries[GETS] = {
	    [GET_MIN] = {"min", "The least of its points."},
	    [GET_AVG] = {"avg", "The mean of its points."},
	    [GET_MAX] = {"max", "The greatest of its points."},
	    [GET_LAST] = {"last", "The last of its points that is not null."}};

	for (int i = 0; i < GETS; i++) {
		struct column column = {.type = COLUMN_DECIMAL,
					.unit = field_table[field].unit,
					.is_nullable = true,
					.of = i,
					.sentence = summaries[i].sentence,
					.get = get_summary};

		column_name(&column, summaries[i].name, "");
		column_add(list, &column);
	}
}

void
history_describe(struct column_list *list, enum history_by by, enum field field)
{
	list->count = 0;
	for (size_t i = 0; i < COLUMNS; i++)
		if ((columns[i].of & OF(by)) != 0)
			column_add(list, &columns[i].column);
	add_summary(list, field);
}

void
history_describe_filters(struct column_list *list)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].is_filter)
			column_add(list, &columns[i].column);
}

/* --- filters ------------------------------------------------------------- */

/* The parameters, as the filter's context. */
struct filters {
	const struct params *params;
	struct column_list list;
};

static bool
passes(const void *context, const struct history_line *line)
{
	static const struct rows none = {.count = 0};
	const struct filters *f = context;

	return table_passes(&none, line, &f->list, f->params);
}

static const struct params_filter *
find_filter(const struct params *p, const struct column_list *list,
	    const char *name)
{
	size_t column = column_find(list, name, strlen(name));

	for (size_t i = 0; i < p->filter_count; i++)
		if (p->filters[i].column == column)
			return &p->filters[i];
	return NULL;
}

/* Those of the filter's texts that are plain; NULL without memory. */
static const char **
list_names(const struct params_filter *f, struct arena *arena, size_t *count)
{
	size_t texts = f != NULL ? f->text_count : 0;
	const char **names = arena_alloc(arena, texts * sizeof(*names));

	*count = 0;
	for (size_t i = 0; names != NULL && i < texts; i++) {
		const struct cell_text *text = &f->texts[i];

		if (!history_is_plain(text->text, text->length))
			continue;
		names[*count] = arena_copy(arena, text->text, text->length);
		if (names[(*count)++] == NULL)
			return NULL;
	}
	return names;
}

static bool
are_all(const struct params_filter *f, size_t count)
{
	return f != NULL && f->text_count == count;
}

/* An index means something on one node alone. */
static enum err_code
check_index(const struct params *p, const struct column_list *list,
	    struct err *e)
{
	const struct params_filter *node = find_filter(p, list, "node_name");

	if (find_filter(p, list, "gpu_index") == NULL ||
	    (node != NULL && node->text_count == 1 &&
	     memchr(node->texts[0].text, '*', node->texts[0].length) == NULL))
		return ERR_OK;
	return err_set(e, ERR_QUERY,
		       "Query parameter \"gpu_index\" is there: it takes one "
		       "\"node_name\", without *, beside it");
}

enum err_code
history_read_filter(const struct params *p, struct arena *arena,
		    struct history_filter *out, struct err *e)
{
	struct filters *f = arena_alloc(arena, sizeof(*f));
	enum err_code code;

	*out = (struct history_filter){.passes = NULL};
	if (f == NULL)
		return err_set_memory(e);
	f->params = p;
	f->list.count = 0;
	history_describe_filters(&f->list);
	code = check_index(p, &f->list, e);
	if (code != ERR_OK || p->filter_count == 0)
		return code;
	out->passes = passes;
	out->context = f;
	out->is_of_parts = find_filter(p, &f->list, "mig_instance_id") != NULL;
	out->nodes = list_names(find_filter(p, &f->list, "node_name"), arena,
				&out->node_count);
	out->uuids = list_names(find_filter(p, &f->list, "uuid"), arena,
				&out->uuid_count);
	out->are_nodes_all =
	    are_all(find_filter(p, &f->list, "node_name"), out->node_count);
	out->are_uuids_all =
	    are_all(find_filter(p, &f->list, "uuid"), out->uuid_count);
	return out->nodes != NULL && out->uuids != NULL ? ERR_OK
							: err_set_memory(e);
}

void
history_write_filter_key(const struct params *p, struct buf *out)
{
	for (size_t i = 0; i < p->filter_count; i++) {
		const struct params_filter *f = &p->filters[i];

		buf_append_format(out, " %zu:%.17g..%.17g", f->column, f->min,
				  f->max);
		for (size_t k = 0; k < f->text_count; k++) {
			buf_append_format(out, " %zu:", f->texts[k].length);
			buf_append(out, f->texts[k].text, f->texts[k].length);
		}
	}
}

/* --- CSV ----------------------------------------------------------------- */

/* What tells the series apart, and nothing else of them. */
static void
describe_csv(struct column_list *list, enum history_by by)
{
	list->count = 0;
	for (size_t i = 0; i < COLUMNS; i++)
		if ((columns[i].csv & OF(by)) != 0)
			column_add(list, &columns[i].column);
}

static void
write_points(const struct history_need *need, const struct history_line *line,
	     const struct buf *names, struct buf *out)
{
	const struct unit_info *unit =
	    &unit_table[field_table[need->field].unit];

	for (size_t i = 0; i < need->timeline.count; i++) {
		double value = line->points[i] * unit->factor;
		char time[CLOCK_TEXT_BYTES];
		struct json j;

		buf_append(out, time,
			   (size_t)clock_format(
			       (double)timeline_at(&need->timeline, i), time));
		buf_append_text(out, ",");
		buf_append(out, names->data, names->length);
		json_init(&j, out);
		if (!isnan(value))
			json_decimal(&j, value, unit->decimals);
		buf_append_text(out, "\r\n");
	}
}

void
history_write_csv(const struct history_need *need, const struct history *h,
		  struct buf *out)
{
	static const struct rows none = {.count = 0};
	struct column_list list;
	struct buf names;

	describe_csv(&list, need->by);
	buf_init_within(&names, out->max_bytes, out->budget);
	buf_append_text(out, "time,");
	table_write_csv_row(&none, NULL, &list, out);
	buf_append_text(out, list.count > 0 ? ",value\r\n" : "value\r\n");
	for (size_t i = 0; i < h->count; i++) {
		buf_reset(&names);
		table_write_csv_row(&none, &h->lines[i], &list, &names);
		buf_append_text(&names, list.count > 0 ? "," : "");
		if (buf_status(&names) == ERR_OK)
			write_points(need, &h->lines[i], &names, out);
		else
			out->status = buf_status(&names);
	}
	buf_fini(&names);
}
