/* The parts that rows of several endpoints share, written one way. */
#ifndef API_ROW_H
#define API_ROW_H

#include "base/json.h"
#include "gpu/field.h"
#include "gpu/fleet/fleet.h"

/* A number as its unit is told: in that unit and with that many decimals. */
void row_value(struct json *j, const char *key, enum unit unit, double value);

/* The field, under its key. */
void row_field(struct json *j, const struct fleet_gpu *gpu, enum field field);

/* A text of the fleet, or null. */
void row_text(struct json *j, const char *key, const struct fleet *fleet,
	      uint32_t number);

/* A whole number, or null if it is FLEET_UNKNOWN. */
void row_number(struct json *j, const char *key, uint32_t number);

/* "node_name" and "gpu_index". */
void row_identity(struct json *j, const struct fleet *fleet,
		  const struct fleet_gpu *gpu);

/* "cluster", which ends a row; null where no label tells. */
void row_cluster(struct json *j, const struct fleet *fleet,
		 const struct fleet_gpu *gpu);

/* "timestamp", the newest reading's time. */
void row_timestamp(struct json *j, double timestamp_s);

/* "measured_at"; 0 is not known. */
void row_measured(struct json *j, double measured_s);

#endif
