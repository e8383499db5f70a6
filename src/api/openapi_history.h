/* What OpenAPI says of /api/v1/gpu/history. */
#ifndef API_OPENAPI_HISTORY_H
#define API_OPENAPI_HISTORY_H

#include "base/json.h"

/* The schemas of its data, and of its series. */
void openapi_write_history(struct json *j);

#endif
