/* What is not known of free GPUs, for whoever tells how many there are. */
#ifndef API_AVAILABLE_DOUBTS_H
#define API_AVAILABLE_DOUBTS_H

#include <stdbool.h>

#include "api/endpoint.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/collect/problems.h"
#include "gpu/fleet/available.h"
#include "gpu/fleet/workload.h"

/* Warns of GPUs that are left out, or counted although it is not known that
 * nobody has them. */
void available_warn(struct call *call, const struct available *a,
		    const struct available_need *need);

/*
 * Has the need leave out cards of which a critical problem was found, which may
 * be NULL; in the call's arena. ERR_MEMORY.
 */
enum err_code available_find_sick(struct endpoint_call *call,
				  const struct problems *found,
				  struct available_need *need, struct err *e);

/*
 * What was to be known and could not be found out: without it less would seem
 * to be free than there is. The failure of the first query for that.
 */
enum err_code available_check(const struct workload_table *t, bool needs_window,
			      struct err *e);

#endif
