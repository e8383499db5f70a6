/* What is asked about problems, in PromQL: the condition is in the query, so
 * that who is well is not told of. */
#ifndef GPU_COLLECT_PROBLEM_PROMQL_H
#define GPU_COLLECT_PROBLEM_PROMQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "gpu/profile/profile.h"
#include "gpu/site/site.h"
#include "prom/element.h"

/* An Xid that was there so long ago is nobody's news. */
enum { PROBLEM_XID_WINDOW_S = 3600 };

/* Who was there so long ago may be in the middle of a restart. */
enum { PROBLEM_FRESH_S = 180 };

/* What tells the cards of an exporter apart, whatever becomes of its pods and
 * its address. */
struct problem_core {
	const struct element_label *labels;
	size_t count;
};

/* Of that exporter, in the arena: where each of its cards has a uuid, as far as
 * is known, its targets are not in it. */
enum err_code problem_promql_core(const struct detection *found, size_t rank,
				  struct arena *arena, struct problem_core *out,
				  struct err *e);

/* Those that tell of that problem; the metric is the profile's, of such a
 * kind. */
void problem_promql_add(struct buf *out, const struct profile_problem *problem,
			const struct profile_metric *m,
			const struct problem_core *core);

/* Whether it can be asked of another time: of what only grows it is not. */
bool problem_promql_has_past(const struct profile_problem *problem);

/* Those that told of it so many seconds ago. */
void problem_promql_add_past(struct buf *out,
			     const struct profile_problem *problem,
			     const struct profile_metric *m, int before_s);

/* The Xids that are told, or that were an hour ago. */
void problem_promql_add_codes(struct buf *out, const struct profile_metric *m,
			      bool is_past);

/* Cards that were there minutes, hours or a day ago, by that metric, and are
 * not; or that were so a few minutes ago. */
void problem_promql_add_lost(struct buf *out, const struct profile_metric *m,
			     const struct problem_core *core, bool is_fresh);

/* When the cards of the targets that the condition selects were told of last,
 * within an hour, to the minute, or within a day, to five. */
void problem_promql_add_seen(struct buf *out, const struct profile_metric *m,
			     const char *instances, bool is_of_day);

/* Whether the exporter's targets are up, and which others are down of jobs that
 * have no other targets. */
void problem_promql_add_targets(struct buf *out,
				const struct profile_metric *m);

#endif
