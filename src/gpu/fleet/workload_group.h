/* From what was told of one GPU to those who have it. */
#ifndef GPU_FLEET_WORKLOAD_GROUP_H
#define GPU_FLEET_WORKLOAD_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/workload.h"

/* What one exporter tells of one workload on one GPU; or of nobody, and then
 * of the GPU. */
struct workload_entry {
	const struct fleet_gpu *gpu;
	struct workload_name name;
	const char *exporter;
	unsigned exporter_rank;
	struct reading now[WORKLOAD_FIELD__MAX];
	struct reading so_far; /* the utilization */
	unsigned own;	       /* a bit for each field that is its own */
	bool is_now, was_before;
	bool was_measured; /* the utilization, before */
};

/* Those of one GPU: entries of who told of it, each exporter's together, and
 * the rows that come of them, for which there is room. */
struct workload_group {
	const struct fleet_gpu *gpu;
	struct workload_entry **entries;
	size_t count;
	struct workload **rows;
	size_t row_count;
	bool *were_before; /* of each row */
	double so_far;	   /* the GPU's utilization; NaN */
	bool was_measured; /* when the window began, whoever had it */
	/* The GPU's own entry by the exporter whose turn it is; NULL: there is
	 * none now. */
	const struct workload_entry *gpus;
};

/* Whether they may be one: what one of them tells the other may leave out, but
 * there is something that both tell. */
bool workload_may_be_one(const struct workload_name *a,
			 const struct workload_name *b);

/* What the first one does not tell it takes from the other. */
void workload_fill_name(struct workload_name *into,
			const struct workload_name *from);

/* One of a GPU, of which nothing is known yet; NULL if there is no memory. */
struct workload *workload_row(struct arena *arena, const struct fleet_gpu *gpu);

/* The group has entries, rows and were_before; its rows are counted in the
 * table. */
enum err_code workload_group_add_rows(struct workload_table *t,
				      struct workload_group *g, struct err *e);

#endif
