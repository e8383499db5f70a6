#include "api/endpoint.h"
#include "api/row.h"

static void
write_row(struct json *j, const struct fleet_gpu *gpu)
{
	json_open_object(j);
	row_identity(j, gpu);
	json_key(j, "gpu_name");
	row_model(j, gpu);
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
	row_percent(j, "memory_controller_utilization",
		    fleet_value(gpu, FIELD_MEMORY_CONTROLLER_UTILIZATION));
	json_close_object(j);
}

static enum err_code
write_data(struct endpoint_call *call, const struct fleet *fleet,
	   struct json *j, struct err *e)
{
	(void)call, (void)e;
	json_open_array(j);
	for (size_t i = 0; i < fleet->count; i++)
		write_row(j, fleet->sorted[i]);
	json_close_array(j);
	return ERR_OK;
}

const struct endpoint endpoint_metrics = {
    .path = "/api/v1/gpu/metrics",
    .message = "GPU metrics retrieved successfully",
    .failure = "Failed to retrieve GPU metrics",
    .cache_control = "max-age=1",
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional =
		 FIELD_BIT(FIELD_MEMORY_FREE) | FIELD_BIT(FIELD_TEMPERATURE) |
		 FIELD_BIT(FIELD_POWER_DRAW) | FIELD_BIT(FIELD_POWER_LIMIT) |
		 FIELD_BIT(FIELD_MEMORY_CONTROLLER_UTILIZATION)},
    .write_data = write_data,
};
