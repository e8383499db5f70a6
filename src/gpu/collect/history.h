/*
 * What was measured over a span of time: a line for each GPU, or for each group
 * of them. Queries go by the roster, so that a line is the same card's as a row
 * of now, over restarts, pods that come and go, and exporters.
 */
#ifndef GPU_COLLECT_HISTORY_H
#define GPU_COLLECT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/collect/collect.h"
#include "gpu/field.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/lines.h"
#include "gpu/fleet/timeline.h"

/* What has a line. */
enum history_by {
	HISTORY_BY_GPU, /* or each instance of one that is split */
	HISTORY_BY_NODE,
	HISTORY_BY_MODEL,
	HISTORY_BY_CLUSTER,
	HISTORY_BY_ALL,	     /* one line of all */
	HISTORY_BY_NAMESPACE /* that had the GPUs; NULL: none */
};

/* How a GPU's value at a point follows from what was measured in the step
 * before it. */
enum history_of_step { HISTORY_AVG, HISTORY_MIN, HISTORY_MAX, HISTORY_SAMPLE };

/* A line, and what it is of: NULL, or FLEET_UNKNOWN, where that is not known,
 * or is not of one. */
struct history_line {
	const struct intern_string *cluster, *node, *uuid, *model, *vendor;
	const struct intern_string *namespace;
	const char *exporter;
	uint32_t index, mig_instance;
	size_t gpu_count; /* of a group: at the point where they are the most */
	const double *points; /* NaN: nobody measured it; NULL: none yet */
	struct lines_summary summary;
};

/* Which GPUs count. */
struct history_filter {
	/* NULL: all. Told of what is known of a GPU or an instance. */
	bool (*passes)(const void *context, const struct history_line *line);
	const void *context;
	bool is_of_parts; /* goes by the number of an instance, too */
	/* Names, without wildcards, of which one must be the GPU's: who is gone
	 * is asked for by them. Plain texts: history_is_plain. */
	const char *const *nodes, *const *uuids;
	size_t node_count, uuid_count;
	/* No others pass: whose node, or uuid, is none of those need not be
	 * looked at. */
	bool are_nodes_all, are_uuids_all;
};

struct history_need {
	enum field field;
	/* Of who had the GPUs: beside the field these, with whatever tells
	 * whose they were. */
	field_set more_fields;
	bool tells_holders;
	enum history_by by;
	enum history_of_step of_step;
	struct timeline timeline;
	int64_t gap_s; /* what was measured so long before a point is its */
	struct history_filter filter;
	size_t limit, offset; /* of the lines */
	size_t max_points;    /* of all lines together */
};

struct history {
	/* In the order of rows; behind them those that are no more. */
	struct history_line *lines;
	size_t count; /* of this page */
	size_t total;

	/* Private: what the lines' texts live in. */
	const struct detection *found;
	struct fleet fleet;
};

/* Letters, digits and ._:- alone: fit to be asked for. */
bool history_is_plain(const char *text, size_t length);

/* What is there, to be given back with detect_release either way; a warning if
 * that is nothing. ERR_NOT_READY: it is not known yet. */
enum err_code history_find_out(const struct collector *c, struct call *call,
			       const struct detection **out, struct err *e);

/*
 * The lines live in the call's arena, and until history_fini, which is due
 * either way. A query that fails, fails the call. ERR_QUERY, for the client: so
 * many lines of so many points are too many, or the field cannot be told in
 * that way.
 */
enum err_code history_collect(const struct collector *c,
			      const struct history_need *need,
			      struct call *call, struct history *out,
			      struct err *e);

/* Safe on a zeroed one. */
void history_fini(struct history *h);

#endif
