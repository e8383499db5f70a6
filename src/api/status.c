#include "api/status.h"
#include "base/clock.h"

void
status_write(struct json *j, const char *status)
{
	json_key(j, "status");
	json_text(j, status);
	json_key(j, "timestamp");
	json_time(j, clock_wall_s());
	json_key(j, "version");
	json_text(j, PACKAGE_VERSION);
}
