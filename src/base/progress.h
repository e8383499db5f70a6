/*
 * Where the requests of a process are, and which were its slowest: written by
 * the threads that work on them, read by anybody, who may be another process,
 * without that either waits for the other.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { PROGRESS_STAGES_MAX = 6 };

/*
 * A request, at some moment. Times are of clock_now_us. What its stages are is
 * the caller's business; it may come back to one.
 */
struct progress_entry {
	char request_id[72], method[16], path[128]; /* cut to fit */
	int64_t start_us;
	int64_t end_us;		/* 0: it is in flight, ... */
	int64_t stage_start_us; /* ... since then in this stage */
	int64_t stage_us[PROGRESS_STAGES_MAX]; /* and so long in each before */
	int32_t stage;
	int32_t status; /* once it has ended */
	int64_t query_count;
};

enum {
	PROGRESS_SLOWEST = 16,
	PROGRESS_SLOW_S = 60, /* for how long one counts among the slowest */
	PROGRESS_WORDS =
	    (sizeof(struct progress_entry) + sizeof(uint64_t) - 1) /
	    sizeof(uint64_t)
};

/* One entry, or none; private. */
struct progress_cell {
	atomic_uint version; /* odd while it is written */
	atomic_bool is_taken;
	_Atomic uint64_t words[PROGRESS_WORDS];
};

/* One process'. All zero is an empty one. */
struct progress_board {
	atomic_uint cells; /* how many are for those in flight */
	/* Until then nothing that took no longer than this is among them. */
	_Atomic int64_t full_until_us, least_us;
	struct progress_cell slowest[PROGRESS_SLOWEST];
	struct progress_cell in_flight[];
};

size_t progress_board_bytes(unsigned cells);

/* The cells of this process' board that no request has: any thread may begin
 * and end requests. */
struct progress_desk;

/*
 * For a board that has as many cells, and outlives it. Requests that find none
 * left are not told of while they are in flight.
 */
enum err_code progress_desk_new(struct progress_board *board, unsigned cells,
				struct progress_desk **out, struct err *e);

/* No request may be in flight. NULL is fine. */
void progress_desk_free(struct progress_desk *d);

/* One request's way; threads may pass it on. */
struct progress {
	struct progress_desk *desk; /* or NULL: nobody is told */
	struct progress_cell *cell; /* or NULL: not while it is in flight */
	struct progress_entry entry;
};

/* A new request, which began then, in stage 0. */
void progress_begin(struct progress *p, struct progress_desk *desk,
		    int64_t start_us);

/* From here on p may be NULL. */

/* What it is called; once that is known. */
void progress_name(struct progress *p, const char *request_id,
		   const char *method, const char *path);

/* stage < PROGRESS_STAGES_MAX */
void progress_enter(struct progress *p, unsigned stage);

/* It has been answered. */
void progress_end(struct progress *p, int status, size_t query_count);

/* Whether it counts among the slowest at that time (clock_now_us). */
bool progress_is_recent(const struct progress_entry *entry, int64_t now_us);

/* False if there is none, or not for long enough to be read. Whatever lies
 * there: texts end, the stage is below PROGRESS_STAGES_MAX, sums and
 * differences of times are numbers. */
bool progress_read(const struct progress_cell *cell,
		   struct progress_entry *out);

#endif
