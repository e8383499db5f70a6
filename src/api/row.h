/* The parts that rows of several endpoints share, written one way. */
#ifndef API_ROW_H
#define API_ROW_H

#include "base/json.h"
#include "gpu/fleet.h"

/* Numbers with as many decimals as the quantity means; NaN is null. */
void row_percent(struct json *j, const char *key, double percent);
void row_gib(struct json *j, const char *key, double bytes);
void row_celsius(struct json *j, const char *key, double celsius);
void row_watts(struct json *j, const char *key, double watts);

/* "node_name". */
void row_node(struct json *j, const struct fleet_gpu *gpu);

/* "node_name" and "gpu_index". */
void row_identity(struct json *j, const struct fleet_gpu *gpu);

/* The model's name, or null: a value without a key. */
void row_model(struct json *j, const struct fleet_gpu *gpu);

/* "timestamp", the newest reading's time. */
void row_timestamp(struct json *j, double timestamp_s);

#endif
