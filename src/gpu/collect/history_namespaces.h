/*
 * A history of what each namespace had of the GPUs: at each point a GPU, or an
 * instance, is that of the namespace whose pods alone have it then; of one that
 * several have, each has what is told of its own pods, and nothing else. What
 * no namespace has is a group of its own.
 */
#ifndef GPU_COLLECT_HISTORY_NAMESPACES_H
#define GPU_COLLECT_HISTORY_NAMESPACES_H

#include "gpu/collect/history_groups.h"
#include "gpu/collect/history_slices.h"

/* Adds all of them to the groups. The need's values are samples, of a field
 * that is no counter. */
enum err_code history_namespaces_group(const struct history_slicing *s,
				       struct history_groups *groups,
				       struct err *e);

#endif
