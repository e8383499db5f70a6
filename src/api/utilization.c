#include "api/endpoint.h"
#include "api/row.h"

static enum err_code
write_data(struct endpoint_call *call, const struct fleet *fleet,
	   struct json *j, struct err *e)
{
	(void)call, (void)e;
	json_open_array(j);
	for (size_t i = 0; i < fleet->count; i++) {
		const struct fleet_gpu *gpu = fleet->sorted[i];

		json_open_object(j);
		row_identity(j, fleet, gpu);
		row_field(j, gpu, FIELD_UTILIZATION);
		row_timestamp(j, gpu->timestamp_s);
		row_number(j, "mig_instance_id", gpu->mig_instance);
		row_text(j, "uuid", fleet, fleet_told_uuid(fleet, gpu));
		row_cluster(j, fleet, gpu);
		row_measured(j, gpu->measured_s);
		json_close_object(j);
	}
	json_close_array(j);
	return ERR_OK;
}

const struct endpoint endpoint_utilization = {
    .path = "/api/v1/gpu/utilization",
    .message = "GPU utilization retrieved successfully",
    .failure = "Failed to retrieve GPU utilization",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION)},
    .write_data = write_data,
};
