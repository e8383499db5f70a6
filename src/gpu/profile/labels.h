/* Reads which labels of a profile hold what. */
#ifndef GPU_PROFILE_LABELS_H
#define GPU_PROFILE_LABELS_H

#include "gpu/profile/json.h"

/* What a file calls that label: "node"; "" if it cannot name it. */
const char *profile_label_key(enum profile_label label);

/* "labels": those of the GPU, and of who uses it. */
enum err_code profile_labels_read(const struct profile_json *r,
				  struct json_object *value);

/* "processes.labels". */
enum err_code profile_labels_read_processes(const struct profile_json *r,
					    struct json_object *value);

/*
 * Adds the names that targets have for the node, and puts them first: who set
 * the target up knows better than the exporter, which may be in a pod. After
 * all that the profile names itself.
 */
enum err_code profile_labels_add_targets(const struct profile_json *r);

#endif
