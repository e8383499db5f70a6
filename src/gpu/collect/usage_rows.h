/* The rows of a ledger, by what they have in common. */
#ifndef GPU_COLLECT_USAGE_ROWS_H
#define GPU_COLLECT_USAGE_ROWS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/collect/usage.h"

struct usage_rows {
	const struct usage_need *need;
	const char *currency;
	struct arena *arena;
	struct intern *texts;
	struct intern keys;
	struct usage_row *list; /* by the keys' numbers */
	size_t count, capacity;
};

/* None yet. They live in the arena, but for their keys; their names are among
 * the texts. The currency is that of all, or NULL. */
void usage_rows_init(struct usage_rows *r, const struct usage_need *need,
		     const char *currency, struct intern *texts,
		     struct arena *arena);

/* Safe on zeroed ones. */
void usage_rows_fini(struct usage_rows *r);

/* The row that this one's use is of, added if it is new; its names are copied.
 * It may move when the next one is added. NULL: no memory. */
struct usage_row *usage_rows_find(struct usage_rows *r,
				  const struct usage_key *key);

/* Sorts them; nothing may be found any more. */
void usage_rows_sort(struct usage_rows *r);

#endif
