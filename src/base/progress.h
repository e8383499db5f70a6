/*
 * Where the requests of a process are, and which were its slowest: written by
 * the threads that answer them, read by anybody, who may be another process,
 * without that either waits for the other.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a request does; it may come back to the same stage. */
enum progress_stage {
	PROGRESS_PREPARE, /* finds out what is wanted, and what to ask */
	PROGRESS_SHARE,	  /* waits for the answer that another request makes */
	PROGRESS_ASK,	  /* waits for Prometheus */
	PROGRESS_JOIN,
	PROGRESS_ENCODE,
	PROGRESS_SEND,
	PROGRESS__MAX
};

/* "prepare", "share", ... */
const char *progress_stage_name(enum progress_stage stage);

/* A request, at some moment. Times are of clock_now_us. */
struct progress_entry {
	char request_id[72], method[16], path[128]; /* cut to fit */
	int64_t start_us;
	int64_t end_us;			 /* 0: it is in flight, ... */
	int64_t stage_start_us;		 /* ... since then in this stage */
	int64_t stage_us[PROGRESS__MAX]; /* and so long in each before */
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
	atomic_uint threads;
	/* Until then nothing that took no longer than this is among them. */
	_Atomic int64_t full_until_us, least_us;
	struct progress_cell slowest[PROGRESS_SLOWEST];
	struct progress_cell in_flight[]; /* one for each thread */
};

size_t progress_board_bytes(unsigned threads);

/* One thread's way through its requests. */
struct progress {
	struct progress_board *board; /* or NULL: nobody is told */
	struct progress_cell *cell;
	struct progress_entry entry;
};

/* For thread number (from 0) of that board, which has room for it. */
void progress_init(struct progress *p, struct progress_board *board,
		   unsigned number);

/* A new request, which began then, in its first stage. From here on p may be
 * NULL: nobody is told. */
void progress_begin(struct progress *p, int64_t start_us);

/* What it is called; once that is known. */
void progress_name(struct progress *p, const char *request_id,
		   const char *method, const char *path);

void progress_enter(struct progress *p, enum progress_stage stage);

/* It has been answered. Not for a board that another process writes. */
void progress_end(struct progress *p, int status, size_t query_count);

/* Whether it counts among the slowest at that time (clock_now_us). */
bool progress_is_recent(const struct progress_entry *entry, int64_t now_us);

/* False if there is none, or not for long enough to be read. Whatever lies
 * there: texts end, the stage is one, sums and differences of times are
 * numbers. */
bool progress_read(const struct progress_cell *cell,
		   struct progress_entry *out);

#endif
