#include "api/endpoint.h"
#include "api/row.h"

/* From first to the one before end. */
static void
write_fields(struct json *j, const struct fleet_gpu *gpu, enum field first,
	     enum field end)
{
	for (int i = first; i < (int)end; i++)
		row_field(j, gpu, (enum field)i);
}

/* The first twelve keys are the contract of the first version. */
static void
write_row(struct json *j, const struct fleet *fleet,
	  const struct fleet_gpu *gpu)
{
	json_open_object(j);
	row_identity(j, fleet, gpu);
	row_text(j, "gpu_name", fleet, gpu->model);
	write_fields(j, gpu, FIELD_UTILIZATION, FIELD_SM_CLOCK);
	row_timestamp(j, gpu->timestamp_s);
	row_text(j, "uuid", fleet, fleet_told_uuid(fleet, gpu));
	json_key(j, "exporter");
	json_text(j, gpu->exporter);
	row_number(j, "mig_instance_id", gpu->mig_instance);
	row_text(j, "mig_profile", fleet, gpu->mig_profile);
	row_text(j, "vendor", fleet, gpu->vendor);
	write_fields(j, gpu, FIELD_SM_CLOCK, FIELD_MEMORY_RESERVED);
	row_cluster(j, fleet, gpu);
	row_measured(j, gpu->measured_s);
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
	     .optional = FIELDS_TOLD},
    .write_data = write_data,
};
