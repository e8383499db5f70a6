/* The metrics of a profile, from JSON. */
#ifndef GPU_PROFILE_METRIC_H
#define GPU_PROFILE_METRIC_H

#include "base/err.h"
#include "gpu/profile/json.h"
#include "gpu/profile/profile.h"

/*
 * Adds a metric, or a list of alternatives, to the profile, whose
 * match_conditions are known already.
 */
enum err_code profile_metric_read(const struct profile_json *r,
				  const char *where, struct json_object *value,
				  enum profile_kind kind, int field);

/* Once all metrics are there: what most of them set aside is the profile's. */
void profile_metric_share_aside(struct profile *p);

#endif
