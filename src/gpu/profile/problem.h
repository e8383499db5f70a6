/* Which samples of a profile's metrics tell of problems, from JSON. */
#ifndef GPU_PROFILE_PROBLEM_H
#define GPU_PROFILE_PROBLEM_H

#include "base/err.h"
#include "gpu/profile/json.h"
#include "gpu/profile/profile.h"

/* What a metric of a problem may have. */
#define PROFILE_PROBLEM_KEYS                                                   \
	"metric, where, as, mask, window_s, above, warning, critical, "        \
	"code_label"

/* Reads how a metric, the last of the profile, tells of that kind: the rest is
 * read already. */
enum err_code profile_problem_read(const struct profile_json *r,
				   const char *where, struct json_object *value,
				   enum problem_kind kind,
				   struct profile_metric *metric);

#endif
