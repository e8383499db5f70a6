#include "gpu/collect/kube_nodes.h"

#include <math.h>

#include "gpu/collect/kube_query.h"

static const char allocatable[] = "kube_node_status_allocatable{" KUBE_OF_GPUS;

enum what { CAPACITY, ALLOCATABLE, UNSCHEDULABLE, READY, PODS };

/* What is asked: github.com/kubernetes/kube-state-metrics, docs/metrics/
 * cluster/node-metrics.md. Whether a node takes pods is asked of all nodes: one
 * whose GPUs are handed out by other means has none of these resources. */
static const struct question {
	const char *metric; /* as warnings call it */
	const char *selector;
} questions[KUBE_NODES_QUESTIONS] = {
    [CAPACITY] = {"kube_node_status_capacity",
		  "kube_node_status_capacity{" KUBE_OF_GPUS},
    [ALLOCATABLE] = {"kube_node_status_allocatable", allocatable},
    [UNSCHEDULABLE] = {"kube_node_spec_unschedulable",
		       "kube_node_spec_unschedulable{node!=\"\""},
    [READY] =
	{"kube_node_status_condition",
	 "kube_node_status_condition{condition=\"Ready\",status=\"true\""},
    /* That no pod asks for GPUs is known of who tells what they ask for: each
     * cluster has some that ask for processors. */
    [PODS] = {"kube_pod_container_resource_requests",
	      "kube_pod_container_resource_requests{resource=\"cpu\""}};

/* --- the questions -------------------------------------------------------- */

static void
add_query(struct buf *out, size_t what, const struct profile *p)
{
	const struct question *q = &questions[what];

	if (what == PODS) {
		buf_append_text(out, "group");
		kube_add_by_cluster(out, p);
		buf_append_text(out, " (");
	}
	kube_add_selector(out, q->selector, p);
	if (what == PODS)
		buf_append_text(out, ")");
}

enum err_code
kube_nodes_ask(struct ask *a, const struct profile *p, struct err *e)
{
	return kube_ask_each(a, p, KUBE_NODES_QUESTIONS, add_query, e);
}

/* --- the answers ---------------------------------------------------------- */

static bool
take_count(struct capacity *out, struct capacity_node *node, enum what what,
	   const struct vector *v, const struct sample *s)
{
	static const double count_max = 1000000;
	uint32_t resource = kube_text(v, s, KUBE_RESOURCE);
	struct capacity_row *row;

	if (resource == INTERN_NONE || !(s->value >= 0) ||
	    s->value > count_max || s->value != floor(s->value))
		return true;
	if (!capacity_row(out, node, resource, &row))
		return false;
	if (row == NULL)
		return true;
	capacity_take(what == CAPACITY ? &row->capacity : &row->allocatable,
		      s->value);
	row->timestamp_s = fmax(row->timestamp_s, s->timestamp_s);
	return true;
}

/* False if there is no memory. */
static bool
take(struct capacity *out, enum what what, const struct vector *v,
     const struct sample *s)
{
	struct capacity_cluster *cluster =
	    capacity_cluster(out, kube_text(v, s, KUBE_CLUSTER));
	uint32_t name = kube_text(v, s, KUBE_NODE);
	struct capacity_node *node;

	if (cluster == NULL)
		return false;
	cluster->tells_pods |= what == PODS;
	cluster->is_renamed |= name != INTERN_NONE;
	if (name == INTERN_NONE)
		name = kube_text(v, s, KUBE_PLAIN_NODE);
	if (what == PODS || name == INTERN_NONE)
		return true;
	node = capacity_node(out, cluster->cluster, name);
	if (node == NULL)
		return false;
	if (what == READY)
		capacity_answer(&node->is_ready, s->value > 0);
	else if (what == UNSCHEDULABLE)
		capacity_answer(&node->is_cordoned, s->value > 0);
	else
		return take_count(out, node, what, v, s);
	return true;
}

static enum err_code
read_answer(const struct vector *v, enum what what, struct capacity *out,
	    struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &cursor)) != NULL)
		if (!take(out, what, v, s))
			return err_set_memory(e);
	return ERR_OK;
}

enum err_code
kube_nodes_read(struct call *call, struct ask *a, size_t first,
		struct capacity *out, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < KUBE_NODES_QUESTIONS; i++) {
		bool is_there;

		code = kube_await(call, a, first + i, questions[i].metric,
				  &is_there, e);
		if (code == ERR_OK && is_there)
			code = read_answer(&a->questions[first + i].vector,
					   (enum what)i, out, e);
		if (!is_there)
			*(i == ALLOCATABLE ? &out->failure : &out->lacks) =
			    *call_await(call, a, first + i);
		ask_drop(a, first + i);
	}
	return code;
}
