#include "api/endpoint.h"
#include "api/node_rows.h"

static enum err_code
list_rows(struct endpoint_call *call, const struct snapshot *snapshot,
	  struct rows *out, struct err *e)
{
	const struct node_rows_need need = {.fleet = &snapshot->fleet};

	return node_rows_list(&need, call->collect.arena, out, e);
}

const struct endpoint endpoint_nodes = {
    .path = "/api/v1/gpu/nodes",
    .operation = "getGpuNodes",
    .sentence = "A row for each node, with sums and averages over its GPUs.",
    .message = "GPU nodes retrieved successfully",
    .failure = "Failed to retrieve GPU nodes",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional = FIELDS_OF_GROUPS},
    .describe = node_rows_describe,
    .list_rows = list_rows,
};
