/* A row for each GPU of the fleet, or for each of its instances. */
#ifndef API_GPU_ROWS_H
#define API_GPU_ROWS_H

#include "api/endpoint.h"

/* See struct endpoint. */
enum err_code gpu_rows_list(struct endpoint_call *call,
			    const struct snapshot *snapshot, struct rows *out,
			    struct err *e);

#endif
