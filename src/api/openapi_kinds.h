/* The schemas of endpoints whose rows are of several kinds. */
#ifndef API_OPENAPI_KINDS_H
#define API_OPENAPI_KINDS_H

#include "api/kinds.h"
#include "base/json.h"

/* Of the endpoint that OpenAPI calls that: one of a list of any such rows,
 * "GpuUsageData", one of each kind, and one of rows with fewer columns. */
void openapi_write_kinds(struct json *j, const char *subject,
			 const struct kinds *kinds);

#endif
