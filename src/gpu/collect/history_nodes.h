/* What was measured of whole nodes, or clusters, over a span of time. */
#ifndef GPU_COLLECT_HISTORY_NODES_H
#define GPU_COLLECT_HISTORY_NODES_H

#include "gpu/collect/history_groups.h"
#include "gpu/collect/history_plan.h"

/* The nodes that are told of by exporters as a whole. */
struct history_taken {
	struct intern nodes; /* history_key_add, of cluster and node */
	uint64_t ranks;	     /* of those exporters: a bit for each */
};

struct history_node;

/* Of one exporter. */
struct history_nodes {
	const struct history_need *need;
	const struct detection *found;
	unsigned rank;
	struct intern *texts;
	struct arena *arena;
	struct intern keys;
	struct history_node *list; /* by the keys' numbers */
	size_t count, capacity;
};

/* Nothing is known yet. The texts are those of the answers. */
void history_nodes_init(struct history_nodes *n,
			const struct history_need *need,
			const struct detection *found, unsigned rank,
			struct intern *texts, struct arena *arena);

/* Safe on zeroed ones. */
void history_nodes_fini(struct history_nodes *n);

/* Takes the rows of a question's answer. */
enum err_code history_nodes_add(struct history_nodes *n,
				struct history_question *q, size_t *skipped,
				struct err *e);

/*
 * Adds the nodes that are wanted to their groups, but for those of which an
 * exporter with precedence has told; from then on they are taken.
 */
enum err_code history_nodes_group(struct history_nodes *n,
				  const struct history_wanted *wanted,
				  struct history_taken *taken,
				  struct history_groups *groups, struct err *e);

#endif
