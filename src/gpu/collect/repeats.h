/*
 * What was made of whole answers: which plans' answers are remembered, by a
 * process, and what of them. See repeat.h.
 */
#ifndef GPU_COLLECT_REPEATS_H
#define GPU_COLLECT_REPEATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/intern.h"
#include "gpu/collect/plan.h"
#include "gpu/fleet/shape.h"
#include "prom/known.h"

/* Places that are none: of a series that was not told, of one that does not
 * tell its GPU, and of one whose GPU has no row. */
#define REPEAT_UNTOLD  UINT32_MAX
#define REPEAT_SKIPPED (UINT32_MAX - 1)
#define REPEAT_NO_ROW  (UINT32_MAX - 2)

struct repeat_series {
	uint32_t place; /* in the shape, or one of these */
	/* The name of its target's node, a text of the repeat, and how sure
	 * that is: see struct identity. */
	uint32_t node;
	unsigned doubt;
};

struct repeat_exporter {
	struct known *known;	      /* NULL: nothing was told */
	struct repeat_series *series; /* by their numbers */
};

struct repeat_query {
	const struct profile *profile;
	const struct profile_metric **metrics;
	size_t metric_count;
	unsigned rank;
	bool is_of_targets; /* their times, which are read as ever */
	/* The answer: which series, and where there are several metrics, whose;
	 * in their order. */
	const uint32_t *series;
	const unsigned char *metric_numbers;
	size_t count;
	size_t skipped; /* that do not tell their GPU */
};

/* Of whose series a GPU's are: texts of the repeat, or INTERN_NONE. */
struct repeat_target {
	unsigned rank;
	uint32_t instance, cluster, exported_instance;
};

/* Does not change, but for its counters. */
struct repeat {
	struct shape *shape;
	struct repeat_query *queries;
	size_t query_count;
	struct repeat_exporter *exporters; /* by rank */
	size_t exporter_count;
	struct repeat_target *targets;
	size_t target_count;
	uint32_t *target_of; /* by place; UINT32_MAX: of none */
	struct intern texts;
	struct arena arena;
	/* The look by which the names of nodes were last found to be these. */
	_Atomic uint64_t look;
	atomic_bool was_taken; /* an answer was repeated */

	/* Private. */
	atomic_uint references;
};

/* An empty one, for such a plan; with one reference. NULL: no memory. */
struct repeat *repeat_new(const struct plan *p, struct budget *budget);

/* The last one frees it. NULL is fine. */
void repeat_release(struct repeat *r);

/* A process' own. */
struct repeats;

/* The budget outlives it. NULL: no memory. */
struct repeats *repeats_new(struct budget *budget);

/* All were released. NULL is fine. */
void repeats_free(struct repeats *all);

/* What is remembered of such a plan, to be released; or NULL. */
struct repeat *repeats_find(struct repeats *all, const struct plan *p);

/* An empty one for such a plan, as above; NULL as well if it is not to be
 * remembered now. */
struct repeat *repeats_begin(struct repeats *all, const struct plan *p);

/* Remembers it for such plans, if need be instead of what was needed least
 * lately; the reference becomes theirs. Such a plan rests if what was
 * remembered of it was never repeated. */
void repeats_put(struct repeats *all, const struct plan *p, struct repeat *r);

/* Such a plan's answers cannot be repeated, or there is no room: it is not
 * begun for a while. */
void repeats_rest(struct repeats *all, const struct plan *p);

/* That set is replaced: what is remembered with it is of no use. */
void repeats_forget(struct repeats *all, const struct known *known);

#endif
