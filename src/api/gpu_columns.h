/* The columns that rows of several endpoints share: of the GPU they are of. */
#ifndef API_GPU_COLUMNS_H
#define API_GPU_COLUMNS_H

#include <stddef.h>

#include "api/column.h"

extern const struct column gpu_column_node_name;
extern const struct column gpu_column_gpu_index;
extern const struct column gpu_column_gpu_name;
extern const struct column gpu_column_timestamp;
extern const struct column gpu_column_uuid;
extern const struct column gpu_column_exporter;
extern const struct column gpu_column_mig_instance_id;
extern const struct column gpu_column_mig_profile;
extern const struct column gpu_column_vendor;
extern const struct column gpu_column_cluster;
extern const struct column gpu_column_measured_at;

/* A time of the row's own: `of` is where in its struct, as a double. */
struct cell gpu_column_get_time(const struct rows *rows, const void *row,
				const struct column *c);

/* Such a column instead of that one. */
struct column gpu_column_own_time(const struct column *instead, size_t offset);

/* Those of these fields, from first to the one before end. */
void gpu_columns_add_fields(struct column_list *list, enum field first,
			    enum field end);

#endif
