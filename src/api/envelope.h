/* The four keys around every answer, in their order, the page, and the
 * warnings. */
#ifndef API_ENVELOPE_H
#define API_ENVELOPE_H

#include <stddef.h>

#include "api/table.h"
#include "base/json.h"

/* Opens a success; the caller writes the value of "data" next. */
void envelope_open(struct json *j);

/* Closes it. page may be NULL; it and warnings are left out if there are
 * none. */
void envelope_close(struct json *j, const char *message,
		    const struct table_page *page, const char *const *warnings,
		    size_t warning_count);

/* A whole failure. */
void envelope_write_error(struct json *j, const char *error);

#endif
