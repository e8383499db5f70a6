/*
 * What containers ask for, and what is known of their pods: as told by
 * kube-state-metrics, some copies of which may tell the same.
 */
#ifndef GPU_FLEET_CLAIMS_H
#define GPU_FLEET_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/fleet/namesakes.h"

/* One that has ended holds nothing. Of one whose phase is not told, or is that
 * its node is lost, nobody knows whether it does. */
enum claims_phase {
	CLAIMS_ENDED,
	CLAIMS_UNTOLD,
	CLAIMS_PENDING,
	CLAIMS_RUNNING
};

/* Which pod: numbers of texts, INTERN_NONE where nobody tells. */
struct claims_key {
	uint32_t cluster, namespace, pod;
};

struct claims_pod {
	struct namesake namesake; /* private */
	struct claims_key key;
	enum claims_phase phase; /* after claims_finish */
	/* Texts, as above. Where it is; and what stands for that if somebody
	 * renames labels: then the place of whoever tells it, for one that is
	 * nowhere yet. */
	uint32_t node, plain_node;
	uint32_t owner_kind, owner_name;
	double started_s;   /* Unix time; 0: not known */
	double timestamp_s; /* of the newest of what tells this */
	uint64_t requested; /* of all resources; after claims_finish */
	uint64_t shown;	    /* on how many GPUs: see claims_show */

	/* Private. */
	struct claim *containers;
};

/* What one container asks for. */
struct claim {
	struct claims_pod *pod;
	uint32_t container;
	uint64_t requested; /* of all resources; after claims_finish */
	bool is_shown;	    /* see claims_show */
	struct claims_resource *resources;

	/* Private. */
	struct claim *next_in_pod;
};

/* How much of one resource: the number of its name's text. */
struct claims_resource {
	uint32_t resource;
	uint64_t requested;
	struct claims_resource *next; /* of the same container, or NULL */
};

struct claims {
	struct claim **list; /* in the order of arrival */
	size_t count;
	struct err failure; /* set if who holds what could not be asked */
	/* Pods whose phase is not told; after claims_finish. */
	size_t untold_count;

	/* Private. */
	struct arena *arena;
	struct namesakes names; /* namespace and pod */
	struct intern clusters; /* whose pods' phases are told */
	size_t capacity;
};

/* None yet. They live in the arena, but for what finds them. */
void claims_init(struct claims *c, struct arena *arena);

/* Safe on zeroed ones. */
void claims_fini(struct claims *c);

/* The pod of that key, added if it is new; NULL if there is no memory. */
struct claims_pod *claims_pod(struct claims *c, const struct claims_key *key);

/* That one of its containers asks for so much of a resource. Of several copies
 * of that the greatest counts. */
enum err_code claims_note(struct claims *c, struct claims_pod *pod,
			  uint32_t container, uint32_t resource,
			  uint64_t requested, struct err *e);

/* That it is in that phase. Of several copies of that the last of them in the
 * order above counts. False if there is no memory. */
bool claims_note_phase(struct claims *c, struct claims_pod *pod,
		       enum claims_phase phase);

/* Adds up. A pod without a phase has ended where others have one. Nothing may
 * be added afterwards. */
void claims_finish(struct claims *c);

/*
 * What that container asks for, or the pod's only one if its name is not known;
 * NULL if that is not known. Where one side does not know its cluster it is the
 * only pod of that name.
 */
const struct claim *claims_find(const struct claims *c,
				const struct claims_key *key,
				uint32_t container);

/* The same of the pod alone. */
const struct claims_pod *claims_find_pod(const struct claims *c,
					 const struct claims_key *key);

/* Whether one that asks for something has ended. */
bool claims_has_ended(const struct claims_pod *pod);

/* Somebody shows the container, or the pod if its name is not known, on a GPU:
 * once for each one. */
void claims_show(const struct claims *c, const struct claims_key *key,
		 uint32_t container);

#endif
