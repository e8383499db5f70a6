#include "api/row.h"

static const double bytes_per_gib = 1024.0 * 1024.0 * 1024.0;

static void
write_number(struct json *j, const char *key, double value, unsigned decimals)
{
	json_key(j, key);
	json_decimal(j, value, decimals);
}

void
row_percent(struct json *j, const char *key, double percent)
{
	write_number(j, key, percent, 2);
}

void
row_gib(struct json *j, const char *key, double bytes)
{
	write_number(j, key, bytes / bytes_per_gib, 3);
}

void
row_celsius(struct json *j, const char *key, double celsius)
{
	write_number(j, key, celsius, 1);
}

void
row_watts(struct json *j, const char *key, double watts)
{
	write_number(j, key, watts, 2);
}

void
row_node(struct json *j, const struct fleet_gpu *gpu)
{
	json_key(j, "node_name");
	json_text_of(j, gpu->node, gpu->node_length);
}

void
row_identity(struct json *j, const struct fleet_gpu *gpu)
{
	row_node(j, gpu);
	json_key(j, "gpu_index");
	json_integer(j, gpu->index);
}

void
row_model(struct json *j, const struct fleet_gpu *gpu)
{
	if (gpu->model == NULL)
		json_null(j);
	else
		json_text_of(j, gpu->model, gpu->model_length);
}

void
row_timestamp(struct json *j, double timestamp_s)
{
	json_key(j, "timestamp");
	json_time(j, timestamp_s);
}
