/* The names of profiles, for people. */
#ifndef GPU_PROFILE_NAMES_H
#define GPU_PROFILE_NAMES_H

#include <stddef.h>

#include "base/log.h"
#include "gpu/profile/profile.h"

enum { NAMES_BYTES = 1024 };

/* With commas between, as many as fit. */
void names_write(char out[static NAMES_BYTES],
		 const struct profile *const *profiles, size_t count);

/* A log line that has them under that key. */
void names_log(enum log_level level, const char *msg, const char *key,
	       const struct profile *const *profiles, size_t count);

#endif
