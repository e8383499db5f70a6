/*
 * Memory that several processes of a user share, which find each other by a
 * file: a part that they have in common, and one for each of them. No process
 * waits for another but to come and to go, and there with a limit; what one
 * leaves behind that was killed does no harm.
 */
#ifndef BASE_SHARED_H
#define BASE_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { SHARED_PROCESSES_MAX = 64 };

struct shared;

struct shared_layout {
	const char *version; /* of what is written there: who has another one
				begins a new file in its place */
	size_t common_bytes;
	size_t process_bytes; /* of the largest part of a process ... */
	size_t own_bytes;     /* ... and of this one's */
};

/*
 * The file is made if it is not there, readable for its user alone, and removed
 * by the last process that closes it. All parts begin as zeros; that in common
 * lasts while any process has it open, and longer if all of them are killed. A
 * file that holds something else is left as it is.
 *
 * Where it cannot be shared (no room, no permission, too many processes), *out
 * is of this process alone, and *why says why; it is ERR_OK otherwise.
 * Fails only without memory.
 */
enum err_code shared_open(const char *path, const struct shared_layout *layout,
			  struct shared **out, struct err *why, struct err *e);

/* NULL is fine. Nobody may use the memory any more. */
void shared_close(struct shared *s);

void *shared_common(struct shared *s);

/* This process' own part. */
void *shared_own(struct shared *s);

/* The part of the process of that number, which is there while this is asked;
 * or NULL. Numbers are below SHARED_PROCESSES_MAX. */
void *shared_process(struct shared *s, size_t number);

/* Removes the files of that directory whose names begin so and that no process
 * has open any more: those of processes that were killed. */
void shared_sweep(const char *directory, const char *prefix);

#endif
