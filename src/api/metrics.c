#include "api/endpoint.h"
#include "api/row.h"

/* The first twelve fields are the contract of the first version. */
static void
write_readings(struct json *j, const struct fleet_gpu *gpu)
{
	row_percent(j, "utilization", fleet_value(gpu, FIELD_UTILIZATION));
	row_gib(j, "memory_used", fleet_value(gpu, FIELD_MEMORY_USED));
	row_gib(j, "memory_total", fleet_value(gpu, FIELD_MEMORY_TOTAL));
	row_gib(j, "memory_free", fleet_value(gpu, FIELD_MEMORY_FREE));
	row_percent(j, "memory_utilization",
		    fleet_value(gpu, FIELD_MEMORY_UTILIZATION));
	row_celsius(j, "temperature", fleet_value(gpu, FIELD_TEMPERATURE));
	row_watts(j, "power_draw", fleet_value(gpu, FIELD_POWER_DRAW));
	row_watts(j, "power_limit", fleet_value(gpu, FIELD_POWER_LIMIT));
	row_timestamp(j, gpu->timestamp_s);
}

static void
write_more_readings(struct json *j, const struct fleet_gpu *gpu)
{
	row_megahertz(j, "sm_clock_mhz", fleet_value(gpu, FIELD_SM_CLOCK));
	row_megahertz(j, "memory_clock_mhz",
		      fleet_value(gpu, FIELD_MEMORY_CLOCK));
	row_percent(j, "fan_speed", fleet_value(gpu, FIELD_FAN_SPEED));
	row_celsius(j, "memory_temperature",
		    fleet_value(gpu, FIELD_MEMORY_TEMPERATURE));
	row_joules(j, "energy_joules", fleet_value(gpu, FIELD_ENERGY));
	json_key(j, "xid");
	json_decimal(j, fleet_value(gpu, FIELD_XID), 0);
	row_percent(j, "memory_controller_utilization",
		    fleet_value(gpu, FIELD_MEMORY_CONTROLLER_UTILIZATION));
}

static void
write_row(struct json *j, const struct fleet *fleet,
	  const struct fleet_gpu *gpu)
{
	json_open_object(j);
	row_identity(j, fleet, gpu);
	row_text(j, "gpu_name", fleet, gpu->model);
	write_readings(j, gpu);
	row_text(j, "uuid", fleet, fleet_told_uuid(fleet, gpu));
	json_key(j, "exporter");
	json_text(j, gpu->exporter);
	row_number(j, "mig_instance_id", gpu->mig_instance);
	row_text(j, "mig_profile", fleet, gpu->mig_profile);
	row_text(j, "vendor", fleet, gpu->vendor);
	write_more_readings(j, gpu);
	json_close_object(j);
}

static enum err_code
write_data(struct endpoint_call *call, const struct fleet *fleet,
	   struct json *j, struct err *e)
{
	(void)call, (void)e;
	json_open_array(j);
	for (size_t i = 0; i < fleet->count; i++)
		write_row(j, fleet, fleet->sorted[i]);
	json_close_array(j);
	return ERR_OK;
}

const struct endpoint endpoint_metrics = {
    .path = "/api/v1/gpu/metrics",
    .message = "GPU metrics retrieved successfully",
    .failure = "Failed to retrieve GPU metrics",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional =
		 FIELD_BIT(FIELD_MEMORY_FREE) | FIELD_BIT(FIELD_TEMPERATURE) |
		 FIELD_BIT(FIELD_POWER_DRAW) | FIELD_BIT(FIELD_POWER_LIMIT) |
		 FIELD_BIT(FIELD_MEMORY_CONTROLLER_UTILIZATION) |
		 FIELD_BIT(FIELD_SM_CLOCK) | FIELD_BIT(FIELD_MEMORY_CLOCK) |
		 FIELD_BIT(FIELD_FAN_SPEED) |
		 FIELD_BIT(FIELD_MEMORY_TEMPERATURE) | FIELD_BIT(FIELD_ENERGY) |
		 FIELD_BIT(FIELD_XID)},
    .write_data = write_data,
};
