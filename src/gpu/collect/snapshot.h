/*
 * What was found out at one moment: the fleet, its processes, who has it, or
 * what is wrong. It
 * does not change any more, so that any number of answers can be made of it.
 */
#ifndef GPU_COLLECT_SNAPSHOT_H
#define GPU_COLLECT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/collect/collect.h"
#include "gpu/collect/problems.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/process.h"
#include "gpu/fleet/workload.h"

struct snapshot {
	/* One of these. */
	struct fleet fleet;
	struct process_table processes;
	struct workload_table workloads;
	const struct problems *problems; /* or NULL */

	/* What whoever makes an answer of it has to tell. */
	const char *warnings[CALL_WARNINGS_MAX];
	size_t warning_count;

	/* Private: of one that is nobody's part. */
	struct budget budget;
	size_t max_bytes;
	struct arena arena;
};

/*
 * Collects what is needed, by one of collect's functions, for a call
 * and in its arena; to be returned with snapshot_fini either way. Its warnings
 * are the call's.
 */
enum err_code snapshot_collect(struct snapshot *s, const struct collector *c,
			       const struct plan_need *need, struct call *call,
			       struct err *e);

/* Safe on a zeroed one. */
void snapshot_fini(struct snapshot *s);

/*
 * One that outlives the call, in memory of its own: so much of a budget that
 * outlives it. To be freed. NULL, and *e says why.
 */
struct snapshot *snapshot_new(const struct collector *c,
			      const struct plan_need *need, struct call *call,
			      size_t max_bytes, struct budget *of_all,
			      struct err *e);

/*
 * Whether the metrics of some fields, and the roll call, tell of the same cards
 * as those of all: as far as is known of what is there, one exporter alone, of
 * which no metric has more series than what always tells of its cards, and
 * whose cards have no copies.
 */
bool snapshot_may_be_narrow(const struct collector *c);

/* NULL is fine. */
void snapshot_free(struct snapshot *s);

/* What it takes. */
size_t snapshot_bytes(const struct snapshot *s);

#endif
