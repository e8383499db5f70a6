/* Which GPUs a request names: by whole names of nodes, uuids, clusters. */
#ifndef API_NAMED_H
#define API_NAMED_H

#include <stdbool.h>

#include "api/column.h"
#include "api/params.h"
#include "base/arena.h"
#include "gpu/collect/few.h"

/*
 * Names that each row has which passes the filters; borrowed from the
 * parameters, and in that arena. False if there are none, or no memory.
 */
bool named_find(const struct params *p, const struct column_list *list,
		struct arena *arena, struct few_names *out);

#endif
