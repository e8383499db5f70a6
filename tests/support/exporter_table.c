#include "support/exporter_table.h"

struct column {
	const char *title;
	const char *(*cell)(const struct profile *p, int what);
	int what;
};

static const char yes[] = "yes", computed[] = "computed", no[] = "-";

static bool
has_kind(const struct profile *p, enum profile_kind kind)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == kind)
			return true;
	return false;
}

bool
exporter_has_field(const struct profile *p, enum field field)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD &&
		    p->metrics[i].field == (int)field)
			return true;
	return false;
}

static const char *
node_cell(const struct profile *p, int what)
{
	(void)what;
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == PROFILE_NODE &&
		    !p->labels[i].is_of_target)
			return yes;
	return "target";
}

static const char *
index_cell(const struct profile *p, int what)
{
	(void)what;
	if (p->id_is_job)
		return no;
	if (profile_has_label(p, PROFILE_INDEX) ||
	    has_kind(p, PROFILE_INDEX_VALUE))
		return yes;
	return profile_has_label(p, PROFILE_BUS) ? computed : no;
}

static const char *
label_cell(const struct profile *p, int label)
{
	return profile_has_label(p, (enum profile_label)label) ? yes : no;
}

static const char *
field_cell(const struct profile *p, int field)
{
	return exporter_has_field(p, (enum field)field) ? yes : no;
}

static const char *
used_cell(const struct profile *p, int what)
{
	(void)what;
	if (exporter_has_field(p, FIELD_MEMORY_USED))
		return yes;
	return exporter_has_field(p, FIELD_MEMORY_TOTAL) &&
		       exporter_has_field(p, FIELD_MEMORY_USED_RATIO)
		   ? computed
		   : no;
}

static const char *
total_cell(const struct profile *p, int what)
{
	(void)what;
	if (exporter_has_field(p, FIELD_MEMORY_TOTAL))
		return yes;
	return exporter_has_field(p, FIELD_MEMORY_USED) &&
		       (exporter_has_field(p, FIELD_MEMORY_FREE) ||
			exporter_has_field(p, FIELD_MEMORY_USED_RATIO))
		   ? computed
		   : no;
}

static const char *
free_cell(const struct profile *p, int what)
{
	if (exporter_has_field(p, FIELD_MEMORY_FREE))
		return yes;
	return total_cell(p, what) != no && used_cell(p, what) != no ? computed
								     : no;
}

static const char *
clocks_cell(const struct profile *p, int what)
{
	(void)what;
	if (!exporter_has_field(p, FIELD_SM_CLOCK))
		return no;
	return exporter_has_field(p, FIELD_MEMORY_CLOCK) ? yes : "SM";
}

static const struct column columns[] = {
    {"node", node_cell, 0},
    {"index", index_cell, 0},
    {"uuid", label_cell, PROFILE_UUID},
    {"model", label_cell, PROFILE_MODEL},
    {"MIG", label_cell, PROFILE_MIG_INSTANCE},
    {"util", field_cell, FIELD_UTILIZATION},
    {"used", used_cell, 0},
    {"total", total_cell, 0},
    {"free", free_cell, 0},
    {"temp", field_cell, FIELD_TEMPERATURE},
    {"power", field_cell, FIELD_POWER_DRAW},
    {"limit", field_cell, FIELD_POWER_LIMIT},
    {"fan", field_cell, FIELD_FAN_SPEED},
    {"clocks", clocks_cell, 0},
    {"mem temp", field_cell, FIELD_MEMORY_TEMPERATURE},
    {"energy", field_cell, FIELD_ENERGY},
    {"XID", field_cell, FIELD_XID},
    {"processes", label_cell, PROFILE_PID},
};
enum { COLUMN_COUNT = sizeof(columns) / sizeof(*columns) };

void
exporter_table_add(struct buf *out, const struct profile_set *set)
{
	buf_append_text(out, "| exporter |");
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		buf_append_format(out, " %s |", columns[i].title);
	buf_append_text(out, "\n|---|");
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		buf_append_text(out, "---|");
	buf_append_text(out, "\n");
	for (size_t i = 0; i < set->count; i++) {
		const struct profile *p = set->profiles[i];

		buf_append_format(out, "| `%s` |", p->name);
		for (size_t k = 0; k < COLUMN_COUNT; k++)
			buf_append_format(out, " %s |",
					  columns[k].cell(p, columns[k].what));
		buf_append_text(out, "\n");
	}
}
