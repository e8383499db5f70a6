#include "api/gpu_rows.h"

static const struct fleet_gpu *
gpu_of(const void *row)
{
	return row;
}

enum err_code
gpu_rows_list(struct endpoint_call *call, const struct snapshot *snapshot,
	      struct rows *out, struct err *e)
{
	const struct fleet *fleet = &snapshot->fleet;

	out->fleet = fleet;
	out->gpu_of = gpu_of;
	out->list =
	    arena_alloc(call->collect.arena, fleet->count * sizeof(*out->list));
	if (out->list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < fleet->count; i++)
		out->list[i] = fleet->sorted[i];
	out->count = fleet->count;
	return ERR_OK;
}
