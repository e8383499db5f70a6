/*
 * What stands between the program and Prometheus, in this process: a balancer
 * of several, a limit that refuses some queries, a server that is down.
 */
#ifndef SUPPORT_GATE_H
#define SUPPORT_GATE_H

#include <pthread.h>
#include <stdbool.h>

#include "support/source.h"

enum { GATE_UPSTREAMS_MAX = 2, GATE_METRIC_BYTES = 128 };

struct gate {
	struct source source; /* what the program asks; without a process */

	/* Private. */
	int listener;
	const struct source *upstreams[GATE_UPSTREAMS_MAX];
	unsigned upstream_count;
	pthread_mutex_t lock; /* over what follows */
	char refused[GATE_METRIC_BYTES];
	bool is_down;
	unsigned next, looks;
	char *heard; /* queries, a line each; NULL: nobody listens */
};

/*
 * Each query goes to the next of the upstreams in turn, one at least, NULL at
 * their end. The gate is open until the test ends.
 */
void gate_start(struct gate *out, const struct source *const *upstreams);

/*
 * From now on queries that name this metric answer 422, as where a limit of
 * Prometheus is too low for it; NULL: none.
 */
void gate_refuse(struct gate *g, const char *metric);

/* From now on connections are closed without an answer, or no more. */
void gate_set_down(struct gate *g, bool is_down);

/* Keeps the queries from now on, or no more. */
void gate_listen(struct gate *g, bool listens);

/* Whether one of the queries that are kept names the metric. */
bool gate_heard(struct gate *g, const char *metric);

/*
 * Returns once the program has looked which exporters are there, and what its
 * first look found is what requests use: a second one has begun. Bails out if
 * it does not look again.
 */
void gate_wait_looked(struct gate *g);

#endif
