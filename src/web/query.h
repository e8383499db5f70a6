/* The query string of a request: the parameters of its endpoint. */
#ifndef WEB_QUERY_H
#define WEB_QUERY_H

#include "api/endpoint.h"
#include "base/err.h"
#include "web/request.h"

/*
 * The values of these parameters, in their order, as the query string or else
 * the parameter itself has them. parameters may be NULL: it takes none.
 * ERR_QUERY for the first that is unknown, malformed, out of its range or there
 * a second time; the text names it, and says what it takes.
 */
enum err_code query_read(const struct request *r,
			 const struct endpoint_parameter *parameters,
			 long long values[static ENDPOINT_PARAMETERS_MAX],
			 struct err *e);

#endif
