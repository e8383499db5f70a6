/* What an answer lacks, as its warnings tell it. */
#ifndef GPU_COLLECT_LACKS_H
#define GPU_COLLECT_LACKS_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/call.h"
#include "gpu/collect/plan.h"
#include "gpu/fleet/fleet.h"

/* What that query would have told; and a log line about it. */
void lacks_warn_of_failure(struct plan *p, size_t number);

/* So many series that are of nothing that could be named. */
void lacks_warn_of_skipped(struct call *call, const struct join_source *source,
			   size_t skipped);

/* Of the finished fleet: who is silent, if all were asked, and who is nowhere.
 */
void lacks_warn(const struct plan *p, const struct detection *found,
		const struct fleet *fleet, bool is_of_all);

#endif
