/* The parts that rows of several endpoints share, written one way. */
#ifndef API_ROW_H
#define API_ROW_H

#include "base/json.h"
#include "gpu/fleet/fleet.h"

/* Numbers with as many decimals as the quantity means; NaN is null. */
void row_percent(struct json *j, const char *key, double percent);
void row_gib(struct json *j, const char *key, double bytes);
void row_celsius(struct json *j, const char *key, double celsius);
void row_watts(struct json *j, const char *key, double watts);
void row_megahertz(struct json *j, const char *key, double megahertz);
void row_joules(struct json *j, const char *key, double joules);

/* A text of the fleet, or null. */
void row_text(struct json *j, const char *key, const struct fleet *fleet,
	      uint32_t number);

/* A whole number, or null if it is FLEET_UNKNOWN. */
void row_number(struct json *j, const char *key, uint32_t number);

/* "node_name" and "gpu_index". */
void row_identity(struct json *j, const struct fleet *fleet,
		  const struct fleet_gpu *gpu);

/* "timestamp", the newest reading's time. */
void row_timestamp(struct json *j, double timestamp_s);

#endif
