/*
 * What kube-state-metrics says of the demo's nodes and pods: the series of
 * its 2.x, github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics,
 * with what a program that looks for GPUs asks of them.
 */
#ifndef TEST_SIMULATOR_FLEET_KUBE_H
#define TEST_SIMULATOR_FLEET_KUBE_H

#include <stddef.h>

struct fleet_plan;

/*
 * Each pod has one GPU; one more pod waits for as many as two nodes have.
 * Memory that the caller frees; NULL without memory. The plan has a demo.
 */
char *fleet_kube_write(const struct fleet_plan *plan, double time_s,
		       size_t *length);

#endif
