/* What was measured of each GPU over a span of time: by the join that answers
 * about now go through. */
#ifndef GPU_COLLECT_HISTORY_GPUS_H
#define GPU_COLLECT_HISTORY_GPUS_H

#include "gpu/collect/history_plan.h"
#include "gpu/fleet/fleet.h"

struct history_strand;
struct join;
struct join_hit;

/* A series, and the GPU that it is of. Its values are as Prometheus has them
 * while it is told of, and in the field's unit from then on. */
struct history_told {
	const struct sample *sample;
	const struct join_hit *hit;
	const struct history_row *row;
};

/* Who is told of each. */
struct history_listener {
	enum err_code (*hear)(void *context, struct join *j,
			      const struct history_told *told, struct err *e);
	void *context;
};

struct history_gpus {
	const struct history_need *need;
	const struct detection *found;
	struct fleet *fleet;
	struct arena *arena;
	/* By the fleet's GPUs, and then in the order of strand_compare. */
	struct history_strand *strands;
	struct strand *values; /* the same, without their GPUs */
	size_t count;
	/* Of the roster's cards; NULL: not asked for. */
	struct fleet_gpu **seeds;
	/* Of the fleet's cards, by their numbers; NULL: it has none. */
	const struct card **known;
	const struct history_listener *listener; /* or NULL */
};

/* NULL is none of them. */
bool history_is_one_of(const char *const *names, size_t count,
		       const struct intern_string *text);

/* Puts the cards of the roster into an empty fleet: those on the nodes of the
 * wanted ones, and of those that the filter names. */
enum err_code history_gpus_init(struct history_gpus *g,
				const struct history_need *need,
				const struct detection *found,
				const struct history_wanted *wanted,
				struct fleet *fleet, struct arena *arena,
				struct err *e);

/* Waits for the plan's answers, whose rows become the GPUs' values. They live
 * until history_plan_fini. Once for each. */
enum err_code history_gpus_take(struct history_gpus *g, struct history_plan *p,
				struct err *e);

/* What was told of the GPU. */
struct strands history_gpus_strands(const struct history_gpus *g,
				    const struct fleet_gpu *gpu);

#endif
