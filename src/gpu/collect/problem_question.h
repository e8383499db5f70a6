/* One question about problems, and where its samples go. */
#ifndef GPU_COLLECT_PROBLEM_QUESTION_H
#define GPU_COLLECT_PROBLEM_QUESTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "gpu/collect/join.h"
#include "gpu/collect/problem_ask.h"

/* What it is about. */
enum problem_role {
	ROLE_METRIC, /* one of the profile's problems */
	ROLE_METRIC_BEFORE,
	ROLE_CODES,
	ROLE_CODES_BEFORE,
	ROLE_FRESH,
	ROLE_LOST,
	ROLE_SEEN, /* when those were told of last */
	ROLE_TARGETS,
	ROLE_DOWN /* all that are down, of which some are known */
};

enum { PROBLEM_INSTANCES_MAX = 64 };

struct problem_question {
	enum problem_role role;
	struct join_source source;
	/* Of lost cards: at which targets, texts' numbers; if there are more
	 * than fit, they are not asked about again. */
	uint32_t *instances;
	size_t instance_count;
};

/* Adds it to the ask, with that text, about a metric of the exporter of that
 * rank. */
enum err_code problem_question_add(const struct problem_ask *a, struct ask *ask,
				   struct problem_question *out,
				   enum problem_role role, unsigned rank,
				   const struct profile_metric *m,
				   const struct buf *text, struct err *e);

/* Takes its answer into the table. */
enum err_code problem_question_read(struct problem_ask *a,
				    struct problem_question *q,
				    struct arena *scratch, struct err *e);

/* What warnings call it. */
const char *problem_question_name(const struct problem_question *q);

/* Once those who are lost are known: asks about them alone when they were told
 * of last. That it fails is a warning. */
enum err_code problem_seen_find(struct problem_ask *a, struct err *e);

#endif
