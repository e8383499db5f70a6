/*
 * A fixed number of query threads, each with its own session: the most
 * queries that Prometheus is asked at once.
 */
#ifndef PROM_POOL_H
#define PROM_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "prom/client.h"

struct pool;
struct pool_batch;

/* A query in line; all but query is the pool's. */
struct pool_job {
	struct client_query query;
	struct pool_batch *batch;
	struct pool_job *next;
};

/* Starts the threads. The client must outlive the pool. */
enum err_code pool_new(struct client *client, unsigned threads,
		       struct pool **out, struct err *e);

/* Ends the threads. No job may be under way. NULL is fine. */
void pool_free(struct pool *p);

/*
 * Runs the queries in parallel, first come first served with those of other
 * callers, and returns when each has ended, one way or another: at the latest
 * at the deadline (clock_now_ms). Any thread may call it.
 */
void pool_run(struct pool *p, struct pool_job *jobs, size_t count,
	      int64_t deadline_ms);

#endif
