/* A row for each GPU of the fleet, or for each of its instances. */
#ifndef API_GPU_ROWS_H
#define API_GPU_ROWS_H

#include "api/endpoint.h"

/* See struct endpoint. */
enum err_code gpu_rows_list(struct endpoint_call *call,
			    const struct snapshot *snapshot, struct rows *out,
			    struct err *e);

/*
 * The same of any table's rows: count pointers, in the order of the contract;
 * what they point to is borrowed, the list is the arena's.
 */
enum err_code gpu_rows_take(struct rows *out, const void *sorted, size_t count,
			    struct arena *arena, struct err *e);

#endif
