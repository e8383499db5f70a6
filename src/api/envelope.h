/* The four keys around every answer, in their order, and the warnings. */
#ifndef API_ENVELOPE_H
#define API_ENVELOPE_H

#include <stddef.h>

#include "base/json.h"

/* Opens a success; the caller writes the value of "data" next. */
void envelope_open(struct json *j);

/* Closes it. warnings are left out if there are none. */
void envelope_close(struct json *j, const char *message,
		    const char *const *warnings, size_t warning_count);

/* A whole failure. */
void envelope_write_error(struct json *j, const char *error);

#endif
