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
row_megahertz(struct json *j, const char *key, double megahertz)
{
	write_number(j, key, megahertz, 0);
}

void
row_joules(struct json *j, const char *key, double joules)
{
	write_number(j, key, joules, 0);
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
	row_text(j, "node_name", fleet, gpu->node);
	row_number(j, "gpu_index", gpu->index);
}

void
row_timestamp(struct json *j, double timestamp_s)
{
	json_key(j, "timestamp");
	json_time(j, timestamp_s);
}
