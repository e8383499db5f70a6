/* What a process holds, for tests of what it returns. */
#ifndef SUPPORT_USAGE_H
#define SUPPORT_USAGE_H

#include <stdbool.h>
#include <sys/types.h>

struct usage {
	int descriptors;
	int threads;
	long resident_kib;
};

struct usage usage_of(pid_t pid);

/* Descriptors and threads; memory is the caller's to judge. */
bool usage_is_no_more(const struct usage *now, const struct usage *before);

/* Waits for that, ten seconds at most; what the process holds then. */
struct usage usage_settle(pid_t pid, const struct usage *before);

/* As a comment of the test's output. */
void usage_print(const struct usage *usage, const char *what);

#endif
