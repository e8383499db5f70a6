/* What /api/health and /api/livez both say first. */
#ifndef API_STATUS_H
#define API_STATUS_H

#include "base/json.h"

/* "status", "timestamp" (now) and "version". */
void status_write(struct json *j, const char *status);

#endif
