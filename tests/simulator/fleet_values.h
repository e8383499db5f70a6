/*
 * The values of a simulated fleet, the same in the simulator, in the fake
 * Prometheus and in the tests that predict an answer.
 *
 * Nodes are numbered from 1 (node-1, node-2, ... not zero padded), the GPUs
 * of a node from 0. All GPUs of a node are of the model number
 * (node - 1) % 5 of the table in fleet_values.c. At time 0, in integers:
 *
 *	utilization   u = (17 * node + 29 * gpu) % 101           percent
 *	memory share  s = (31 * node + 37 * gpu + 5) % 96        percent
 *	memory total    model's MiB * 1048576                    bytes
 *	memory used     (model's MiB * s / 100) * 1048576        bytes
 *	memory free     total - used                             bytes
 *	memory activity 3 * u / 5                                percent
 *	temperature     30 + 9 * u / 20 + (node + gpu) % 5       Celsius
 *	power limit     the model's                              watts
 *	power draw      limit / 10 + limit * 9 * u / 1000        watts
 *
 * Divisions cut, but for the power, which has exactly two decimals. At other
 * times u and s move smoothly, each GPU at its own pace, within 0..100 and
 * 0..95, and the rest follows.
 */
#ifndef TEST_SIMULATOR_FLEET_VALUES_H
#define TEST_SIMULATOR_FLEET_VALUES_H

#include <stdbool.h>
#include <stddef.h>

enum fleet_metric {
	FLEET_UTILIZATION,
	FLEET_MEMORY_USED,
	FLEET_MEMORY_TOTAL,
	FLEET_MEMORY_FREE,
	FLEET_MEMORY_ACTIVITY,
	FLEET_TEMPERATURE,
	FLEET_POWER_DRAW,
	FLEET_POWER_LIMIT,
	FLEET_METRIC__MAX,
	/* What the demo has besides: fleet_demo.h. */
	FLEET_SM_CLOCK = FLEET_METRIC__MAX,
	FLEET_MEMORY_CLOCK,
	FLEET_ENERGY,
	FLEET_DEMO_METRIC__MAX
};

enum { FLEET_NAME_BYTES = 32, FLEET_NUMBER_BYTES = 32 };

struct fleet_model {
	const char *name;
	unsigned memory_total_mib;
	unsigned power_limit_watts;
	unsigned sm_clock_mhz;	   /* the highest */
	unsigned memory_clock_mhz; /* in use */
};

/* time_s is the time in seconds (any epoch); 0 for the static values. */
double fleet_value(enum fleet_metric metric, unsigned node, unsigned gpu,
		   double time_s);

/* The model of all GPUs of a node. */
const struct fleet_model *fleet_model(unsigned node);

/* Writes "node-N". */
void fleet_node_name(char name[FLEET_NAME_BYTES], unsigned node);

/* A metric's name in the first exporter, such as nvidia_gpu_..._percent. */
const char *fleet_metric_name(enum fleet_metric metric);

/* The metric of that name; false when there is none. */
bool fleet_metric_find(enum fleet_metric *metric, const char *name);

/*
 * Writes a value >= 0 with at most two decimals and none that say nothing:
 * 7, 7.5, 7.25. Returns the length.
 */
size_t fleet_number(char text[FLEET_NUMBER_BYTES], double value);

#endif
