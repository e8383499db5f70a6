/* What NVIDIA's Xid errors mean: the table of conf/xids.json. */
#ifndef GPU_XID_H
#define GPU_XID_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/problem.h"

enum { XID_MAX = 1023 };

struct xid {
	const char *name; /* NULL: the table has none of that number */
	enum problem_severity severity;
	enum problem_action action;
};

struct xid_table {
	struct xid xids[XID_MAX + 1]; /* by their numbers */
};

/* What the table, or NULL, has of that number. Of one that it does not have:
 * no name, a warning, and to ask NVIDIA. */
struct xid xid_find(const struct xid_table *table, double number);

/* Whether a GPU does not work after it. */
bool xid_is_critical(const struct xid_table *table, double number);

#endif
