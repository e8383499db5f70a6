/* The groups of a history, by what they have in common. */
#ifndef GPU_COLLECT_HISTORY_GROUPS_H
#define GPU_COLLECT_HISTORY_GROUPS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/collect/history.h"

struct history_group {
	const struct intern_string *cluster, *node, *model, *namespace;
	struct lines_group points;
};

struct history_groups {
	enum history_by by;
	enum field field;
	size_t point_count;
	size_t first_point; /* of what is added: its number among all */
	struct arena *arena;
	struct intern *texts;
	struct intern keys;
	struct history_group *list; /* by the keys' numbers */
	size_t count, capacity;
};

/* None yet. They live in the arena, but for their keys; their names are among
 * the texts. */
void history_groups_init(struct history_groups *g,
			 const struct history_need *need, struct intern *texts,
			 struct arena *arena);

/* Safe on zeroed ones. */
void history_groups_fini(struct history_groups *g);

/*
 * The group that such a GPU is of, added if it is new; its texts are copied. It
 * may move when the next one is added. NULL: no memory.
 */
struct history_group *history_groups_find(struct history_groups *g,
					  const struct history_line *of);

/* Sorted lines of those that anything is known of, in the arena. */
enum err_code history_groups_list(struct history_groups *g,
				  struct history_line **out, size_t *count,
				  struct err *e);

#endif
