/*
 * Requests that are told the same series as one before, which is what most of
 * them are: each series is of the row that it was of then, so that only values
 * are new (gpu/fleet/shape). That is known of whole plans: where one query is
 * answered with one series more, or less, or in another order, nothing is, and
 * the answers are joined as if there had been none before.
 *
 * What a series is called, and which node its target is of, decides all of a
 * row but its values, and so do the order of queries and of series: all that is
 * compared. The rest is never repeated: copies, among which values choose;
 * scales that values tell; what several exporters, or several targets, tell of
 * one card.
 */
#ifndef GPU_COLLECT_REPEAT_H
#define GPU_COLLECT_REPEAT_H

#include <stdbool.h>

#include "base/err.h"
#include "gpu/collect/plan.h"
#include "gpu/collect/repeats.h"
#include "gpu/fleet/fleet.h"

/* Whether the plan's answers may be repeated: not while series are learned from
 * them, which are to be read then. */
bool repeat_may(const struct plan *p);

/*
 * Takes the plan's answers, one after the other, if they are those that are
 * remembered: *is_done, and the fleet is to be finished. Else the fleet is
 * empty, and the answers are still there. ERR_MEMORY.
 */
enum err_code repeat_take(struct repeat *r, struct plan *p, struct fleet *f,
			  bool *is_done, struct err *e);

/* The name of the node of a series' target, a text of the fleet's, and how sure
 * it is. */
struct repeat_name {
	uint32_t node; /* or IDENTITY_UNKNOWN */
	unsigned doubt;
	bool is_new; /* it was concluded from these answers */
};

/*
 * What the roster calls those of the known series of that rank's exporter that
 * were told, by their numbers, in memory that lives until the fleet is
 * finished.
 */
enum err_code repeat_name_nodes(const struct plan *p, unsigned rank,
				const struct repeat_exporter *exporter,
				struct fleet *f, struct repeat_name **out,
				struct err *e);

/* The plan's first query for what that rank's exporter measures; NULL if there
 * is none. */
const struct join_source *repeat_source(const struct plan *p, unsigned rank);

#endif
