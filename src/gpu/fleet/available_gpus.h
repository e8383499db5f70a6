/*
 * What speaks for each GPU, or instance, being free: whether somebody has it,
 * and whether Kubernetes has something left where it is.
 */
#ifndef GPU_FLEET_AVAILABLE_GPUS_H
#define GPU_FLEET_AVAILABLE_GPUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/capacity.h"
#include "gpu/fleet/sick.h"
#include "gpu/fleet/workload.h"

/* A resource that is handed out. */
struct available_source {
	const struct capacity_row *row;
	size_t shown; /* how many workloads exporters show on its GPUs */
	size_t taken; /* 0; for who counts what there is of it */
};

/* One row of the fleet. */
struct available_gpu {
	const struct fleet_gpu *gpu;
	enum capacity_answer is_held;
	/* Its node is ready and schedulable and has one like that left; or
	 * Kubernetes has no say there. */
	enum capacity_answer is_offered;
	/* That is unknown, since it may be on any of several nodes. */
	bool is_misplaced;
	bool is_broken; /* its last Xid, or another problem, is critical */
	/* The most over the table's window, and now; NaN. */
	double utilization_so_far;
	bool was_measured; /* now, and when that window began */
	/* For how long it has been idle, at least, as far as that window
	 * tells; NaN: it was not measured for so long. */
	double idle_s;
	/* As what it is handed out: what most is left of; NULL: nothing. */
	struct available_source *source;

	/* Private. */
	bool is_passed_over; /* others of its vendor are handed out there */
};

/* In the order of the fleet's rows. */
struct available_gpus {
	struct available_gpu *list;
	size_t count;
};

/* Percent, as answers have it. */
double available_told(double percent);

/*
 * Of a finished table, with its capacity; in the arena. sick: or NULL.
 *
 * Whom a GPU belongs to is known if an exporter tells. That it is nobody's is,
 * if each pod of the node is shown on as many GPUs as it asks for; and where
 * Kubernetes has no say, if whoever tells of the GPU tells of somebody on
 * another one of the node.
 */
enum err_code available_gpus_list(const struct workload_table *t,
				  const struct sick_cards *sick,
				  struct arena *arena,
				  struct available_gpus *out, struct err *e);

#endif
