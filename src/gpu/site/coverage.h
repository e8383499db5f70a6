/*
 * Which fields of its profile an exporter has: for people, who see what it
 * lacks, and whether another one's series are taken for its own.
 */
#ifndef GPU_SITE_COVERAGE_H
#define GPU_SITE_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/field.h"
#include "gpu/profile/profile.h"
#include "gpu/site/site.h"
#include "prom/ask.h"

enum { COVERAGE_QUESTIONS_MAX = 3, COVERAGE_NAMES_BYTES = 512 };

/* Where its questions are in the ask. */
struct coverage_question {
	size_t first, count;
	size_t metric_end; /* of the metrics before it */
};

/* The fields that the profile has metrics for. */
field_set coverage_of(const struct profile *p);

/*
 * Those of them without which it hardly is that exporter: of FIELDS_MAIN; if it
 * has none of these, those with a metric that is not optional, or all.
 */
field_set coverage_main(const struct profile *p);

/*
 * Asks how many series there are of metrics with conditions of their own, which
 * the inventory counts by name; by few queries, whatever goes into them.
 */
enum err_code coverage_ask(struct ask *a, const struct profile *p,
			   struct coverage_question *out, struct err *e);

/*
 * What the exporter has, by its inventory, NULL if there is none, and the
 * answers. Of what was not asked, or answered in part, the inventory alone
 * tells; if something was not answered, nothing is known.
 */
struct coverage coverage_read(struct call *call, struct ask *a,
			      const struct profile *p,
			      const struct coverage_question *q,
			      const uint64_t *series);

/* "utilization, memory_used", as profiles call them; "" for none. */
void coverage_write(char out[static COVERAGE_NAMES_BYTES], field_set fields);

/*
 * A warning for each of the exporters that is there by its match alone: none of
 * its main fields is, or no series says which GPU it is of. Where that is not
 * known, there is none.
 */
void coverage_warn(struct call *call, const struct detection *found);

#endif
