/* The last hour of one card, as statistics of a few fields. */
#ifndef API_DETAIL_HISTORY_H
#define API_DETAIL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "api/endpoint.h"
#include "gpu/collect/history.h"
#include "gpu/fleet/fleet.h"

enum { DETAIL_HISTORIES = 4 };
extern const enum field detail_history_fields[DETAIL_HISTORIES];

struct detail_history {
	bool is_known; /* else a query failed, of which a warning tells */
	struct timeline timeline;
	struct lines_summary of[DETAIL_HISTORIES]; /* NaN: never measured */
};

/* Asks for it. Only our own trouble is a failure. */
enum err_code detail_history_collect(struct endpoint_call *call,
				     const struct fleet *fleet,
				     const struct fleet_gpu *card,
				     struct detail_history *out, struct err *e);

#endif
