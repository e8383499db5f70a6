/* Which endpoint a request is for. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "api/endpoint.h"
#include "base/err.h"
#include "web/request.h"

/* What 405 answers say in their Allow header. */
#define ROUTE_METHODS "GET, HEAD"

/*
 * ERR_NOT_FOUND, ERR_METHOD or ERR_FORBIDDEN if there is none for that request.
 * Those for debugging are there only if has_debug.
 */
enum err_code route_find(const struct request *r, bool has_debug,
			 const struct endpoint **out, struct err *e);

#endif
