#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "api/gpu_rows.h"

/* The first twelve are the contract of the first version. */
static void
describe(struct column_list *list)
{
	column_add(list, &gpu_column_node_name);
	column_add(list, &gpu_column_gpu_index);
	column_add(list, &gpu_column_gpu_name);
	gpu_columns_add_fields(list, FIELD_UTILIZATION, FIELD_SM_CLOCK);
	column_add(list, &gpu_column_timestamp);
	column_add(list, &gpu_column_uuid);
	column_add(list, &gpu_column_exporter);
	column_add(list, &gpu_column_mig_instance_id);
	column_add(list, &gpu_column_mig_profile);
	column_add(list, &gpu_column_vendor);
	gpu_columns_add_fields(list, FIELD_SM_CLOCK, FIELD_MEMORY_RESERVED);
	column_add(list, &gpu_column_cluster);
	column_add(list, &gpu_column_measured_at);
}

const struct endpoint endpoint_metrics = {
    .path = "/api/v1/gpu/metrics",
    .operation = "getGpuMetrics",
    .sentence = "A row for each GPU, or each of its MIG instances, with "
		"everything that is known of it.",
    .message = "GPU metrics retrieved successfully",
    .failure = "Failed to retrieve GPU metrics",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional = FIELDS_TOLD},
    .describe = describe,
    .list_rows = gpu_rows_list,
};
