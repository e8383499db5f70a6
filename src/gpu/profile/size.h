/* Whether the queries that a profile makes are short enough to be asked. */
#ifndef GPU_PROFILE_SIZE_H
#define GPU_PROFILE_SIZE_H

#include "gpu/profile/json.h"

/*
 * How long the names of a profile may be together: of all metrics, and of what
 * it is found by. The rest of ASK_QUERY_MAX_BYTES is for what stands around
 * them, and for GPU_MATCHERS.
 */
enum { PROFILE_NAMES_MAX_BYTES = 6 * 1024 };

/* ERR_SETTING: which names are too long together, and how long they may be. */
enum err_code profile_check_size(const struct profile_json *r);

#endif
