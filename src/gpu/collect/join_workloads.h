/* From samples of GPUs to who has them. */
#ifndef GPU_COLLECT_JOIN_WORKLOADS_H
#define GPU_COLLECT_JOIN_WORKLOADS_H

#include <stdbool.h>

#include "base/err.h"
#include "gpu/collect/join.h"
#include "gpu/collect/own_pods.h"
#include "gpu/fleet/workload.h"

/* Where it goes, and by what pods are judged. */
struct workload_join {
	struct workload_table *table;
	struct own_pods own;
};

/* Adds what a sample says, of which that was found out. */
enum err_code join_workload(struct workload_join *w, struct join *j,
			    const struct sample *s, const struct join_hit *hit,
			    struct err *e);

/* Who the sample says has its GPU; of a metric that has a job's number for its
 * value, by that of the hit. */
enum err_code join_workloads_name(struct workload_join *w, struct join *j,
				  const struct sample *s,
				  const struct join_hit *hit,
				  struct workload_name *out, struct err *e);

/* Of a metric: which enum workload_field it is, or WORKLOAD_SEEN. False if it
 * says nothing of who has the GPU. */
bool join_workloads_field(const struct profile_metric *m, int *out);

/*
 * The same of samples of another time, each of that metric: only of GPUs that
 * are in the fleet.
 */
enum err_code join_workloads_of(struct workload_join *w,
				const struct join_source *source,
				enum workload_when when, struct arena *scratch,
				struct err *e);

#endif
