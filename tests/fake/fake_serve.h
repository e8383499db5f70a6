/*
 * The requests of the fake Prometheus: queries, and what tests tell and ask
 * it at /__set, /__clock and /__count.
 */
#ifndef TEST_FAKE_SERVE_H
#define TEST_FAKE_SERVE_H

#include "../support/tcp.h"
#include "fake_behaviour.h"

#include <pthread.h>

enum {
	FAKE_METRIC_BYTES = 256,
	FAKE_SHORT_BYTES = 512,
	FAKE_WAIT_MAX_MS = 3600000,
};

/* Which queries misbehave, and how. */
struct fake_rule {
	const struct fake_behaviour *behaviour;
	char metric[FAKE_METRIC_BYTES]; /* only those with it; "": all */
	bool is_of_ranges;		/* only those over a range of time */
	bool has_wait;
	unsigned wait_ms;
};

/* What /__count tells. */
struct fake_counts {
	unsigned long connections;
	unsigned long requests;
	unsigned long queries;	 /* but for probes: for 1 */
	unsigned long selectors; /* of these, without a function: a request's */
	unsigned long ranges;	 /* those over a range of time */
	unsigned long running;	 /* of these, now */
	unsigned long probes;
	unsigned long untimed; /* queries without time= */
	unsigned long times;   /* how often that was another than before */
	char last_time[FAKE_SHORT_BYTES];
	char last_range[FAKE_SHORT_BYTES]; /* start, end and step */
	char last_query[TCP_REQUEST_BYTES];
	char last_timeout[FAKE_SHORT_BYTES];
	char last_authorization[FAKE_SHORT_BYTES];
	char last_head[TCP_REQUEST_BYTES + 1]; /* request line and headers */
};

struct fake {
	unsigned port;
	unsigned gpus_total;
	unsigned gpus_per_node;
	pthread_mutex_t lock; /* over what follows */
	struct fake_rule rule;
	struct fake_counts counts;
	bool has_clock; /* else it does not tell the time */
	int clock_ahead_s;
};

/* Serves one connection until its end; context is the struct fake. */
void fake_serve(int fd, void *context);

/* Reads a whole number up to most; false if text is anything else. */
bool fake_serve_number(const char *text, unsigned most, unsigned *number);

#endif
