/*
 * Who is who: for each exporter, which node each of its targets is, and on
 * which scale it reports where its metrics' names do not tell; and which cards
 * they have. Found out together with the exporters, so that all requests until
 * the next look, and all queries of one, agree.
 */
#ifndef GPU_SITE_ROSTER_H
#define GPU_SITE_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "gpu/profile/profile.h"
#include "gpu/site/cards.h"
#include "gpu/site/dating.h"
#include "gpu/site/scales.h"
#include "gpu/site/targets.h"
#include "prom/ask.h"

struct roster_exporter {
	struct targets targets;
	bool is_known; /* false: nothing was answered of the targets */
	/* Of processes, which was told of by targets alone; or NULL. */
	const struct profile_metric *process_metric;
	struct dating dating;
	struct scales scales;
};

/* One for each exporter that was found, in their order. */
struct roster {
	int64_t made_ms; /* clock_now_ms */
	struct roster_exporter *exporters;
	size_t count;
	struct cards cards;
};

enum { ROSTER_SCALES_MAX = 8 };

/* About one exporter. */
struct roster_question {
	unsigned char slots[PROFILE_LABEL__MAX]; /* of its targets' labels */
	size_t number;				 /* of the ask's questions */
	struct dating_question dating;
	const struct profile_metric *process_metric; /* or NULL */
	size_t processes; /* the question's number: at which instances */
	/* From there on: as many metrics, by their places in the profile. */
	size_t first_scale;
	size_t metrics[ROSTER_SCALES_MAX];
	size_t metric_count;
};

/* At most so many questions about each. */
enum {
	ROSTER_QUESTIONS_MAX = 1 + DATING_QUESTIONS_MAX + 1 + ROSTER_SCALES_MAX
};

/* That many exporters, of which nothing is known, and no card; in that arena.
 */
enum err_code roster_init(struct roster *r, size_t count, struct arena *arena,
			  struct err *e);

/* Safe on a zeroed one. */
void roster_fini(struct roster *r);

/* Adds the questions about one exporter, of which that is known; series is its
 * inventory, or NULL. */
enum err_code roster_ask(struct ask *a, const struct profile *p,
			 const uint64_t *series,
			 const struct roster_exporter *known,
			 struct roster_question *out, struct err *e);

/* Takes the answers about its targets, their times and processes; what it keeps
 * besides is in the arena. */
enum err_code roster_read(struct ask *a, const struct profile *p,
			  const struct roster_question *q, struct arena *arena,
			  struct roster_exporter *out, struct err *e);

/*
 * How that exporter, which is that profile's, is dated; series as above. By
 * card if the look was a while ago: one of a target's cards may have stopped
 * since.
 */
struct dating roster_dating(const struct roster *r, size_t rank,
			    const struct profile *p, const uint64_t *series);

/*
 * Whether that exporter, which is that profile's, is known to tell of processes
 * by those instances alone that tell of GPUs: one metric did, and none has more
 * series.
 */
bool roster_has_processes_at_targets(const struct roster *r, size_t rank,
				     const struct profile *p,
				     const uint64_t *series);

/* The scales of that exporter; NULL if nothing is known. */
const struct scales *roster_scales(const struct roster *r, size_t rank);

/* The targets of that exporter; NULL if they are not known. */
const struct targets *roster_targets(const struct roster *r, size_t rank);

#endif
