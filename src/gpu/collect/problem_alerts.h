/* Prometheus' alerts that are about GPUs, as problems. */
#ifndef GPU_COLLECT_PROBLEM_ALERTS_H
#define GPU_COLLECT_PROBLEM_ALERTS_H

#include <stddef.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/fleet/problem.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"

enum { PROBLEM_ALERTS_QUESTIONS = 2 };

/* Adds so many questions, or none if match is "off"; else it is "auto", or
 * matchers. The profile tells the names of clusters. *count is how many. */
enum err_code problem_alerts_ask(struct ask *a, const struct profile *p,
				 const char *match, size_t *count,
				 struct err *e);

/*
 * Takes the answers, of which the first has that number, into the table, of
 * which the fleet and the targets are there. One that failed is a warning; of
 * the alerts themselves it is told: *has_failed.
 */
enum err_code problem_alerts_read(struct call *call, struct ask *a,
				  size_t first, struct problem_table *table,
				  bool *has_failed, struct err *e);

#endif
