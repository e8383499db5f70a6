/* The groups of a history, by what they have in common. */
#ifndef GPU_COLLECT_HISTORY_GROUPS_H
#define GPU_COLLECT_HISTORY_GROUPS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/collect/history.h"

struct history_group {
	const struct intern_string *cluster, *node, *model;
	struct lines_group points;
};

struct history_groups {
	enum history_by by;
	enum field field;
	size_t point_count;
	struct arena *arena;
	struct intern keys;
	struct history_group *list; /* by the keys' numbers */
	size_t count, capacity;
};

/* None yet. They live in the arena, but for their keys. */
void history_groups_init(struct history_groups *g,
			 const struct history_need *need, struct arena *arena);

/* Safe on zeroed ones. */
void history_groups_fini(struct history_groups *g);

/*
 * The group that a GPU in that place is of, added if it is new; NULL where no
 * label tells. It may move when the next one is added. NULL: no memory.
 */
struct history_group *history_groups_find(struct history_groups *g,
					  const struct intern_string *cluster,
					  const struct intern_string *node,
					  const struct intern_string *model);

/* Sorted lines of those that anything is known of, in the arena. */
enum err_code history_groups_list(struct history_groups *g,
				  struct history_line **out, size_t *count,
				  struct err *e);

/* A text of those parts, NULL for what is not known, that no others have: its
 * number in the set, INTERN_NONE without memory. */
uint32_t history_key_add(struct intern *keys, const struct intern_string *a,
			 const struct intern_string *b,
			 const struct intern_string *c);

/* Whether it is there. */
bool history_key_find(const struct intern *keys, const struct intern_string *a,
		      const struct intern_string *b,
		      const struct intern_string *c);

#endif
