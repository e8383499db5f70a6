/*
 * Which pods are the exporters' own. Where Prometheus gives a target its pod's
 * name, series that say nothing of a pod have that: it uses no GPU. The
 * target's own labels are those of its `up`.
 */
#ifndef GPU_COLLECT_OWN_PODS_H
#define GPU_COLLECT_OWN_PODS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/call.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"
#include "prom/samples.h"

struct own_pods {
	/* Private: of numbers of texts. */
	struct intern targets; /* that have an `up` */
	struct intern pods;    /* of which these are their own */
	struct intern doubts;  /* of which that was unclear */
};

/* A pod that a series of the target names: numbers of texts of one set, or
 * IDENTITY_UNKNOWN. */
struct own_pod {
	uint32_t cluster, instance, pod;
};

/* Knows none. */
void own_pods_init(struct own_pods *o, struct budget *budget);

/* Safe on a zeroed one. */
void own_pods_fini(struct own_pods *o);

/* Adds the question for the targets of an exporter, of which series is the
 * inventory, or NULL. The answer's texts are the ask's. */
enum err_code own_pods_ask(struct ask *a, const struct profile *p,
			   const uint64_t *series, struct err *e);

/* The same over a span of time, borrowed until ask_fini; the sink's slots are
 * OWN_PODS_SLOTS. */
struct own_pods_span {
	const struct query_range *range;
	const struct matrix_sink *sink;
};
enum { OWN_PODS_SLOTS = 3 };

enum err_code own_pods_ask_span(struct ask *a, const struct profile *p,
				const uint64_t *series,
				const struct own_pods_span *span,
				struct err *e);

/* Takes the answer. */
enum err_code own_pods_read(struct own_pods *o, const struct samples *samples,
			    struct err *e);

/* The same, where its texts are another set's, from which they are taken. */
enum err_code own_pods_read_from(struct own_pods *o,
				 const struct samples *samples,
				 const struct intern *from,
				 struct intern *texts, struct err *e);

/* Adds what another one knows of pods, and where it was in doubt. */
enum err_code own_pods_add_from(struct own_pods *o,
				const struct own_pods *other,
				const struct intern *from, struct intern *texts,
				struct err *e);

/* That the pod is the target's own is seen: a series has another's name beside
 * it. */
enum err_code own_pods_add(struct own_pods *o, const struct own_pod *pod,
			   struct err *e);

enum own_pods_verdict {
	OWN_PODS_OWN,
	OWN_PODS_OTHERS,
	OWN_PODS_UNCLEAR /* the target has no `up` */
};

enum own_pods_verdict own_pods_judge(const struct own_pods *o,
				     const struct own_pod *pod);

/* Notes that it was unclear. */
enum err_code own_pods_doubt(struct own_pods *o, const struct own_pod *pod,
			     struct err *e);

/* Tells the client of how many that is still so. */
void own_pods_warn(const struct own_pods *o, struct call *call);

#endif
