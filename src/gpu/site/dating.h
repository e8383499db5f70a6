/*
 * How to find out when an exporter's cards were measured: by the time of their
 * samples. That is a query for as many series as there are cards, unless all
 * cards of a target have one time, as where they are scraped: then one card
 * tells for all others there.
 */
#ifndef GPU_SITE_DATING_H
#define GPU_SITE_DATING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"

struct dating {
	const struct profile_metric *metric; /* NULL: there is no way */
	const char *conditions;		     /* of its selector */
	bool is_by_target;		     /* else by card */
};

enum { DATING_QUESTIONS_MAX = 2, DATING_INDEXES_MAX = 4 };

struct dating_question {
	const struct profile_metric *metric; /* NULL: nothing was asked */
	size_t spread;	    /* the question's number; the next, if any: */
	size_t index_count; /* which indexes there are */
	const char *indexes[DATING_INDEXES_MAX]; /* names of those labels */
};

/* By card, which is always right. series is the exporter's inventory, or NULL.
 */
struct dating dating_of_cards(const struct profile *p, const uint64_t *series);

/* Adds the questions whether one card of a target tells for the others. */
enum err_code dating_ask(struct ask *a, const struct profile *p,
			 const uint64_t *series, struct dating_question *out,
			 struct err *e);

/*
 * Takes the answers, which have been awaited: by target, if that is right for
 * all of them, which are so many; else there is no metric. What it keeps is in
 * the arena.
 */
enum err_code dating_read(const struct ask *a, const struct dating_question *q,
			  size_t target_count, struct arena *arena,
			  struct dating *out, struct err *e);

/*
 * Appends the query; labels are those that tell targets apart. Its samples'
 * values are Unix times in seconds:
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#timestamp
 */
void dating_add_query(struct buf *out, const struct dating *d,
		      const struct element_label *labels, size_t count);

#endif
