/*
 * From the samples of one answer to the GPUs that they are of: what the
 * profile calls its labels, names of nodes, units.
 */
#ifndef GPU_COLLECT_JOIN_H
#define GPU_COLLECT_JOIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/recall.h"
#include "gpu/collect/times.h"
#include "gpu/fleet/fleet.h"
#include "gpu/profile/profile.h"
#include "gpu/site/identify.h"
#include "gpu/site/scales.h"
#include "prom/samples.h"

enum { JOIN_METRICS_MAX = 32 };

struct workload_join;

/* What was asked, of whom, and the answer. */
struct join_source {
	const struct profile *profile;
	unsigned rank; /* of the profile: the lowest has precedence */
	const struct profile_metric *metrics[JOIN_METRICS_MAX];
	size_t metric_count;
	unsigned char slots[PROFILE_LABEL__MAX]; /* or IDENTIFY_NO_SLOT */
	const struct samples *samples;
	const struct nodemap *nodes;	 /* or NULL */
	const struct targets *targets;	 /* that were seen before; or NULL */
	const struct scales *scales;	 /* that were seen before; or NULL */
	const struct times *times;	 /* of the targets; or NULL */
	struct recall *recall;		 /* of the exporter; or NULL */
	struct workload_join *workloads; /* who is told as well; or NULL */
};

struct join_meaning;

struct join {
	struct fleet *fleet;
	const struct join_source *source;
	struct arena *scratch;
	/* By the texts' numbers; NULL as long as nobody wanted one. */
	struct join_meaning *meanings;
	uint32_t nowhere; /* behind them: of samples without a target */
	uint32_t metric_texts[JOIN_METRICS_MAX]; /* the metrics' names */
	struct identify_source identified;
	struct identify_reader who;
	double scales[JOIN_METRICS_MAX];
};

/* One sample: which metric's, and where its value goes. */
struct join_hit {
	const struct profile_metric *metric;
	struct fleet_gpu *gpu; /* the card, or its instance */
	double value;	       /* in the field's unit, or NaN */
	double time_s;	       /* the later one counts */
	double lost_s;	       /* not measured since then; 0: it is there */
};

/*
 * Adds all samples to the fleet; the vector's strings are the fleet's texts.
 * *skipped is the number of series that do not tell which GPU they are of.
 * scratch is for memory that is not needed after the call.
 */
enum err_code join_fleet(struct fleet *f, const struct join_source *source,
			 struct arena *scratch, size_t *skipped, struct err *e);

/* Step by step, for what is not a GPU's own; join_fini either way: */

enum err_code join_init(struct join *j, struct fleet *f,
			const struct join_source *source, struct arena *scratch,
			struct err *e);

void join_fini(struct join *j);

/* *is_usable is false if the series does not tell which GPU it is of. */
enum err_code join_sample(struct join *j, const struct sample *s,
			  struct join_hit *out, bool *is_usable, struct err *e);

/* What such a value of that metric, one of the source's, is in the field's
 * unit, if the sample's series had it; or NaN. */
double join_value(const struct join *j, const struct sample *s, size_t metric,
		  double value);

/* The same where nothing but the metric tells the scale. */
double join_plain_value(const struct profile_metric *metric, double value);

#endif
