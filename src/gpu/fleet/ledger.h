/*
 * What those who had GPUs used of them: a sum over moments, each of which
 * stands for a step of time. Pure arithmetic, as derive.h.
 */
#ifndef GPU_FLEET_LEDGER_H
#define GPU_FLEET_LEDGER_H

#include <stdbool.h>

/*
 * Seconds are those of a whole GPU: half a GPU for an hour is half an hour.
 * What was never measured is in no sum, and the seconds of which it was tell
 * how much of the whole a sum is of.
 */
struct ledger_sums {
	double held_s;
	double busy_s, idle_s; /* together: whose utilization was measured */
	double memory_byte_s, memory_known_s;
	double energy_j, energy_known_s;
	double cost, cost_known_s;
};

/* One who had a GPU, or an instance of one, for a step. */
struct ledger_moment {
	double step_s;
	double share; /* of the whole GPU; see shares_find */
	/* Percent: of this one, or of all who had it. */
	double utilization;
	double memory_used; /* of this one, in bytes */
	double idle_below;  /* percent: who is, is idle */
	double power_draw;  /* of the whole GPU, in watts */
	double price;	    /* of the whole GPU for an hour */
};

/* Adds it. NaN: nobody measured that. */
void ledger_add(struct ledger_sums *s, const struct ledger_moment *m);

/* Adds what another one came to. */
void ledger_add_sums(struct ledger_sums *s, const struct ledger_sums *other);

/* What is to be told; NaN: it was never measured. */
double ledger_busy_s(const struct ledger_sums *s);
double ledger_idle_s(const struct ledger_sums *s);
double ledger_idle_share(const struct ledger_sums *s);
double ledger_memory_byte_s(const struct ledger_sums *s);
double ledger_energy_j(const struct ledger_sums *s);
double ledger_cost(const struct ledger_sums *s);

/* Whether less than all that was held was measured, by more than what sums
 * lose. */
bool ledger_lacks(double known_s, double held_s);

#endif
