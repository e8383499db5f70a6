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

/* Whether rows of that kind, enum available_by, have the one in that place; and
 * whether a filter on it is about GPUs, whatever the kind. */
bool available_has(size_t place, int by);
bool available_is_of_gpus(size_t place);

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

/* How long, in seconds, GPUs are to have been idle at least; 0: the parameters
 * do not say. */
double available_least_idle_s(const struct params *p);

/* The parameters, of the filters those that are about rows alone. */
void available_leave_rows(const struct params *p, struct params *rest);

#endif
