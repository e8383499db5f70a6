#include "prom/remote_clock.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"

enum {
	/* Two clocks go apart by that part of the time, at most. */
	DRIFT_DIVISOR = 1000,
	FORGOTTEN_AFTER_MS = 300000,
	/* More than that, and our own clock has been set. */
	STEP_MS = 1000,
	TRIES_MAX = 100
};

void
remote_clock_init(struct remote_clock *c)
{
	atomic_init(&c->least_ahead_ms, 0);
	atomic_init(&c->wall_ahead_ms, 0);
	atomic_init(&c->learnt_at_ms, 0);
	c->most_ahead_ms = 0;
}

/* Read while the other one was: or it says how long we were held up. */
static int64_t
wall_ahead_ms(void)
{
	int64_t before_ms, wall_ms;
	int tries = 0;

	do {
		before_ms = clock_boot_ms();
		wall_ms = (int64_t)(clock_wall_s() * 1000);
	} while (clock_boot_ms() - before_ms > STEP_MS / 4 &&
		 ++tries < TRIES_MAX);
	return wall_ms - before_ms;
}

void
remote_clock_learn(struct remote_clock *c, int64_t shown_ms, int64_t asked_ms,
		   int64_t answered_ms)
{
	int64_t least = shown_ms - answered_ms, most = shown_ms - asked_ms;
	int64_t age_ms = answered_ms - atomic_load(&c->learnt_at_ms);
	int64_t known_least =
	    atomic_load(&c->least_ahead_ms) - age_ms / DRIFT_DIVISOR;
	int64_t known_most = c->most_ahead_ms + age_ms / DRIFT_DIVISOR;
	bool agrees = remote_clock_now_ms(c) != 0 && known_least <= most &&
		      known_most >= least;

	if (agrees && known_least > least)
		least = known_least;
	if (agrees && known_most < most)
		most = known_most;
	c->most_ahead_ms = most;
	atomic_store(&c->least_ahead_ms, least);
	atomic_store(&c->wall_ahead_ms, wall_ahead_ms());
	atomic_store(&c->learnt_at_ms, answered_ms);
}

int64_t
remote_clock_now_ms(struct remote_clock *c)
{
	int64_t now_ms = clock_boot_ms();
	int64_t learnt_at_ms = atomic_load(&c->learnt_at_ms);

	if (learnt_at_ms == 0 || now_ms - learnt_at_ms > FORGOTTEN_AFTER_MS ||
	    llabs(wall_ahead_ms() - atomic_load(&c->wall_ahead_ms)) > STEP_MS)
		return 0;
	return now_ms + atomic_load(&c->least_ahead_ms);
}
