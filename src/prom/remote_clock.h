/*
 * The clock of a server, which may differ from ours by minutes, as far as its
 * answers show it.
 */
#ifndef PROM_REMOTE_CLOCK_H
#define PROM_REMOTE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

/* One thread may learn at a time; any number may read meanwhile. Private. */
struct remote_clock {
	/* How much it is ahead of clock_boot_ms, and how much our own wall
	 * clock was then. */
	atomic_llong least_ahead_ms, wall_ahead_ms;
	atomic_llong learnt_at_ms; /* clock_boot_ms; 0: never */
	int64_t most_ahead_ms;
};

/* Not known. */
void remote_clock_init(struct remote_clock *c);

/*
 * It showed that Unix time at some moment between two of ours
 * (clock_boot_ms). Where that agrees with what is known, it makes it more
 * exact; where not, it has been set.
 */
void remote_clock_learn(struct remote_clock *c, int64_t shown_ms,
			int64_t asked_ms, int64_t answered_ms);

/*
 * Its Unix time now, or a little earlier, never later. 0: not known, or not
 * since our own clock was set, or not for minutes.
 */
int64_t remote_clock_now_ms(struct remote_clock *c);

#endif
