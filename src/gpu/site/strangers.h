/*
 * Series that look like GPUs', by their names, and are of no exporter that was
 * found: nobody has written a profile for who measures them.
 */
#ifndef GPU_SITE_STRANGERS_H
#define GPU_SITE_STRANGERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/profile/profile.h"
#include "gpu/site/site.h"
#include "prom/pool.h"

/* The list of names, in the directory of the profiles. */
#define STRANGERS_FILE "gpu-like-names.txt"

enum { STRANGERS_MAX = 20 };

/* Regular expressions of names that do, and of those that do not after all. */
struct strangers_names {
	const char *like, *unlike; /* unlike may be "" */
};

struct stranger {
	const char *metric;
	uint64_t series_count;
};

/*
 * Reads the list: an expression a line, behind a "!" one that takes names out
 * again; what begins with "#" is a comment. ERR_SETTING names file, line and
 * what is wrong.
 */
enum err_code strangers_read(const char *path, struct arena *arena,
			     struct strangers_names *out, struct err *e);

/*
 * Asks by one query for metrics of such names, but for the targets of exporters
 * that were found: those with the most series, as many as there is room for.
 * The texts are in the call's arena. found may be NULL.
 */
enum err_code strangers_find(struct pool *pool, struct call *call,
			     const struct strangers_names *names,
			     const char *matchers,
			     const struct detection *found,
			     struct stranger out[static STRANGERS_MAX],
			     size_t *count, struct err *e);

#endif
