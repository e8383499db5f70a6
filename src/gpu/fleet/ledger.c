#include "gpu/fleet/ledger.h"

#include <math.h>

static const double hour_s = 3600;

void
ledger_add(struct ledger_sums *s, const struct ledger_moment *m)
{
	double held_s = m->step_s * m->share;

	s->held_s += held_s;
	if (m->utilization >= m->idle_below)
		s->busy_s += held_s;
	else if (!isnan(m->utilization))
		s->idle_s += held_s;
	if (!isnan(m->memory_used)) {
		s->memory_byte_s += m->memory_used * m->step_s;
		s->memory_known_s += held_s;
	}
	if (!isnan(m->power_draw)) {
		s->energy_j += m->power_draw * held_s;
		s->energy_known_s += held_s;
	}
	if (!isnan(m->price)) {
		s->cost += m->price * held_s / hour_s;
		s->cost_known_s += held_s;
	}
}

void
ledger_add_sums(struct ledger_sums *s, const struct ledger_sums *other)
{
	s->held_s += other->held_s;
	s->busy_s += other->busy_s;
	s->idle_s += other->idle_s;
	s->memory_byte_s += other->memory_byte_s;
	s->memory_known_s += other->memory_known_s;
	s->energy_j += other->energy_j;
	s->energy_known_s += other->energy_known_s;
	s->cost += other->cost;
	s->cost_known_s += other->cost_known_s;
}

/* A sum of nothing that was measured is none. */
static double
known(double sum, double known_s)
{
	return known_s == 0 ? (double)NAN : sum;
}

double
ledger_busy_s(const struct ledger_sums *s)
{
	return known(s->busy_s, s->busy_s + s->idle_s);
}

double
ledger_idle_s(const struct ledger_sums *s)
{
	return known(s->idle_s, s->busy_s + s->idle_s);
}

double
ledger_idle_share(const struct ledger_sums *s)
{
	return known(s->idle_s, s->busy_s + s->idle_s) /
	       (s->busy_s + s->idle_s);
}

double
ledger_memory_byte_s(const struct ledger_sums *s)
{
	return known(s->memory_byte_s, s->memory_known_s);
}

double
ledger_energy_j(const struct ledger_sums *s)
{
	return known(s->energy_j, s->energy_known_s);
}

double
ledger_cost(const struct ledger_sums *s)
{
	return known(s->cost, s->cost_known_s);
}

bool
ledger_lacks(double known_s, double held_s)
{
	static const double lost_by_sums_s = 1e-3;

	return known_s < held_s - lost_by_sums_s;
}
