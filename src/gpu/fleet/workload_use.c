#include "gpu/fleet/workload_use.h"

#include <math.h>

enum err_code
workload_use_begin(struct workload_table *t, struct err *e)
{
	const struct fleet *fleet = &t->fleet;

	t->utilization_so_far = arena_alloc(
	    fleet->arena, fleet->count * sizeof(*t->utilization_so_far));
	t->was_measured =
	    arena_alloc(fleet->arena, fleet->count * sizeof(*t->was_measured));
	if (t->utilization_so_far == NULL || t->was_measured == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < fleet->count; i++) {
		t->utilization_so_far[i] = NAN;
		t->was_measured[i] = false;
	}
	return ERR_OK;
}

/* Rows of a card stand together, and the card knows its last one. */
void
workload_use_note(struct workload_table *t, const struct fleet_gpu *gpu,
		  double so_far, bool was_measured)
{
	const struct fleet *fleet = &t->fleet;
	const struct fleet_gpu *card = fleet_card(gpu);

	for (size_t i = card->order + 1;
	     i-- > 0 && fleet_card(fleet->sorted[i]) == card;)
		if (fleet->sorted[i] == gpu) {
			t->utilization_so_far[i] =
			    fmax(t->utilization_so_far[i], so_far);
			t->was_measured[i] |= was_measured;
		}
}
