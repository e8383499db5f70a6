/* What a series of a history is of, as columns; and which GPUs are asked for,
 * by them. */
#ifndef API_HISTORY_COLUMNS_H
#define API_HISTORY_COLUMNS_H

#include "api/column.h"
#include "api/params.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "gpu/collect/history.h"

/* The columns of a series: rows are struct history_line. */
void history_describe(struct column_list *list, enum history_by by,
		      enum field field);

/* Those that GPUs may be asked for by. */
void history_describe_filters(struct column_list *list);

/* The filters of the parameters; what is made lives in the arena. ERR_QUERY,
 * for the client. */
enum err_code history_read_filter(const struct params *p, struct arena *arena,
				  struct history_filter *out, struct err *e);

/* A text that the same filters alone have. */
void history_write_filter_key(const struct params *p, struct buf *out);

/* A line for each point of each series, with a line of names first. */
void history_write_csv(const struct history_need *need, const struct history *h,
		       struct buf *out);

#endif
