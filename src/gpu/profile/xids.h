/*
 * The table of Xid errors, from JSON: a file that a site may change.
 *
 *   {"xids": {"79": {"name": "GPU_HAS_FALLEN_OFF_THE_BUS",
 *                    "severity": "critical", "action": "reboot_node"}}}
 */
#ifndef GPU_PROFILE_XIDS_H
#define GPU_PROFILE_XIDS_H

#include "base/arena.h"
#include "base/budget.h"
#include "base/err.h"
#include "gpu/xid.h"

enum { XIDS_FILE_MAX_BYTES = 256 * 1024 };

struct xids {
	struct xid_table table;

	/* Private. */
	struct budget budget;
	struct arena arena;
};

/* Reads the file. ERR_SETTING: it cannot be read, or what is wrong in it. */
enum err_code xids_load(const char *path, struct xids **out, struct err *e);

/* NULL is fine. */
void xids_free(struct xids *x);

#endif
