/*
 * What the program counts of itself, in memory that all processes of a socket
 * share: so whichever is asked tells of all of them.
 */
#ifndef API_STATS_H
#define API_STATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/histogram.h"
#include "base/progress.h"
#include "base/shared.h"
#include "prom/client.h"
#include "prom/pool.h"

enum {
	STATS_ENDPOINTS_MAX = 24, /* the last one: paths that there are not */
	STATS_STATUS_MIN = 100,
	STATS_STATUSES = 500,
	STATS_CELLS_MAX = 512
};

/* In shared memory: of all processes, since the first of them began. */
struct stats_common {
	_Atomic int64_t start_ms; /* Unix time */
	struct stats_requests {
		atomic_ullong by_status[STATS_STATUSES];
		struct histogram duration;
	} requests[STATS_ENDPOINTS_MAX];
	struct histogram queued;
	atomic_ullong shared_answers;
	struct client_stats client;
};

/* How a process is doing; it says so every second. */
struct stats_state {
	uint64_t resident_bytes;
	uint64_t request_bytes; /* for requests and their answers */
	uint64_t query_threads, busy_query_threads, waiting_queries;
	uint64_t responder_threads, busy_responder_threads, waiting_requests;
	uint64_t kept_answers, kept_answer_bytes;
	uint64_t servers[SERVER__MAX]; /* of Prometheus, by their state */
};

enum { STATS_STATE_WORDS = sizeof(struct stats_state) / sizeof(uint64_t) };

/* In shared memory: of one process. */
struct stats_process {
	_Atomic int64_t pid, start_ms;
	_Atomic uint64_t state[STATS_STATE_WORDS];
	struct progress_board board;
};

struct stats {
	struct shared *shared;
	struct stats_common *common;
	struct stats_process *own;
};

/*
 * The processes with the same file belong together. Where it cannot be shared,
 * what is counted is this process' alone, and a warning is logged. The board of
 * each process has as many cells, up to STATS_CELLS_MAX.
 */
enum err_code stats_open(const char *file, unsigned cells, struct stats **out,
			 struct err *e);

/* Nobody may count any more. NULL is fine. */
void stats_close(struct stats *s);

void stats_set_state(struct stats *s, const struct stats_state *state);

/* endpoint: its number, or endpoint_count if it was none of them. queued_us:
 * how long it waited in the socket's queue, or -1. s may be NULL, here and
 * below. */
void stats_count_request(struct stats *s, size_t endpoint, int http_status,
			 int64_t duration_us, int64_t queued_us);

/* A request got the answer of another one. */
void stats_count_shared(struct stats *s);

/* What stats_set_state was told last. */
struct stats_state stats_own_state(const struct stats *s);

/* How many its board has for requests in flight. */
unsigned stats_cells(const struct stats_process *process);

/* The process of that number (below SHARED_PROCESSES_MAX) and its state, or
 * NULL: there is none now. */
const struct stats_process *stats_get_process(const struct stats *s,
					      size_t number,
					      struct stats_state *out);

#endif
