/*
 * A simulated fleet in the text format of a Prometheus exporter.
 */
#ifndef TEST_SIMULATOR_FLEET_TEXT_H
#define TEST_SIMULATOR_FLEET_TEXT_H

#include <stdio.h>

#include "fleet_demo.h"
#include "fleet_values.h"

/* What the exporter calls its labels and metrics. */
enum fleet_dialect {
	FLEET_DIALECT_FIELD,	  /* hostname, gpu_id, gpu_name */
	FLEET_DIALECT_DOCUMENTED, /* node, gpu, gpu_name */
	FLEET_DIALECT_DCGM,	  /* dcgm-exporter 2.x to 4.8.2 */
	FLEET_DIALECT__MAX
};

/* A metric that one node does not have. */
struct fleet_hole {
	enum fleet_metric metric;
	unsigned node;
};

struct fleet_plan {
	unsigned nodes;
	unsigned gpus;	    /* of each node */
	unsigned processes; /* of each GPU, at most: see fleet_processes.h */
	enum fleet_dialect dialect;
	bool no_power;
	const struct fleet_demo *demo; /* NULL: the values of fleet_values.h */
	bool has_pods; /* of the demo: labels of who holds a card */
	const struct fleet_hole *holes;
	size_t hole_count;
};

struct fleet_text;

/* Samples from from_s to to_s, both of them included, in Unix time. */
struct fleet_past {
	unsigned from_s, to_s;
	unsigned step_s; /* more than 0 */
	/* The labels that a scrape adds; without '"', '\\' and control
	 * characters. */
	const char *job;
	const char *instance;
};

/* "field", "documented", "dcgm"; false for another name. */
bool fleet_dialect_find(enum fleet_dialect *dialect, const char *name);

/* Whether it has metrics of processes at all. */
bool fleet_dialect_has_processes(enum fleet_dialect dialect);

/* The metric that a dialect calls so; false when it has none. */
bool fleet_dialect_metric(enum fleet_metric *metric, enum fleet_dialect dialect,
			  const char *name);

/*
 * Prepares a fleet; what plan points to must outlive it. NULL without memory.
 * May then be used by several threads at once.
 */
struct fleet_text *fleet_text_new(const struct fleet_plan *plan);
void fleet_text_free(struct fleet_text *text);

/*
 * Writes all metrics as of time_s (0: the static values) into memory that
 * the caller frees. NULL without memory.
 */
char *fleet_text_write(const struct fleet_text *text, double time_s,
		       size_t *length);

/*
 * Writes what scrapes in the past would have stored, as OpenMetrics with a time
 * for each sample; no processes, which have no past to ask for. False if it
 * could not be written.
 */
bool fleet_text_write_past(const struct fleet_text *text,
			   const struct fleet_past *past, FILE *out);

#endif
