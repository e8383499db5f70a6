/*
 * What the API has to say of the simulated fleet with its static values: whole
 * bodies, written from the contract, with each timestamp as "T".
 */
#ifndef SUPPORT_FLEET_EXPECT_H
#define SUPPORT_FLEET_EXPECT_H

#include <stdbool.h>

#include "simulator/fleet_values.h"

struct fleet_expect {
	unsigned nodes;
	unsigned gpus;	    /* of each node */
	unsigned processes; /* of each GPU, at most */
	bool no_power;
	bool has_hole; /* a node lacks a metric; all do if hole_node is 0 */
	enum fleet_metric hole_metric;
	unsigned hole_node;
	const char *warnings; /* the array's text, or NULL for none */
};

/* To be freed. */
char *fleet_expect_metrics(const struct fleet_expect *fleet);
char *fleet_expect_nodes(const struct fleet_expect *fleet);
char *fleet_expect_processes(const struct fleet_expect *fleet);
char *fleet_expect_utilization(const struct fleet_expect *fleet);

#endif
