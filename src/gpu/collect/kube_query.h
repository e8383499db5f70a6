/*
 * How kube-state-metrics is asked, and its labels read: what they are called,
 * and what all selectors of it have.
 */
#ifndef GPU_COLLECT_KUBE_QUERY_H
#define GPU_COLLECT_KUBE_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "gpu/call.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"
#include "prom/vector.h"

/* Where a sample has what its labels say. */
enum kube_slot {
	KUBE_NAMESPACE,
	KUBE_POD,
	KUBE_CONTAINER,
	KUBE_NODE,	 /* if its label was renamed */
	KUBE_PLAIN_NODE, /* as it is called otherwise; or the target's own */
	KUBE_RESOURCE,
	KUBE_PHASE,
	KUBE_OWNER_KIND,
	KUBE_OWNER_NAME,
	KUBE_CLUSTER,
	KUBE_SLOTS
};

/*
 * What counts as a GPU, or as a part of one, as kube-state-metrics writes
 * resources. Not those of HAMi and koordinator that are percent, or MiB.
 */
#define KUBE_OF_GPUS                                                           \
	"resource=~\""                                                         \
	"nvidia_com_gpu|nvidia_com_gpu_shared|nvidia_com_mig_.+|amd_com_gpu|"  \
	"gpu_intel_com_(i915|xe)|huawei_com_Ascend.+|habana_ai_gaudi|"         \
	"google_com_tpu|cambricon_com_.+|metax_tech_com_gpu|"                  \
	"k8s_amazonaws_com_vgpu\","                                            \
	"resource!~\".+_(v?memory|v?cores?)\""

/* Asks so many questions, each of which add_query appends by its number. The
 * profile tells the names of clusters. */
enum err_code kube_ask_each(struct ask *a, const struct profile *p,
			    size_t count,
			    void (*add_query)(struct buf *out, size_t number,
					      const struct profile *p),
			    struct err *e);

/* Appends a selector, which lacks its end, with the matchers of all. */
void kube_add_selector(struct buf *out, const char *selector,
		       const struct profile *p);

/*
 * Appends that only those count which the selector has as well: by these
 * labels, whichever names they have, and the cluster. Both sides come from one
 * target.
 */
void kube_add_and(struct buf *out, const char *labels, const char *selector,
		  const struct profile *p);

/* Appends " by (...)" of the cluster. */
void kube_add_by_cluster(struct buf *out, const struct profile *p);

/* The text's number; of an empty one, which is none, INTERN_NONE. */
uint32_t kube_text(const struct vector *v, const struct sample *s,
		   enum kube_slot slot);

/*
 * Awaits an answer. One that failed becomes a warning, which calls it so, and a
 * log line; *is_there tells. ERR_MEMORY alone is a failure.
 */
enum err_code kube_await(struct call *call, struct ask *a, size_t number,
			 const char *name, bool *is_there, struct err *e);

#endif
