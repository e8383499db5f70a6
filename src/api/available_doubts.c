#include "api/available_doubts.h"

void
available_warn(struct call *call, const struct available *a,
	       const struct available_need *need)
{
	if (a->maybe_held_count > 0)
		call_warn(
		    call,
		    "GPUs of which nobody tells who has them: %zu; \"free\" "
		    "means that they are idle, with less than %.4g GiB of "
		    "their memory in use",
		    a->maybe_held_count,
		    need->memory_used_max * unit_table[UNIT_BYTES].factor);
	if (a->broken_count > 0)
		call_warn(call,
			  "GPUs left out, since their last XID is one after "
			  "which a GPU does not work, or another critical "
			  "problem is told of them: %zu",
			  a->broken_count);
	if (a->unknown_node_count > 0)
		call_warn(call,
			  "GPUs left out, since it is not known whether their "
			  "nodes are ready, or what is left there: %zu",
			  a->unknown_node_count);
	if (a->misplaced_count > 0)
		call_warn(call,
			  "GPUs left out, since it is not known which of "
			  "Kubernetes' nodes they are in: %zu; it has GPUs on "
			  "nodes where no exporter shows any, or nodes of one "
			  "name",
			  a->misplaced_count);
	if (a->unknown_memory_count > 0)
		call_warn(call,
			  "GPUs left out, since nobody tells how much of their "
			  "memory is in use: %zu",
			  a->unknown_memory_count);
	if (a->unknown_use_count > 0)
		call_warn(call,
			  "GPUs left out, since nobody measured how busy they "
			  "are, or were for so long: %zu",
			  a->unknown_use_count);
}

enum err_code
available_find_sick(struct endpoint_call *call, const struct problems *found,
		    struct available_need *need, struct err *e)
{
	if (found == NULL)
		return ERR_OK;
	return sick_cards_find(&found->table, call->collect.arena, &need->sick,
			       e);
}

enum err_code
available_check(const struct workload_table *t, bool needs_window,
		struct err *e)
{
	static const struct err none = {.code = ERR_OK};
	const struct err *outcomes[] = {
	    &t->capacity.failure, &t->capacity.lacks, &t->claims.failure,
	    needs_window ? &t->so_far_failure : &none};

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
		if (outcomes[i]->code != ERR_OK) {
			*e = *outcomes[i];
			return e->code;
		}
	return ERR_OK;
}
