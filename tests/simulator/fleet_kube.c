#include "fleet_kube.h"

#include "fleet_demo.h"
#include "fleet_text.h"

#include <stdio.h>
#include <stdlib.h>

#define RESOURCE "resource=\"nvidia_com_gpu\",unit=\"integer\""

static const char pending_pod[] =
    "namespace=\"research\",pod=\"train-large-0\",uid=\"uid-large\"";
enum { PENDING_NODES = 2, PENDING_SINCE_S = 1800, CORES_OF_A_GPU = 8 };

/* Of a pod that runs: the labels in which all of its series agree. */
struct runs {
	struct fleet_pod pod;
	char node[FLEET_NAME_BYTES];
	char labels[160];
};

typedef void write_node_fn(FILE *out, const struct fleet_plan *plan,
			   const char *node);
typedef void write_pod_fn(FILE *out, const struct runs *runs);

static void
write_head(FILE *out, const char *name)
{
	fprintf(out, "# TYPE %s gauge\n", name);
}

static void
write_capacity(FILE *out, const struct fleet_plan *plan, const char *node)
{
	fprintf(out, "kube_node_status_capacity{node=\"%s\"," RESOURCE "} %u\n",
		node, plan->gpus);
}

static void
write_allocatable(FILE *out, const struct fleet_plan *plan, const char *node)
{
	fprintf(out,
		"kube_node_status_allocatable{node=\"%s\"," RESOURCE "} %u\n",
		node, plan->gpus);
}

static void
write_unschedulable(FILE *out, const struct fleet_plan *plan, const char *node)
{
	(void)plan;
	fprintf(out, "kube_node_spec_unschedulable{node=\"%s\"} 0\n", node);
}

static void
write_ready(FILE *out, const struct fleet_plan *plan, const char *node)
{
	static const char *const states[] = {"true", "false", "unknown"};

	(void)plan;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		fprintf(out,
			"kube_node_status_condition{node=\"%s\","
			"condition=\"Ready\",status=\"%s\"} %d\n",
			node, states[i], i == 0);
}

static void
write_requests_of(FILE *out, const char *labels, const char *container,
		  const char *node, unsigned gpus)
{
	fprintf(out,
		"kube_pod_container_resource_requests{%s,container=\"%s\","
		"node=\"%s\"," RESOURCE "} %u\n",
		labels, container, node, gpus);
	fprintf(out,
		"kube_pod_container_resource_requests{%s,container=\"%s\","
		"node=\"%s\",resource=\"cpu\",unit=\"core\"} %u\n",
		labels, container, node, CORES_OF_A_GPU * gpus);
}

static void
write_requests(FILE *out, const struct runs *runs)
{
	write_requests_of(out, runs->labels, runs->pod.container, runs->node,
			  1);
}

static void
write_phases(FILE *out, const char *labels, const char *is)
{
	static const char *const phases[] = {"Pending", "Succeeded", "Failed",
					     "Unknown", "Running"};

	for (size_t i = 0; i < sizeof(phases) / sizeof(*phases); i++)
		fprintf(out, "kube_pod_status_phase{%s,phase=\"%s\"} %d\n",
			labels, phases[i], phases[i][0] == is[0]);
}

static void
write_running(FILE *out, const struct runs *runs)
{
	write_phases(out, runs->labels, "Running");
}

static void
write_owner(FILE *out, const struct runs *runs)
{
	fprintf(out,
		"kube_pod_owner{%s,owner_kind=\"%s\",owner_name=\"%s\","
		"owner_is_controller=\"true\"} 1\n",
		runs->labels, runs->pod.owner_kind, runs->pod.owner);
}

static void
write_start(FILE *out, const struct runs *runs)
{
	fprintf(out, "kube_pod_start_time{%s} %.0f\n", runs->labels,
		runs->pod.since_s);
}

static void
write_nodes(FILE *out, const struct fleet_plan *plan, const char *name,
	    write_node_fn *write)
{
	char node[FLEET_NAME_BYTES];

	write_head(out, name);
	for (unsigned i = 1; i <= plan->nodes; i++) {
		fleet_node_name(node, i);
		write(out, plan, node);
	}
}

static void
write_pod_of(FILE *out, const struct fleet_plan *plan, unsigned node,
	     unsigned gpu, double time_s, write_pod_fn *write)
{
	struct runs runs;

	if (!fleet_demo_pod(&runs.pod, plan->demo, node, gpu, time_s))
		return;
	fleet_node_name(runs.node, node);
	snprintf(runs.labels, sizeof(runs.labels),
		 "namespace=\"%s\",pod=\"%s\",uid=\"uid-%u-%u\"",
		 runs.pod.namespace, runs.pod.name, node, gpu);
	write(out, &runs);
}

static void
write_pods(FILE *out, const struct fleet_plan *plan, const char *name,
	   double time_s, write_pod_fn *write)
{
	write_head(out, name);
	for (unsigned node = 1; node <= plan->nodes; node++)
		for (unsigned gpu = 0; gpu < plan->gpus; gpu++)
			write_pod_of(out, plan, node, gpu, time_s, write);
}

static void
write_all(FILE *out, const struct fleet_plan *plan, double time_s)
{
	write_nodes(out, plan, "kube_node_status_capacity", write_capacity);
	write_nodes(out, plan, "kube_node_status_allocatable",
		    write_allocatable);
	write_nodes(out, plan, "kube_node_spec_unschedulable",
		    write_unschedulable);
	write_nodes(out, plan, "kube_node_status_condition", write_ready);
	write_pods(out, plan, "kube_pod_container_resource_requests", time_s,
		   write_requests);
	write_requests_of(out, pending_pod, "train", "",
			  PENDING_NODES * plan->gpus);
	write_pods(out, plan, "kube_pod_status_phase", time_s, write_running);
	write_phases(out, pending_pod, "Pending");
	write_pods(out, plan, "kube_pod_owner", time_s, write_owner);
	fprintf(
	    out,
	    "kube_pod_owner{%s,owner_kind=\"Job\",owner_name=\"train-large\","
	    "owner_is_controller=\"true\"} 1\n",
	    pending_pod);
	write_pods(out, plan, "kube_pod_start_time", time_s, write_start);
	fprintf(out, "kube_pod_start_time{%s} %.0f\n", pending_pod,
		plan->demo->start_s - PENDING_SINCE_S);
}

char *
fleet_kube_write(const struct fleet_plan *plan, double time_s, size_t *length)
{
	char *written = NULL;
	FILE *out = open_memstream(&written, length);

	if (out == NULL)
		return NULL;
	write_all(out, plan, time_s);
	if (fclose(out) != 0) {
		free(written);
		return NULL;
	}
	return written;
}
