#include "api/row.h"

void
row_value(struct json *j, const char *key, enum unit unit, double value)
{
	const struct unit_info *u = &unit_table[unit];

	json_key(j, key);
	json_decimal(j, value * u->factor, u->decimals);
}

void
row_field(struct json *j, const struct fleet_gpu *gpu, enum field field)
{
	const struct field_info *info = &field_table[field];

	row_value(j, info->key, info->unit, fleet_value(gpu, field));
}

void
row_text(struct json *j, const char *key, const struct fleet *fleet,
	 uint32_t number)
{
	const struct intern_string *text = fleet_text(fleet, number);

	json_key(j, key);
	if (text == NULL)
		json_null(j);
	else
		json_text_of(j, text->text, text->length);
}

void
row_number(struct json *j, const char *key, uint32_t number)
{
	json_key(j, key);
	if (number == FLEET_UNKNOWN)
		json_null(j);
	else
		json_integer(j, number);
}

void
row_identity(struct json *j, const struct fleet *fleet,
	     const struct fleet_gpu *gpu)
{
	row_text(j, "node_name", fleet, fleet_told_node(fleet, gpu));
	row_number(j, "gpu_index", gpu->index);
}

void
row_timestamp(struct json *j, double timestamp_s)
{
	json_key_time(j, "timestamp", timestamp_s);
}

void
row_cluster(struct json *j, const struct fleet *fleet,
	    const struct fleet_gpu *gpu)
{
	row_text(j, "cluster", fleet, gpu->cluster);
}

void
row_measured(struct json *j, double measured_s)
{
	json_key(j, "measured_at");
	if (measured_s > 0)
		json_time(j, measured_s);
	else
		json_null(j);
}
