/* What a row of what is free has, as columns; and which GPUs are asked about,
 * by them. */
#ifndef API_AVAILABLE_COLUMNS_H
#define API_AVAILABLE_COLUMNS_H

#include "api/column.h"
#include "api/params.h"
#include "gpu/fleet/available.h"

/* All that rows of any kind have, and what GPUs may be asked for by. Rows are
 * struct available_row. */
void available_describe(struct column_list *list);

/* Which of these the rows of that kind, enum available_by, have; and which are
 * about GPUs, whatever the kind. */
column_set available_columns_of(const struct column_list *list, int by);
column_set available_filters_of(const struct column_list *list);

/* The GPU that the row is of, or one of them. */
const struct fleet_gpu *available_gpu_of(const void *row);

/*
 * What is asked of GPUs: which ones it is about, by what they are, and which of
 * these are good enough, by how they are. How busy they may be is in the need.
 */
struct available_filters {
	struct params which, how;
	struct column_list list;
	struct rows rows;
};

/* What the parameters ask of the fleet's GPUs becomes the need's; *out, to
 * which that refers, refers to the parameters. */
void available_read_filters(const struct params *p, const struct fleet *fleet,
			    struct available_filters *out,
			    struct available_need *need);

/* What of the parameters is about rows of that kind. */
void available_leave_rows(const struct params *p, int by, struct params *rest);

#endif
