#include "support/usage.h"

#include <stdio.h>
#include <time.h>

#include "support/process.h"

enum { STEP_MS = 20, STEPS = 10000 / STEP_MS };

struct usage
usage_of(pid_t pid)
{
	return (struct usage){.descriptors = process_count(pid, "fd"),
			      .threads = process_count(pid, "task"),
			      .resident_kib = process_resident_kib(pid)};
}

bool
usage_is_no_more(const struct usage *now, const struct usage *before)
{
	return now->descriptors <= before->descriptors &&
	       now->threads <= before->threads;
}

struct usage
usage_settle(pid_t pid, const struct usage *before)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};
	struct usage now = usage_of(pid);

	for (int i = 0; i < STEPS && !usage_is_no_more(&now, before); i++) {
		nanosleep(&pause, NULL);
		now = usage_of(pid);
	}
	return now;
}

void
usage_print(const struct usage *usage, const char *what)
{
	printf("# %s: %ld KiB, %d descriptors, %d threads\n", what,
	       usage->resident_kib, usage->descriptors, usage->threads);
	fflush(stdout);
}
