/* From who had which card when to a ledger of it. */
#ifndef GPU_COLLECT_USAGE_CARDS_H
#define GPU_COLLECT_USAGE_CARDS_H

#include <limits.h>
#include <stddef.h>

#include "base/err.h"
#include "gpu/collect/history_gpus.h"
#include "gpu/collect/history_slices.h"
#include "gpu/collect/usage_holders.h"
#include "gpu/collect/usage_rows.h"
#include "gpu/profile/prices.h"

/* What all slices' cards are added to. */
struct usage_ledger {
	const struct usage_need *need;
	double idle_below;	     /* percent */
	const struct prices *prices; /* or NULL */
	struct usage_rows rows;
	/* Cards of which nobody tells how large their instances are: the most
	 * in one slice. */
	size_t unsized_count;
	/* The first point of all at which anything was told of some card. */
	size_t told_from;
};

/* Of nothing yet. */
enum { USAGE_NEVER_TOLD = INT_MAX };

/* Adds those of a slice, by the points that are its own. */
enum err_code usage_cards_add(struct usage_ledger *l,
			      const struct history_slice *slice,
			      const struct history_gpus *gpus,
			      const struct usage_holders *holders,
			      struct call *call, struct err *e);

#endif
