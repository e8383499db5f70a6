/*
 * What a query asks for, and the series of the fleet that answer it.
 *
 * A query is not evaluated. A metric belongs to its answer if the query names
 * it, or has a matcher __name__=~"..." that fits it; selectors are ignored. A
 * query with "by" gets series without __name__, instance and job, one with
 * "count" gets how many GPUs the fleet's exporter reports, one for the counts
 * by __name__ a great number for each metric, so that each is asked for by
 * itself, one for kube_pod_info nothing, vector(...) one sample 1, and
 * timestamp(...) the time of each sample; of min(timestamp(...)) one for the
 * exporter.
 */
#ifndef TEST_FAKE_FLEET_H
#define TEST_FAKE_FLEET_H

#include "../simulator/fleet_values.h"
#include "fake_behaviour.h"

/* The time of every sample, in seconds: 2026-01-01T00:00:00.500Z. */
#define FAKE_FLEET_TIME "1767225600.5"

/* One series; the texts are as they stand between the quotes in JSON. */
struct fake_series {
	unsigned row; /* among those of its metric, from 0 */
	double number;
	char value[FLEET_NUMBER_BYTES];
	const char *metric;
	const char *node;
	const char *gpu;
	const char *model;
	const char *more;     /* more labels, with a comma before each */
	size_t model_padding; /* that many letters after model */
	bool no_labels;
	bool aggregated;
};

/* Whether a query asks for something else than the series of metrics. */
enum fake_query {
	FAKE_QUERY_SERIES,
	FAKE_QUERY_COUNT,
	FAKE_QUERY_OLDEST,
	FAKE_QUERY_INVENTORY,
	FAKE_QUERY_NODES,
	FAKE_QUERY_VECTOR
};
enum fake_query fake_fleet_query(const char *query);

/* Hands every series that answers the query to emit(). */
void fake_fleet_each(const struct fake_call *call,
		     void (*emit)(void *context, struct fake_series *series),
		     void *context);

#endif
