#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "api/gpu_rows.h"

static void
describe(struct column_list *list)
{
	column_add(list, &gpu_column_node_name);
	column_add(list, &gpu_column_gpu_index);
	gpu_columns_add_fields(list, FIELD_UTILIZATION, FIELD_UTILIZATION + 1);
	column_add(list, &gpu_column_timestamp);
	column_add(list, &gpu_column_mig_instance_id);
	column_add(list, &gpu_column_uuid);
	column_add(list, &gpu_column_cluster);
	column_add(list, &gpu_column_measured_at);
}

const struct endpoint endpoint_utilization = {
    .path = "/api/v1/gpu/utilization",
    .operation = "getGpuUtilization",
    .sentence = "How busy each GPU is: the cheapest, for frequent polling.",
    .message = "GPU utilization retrieved successfully",
    .failure = "Failed to retrieve GPU utilization",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION)},
    .describe = describe,
    .list_rows = gpu_rows_list,
};
