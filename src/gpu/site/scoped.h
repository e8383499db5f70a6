/*
 * Names of what is unique on its node only, as a uuid that was all zeroed: the
 * node tells them apart. The line break, which no uuid has, marks such a name.
 */
#ifndef GPU_SITE_SCOPED_H
#define GPU_SITE_SCOPED_H

#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"

enum { SCOPED_MAX_BYTES = 512 };

/*
 * How long it is; 0: it is too long. The number, IDENTITY_UNKNOWN for none,
 * tells apart what has the same id there.
 */
size_t scoped_write(char out[static SCOPED_MAX_BYTES],
		    const struct intern_string *id, uint32_t number,
		    const struct intern_string *node);

#endif
