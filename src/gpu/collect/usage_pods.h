/* Which pods were the exporters' own over a span of time: of one that is gone,
 * too. */
#ifndef GPU_COLLECT_USAGE_PODS_H
#define GPU_COLLECT_USAGE_PODS_H

#include "base/err.h"
#include "base/intern.h"
#include "gpu/call.h"
#include "gpu/collect/collect.h"
#include "gpu/collect/history_rows.h"
#include "gpu/collect/own_pods.h"
#include "gpu/fleet/timeline.h"

struct usage_pods {
	struct ask ask;
	struct history_rows *rows; /* of each question */
	struct query_range range;
	struct intern texts;
	struct own_pods seen; /* in all slices together */
};

/* Asks, and waits for the answers. Due to usage_pods_fini either way. */
enum err_code usage_pods_ask(struct usage_pods *p, const struct collector *c,
			     const struct detection *found,
			     const struct timeline *timeline, struct call *call,
			     struct err *e);

/* Tells those of a slice, whose texts are those. */
enum err_code usage_pods_read(const struct usage_pods *p, struct own_pods *out,
			      struct intern *texts, struct err *e);

/* Notes what that slice made of it. */
enum err_code usage_pods_note(struct usage_pods *p, const struct own_pods *of,
			      const struct intern *texts, struct err *e);

/* Safe on a zeroed one. */
void usage_pods_fini(struct usage_pods *p);

#endif
