/* What was told in a part of the time, and who had the GPUs then. */
#ifndef GPU_COLLECT_USAGE_SLICE_H
#define GPU_COLLECT_USAGE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/collect/history_slices.h"
#include "gpu/collect/usage_holders.h"
#include "gpu/collect/usage_pods.h"

struct usage_slice {
	struct history_gpus gpus;
	struct usage_holders holders;
};

/* Whether anybody there tells who has a GPU. */
bool usage_is_told(const struct detection *found);

/* At how many points of a slice's neighbours one may have left whose series
 * ends there. */
size_t usage_overlap(const struct history_need *need);

/* Waits for it. It lives in the slice's arena, stays where it is, and is due to
 * usage_slice_fini either way. */
enum err_code usage_slice_read(struct usage_slice *out, struct usage_pods *pods,
			       const struct history_slicing *s,
			       struct history_slice *slice, struct err *e);

void usage_slice_fini(struct usage_slice *u);

#endif
