/*
 * Which node an address belongs to, where kube-state-metrics tells: for the
 * exporters whose only hint is the address that Prometheus scraped.
 */
#ifndef GPU_SITE_NODEMAP_H
#define GPU_SITE_NODEMAP_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/intern.h"
#include "prom/vector.h"

struct nodemap {
	struct arena arena;
	struct intern addresses;
	struct intern nodes;
	uint32_t *node_of; /* by the address's number; INTERN_NONE: unclear */
};

/* The labels that the answer's samples need. */
extern const struct element_label nodemap_labels[];
enum { NODEMAP_LABEL_COUNT = 3, NODEMAP_SLOT_COUNT = 2 };

/*
 * Appends a query for the addresses and nodes of the pods, and of the hosts,
 * that are scraped for one of the series: a selector. The matchers are what
 * each selector has, see profile_matchers.
 */
void nodemap_add_query(struct buf *out, const char *selector,
		       const char *matchers);

/* An empty map. */
void nodemap_init(struct nodemap *m, struct budget *budget);

/* Safe on a zeroed map. */
void nodemap_fini(struct nodemap *m);

/*
 * Takes the answer. An address that is on two nodes at once, as after a pod
 * moved, is on neither.
 */
enum err_code nodemap_add(struct nodemap *m, const struct vector *v,
			  struct err *e);

/* Adds what the older map alone knows. */
enum err_code nodemap_add_older(struct nodemap *m, const struct nodemap *older,
				struct err *e);

/* The node's name, or NULL. */
const struct intern_string *nodemap_find(const struct nodemap *m,
					 const char *address, size_t length);

#endif
