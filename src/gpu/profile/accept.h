/* Which texts of a label count, by what the label is to say. */
#ifndef GPU_PROFILE_ACCEPT_H
#define GPU_PROFILE_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/profile/profile.h"

typedef bool (*profile_test)(const char *text, size_t length);

/*
 * The test of the texts of such a label, or NULL if any will do. What fails it
 * counts as absent, so the profile's next name for it does.
 */
profile_test profile_accepts(enum profile_label label);

#endif
