/* A file that processes share, and those other processes. */
#ifndef SUPPORT_MEMBERS_H
#define SUPPORT_MEMBERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/shared.h"
#include "support/harness.h"

struct members_common {
	atomic_ullong count;
};

struct members_part {
	atomic_int pid;
	atomic_uchar last[9000]; /* in another page */
};

enum { MEMBERS_COUNT = 10000 };

extern const struct shared_layout members_layout;

/* A directory, and the file in it, which is not there yet. */
extern char members_directory[HARNESS_PATH_BYTES];
extern char members_path[HARNESS_PATH_BYTES];
void members_begin(void);

/* False if something is left in it. */
bool members_end(void);

bool members_is_there(void);

/* How many processes s says there are; whether one of them has that pid. */
unsigned members_count(struct shared *s);
bool members_sees(struct shared *s, pid_t pid);

/* Writes all of this process' part. */
void members_touch(struct shared *s);

/* Another process, which has opened the file or is by itself. */
struct member {
	pid_t pid;
	int to, from;
	bool shares;
};

void member_join(struct member *m);

/* Has it count up to MEMBERS_COUNT; and waits for that. */
void member_tell(struct member *m);
void member_await(struct member *m);

/* It closes the file and ends; it is killed. */
void member_leave(struct member *m);
void member_kill(struct member *m);

#endif
