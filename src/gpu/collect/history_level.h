/* At which level an exporter is asked: for each GPU, or for sums of them, where
 * the roster says that these are the same. */
#ifndef GPU_COLLECT_HISTORY_LEVEL_H
#define GPU_COLLECT_HISTORY_LEVEL_H

#include "gpu/collect/history_plan.h"

enum { HISTORY_NODE_LABELS_MAX = 8 };

/* One exporter, and what it is asked. */
struct history_part {
	const struct history_plan *plan;
	const struct history_wanted *wanted;
	const struct profile *profile;
	unsigned rank;
	field_set fields; /* with what they are made of */
	bool is_plain;	  /* see is_plain */
	/* Of a plain one: the labels by which its cards have their nodes. */
	const char *node_labels[HISTORY_NODE_LABELS_MAX];
	size_t node_label_count;
	enum history_level level;
	struct history_arms arms;
	bool has_arms;
	/* Its cards among those that are wanted. */
	const struct card **cards;
	size_t count;
};

/* Whether the exporter in that place tells of the card. */
bool history_part_has_card(const struct card *card, unsigned rank);

/* The metrics of the field that are there, or may be, and how many. */
size_t history_part_metrics(
    const struct history_part *part, enum field field,
    const struct profile_metric *out[static PROFILE_ALTERNATIVES_MAX]);

/* Whether cards have their nodes by that label. */
bool history_part_has_node_label(const struct history_part *part,
				 const char *label);

/* Whether on which scale a value is depends on its target. */
bool history_part_has_scales(const struct history_part *part);

/* The plan's exporters that tell of a node of which another one tells, too. */
enum err_code history_find_shared(struct history_plan *p, struct err *e);

/* The level; fills is_plain and the labels of nodes. Where sums may be others
 * than those of the GPUs, these are asked for. */
enum history_level history_choose_level(struct history_part *part);

#endif
