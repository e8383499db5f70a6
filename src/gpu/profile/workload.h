/* Labels by which exporters say who uses a GPU. */
#ifndef GPU_PROFILE_WORKLOAD_H
#define GPU_PROFILE_WORKLOAD_H

/*
 * Their names, in a list that ends with NULL. Where several share a GPU its
 * series are repeated for each of them, with their part or the whole of it.
 */
extern const char *const workload_labels[];

#endif
