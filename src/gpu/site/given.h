/* Which exporters are there because a setting says so. */
#ifndef GPU_SITE_GIVEN_H
#define GPU_SITE_GIVEN_H

#include <stdbool.h>

#include "base/err.h"
#include "gpu/profile/profile.h"
#include "gpu/site/holder.h"

/*
 * Whether the setting, where it lists exporters, is enough for it to be there.
 * One whose labels need quotes is to be seen as well: an older Prometheus
 * refuses what is asked of it, and there it cannot be.
 */
bool given_is(bool is_fixed, const struct profile *p);

/* Whether no look is needed to know which of them are there. */
bool given_are_all(bool is_fixed, const struct profile_set *set);

/* Those of the set that are, in a holder that has none yet. */
enum err_code given_take(bool is_fixed, const struct profile_set *set,
			 struct holder *h, struct err *e);

#endif
