#include "api/gpu_columns.h"

#include <string.h>

static struct cell
get_node_name(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_fleet_text(rows->fleet,
			       fleet_told_node(rows->fleet, rows->gpu_of(row)));
}

static struct cell
get_index(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_number(rows->gpu_of(row)->index);
}

static struct cell
get_model(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_fleet_text(rows->fleet, rows->gpu_of(row)->model);
}

static struct cell
get_timestamp(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_time(rows->gpu_of(row)->timestamp_s);
}

static struct cell
get_uuid(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_fleet_text(rows->fleet,
			       fleet_told_uuid(rows->fleet, rows->gpu_of(row)));
}

static struct cell
get_exporter(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_text(rows->gpu_of(row)->exporter);
}

static struct cell
get_instance(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_number(rows->gpu_of(row)->mig_instance);
}

static struct cell
get_profile(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_fleet_text(rows->fleet, rows->gpu_of(row)->mig_profile);
}

static struct cell
get_vendor(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_fleet_text(rows->fleet, rows->gpu_of(row)->vendor);
}

static struct cell
get_cluster(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_fleet_text(rows->fleet, rows->gpu_of(row)->cluster);
}

static struct cell
get_measured(const struct rows *rows, const void *row, const struct column *c)
{
	(void)c;
	return cell_time(rows->gpu_of(row)->measured_s);
}

static struct cell
get_field(const struct rows *rows, const void *row, const struct column *c)
{
	return cell_value(c->unit,
			  fleet_value(rows->gpu_of(row), (enum field)c->of));
}

const struct column gpu_column_node_name = {
    .name = "node_name",
    .type = COLUMN_TEXT,
    .is_nullable = true,
    .sentence = "The host that the GPU is in.",
    .get = get_node_name,
};

const struct column gpu_column_gpu_index = {
    .name = "gpu_index",
    .type = COLUMN_INTEGER,
    .is_nullable = true,
    .sentence = "Its number there, from 0; null if no exporter tells it, nor "
		"the PCI addresses of all such GPUs there, whose order it is "
		"otherwise.",
    .get = get_index,
};

const struct column gpu_column_gpu_name = {
    .name = "gpu_name",
    .type = COLUMN_TEXT,
    .is_nullable = true,
    .sentence = "The model.",
    .get = get_model,
};

const struct column gpu_column_timestamp = {
    .name = "timestamp",
    .type = COLUMN_TIME,
    .sentence = "When Prometheus was asked, by its own clock.",
    .get = get_timestamp,
};

const struct column gpu_column_uuid = {
    .name = "uuid",
    .type = COLUMN_UUID,
    .is_nullable = true,
    .sentence = "In lower case, without GPU-.",
    .get = get_uuid,
};

const struct column gpu_column_exporter = {
    .name = "exporter",
    .type = COLUMN_TEXT,
    .sentence = "Of those that report the GPU, the first in the order of "
		"their profiles.",
    .get = get_exporter,
};

const struct column gpu_column_mig_instance_id = {
    .name = "mig_instance_id",
    .type = COLUMN_INTEGER,
    .is_nullable = true,
    .sentence = "The instance's number, where the GPU is split.",
    .get = get_instance,
};

const struct column gpu_column_mig_profile = {
    .name = "mig_profile",
    .type = COLUMN_TEXT,
    .is_nullable = true,
    .sentence = "The instance's profile, as 3g.40gb.",
    .get = get_profile,
};

const struct column gpu_column_vendor = {
    .name = "vendor",
    .type = COLUMN_TEXT,
    .is_nullable = true,
    .sentence = "NVIDIA, AMD, Intel, ...",
    .get = get_vendor,
};

const struct column gpu_column_cluster = {
    .name = "cluster",
    .type = COLUMN_TEXT,
    .is_nullable = true,
    .sentence = "The cluster that the node is in, where a label tells it.",
    .get = get_cluster,
};

const struct column gpu_column_measured_at = {
    .name = "measured_at",
    .type = COLUMN_TIME,
    .is_nullable = true,
    .is_measured_time = true,
    .sentence = "When the values were scraped, or measured where the exporter "
		"says so; where several exporters report the GPU, when the "
		"one that is named did.",
    .get = get_measured,
};

struct cell
gpu_column_get_time(const struct rows *rows, const void *row,
		    const struct column *c)
{
	double wall_s;

	(void)rows;
	memcpy(&wall_s, (const char *)row + c->of, sizeof(wall_s));
	return cell_time(wall_s);
}

struct column
gpu_column_own_time(const struct column *instead, size_t offset)
{
	struct column column = *instead;

	column.of = (int)offset;
	column.get = gpu_column_get_time;
	return column;
}

void
gpu_columns_add_fields(struct column_list *list, enum field first,
		       enum field end)
{
	for (int i = first; i < (int)end; i++) {
		const struct field_info *info = &field_table[i];
		struct column column = {.type = COLUMN_DECIMAL,
					.unit = info->unit,
					.is_nullable = true,
					.need = FIELD_BIT(i),
					.of = i,
					.sentence = info->sentence,
					.get = get_field};

		column_name(&column, info->key, "");
		column_add(list, &column);
	}
}
