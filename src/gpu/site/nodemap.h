/*
 * Which node an address belongs to, where kube-state-metrics tells: for the
 * exporters whose only hint is the address that Prometheus scraped. Clusters
 * have the same addresses, so an address is one of a cluster.
 */
#ifndef GPU_SITE_NODEMAP_H
#define GPU_SITE_NODEMAP_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/profile/profile.h"
#include "prom/vector.h"

struct nodemap_address;
struct nodemap_node;

struct nodemap {
	struct arena arena;
	struct intern places;	 /* an address in a cluster, or in none */
	struct intern addresses; /* whatever the cluster */
	struct intern nodes;
	struct nodemap_node *node_of;	   /* by the place's number */
	struct nodemap_address *summaries; /* by the address's number */
};

enum { NODEMAP_LABELS_MAX = 3 + PROFILE_TERMS_MAX, NODEMAP_SLOT_COUNT = 3 };

/* The labels that the answer's samples need, in out; returns how many. The
 * clusters' names are those of the profile: of all, see profile_adopt. */
size_t nodemap_labels(const struct profile *p,
		      struct element_label out[static NODEMAP_LABELS_MAX]);

/*
 * Appends a query for the addresses and nodes of the pods, and of the hosts,
 * that are scraped for one of the series: a selector; and for the clusters that
 * those series are of. The profile tells the names of clusters, and the
 * matchers that each selector has.
 */
void nodemap_add_query(struct buf *out, const char *selector,
		       const struct profile *p);

/* An empty map. */
void nodemap_init(struct nodemap *m, struct budget *budget);

/* Safe on a zeroed map. */
void nodemap_fini(struct nodemap *m);

/*
 * Takes the answer. An address that is on two nodes of a cluster at once, as
 * after a pod moved, is on neither.
 */
enum err_code nodemap_add(struct nodemap *m, const struct vector *v,
			  struct err *e);

/* Adds what the older map alone knows. */
enum err_code nodemap_add_older(struct nodemap *m, const struct nodemap *older,
				struct err *e);

/*
 * The node's name, or NULL. cluster is NULL where no label tells it. Where
 * kube-state-metrics' series have a cluster and the GPUs' have none, or the
 * reverse, it is the only node with that address, if the GPUs of the address
 * are of one cluster.
 */
const struct intern_string *nodemap_find(const struct nodemap *m,
					 const struct intern_string *cluster,
					 const char *address, size_t length);

#endif
