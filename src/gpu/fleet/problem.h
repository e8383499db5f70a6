/*
 * What is wrong now: with GPUs, with nodes, with exporters.
 */
#ifndef GPU_FLEET_PROBLEM_H
#define GPU_FLEET_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/workload.h"
#include "gpu/problem.h"
#include "gpu/xid.h"

/* One row. Its texts live as long as the table. */
struct problem {
	enum problem_severity severity;
	enum problem_kind kind;
	enum problem_action action;
	/* A row of the fleet, or its card; of a node or an exporter, what is
	 * known of where it is; of an alert, of what its labels tell. */
	const struct fleet_gpu *gpu;
	bool is_of_node;
	uint32_t namespace, pod; /* of whoever has it, if one alone has */
	double since_s;		 /* Unix time; 0: it is not known */
	double value, threshold; /* in unit; NaN */
	const char *unit;	 /* or NULL */
	double code;		 /* an Xid's number; NaN */
	const char *summary;	 /* one sentence */
	const char *alert;	 /* an alert's name; NULL: it is our own */
	double timestamp_s;
};

/* What is to count as wrong. */
struct problem_limits {
	const struct xid_table *xids;
	double hot, memory_hot; /* degrees Celsius, and more; 0: never */
	double stale_s;
};

/* What a sample says of a card: that something of that kind is wrong. */
struct problem_note {
	enum problem_kind kind;
	struct fleet_gpu *gpu;
	enum problem_severity severity;
	double value; /* as it was told; NaN: it says nothing */
	double code;  /* an Xid's number; NaN */
	/* It was so before: of an Xid's number an hour ago, and then that is
	 * no problem any more; else ten minutes ago. */
	bool was_there;
	double timestamp_s;
	struct problem_note *next;
};

/* A card was there, and is not told of by that target of its any more. */
struct problem_lost {
	struct fleet_gpu *gpu;
	uint32_t cluster, instance; /* of the target: texts' numbers */
	bool is_fresh;		    /* it was there a few minutes ago */
	bool is_second_hand;	    /* that one passes on what others tell */
	double seen_s;		    /* and then for the last time; Unix time */
	double timestamp_s;
	struct problem_lost *next;
};

/* A target that tells of GPUs, or did. */
struct problem_target {
	uint32_t cluster, instance;
	uint32_t node; /* as far as is known without its series */
	bool is_up;    /* one of its copies is */
	double timestamp_s;
	struct problem_target *next;

	/* Private. */
	struct problem_target *next_in_chain;
	const struct fleet_gpu *place; /* a card of it that is lost */
	size_t lost_count;
	double seen_s; /* the last of these */
};

/* What Prometheus alerts of. */
struct problem_alert {
	enum problem_severity severity;
	struct fleet_gpu *gpu; /* or what is known of where it is */
	bool is_of_node;
	const char *name;
	double since_s; /* 0: it is not told */
	double timestamp_s;
	struct problem_alert *next;
};

/* By which targets are found, by their instances' numbers. */
enum { PROBLEM_TARGET_CHAINS = 1024 };

struct problem_table {
	/* The most severe first, then as the fleet's rows, by node and index,
	 * and by kind; after problem_finish. */
	const struct problem **sorted;
	size_t count;
	/* What it was found in: with the GPUs that are lost, which no exporter
	 * tells of. */
	struct workload_table workloads;

	/* Private: what was said. */
	struct arena *arena;
	struct problem_note *notes;
	struct problem_lost *lost;
	struct problem_target *targets;
	struct problem_target *target_chains[PROBLEM_TARGET_CHAINS];
	struct problem_alert *alerts;
	bool knows_targets; /* set by who adds them, if all are there */
};

/* An empty table. It lives in the arena, but for what finds its parts. */
void problem_init(struct problem_table *t, struct arena *arena);

/* Safe on a zeroed one. */
void problem_fini(struct problem_table *t);

/* Each takes a copy; false if there is no memory. GPUs are of the table's
 * fleet, which is not finished yet. */
bool problem_add_note(struct problem_table *t, const struct problem_note *n);
bool problem_add_lost(struct problem_table *t, const struct problem_lost *l);
bool problem_add_target(struct problem_table *t,
			const struct problem_target *target);
bool problem_add_alert(struct problem_table *t, const struct problem_alert *a);

/* The target that was added as that; NULL: none. */
struct problem_target *problem_find_target(const struct problem_table *t,
					   uint32_t cluster, uint32_t instance);

/*
 * Makes rows of all that was said, and of what the finished workloads and their
 * capacity tell: now_s is Unix time. Nothing may be added afterwards.
 */
enum err_code problem_finish(struct problem_table *t,
			     const struct problem_limits *limits, double now_s,
			     struct err *e);

/* How many are of each severity. */
struct problem_count {
	size_t of[PROBLEM_SEVERITY__MAX];
};

/*
 * How many there are, of those rows that concerns, which may be NULL, says are
 * meant.
 */
struct problem_count problem_count(const struct problem_table *t,
				   bool (*concerns)(const void *context,
						    const struct problem *p),
				   const void *context);

/*
 * Those of one card, or of an instance of it, by the uuid of either (with or
 * without prefix, in any case), in the order of the table; the list is the
 * arena's.
 */
enum err_code problem_of_card(const struct problem_table *t, const char *uuid,
			      size_t length, struct arena *arena,
			      const struct problem *const **out, size_t *count,
			      struct err *e);

#endif
