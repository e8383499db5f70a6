/*
 * What each namespace has of the cards, asks for, and leaves idle: from who has
 * which GPU.
 */
#ifndef GPU_FLEET_NAMESPACES_H
#define GPU_FLEET_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/workload.h"

/* Of one cluster; or what no namespace of it has. */
struct namespace_row {
	uint32_t cluster, name; /* numbers of the fleet's texts */
	size_t workload_count;	/* pods, or jobs */
	double gpu_count;	/* cards, and parts of them */
	/* Of these what it leaves idle; NaN: nobody knows of one of them. */
	double idle_gpu_count;
	uint64_t requested;
	bool is_requested; /* somebody tells what it asks for */
	/* NaN where nobody measured any of it. */
	double utilization; /* each card's by what it has of it */
	double memory_used, power_draw;
	double timestamp_s; /* the newest */
	double measured_s;  /* the oldest; 0 */

	/* Private. */
	double weight;	    /* of the cards that tell how busy they are */
	bool has_workloads; /* on cards */
};

/* The rows by name, what no namespace has behind them, then by cluster. */
struct namespace_table {
	const struct namespace_row **rows;
	size_t count;
	/* Cards of which nobody tells how large their instances are. */
	size_t unsized_count;
};

/*
 * Of a finished table; the rows are the arena's.
 *
 * A card counts as one. Of one that is split an instance is its share, as
 * shares_find tells; what is in no instance is whose the card itself is. What
 * several namespaces have is an equal part of each, and of what is measured
 * there theirs is what is told of their own workloads: nothing is counted
 * twice.
 */
enum err_code namespaces_list(const struct workload_table *t,
			      struct arena *arena, struct namespace_table *out,
			      struct err *e);

#endif
