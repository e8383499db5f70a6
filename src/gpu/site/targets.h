/*
 * Which node the series of a target are of. A series alone does not tell: one
 * has the operator's label and another, of the same exporter by another job,
 * only the exporter's word; and what the exporter says may be its pod's name,
 * as the series of another card give away. So all series of a target are looked
 * at together, and what is best among all of them is the name for each of them.
 *
 * In this order: the profile's names for the node, of which one that is the
 * name of a pod, of a container or of every machine counts as absent; the node
 * of the pod that has this name or this address; the address itself.
 */
#ifndef GPU_SITE_TARGETS_H
#define GPU_SITE_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/site/nodemap.h"

/* What one series says of the target, and of whom; NULL where it says nothing.
 */
struct targets_series {
	const struct intern_string *cluster;
	const struct intern_string *instance;
	const struct intern_string *exported_instance;
	const struct intern_string *host; /* the last of the names there are */
	const struct intern_string *node; /* the first of them */
	uint32_t rank;			  /* its place in the profile's list */
	const struct intern_string *pod;  /* the workload, or the exporter's */
};

/* How sure a name is: a lower one has precedence. */
enum targets_doubt {
	TARGETS_SAID,
	TARGETS_RESOLVED, /* by an address, or a pod's name */
	TARGETS_ADDRESS,
	TARGETS_UNKNOWN /* the text is no name, only different from others */
};

struct targets_name {
	const char *text;
	size_t length;
	enum targets_doubt doubt;
};

struct targets {
	struct budget *budget;
	struct arena arena;
	struct intern pods;	 /* target and pod */
	struct intern groups;	 /* target and host */
	struct intern places;	 /* target */
	struct intern instances; /* of them; "" is none */
	struct targets_entry *by_group;
	struct targets_entry *by_place;
	uint32_t group_capacity, place_capacity;
};

/* Knows none yet. */
void targets_init(struct targets *t, struct budget *budget);

/* Safe on a zeroed one. */
void targets_fini(struct targets *t);

/* First each series goes by here: whose pods are at which target. */
enum err_code targets_note_pod(struct targets *t,
			       const struct targets_series *s, struct err *e);

/* Then each once more; from then on it is counted. */
enum err_code targets_note_name(struct targets *t,
				const struct targets_series *s, struct err *e);

/* How many targets there are. */
size_t targets_count(const struct targets *t);

/*
 * The name of the node that the series is of; false if its target was not seen,
 * or has no address either. The text lives as long as the targets, the map and
 * the series.
 */
bool targets_find(const struct targets *t, const struct nodemap *nodes,
		  const struct targets_series *s, struct targets_name *out);

#endif
