/*
 * The processes on the GPUs of a simulated fleet. A GPU has 1 to most of them,
 * which hold a half, a quarter, and so on, of the memory that it uses, in whole
 * MiB; one that would hold none is not there. Which programs they are, and
 * their pids, depends on node and GPU alone.
 */
#ifndef TEST_SIMULATOR_FLEET_PROCESSES_H
#define TEST_SIMULATOR_FLEET_PROCESSES_H

#include <stdbool.h>

enum { FLEET_PROCESSES_MAX = 8 }; /* of a GPU */

struct fleet_process {
	unsigned pid; /* unique on its node */
	const char *name;
	const char *user;
	const char *command;
	double gpu_memory_bytes;
	double cpu_percent;
	double memory_percent; /* of the host's */
};

/*
 * The number-th process, from 0, on a GPU that uses that much memory and is
 * that busy, in percent; false if it is not there.
 */
bool fleet_process(struct fleet_process *out, unsigned node, unsigned gpu,
		   unsigned number, unsigned most, double used_bytes,
		   double utilization);

#endif
