#include "gpu/fleet/workload_use.h"

#include <math.h>

enum err_code
workload_use_begin(struct workload_table *t, struct err *e)
{
	const struct fleet *fleet = &t->fleet;

	t->uses = arena_alloc(fleet->arena, fleet->count * sizeof(*t->uses));
	if (t->uses == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < fleet->count; i++)
		t->uses[i] = (struct workload_use){
		    .utilization_max =
			fleet_value(fleet->sorted[i], FIELD_UTILIZATION)};
	return ERR_OK;
}

/* Rows of a card stand together, and the card knows its last one. Who has a
 * card that is split has all of it; how much of it is used is no part's. */
void
workload_use_note(struct workload_table *t, const struct fleet_gpu *gpu,
		  unsigned held_by, double so_far)
{
	const struct fleet *fleet = &t->fleet;
	const struct fleet_gpu *card = fleet_card(gpu);

	for (size_t i = card->order + 1;
	     i-- > 0 && fleet_card(fleet->sorted[i]) == card;) {
		struct workload_use *use = &t->uses[i];

		if (fleet->sorted[i] != gpu && gpu != card)
			continue;
		use->held_by += held_by;
		if (fleet->sorted[i] == gpu)
			use->utilization_max =
			    fmax(use->utilization_max, so_far);
	}
}
