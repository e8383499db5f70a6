/* Rows of nodes: what their cards come to. */
#ifndef API_NODE_ROWS_H
#define API_NODE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/column.h"
#include "base/arena.h"
#include "base/err.h"
#include "gpu/fleet/fleet.h"

/* The cards of one node of one cluster, which stand together in the sorted
 * fleet; or any other cards, of which the columns but the node's own tell as
 * well. */
struct node_row {
	const struct fleet_gpu **cards;
	size_t count;
	struct fleet_models models;
};

/* Of which fleet, and which of its cards count; NULL: all do. */
struct node_rows_need {
	const struct fleet *fleet;
	bool (*concerns)(const void *context, const struct fleet_gpu *card);
	const void *context;
};

/* The columns of /api/v1/gpu/nodes, in their order. */
void node_rows_describe(struct column_list *list);

/* A row for each node that has cards which count; all of it is the arena's. */
enum err_code node_rows_list(const struct node_rows_need *need,
			     struct arena *arena, struct rows *out,
			     struct err *e);

#endif
