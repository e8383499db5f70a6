/* The schemas of what GET /api/v1/gpu/usage tells. */
#ifndef API_OPENAPI_USAGE_H
#define API_OPENAPI_USAGE_H

#include "base/json.h"

/* Members of components.schemas. */
void openapi_write_usage(struct json *j);

#endif
