/* The rows of problems while they are made: added one by one, then sorted. */
#ifndef GPU_FLEET_PROBLEM_ROWS_H
#define GPU_FLEET_PROBLEM_ROWS_H

#include "base/err.h"
#include "gpu/fleet/problem.h"

struct problem_rows {
	struct problem_table *table;
	const struct problem_limits *limits;
	double now_s;
	const struct problem **list;
	size_t count, capacity;
	struct err *err;
};

/* Of that kind, as it is most often, about that row or card: without a value,
 * a code or a time. */
struct problem problem_of(enum problem_kind kind, const struct fleet_gpu *gpu);

/*
 * Adds a copy: with its sentence, unless it has one, and who has the card.
 * more, or "", stands behind the sentence.
 */
enum err_code problem_rows_add(struct problem_rows *r, const struct problem *p,
			       const char *more);

/* What is lost, with the exporters and the nodes: adds all of them. */
enum err_code problem_rows_add_lost(struct problem_rows *r);

/* Sorts them. */
void problem_rows_sort(struct problem_rows *r);

#endif
