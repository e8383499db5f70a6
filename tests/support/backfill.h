/* A Prometheus that scrapes nothing, with a past that somebody writes. */
#ifndef SUPPORT_BACKFILL_H
#define SUPPORT_BACKFILL_H

#include <stdio.h>

#include "support/source.h"

struct backfill {
	const char *name; /* of its files, in the test's directory */
	/* Writes samples as OpenMetrics has them, without the end. */
	void (*write)(FILE *out, const void *context);
	const void *context;
	const char *there; /* PromQL that is not 0 once all can be asked for */
};

/* By promtool; returns once it answers. */
void backfill_start_prometheus(struct source *out, const struct backfill *b);

#endif
