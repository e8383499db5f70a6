/*
 * What each line of a profile finds, for its author: how many series, and of
 * one of them what it says.
 */
#ifndef GPU_SITE_EXPLAIN_H
#define GPU_SITE_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/profile/profile.h"
#include "prom/pool.h"

enum explain_part {
	EXPLAIN_MATCH, /* a metric of match, by its place there */
	EXPLAIN_LABEL, /* a name in labels */
	EXPLAIN_METRIC
};

struct explain_line {
	enum explain_part part;
	size_t place; /* in the profile: of that part */
	/* With the name alone, of a metric, and with all conditions; of a
	 * label, how many of the series that it is looked for in have it. */
	uint64_t named_count, series_count;
	bool has_value; /* the sample of one of its series */
	double value;
	const char *text; /* a label's text there; NULL: none */
};

struct explanation {
	struct explain_line *lines; /* part by part */
	size_t count;
	/* Those that labels are looked for in: of match and info, and of
	 * processes. */
	uint64_t gpu_series_count, process_series_count;
};

/*
 * Asks by a few queries, whose answers have one series for each line at most.
 * Of a profile that has no metric there, nothing more is asked: so a server
 * that does not know a label in quotes is not asked for one.
 */
enum err_code explain_profile(struct pool *pool, struct call *call,
			      const struct profile *p, struct explanation *out,
			      struct err *e);

#endif
