/*
 * What kube-state-metrics tells of the pods that ask for GPUs. Its labels have
 * the names of its target's: so a scraped one may be called "exported_x", and
 * what belongs together is brought together here, not in PromQL.
 */
#ifndef GPU_COLLECT_KUBE_H
#define GPU_COLLECT_KUBE_H

#include <stddef.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/fleet/claims.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"

enum { KUBE_QUESTIONS = 4 };

/* Adds the questions. The profile tells the names of clusters, and the matchers
 * that each selector has. */
enum err_code kube_ask(struct ask *a, const struct profile *p, struct err *e);

/*
 * Takes the answers, from that question on. One that failed becomes a warning,
 * and a log line: then something of what it tells is not known.
 */
enum err_code kube_read(struct call *call, struct ask *a, size_t first,
			struct claims *out, struct err *e);

#endif
