/* How the fleet's rows are used, whoever has them. */
#ifndef GPU_FLEET_WORKLOAD_USE_H
#define GPU_FLEET_WORKLOAD_USE_H

#include "base/err.h"
#include "gpu/fleet/workload.h"

/* Of a finished fleet: nobody has told anything yet. */
enum err_code workload_use_begin(struct workload_table *t, struct err *e);

/* That so_far is the most that the GPU was used, which is a row or a card that
 * is split; NaN; and whether that was told when the window began. How much of a
 * split card is used is no part's. */
void workload_use_note(struct workload_table *t, const struct fleet_gpu *gpu,
		       double so_far, bool was_measured);

#endif
