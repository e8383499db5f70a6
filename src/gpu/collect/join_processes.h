/* From the samples of one answer to the processes that they are of. */
#ifndef GPU_COLLECT_JOIN_PROCESSES_H
#define GPU_COLLECT_JOIN_PROCESSES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/join.h"
#include "gpu/fleet/process.h"

/*
 * Adds the samples, as join_fleet does to the table's fleet. A series without a
 * pid is of no process, and not skipped either.
 */
enum err_code join_processes(struct process_table *t,
			     const struct join_source *source,
			     struct arena *scratch, size_t *skipped,
			     struct err *e);

#endif
