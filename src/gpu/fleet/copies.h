/*
 * Copies of one thing's series: by another replica, by federation, by a second
 * job, by the pod that was there before. Which of them are one copy's, though a
 * metric may have labels of its own?
 *
 * A series' source is a sum over its labels (see struct sample). So two copies
 * differ by the same number in each of the metrics, and what some of these have
 * besides makes no difference.
 */
#ifndef GPU_FLEET_COPIES_H
#define GPU_FLEET_COPIES_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* What came in one way. */
struct copies_way {
	uint32_t source; /* no other's */
	uint32_t known;	 /* a bit for each thing that it tells */
};

/* Of two that were not measured since then, 0 for what is there, which comes
 * first: what is there, and then what was lost last. */
int copies_compare_losses(double a_s, double b_s);

#define COPIES_CHOSEN UINT_MAX

/*
 * Of the first ways, as many as are alike, which tell the same, chooses one:
 * always that of the same copy, whatever thing they are of and whatever they
 * tell of it. Into out, for each of the ways, how much says that it is of that
 * copy: nothing is 0, and for the chosen one it is COPIES_CHOSEN. It is of the
 * copy if it differs from another that tells the same things by what the chosen
 * one does. Neither count is 0.
 */
void copies_relate(const struct copies_way *ways, size_t count, size_t alike,
		   unsigned *out);

#endif
