/*
 * From "these fields are needed" to queries: which metrics of which exporter,
 * and which of them together.
 */
#ifndef GPU_COLLECT_PLAN_H
#define GPU_COLLECT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/collect/join.h"
#include "gpu/collect/recall.h"
#include "gpu/collect/times.h"
#include "gpu/field.h"
#include "gpu/site/site.h"

/*
 * Many series come faster from parallel queries, few from one. Measured with
 * Prometheus 2.42 and eight metrics on 2 cores: up to some 400 series one query
 * takes less time in all, and always less of Prometheus' own.
 */
enum { PLAN_TOGETHER_MAX_SERIES = 400 };

/*
 * A query for a required field that fails, fails the request; where others fail
 * they are missing. What an exporter does not have is missing either way: a
 * query that finds nothing has not failed. Where no field is needed, nor
 * processes, the cards are.
 */
struct plan_need {
	field_set required;
	field_set optional;
	bool processes;			    /* all that is known of them, */
	process_field_set process_required; /* and what is required of it */
	bool workloads;			    /* who has the fields' GPUs, */
	bool capacity;			    /* what nodes have of them, */
	bool availability;		    /* and which of them are free */
	bool problems; /* or what is wrong, and nothing else */
	/* Who is idle was so for so long; 0: as the settings have it. */
	int idle_window_s;
	/* Which cards there are, and nothing else: in as few queries as may
	 * be. */
	bool roll_call;
	/* Nobody is told when it was measured, so that is not asked. */
	bool without_times;
	/* What is needed instead where cards have copies: which of them counts,
	 * all that is known of them tells. NULL: nothing else. */
	const struct plan_need *of_copies;
	/* Whoever has other names need not be told of; NULL: all are needed.
	 */
	const struct few_names *names;
};

/* Whether a fleet is, and nothing that is made of more. */
static inline bool
plan_needs_fleet(const struct plan_need *need)
{
	return !need->processes && !need->workloads && !need->problems;
}

/* What one of the queries is for. */
struct plan_query {
	struct join_source source;
	bool is_required;
	bool is_of_targets;  /* times, one for each target */
	size_t series_count; /* of the answer, once it has been joined, */
	bool is_whole;	     /* and whether nothing may be missing of it */
};

/* Queries and the first of the ask's questions run side by side. */
struct plan {
	struct plan_query *queries;
	size_t query_count;
	struct ask ask;
	/* Of each exporter, for what joins its answers. */
	struct times *times;
	struct recall *recalls;

	/* Private. */
	struct call *call;
	const struct detection *found;
	const struct plan_part *part;
	struct plan_need need;
	size_t recall_count;
};

/* What is asked of all there is. */
struct plan_part {
	/* Of each exporter, by its rank: further conditions of all its
	 * selectors, as promql_add_condition writes them; NULL: it is not
	 * asked. */
	const char *const *conditions;
	size_t card_count; /* about as many are told of */
};

/* What a request finds when it comes. */
struct plan_context {
	const struct detection *found;
	struct memory *memory;	      /* or NULL */
	size_t max_series;	      /* of one answer */
	const struct plan_part *part; /* or NULL: all of it */
	size_t more_questions;	      /* that others add to the ask */
};

/*
 * Plans, and asks nothing yet. All is borrowed until plan_fini, and lives in
 * the call's arena; the answers' strings go to the set.
 */
enum err_code plan_init(struct plan *p, const struct plan_context *context,
			const struct plan_need *need, struct call *call,
			struct intern *strings, struct err *e);

/* What all queries about the exporter of that rank have in common. */
struct join_source plan_source(const struct plan *p, unsigned rank);

/* Safe on a zeroed plan. */
void plan_fini(struct plan *p);

#endif
