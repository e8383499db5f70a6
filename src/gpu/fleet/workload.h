/*
 * Who has which GPU: what exporters say of pods, containers and Slurm's jobs,
 * and what kube-state-metrics says that these ask for.
 */
#ifndef GPU_FLEET_WORKLOAD_H
#define GPU_FLEET_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/field.h"
#include "gpu/fleet/capacity.h"
#include "gpu/fleet/claims.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/reading.h"
#include "gpu/xid.h"

/* Numbers of the fleet's texts, FLEET_UNKNOWN where nobody tells. */
struct workload_name {
	uint32_t namespace, pod, container;
	uint32_t job, job_user, job_partition;
};

enum workload_state {
	WORKLOAD_ACTIVE,
	WORKLOAD_IDLE,	   /* for the whole window */
	WORKLOAD_STARTING, /* not there for so long */
	WORKLOAD_PENDING,  /* asks, and has none yet */
	WORKLOAD_UNSEEN,   /* asks and runs, and no exporter shows it */
	WORKLOAD_UNKNOWN   /* nobody measured it */
};

/* On one GPU, or on none. */
struct workload {
	/* The fleet's row, or its card; of one that is on none, what is known
	 * of where it is. */
	const struct fleet_gpu *gpu;
	struct workload_name name;
	enum workload_state state;
	unsigned shared_by; /* how many have the GPU; 0: it is on none */
	/* Its own, or the GPU's if it alone has that; NaN. */
	double values[WORKLOAD_FIELD__MAX];
	double utilization_max; /* over the window */
	double power_draw;
	const struct claims_pod *pod; /* or NULL, as the next */
	const struct claim *claim;
	const char *exporter; /* who told; NULL: kube-state-metrics */
	unsigned exporter_rank;
	uint64_t exporters; /* all who told: a bit for each rank below 64 */
	double timestamp_s;
};

/* What a sample is as of. */
enum workload_when {
	WORKLOAD_NOW,
	WORKLOAD_SO_FAR, /* the greatest since the window began */
	WORKLOAD_BEFORE	 /* when the window began */
};

/* The field of a sample that only tells that it is there. */
enum { WORKLOAD_SEEN = WORKLOAD_FIELD__MAX };

/* What one sample says. */
struct workload_note {
	struct fleet_gpu *gpu;
	struct workload_name name; /* none of it: it is the GPU's own value */
	const char *exporter;
	unsigned exporter_rank;
	enum workload_when when;
	int field;   /* enum workload_field, or WORKLOAD_SEEN */
	bool is_own; /* of the workload, whoever else has the GPU */
	struct reading reading;
};

/* A GPU takes no more of them. */
enum { WORKLOADS_OF_GPU_MAX = 256 };

/* Who is idle. */
struct workload_idle {
	int window_s;	    /* it was below that for so long */
	double utilization; /* percent: what is left is noise */
};

struct workload_table {
	/* By namespace, pod, container, job, then as the fleet's rows; after
	 * workload_finish. */
	struct workload **sorted;
	size_t count;
	/* Those of them that are on GPUs: each GPU's together. */
	struct workload **of_gpus;
	size_t of_gpus_count;
	struct fleet fleet;
	/* Percent, of each of its rows, whoever has it: the most over the
	 * window; NaN where nobody tells. */
	double *utilization_so_far;
	/* Of each of them: whether its utilization was told when the window
	 * began, if that was needed. */
	bool *was_measured;
	struct claims claims;
	struct capacity capacity; /* if it is needed: capacity_finish */
	size_t left_out_count;	  /* of GPUs that have too many */
	/* GPUs, or instances, that are told with a pod that has ended. */
	size_t ended_count;
	bool lacks_before; /* nobody could tell who was there then, or need */
	struct err so_far_failure; /* of the last query for that that failed */

	/* Set by who fills it, before it is finished. */
	struct workload_idle idle;
	bool needs_measured;	      /* that, and not who was there then */
	const struct xid_table *xids; /* which of them break a GPU; or NULL */

	/* Private. */
	struct intern keys;
	struct workload_entry **entries; /* by their key's number */
	uint32_t entry_capacity;
};

/* An empty table. It lives in the arena, but for what finds its parts. */
void workload_init(struct workload_table *t, struct arena *arena);

/* Safe on a zeroed table. */
void workload_fini(struct workload_table *t);

/* No name at all. */
struct workload_name workload_nobody(void);
bool workload_is_nobody(const struct workload_name *name);

enum err_code workload_add(struct workload_table *t,
			   const struct workload_note *note, struct err *e);

/*
 * Finishes the fleet, and makes rows of all that was noted.
 *
 * Of a field, an exporter that tells the GPU's own value beside that of its
 * workloads tells theirs. One that tells no other repeats the GPU's for each of
 * them: it is the workload's if it is the only one there.
 */
enum err_code workload_finish(struct workload_table *t, struct err *e);

/* Of the finished table: who has that row of the fleet, or that card, and be it
 * nobody; a split card is no instance's. */
struct workload *const *workload_find(const struct workload_table *t,
				      const struct fleet_gpu *gpu,
				      size_t *count);

#endif
