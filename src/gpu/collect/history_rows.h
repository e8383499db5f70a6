/* The series of one answer over a span of time, kept as they come. */
#ifndef GPU_COLLECT_HISTORY_ROWS_H
#define GPU_COLLECT_HISTORY_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "prom/matrix.h"
#include "prom/samples.h"

/* The points from the first that is known to the last. */
struct history_row {
	double *values;
	const double *weights; /* of means; else NULL */
	size_t first, count;
	struct sample *sample;
};

struct history_rows {
	struct matrix_sink sink; /* that puts them here */
	/*
	 * Their labels; the value of each sample is one of its own that tells
	 * most of its scale: see join.h.
	 */
	struct samples samples;
	struct history_row *rows; /* of each of them, in their order */
	/* Set by who only wants to know which series there are: the rows have
	 * no points. */
	bool has_no_values;

	/* Private. */
	struct arena arena;
	size_t slot_count, point_count, capacity, kept_points, max_points;
};

/* More than so many points in all are refused: ERR_QUERY. */
void history_rows_init(struct history_rows *r, struct budget *budget,
		       size_t slot_count, size_t point_count,
		       size_t max_points);

/*
 * From sums to means, by how often each series was measured, which are the
 * weights from then on: both are needed. What was not counted has no mean.
 * ERR_MEMORY.
 */
enum err_code history_rows_divide(struct history_rows *sums,
				  const struct history_rows *counts,
				  struct err *e);

/* Safe on zeroed ones. */
void history_rows_fini(struct history_rows *r);

#endif
