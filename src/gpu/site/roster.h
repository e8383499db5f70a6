/*
 * Who is who: for each exporter, which node each of its targets is. Found out
 * together with the exporters, so that all requests until the next look, and
 * all queries of one, agree.
 */
#ifndef GPU_SITE_ROSTER_H
#define GPU_SITE_ROSTER_H

#include <stddef.h>

#include "base/err.h"
#include "gpu/profile/profile.h"
#include "gpu/site/targets.h"
#include "prom/ask.h"

struct roster_exporter {
	struct targets targets;
	bool is_known; /* false: nothing was answered */
};

/* One for each exporter that was found, in their order. */
struct roster {
	struct roster_exporter *exporters;
	size_t count;
};

/* Of one query: where the labels of its series are. */
struct roster_question {
	unsigned char slots[PROFILE_LABEL__MAX];
	size_t number; /* of the ask's questions */
};

/* That many exporters, of which nothing is known; in that arena. */
enum err_code roster_init(struct roster *r, size_t count, struct arena *arena,
			  struct err *e);

/* Safe on a zeroed one. */
void roster_fini(struct roster *r);

/* Adds the question about one exporter's targets. */
enum err_code roster_ask(struct ask *a, const struct profile *p,
			 struct roster_question *out, struct err *e);

/* Takes its answer. */
enum err_code roster_read(const struct ask *a, const struct profile *p,
			  const struct roster_question *q,
			  struct roster_exporter *out, struct err *e);

/* The targets of that exporter; NULL if they are not known. */
const struct targets *roster_targets(const struct roster *r, size_t rank);

#endif
