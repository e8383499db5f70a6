#include "api/gpu_rows.h"

#include <string.h>

static const struct fleet_gpu *
gpu_of(const void *row)
{
	return row;
}

enum err_code
gpu_rows_take(struct rows *out, const void *sorted, size_t count,
	      struct arena *arena, struct err *e)
{
	out->list = arena_alloc(arena, count * sizeof(*out->list));
	if (out->list == NULL)
		return err_set_memory(e);
	if (count > 0)
		memcpy(out->list, sorted, count * sizeof(*out->list));
	out->count = count;
	return ERR_OK;
}

enum err_code
gpu_rows_list(struct endpoint_call *call, const struct snapshot *snapshot,
	      struct rows *out, struct err *e)
{
	const struct fleet *fleet = &snapshot->fleet;

	out->fleet = fleet;
	out->gpu_of = gpu_of;
	return gpu_rows_take(out, fleet->sorted, fleet->count,
			     call->collect.arena, e);
}
