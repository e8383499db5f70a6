/*
 * How much each node has of what Kubernetes hands out: what kube-state-metrics
 * tells of nodes, what pods hold of that, and which cards exporters see there.
 */
#ifndef GPU_FLEET_CAPACITY_H
#define GPU_FLEET_CAPACITY_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/namesakes.h"

struct workload_table;

/* What somebody may tell. */
enum capacity_answer { CAPACITY_UNKNOWN, CAPACITY_NO, CAPACITY_YES };

struct capacity_node {
	struct namesake namesake; /* private */
	struct fleet_gpu
	    gpu; /* its cluster and node, as a GPU's row has them */
	enum capacity_answer is_ready;
	enum capacity_answer is_cordoned; /* unschedulable */
	/* A pod there has more of what is in none of its rows than exporters
	 * show it on. */
	bool has_unseen;

	/* Private. */
	struct capacity_row *rows;
	size_t row_count;
	size_t first, end; /* its rows of the fleet */
	/* Whose cluster is its own, or one that may be. */
	bool has_own_cards, has_some_cards;
};

/* Which of Kubernetes' nodes some rows of the fleet are on. */
enum capacity_place {
	CAPACITY_NOWHERE, /* it calls none so */
	CAPACITY_UNCLEAR, /* one of several, or it may be others' */
	CAPACITY_HERE
};

/* One resource of a node. All numbers are whole, or NaN: not known. */
struct capacity_row {
	const struct capacity_node *node;
	uint32_t resource; /* the number of its name's text */
	double capacity, allocatable;
	double requested;
	bool has_unseen; /* by a pod of which exporters show less than it has */
	double free;	 /* allocatable, and not requested */
	/* What exporters see of it; NaN if they see none there. */
	double gpu_count, instance_count;
	double busy_count;   /* of these GPUs */
	double largest_free; /* whole GPUs that one pod could get */
	double timestamp_s;  /* of the newest of what tells this */

	/* Private. */
	struct capacity_row *next_of_node;
};

/* What is told of all nodes of a cluster. */
struct capacity_cluster {
	uint32_t cluster; /* a text's number, or INTERN_NONE */
	bool tells_pods;  /* what they ask for is told */
	bool is_renamed;  /* their own labels have other names */
};

struct capacity {
	/* By cluster, node and resource, as the fleet's rows; after
	 * capacity_finish. */
	struct capacity_row **sorted;
	size_t count;
	/* Set by who was to ask: whether that was needed, and done (it is not
	 * where no exporter is there), and how it went. */
	bool is_needed, is_asked;
	struct err failure;
	size_t left_out_count; /* resources of nodes that have too many */
	struct err lacks; /* of a query without which something is not known */

	/* Private. */
	struct arena *arena;
	struct namesakes names;	     /* the numbers of nodes' texts */
	struct intern cluster_names; /* the numbers of their texts */
	struct capacity_cluster *clusters;
	uint32_t cluster_capacity;
};

/* Of no node. It lives in the arena, but for what finds nodes. */
void capacity_init(struct capacity *c, struct arena *arena);

/* Safe on a zeroed one. */
void capacity_fini(struct capacity *c);

/* The node, added if it is new; NULL if there is no memory. */
struct capacity_node *capacity_node(struct capacity *c, uint32_t cluster,
				    uint32_t node);

/* Of a finished one: the node of the fleet's row in that place, which is the
 * first of its node, if it is known. */
enum capacity_place capacity_find(const struct capacity *c,
				  const struct fleet *fleet, size_t first,
				  const struct capacity_node **out);

/* Whether no exporter shows a GPU there, as far as is known which are its. */
bool capacity_is_unseen(const struct capacity_node *node);

/* The cluster, added if it is new; NULL if there is no memory. */
struct capacity_cluster *capacity_cluster(struct capacity *c, uint32_t cluster);

/* A node takes no more resources. */
enum { CAPACITY_RESOURCES_MAX = 64 };

/* The resource of a node, added if it is new; NULL in *out if the node has too
 * many. False if there is no memory. */
bool capacity_row(struct capacity *c, struct capacity_node *node,
		  uint32_t resource, struct capacity_row **out);

/* Of several copies of a value the greatest counts. */
static inline void
capacity_take(double *into, double value)
{
	*into = fmax(*into, value);
}

static inline void
capacity_answer(enum capacity_answer *into, bool answer)
{
	if (*into != CAPACITY_YES)
		*into = answer ? CAPACITY_YES : CAPACITY_NO;
}

/* Adds up what the pods hold, and the cards, of a finished table. Nothing may
 * be added afterwards. */
enum err_code capacity_finish(struct capacity *c,
			      const struct workload_table *t, struct err *e);

#endif
