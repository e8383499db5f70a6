#include "gpu/profile/workload.h"

#include <stddef.h>

/* A scraped label has "exported_" before it where the target has its name. */
#define AS_SCRAPED(name) name, "exported_" name

const char *const workload_labels[] = {
    /* Kubernetes */
    AS_SCRAPED("pod"), AS_SCRAPED("namespace"), AS_SCRAPED("container"),
    AS_SCRAPED("pod_name"), AS_SCRAPED("pod_namespace"),
    AS_SCRAPED("container_name"), AS_SCRAPED("pod_uid"), AS_SCRAPED("vgpu"),
    /* Slurm */
    AS_SCRAPED("hpc_job"), AS_SCRAPED("job_id"), AS_SCRAPED("job_user"),
    AS_SCRAPED("job_partition"), NULL};
