#include "gpu/site/given.h"

bool
given_is(bool is_fixed, const struct profile *p)
{
	return is_fixed && !p->has_quoted_labels;
}

bool
given_are_all(bool is_fixed, const struct profile_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!given_is(is_fixed, set->profiles[i]))
			return false;
	return true;
}

enum err_code
given_take(bool is_fixed, const struct profile_set *set, struct holder *h,
	   struct err *e)
{
	if (holder_set_profiles(h, set->count, e) != ERR_OK)
		return e->code;
	for (size_t i = 0; i < set->count; i++)
		if (given_is(is_fixed, set->profiles[i]))
			holder_add_profile(h, set->profiles[i], 0, 0, false);
	return ERR_OK;
}
