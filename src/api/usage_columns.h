/* What a row of usage has, as columns; and which use counts, by them. */
#ifndef API_USAGE_COLUMNS_H
#define API_USAGE_COLUMNS_H

#include "api/column.h"
#include "api/params.h"
#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/usage.h"

/* All that rows of any kind have, and what use may be asked for by. Rows are
 * struct usage_row. */
void usage_describe(struct column_list *list);

/* Whether rows of that kind, enum usage_by, have the one in that place; and
 * whether that tells who held what. */
bool usage_has(size_t place, int by);
bool usage_is_key(size_t place);

/*
 * Which use counts: by the filters of the parameters on what tells who held
 * what; those on sums stay in *rest, for the rows. It lives in the arena, and
 * refers to the parameters.
 */
enum err_code usage_read_filter(const struct params *p, struct arena *arena,
				struct usage_filter *out, struct params *rest,
				struct err *e);

#endif
