/* A profile from its JSON text. The only place that knows the format. */
#ifndef GPU_PROFILE_READ_H
#define GPU_PROFILE_READ_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/profile/profile.h"

/*
 * Reads one profile from its text, which has a NUL behind its length bytes,
 * into the arena. ERR_SETTING names the key and what is wrong with it, behind
 * the name of the file.
 */
enum err_code profile_read(const char *file, const char *text, size_t length,
			   struct arena *arena, struct profile **out,
			   struct err *e);

#endif
