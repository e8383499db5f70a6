/*
 * A fixed number of query threads, each with its own session: the most
 * queries that Prometheus is asked at once.
 */
#ifndef PROM_POOL_H
#define PROM_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "prom/client.h"

struct pool;

/* A query in line; all but query is the pool's. */
struct pool_job {
	struct client_query query;
	struct pool_batch *batch;
	struct pool_job *next;
	bool has_ended;
};

/* Queries that began together. Private. */
struct pool_batch {
	size_t left;
	pthread_cond_t progress;
	int64_t deadline_ms;
};

/* How it is doing, at this moment. */
struct pool_state {
	unsigned threads, busy_threads;
	size_t waiting; /* queries in line */
};

/*
 * Starts the threads. At most ranges_max of them ask queries over a range of
 * time at once, which may take long, lest the others wait behind them. The
 * client must outlive the pool.
 */
enum err_code pool_new(struct client *client, unsigned threads,
		       unsigned ranges_max, struct pool **out, struct err *e);

/* Ends the threads. No job may be under way. NULL is fine. */
void pool_free(struct pool *p);

struct pool_state pool_state(struct pool *p);

/*
 * Runs the queries in parallel, in their order, first come first served with
 * those of other callers. Each ends, one way or another, at the latest at the
 * deadline (clock_now_ms). Any thread may call it. Batch and jobs belong to the
 * pool until pool_end.
 */
void pool_begin(struct pool *p, struct pool_batch *batch, struct pool_job *jobs,
		size_t count, int64_t deadline_ms);

/*
 * Runs a query again that has ended: pool_await waits for it anew. For the
 * thread that began the batch, before pool_end.
 */
void pool_again(struct pool *p, struct pool_job *job);

/* client_server_count and client_server_to_keep, of its client. */
size_t pool_server_count(const struct pool *p);
server_set pool_server_to_keep(const struct pool *p, server_set answered,
			       server_set failed);

/*
 * Returns when that query has ended; if its interest is lost, what has not
 * begun of its batch does not any more: ERR_GONE. For the thread that began the
 * batch.
 */
void pool_await(struct pool *p, const struct pool_job *job);

/* Returns when all have ended; what has not begun yet does not any more. */
void pool_end(struct pool *p, struct pool_batch *batch);

#endif
