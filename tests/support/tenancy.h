/*
 * A simulated month of a site, and its log: who had which GPU from when to
 * when. The site's exporters say so in all the ways that they have, in a
 * Prometheus whose past is that month; and the log says it by sums that are
 * independent of all of them.
 */
#ifndef SUPPORT_TENANCY_H
#define SUPPORT_TENANCY_H

#include <stddef.h>
#include <stdint.h>

#include "support/source.h"

enum {
	TENANCY_SCRAPE_S = 300, /* and whatever happens, happens between two */
	TENANCY_GAP_S = 600,	/* HISTORY_GAP_S to match */
	TENANCY_DAY_S = 86400,
	TENANCY_MONTH_S = 31 * TENANCY_DAY_S,
	TENANCY_NAME_BYTES = 24
};

/* How an exporter says who has a GPU. */
enum tenancy_style {
	TENANCY_HONOURED, /* the pod, or of a free GPU its own, by `up` */
	TENANCY_RENAMED,  /* exported_pod beside its own */
	TENANCY_SHARED,	  /* a series of each pod beside the GPU's */
	TENANCY_SLURM,	  /* a copy for each job */
	TENANCY_MIG	  /* each instance has its own */
};

/* A GPU, or an instance of one. */
struct tenancy_unit {
	const char *node;
	enum tenancy_style style;
	unsigned index;	     /* of the GPU */
	int instance;	     /* -1: all of it */
	const char *profile; /* of an instance */
	double share;	     /* of the GPU */
	const char *model;
};

/* Somebody had it for that time, worked up to a moment, and waited from then
 * on. */
struct tenancy_run {
	size_t unit;
	char namespace[TENANCY_NAME_BYTES]; /* "" of jobs */
	char name[TENANCY_NAME_BYTES];	    /* of the pod, or the job */
	int64_t from_s, idle_s, to_s;
	double memory_gib;
};

extern const struct tenancy_unit tenancy_units[];
extern const size_t tenancy_unit_count;

/* The log; after tenancy_start. */
extern struct tenancy_run *tenancy_runs;
extern size_t tenancy_run_count;

/* The last whole hour: the month ends there. */
extern int64_t tenancy_end_s;

/* Once after harness_start(). */
void tenancy_start(struct source *prometheus);

/* What the log comes to. */
struct tenancy_sums {
	double hours, busy_hours, idle_hours, gib_hours, kwh;
	size_t runs; /* of how many runs that is */
};

/* Of the runs that count, from then on until then: times of scrapes. */
struct tenancy_sums
tenancy_sum(int (*counts)(const struct tenancy_run *run, const void *context),
	    const void *context, int64_t start_s, int64_t end_s);

#endif
