/* What OpenAPI says of rows: their columns, and what may be asked of them. */
#ifndef API_OPENAPI_ROWS_H
#define API_OPENAPI_ROWS_H

#include <stdbool.h>

#include "api/column.h"
#include "api/endpoint.h"
#include "base/json.h"

/* A schema of that name: of rows with all columns, or with those that fields=
 * chose. */
void openapi_write_row(struct json *j, const char *name,
		       const struct column_list *list, bool has_all);

/* A schema of that name: of an object with all of these members. */
void openapi_write_object(struct json *j, const char *name,
			  const struct member_list *list);

/* "parameters": the endpoint's own, its columns, which are those, and words. */
void openapi_write_parameters(struct json *j, const struct endpoint *endpoint,
			      const struct column_list *list);

#endif
