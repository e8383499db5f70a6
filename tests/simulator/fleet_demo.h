/*
 * What the cards of the demo do at any time: a function of the card and the
 *time alone. So the past that the demo starts with and what is scraped from
 *then on are one line.
 *
 * Two cards in three run jobs that begin and end, more of them by day than by
 * night; the third serves requests, most at 14:00 UTC, fewest at 2:00. All that
 * is measured of a card belongs together:
 *
 *	memory          held by the job; used + free = total
 *	power           10 % of the limit when idle, 95 % at full load
 *	temperature     follows the mean power of the last minutes
 *	energy          the integral of the power since the driver was loaded
 *	clocks          high while there is work; lower where it is too hot
 *
 * Each has a pod while there is a job, and until the next may begin; those that
 * serve, always. Card 0 of node-2 is held by a notebook that does nothing.
 *
 * Card 1 of node-2 is hot. Card 0 of node-3 was lost for an hour, before the
 *demo started; its energy went on.
 */
#ifndef TEST_SIMULATOR_FLEET_DEMO_H
#define TEST_SIMULATOR_FLEET_DEMO_H

#include "fleet_values.h"

enum {
	FLEET_DEMO_PAST_MAX_S = 7 * 24 * 3600,
	FLEET_DEMO_HOT_NODE = 2,
	FLEET_DEMO_HOT_GPU = 1,
	FLEET_DEMO_HELD_NODE = 2,
	FLEET_DEMO_HELD_GPU = 0,
	FLEET_DEMO_LOST_NODE = 3,
	FLEET_DEMO_LOST_GPU = 0,
	/* Seconds before the start of the demo. */
	FLEET_DEMO_LOST_BEGIN_S = 9 * 3600,
	FLEET_DEMO_LOST_END_S = 8 * 3600,
};

struct fleet_demo {
	double start_s; /* Unix time */
};

/*
 * NAN while the card is lost. Exact for FLEET_DEMO_PAST_MAX_S before the start,
 * and after it; earlier the energy is 0. Energy is in millijoules, clocks are
 * in MHz, and the rest is as in fleet_values.h.
 */
double fleet_demo_value(const struct fleet_demo *demo, enum fleet_metric metric,
			unsigned node, unsigned gpu, double time_s);

enum { FLEET_OWNER_BYTES = 32, FLEET_POD_NAME_BYTES = FLEET_OWNER_BYTES + 16 };

/* A pod that has one card, and what kube-state-metrics says of it. */
struct fleet_pod {
	const char *namespace, *container, *owner_kind;
	char name[FLEET_POD_NAME_BYTES], owner[FLEET_OWNER_BYTES];
	double since_s; /* Unix time */
};

/* Who holds a card, lost or not; false if nobody does. */
bool fleet_demo_pod(struct fleet_pod *out, const struct fleet_demo *demo,
		    unsigned node, unsigned gpu, double time_s);

#endif
