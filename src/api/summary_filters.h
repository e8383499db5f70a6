/* Of which GPUs a summary is: of nodes, as their rows are, and of which of
 * their cards. */
#ifndef API_SUMMARY_FILTERS_H
#define API_SUMMARY_FILTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/column.h"
#include "api/node_rows.h"
#include "api/params.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/problem.h"

struct summary_filters {
	/* What columns need that are a card's, of no rows. */
	struct rows cards;

	/* Private. */
	struct column_list list;
	struct params of_nodes, of_places, of_cards;
	const struct rows *chosen; /* nodes */
};

/* All columns that may be filtered by. */
void summary_filters_describe(struct column_list *list);

/* Of the parameters, which live as long; for a finished fleet. */
void summary_filters_read(const struct params *p, const struct fleet *fleet,
			  struct summary_filters *out);

/* Whether the card counts, if its node does; the context are the filters. */
bool summary_filters_has_card(const void *context,
			      const struct fleet_gpu *card);

/* Whether the node does, by its row: of those cards alone. */
bool summary_filters_has_node(const struct summary_filters *f,
			      const struct rows *nodes,
			      const struct node_row *node);

/*
 * Whether a problem is of what counts: of the nodes that were chosen, which are
 * to be set before, or of one of which nothing is there any more but its name;
 * of such cards, if it is a card's. The fleet is that of the problem.
 */
struct summary_problems {
	const struct summary_filters *filters;
	struct rows rows; /* of no rows, of that fleet */
};
void summary_filters_choose(struct summary_filters *f,
			    const struct rows *nodes);
struct summary_problems
summary_filters_problems(const struct summary_filters *f,
			 const struct fleet *fleet);
bool summary_filters_has_problem(const void *context, const struct problem *p);

#endif
