/* How the fleet's rows are used, whoever has them. */
#ifndef GPU_FLEET_WORKLOAD_USE_H
#define GPU_FLEET_WORKLOAD_USE_H

#include "base/err.h"
#include "gpu/fleet/workload.h"

/* Of a finished fleet: as it is now, and held by nobody. */
enum err_code workload_use_begin(struct workload_table *t, struct err *e);

/* So many have the GPU, which is a row or a card that is split, and so_far is
 * the most that it was used; NaN. */
void workload_use_note(struct workload_table *t, const struct fleet_gpu *gpu,
		       unsigned held_by, double so_far);

#endif
