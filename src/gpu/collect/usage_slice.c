#include "gpu/collect/usage_slice.h"

bool
usage_is_told(const struct detection *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (profile_tells_workloads(found->profiles[i]))
			return true;
	return false;
}

size_t
usage_overlap(const struct history_need *need)
{
	return 1 + (size_t)(need->gap_s / need->timeline.step_s);
}

enum err_code
usage_slice_read(struct usage_slice *out, struct usage_pods *pods,
		 const struct history_slicing *s, struct history_slice *slice,
		 struct err *e)
{
	struct usage_holders *holders = &out->holders;
	struct intern *texts = &slice->fleet.texts;
	enum err_code code;

	usage_holders_init(holders, &slice->need, &slice->arena);
	code = usage_pods_read(pods, &holders->join.own, texts, e);
	if (code == ERR_OK)
		code = history_slice_gpus(s, slice, &holders->listener,
					  &out->gpus, e);
	if (code == ERR_OK)
		code = usage_holders_finish(holders, texts, s->call, e);
	return code == ERR_OK
		   ? usage_pods_note(pods, &holders->join.own, texts, e)
		   : code;
}

void
usage_slice_fini(struct usage_slice *u)
{
	usage_holders_fini(&u->holders);
}
