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

/* Which of these the rows of that kind, enum usage_by, have. */
column_set usage_columns_of(const struct column_list *list, int by);

/* Which of these tell who held what. */
column_set usage_keys(const struct column_list *list);

/*
 * Which use counts: by the filters of the parameters on what tells who held
 * what; those on sums stay in *rest, for the rows. It lives in the arena, and
 * refers to the parameters.
 */
enum err_code usage_read_filter(const struct params *p, struct arena *arena,
				struct usage_filter *out, struct params *rest,
				struct err *e);

#endif
