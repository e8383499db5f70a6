/* From what was measured of GPUs over a span of time to lines of them, and to
 * groups. */
#ifndef GPU_COLLECT_HISTORY_LINES_H
#define GPU_COLLECT_HISTORY_LINES_H

#include "gpu/collect/history_gpus.h"
#include "gpu/collect/history_groups.h"

/* A card, its instances, and what is known of them at one point. */
struct history_view {
	const struct fleet_gpu *card;
	const struct fleet_gpu *parts[FLEET_INSTANCES_MAX];
	struct lines_card lines;
	/* Nothing but the field itself is told of it, and it was never split.
	 */
	bool is_simple;
	double own[FIELD__MAX], values[FLEET_INSTANCES_MAX][FIELD__MAX];
};

struct history_lines {
	const struct history_gpus *gpus;
	const struct history_need *need;
	struct arena *arena;
	struct history_view *view; /* of the card that is looked at */
};

/* Of those, which are finished; borrowed. Lines live in the arena. */
enum err_code history_lines_init(struct history_lines *l,
				 const struct history_gpus *gpus,
				 struct err *e);

/* What was told of a card and of its instances, which are those parts. */
void
history_lines_find(const struct history_gpus *g, const struct fleet_gpu *card,
		   struct lines_card *out,
		   const struct fleet_gpu *parts[static FLEET_INSTANCES_MAX]);

/* The view of that card, until another one is looked at. */
struct history_view *history_lines_look_at(struct history_lines *l,
					   const struct fleet_gpu *card);

/* The values at a point of the timeline, as lines_at has them. */
bool history_lines_view_at(struct history_lines *l, struct history_view *v,
			   size_t point);

/* What of the card counts: all of it, or those instances. */
bool history_lines_choose(const struct history_lines *l,
			  const struct history_view *v,
			  bool counts[static FLEET_INSTANCES_MAX]);

/* Whether the field is a card's, and added up: once, into however many it is
 * split. */
bool history_lines_is_of_one(const struct history_lines *l);

/* What a line of that GPU is of. */
void history_lines_describe(const struct fleet *f, const struct fleet_gpu *gpu,
			    struct history_line *out);

/*
 * The line of a card of the roster, or of one of its instances (FLEET_UNKNOWN:
 * the card itself), whose points are all NaN where nothing is known.
 */
enum err_code history_lines_draw(struct history_lines *l, size_t card,
				 uint32_t mig_instance,
				 struct history_line *out, struct err *e);

/* Lines that the roster does not have, sorted, of GPUs that pass the filter,
 * and that it names. */
enum err_code history_lines_list_gone(struct history_lines *l,
				      struct history_line **out, size_t *count,
				      struct err *e);

/* Adds the GPUs that pass the filter to their groups. */
enum err_code history_lines_group(struct history_lines *l,
				  struct history_groups *groups, struct err *e);

#endif
