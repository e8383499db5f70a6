/*
 * What namespaces, pods, jobs, users used of which GPUs over a span of time: a
 * ledger of who held them, and whether they were busy meanwhile.
 *
 * Each GPU's series are asked for as they are, as a history's, and put together
 * here, in slices of the time. To group them in PromQL (count by (namespace)
 * (max by (...) (...))) would bring less, but has Prometheus look at all labels
 * of each series for each point, which took 2.42 several times as long as all
 * else for histories (tests/README.md, "Histories"). Nor could it tell which
 * copies are one card, to whom a name belongs by what else is known of it, that
 * a pod has just gone from a GPU while its last sample is still there, or what
 * of a card an instance is.
 *
 * A point is told for each step, and stands for it. Who shares a GPU has one
 * part of as many as there are: pods, and jobs. So what is told of namespaces
 * is what is told of their pods, added up.
 */
#ifndef GPU_COLLECT_USAGE_H
#define GPU_COLLECT_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/intern.h"
#include "gpu/call.h"
#include "gpu/collect/collect.h"
#include "gpu/collect/history.h"
#include "gpu/fleet/ledger.h"
#include "gpu/fleet/timeline.h"
#include "gpu/profile/prices.h"

/* What has a row. */
enum usage_by {
	USAGE_BY_NAMESPACE,
	USAGE_BY_POD,
	USAGE_BY_JOB,
	USAGE_BY_USER,
	USAGE_BY_NODE,
	USAGE_BY_MODEL
};

/* Who held what, or what of it a row is by; NULL: nobody tells, or it is by
 * something else. */
struct usage_key {
	const struct intern_string *namespace, *pod, *job, *user;
	const struct intern_string *cluster, *node, *model, *vendor;
};

/* Which of it counts. passes is NULL: all of it. */
struct usage_filter {
	bool (*passes)(const void *context, const struct usage_key *key);
	const void *context;
};

struct usage_need {
	enum usage_by by;
	/* Its first point is where the first step begins. */
	struct timeline timeline;
	int64_t gap_s; /* as a history's */
	struct usage_filter filter;
	size_t max_points; /* that are held at once */
};

struct usage_row {
	struct usage_key key;
	struct ledger_sums sums;
	const struct timeline *timeline;
	const char *currency; /* NULL: there are no prices */
};

struct usage {
	struct usage_row *rows; /* by their keys; who is not known comes last */
	size_t count;

	/* Private: what the keys live in. */
	struct intern texts;
	const struct detection *found;
	const struct prices *prices;
};

/*
 * The rows live in the call's arena, and until usage_fini, which is due either
 * way; they refer to the need. A query that fails, fails the call.
 */
enum err_code usage_collect(const struct collector *c,
			    const struct usage_need *need, struct call *call,
			    struct usage *out, struct err *e);

/* Safe on a zeroed one. */
void usage_fini(struct usage *u);

#endif
