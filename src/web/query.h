/* The query string of a request: the parameters of its endpoint. */
#ifndef WEB_QUERY_H
#define WEB_QUERY_H

#include "api/params.h"
#include "base/arena.h"
#include "base/err.h"
#include "web/request.h"

/* More is nobody's query string. */
enum { QUERY_MAX_BYTES = 2048 };

/*
 * Reads what the query string says into *out, by params_read; what is kept
 * lives in the arena. ERR_QUERY for the first parameter that is wrong in
 * whatever way; the text names it, and says what it takes.
 */
enum err_code query_read(const struct request *r,
			 const struct params_table *table, struct arena *arena,
			 struct params *out, struct err *e);

#endif
