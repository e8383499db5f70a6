/*
 * One exporter's known series in one request: what they say in the request's
 * own strings, and which rows they turned out to be of.
 */
#ifndef GPU_COLLECT_RECALL_H
#define GPU_COLLECT_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/memory.h"
#include "gpu/fleet/fleet.h"
#include "prom/ask.h"

struct recall {
	struct memory *memory;	    /* or NULL */
	struct memory_entry before; /* what was remembered at the start */
	/* By the series' numbers; NULL as long as it has not been seen. */
	const uint32_t **labels; /* strings, by slot */
	struct fleet_gpu **rows;
	bool *has_no_values; /* only that there is such a card was told yet */

	/* Private. */
	struct known *recorded; /* of one query */
	size_t recording;	/* that query's number */
	size_t missed_most;
	const struct profile_metric *wanted;
};

/* Borrows what is remembered until recall_fini, of series of which the labels
 * of workloads are read as well or are not; the arena is the request's. */
enum err_code recall_init(struct recall *r, struct memory *memory,
			  const struct profile *p, bool tells_workloads,
			  struct arena *arena, struct err *e);

/* Whether a set is made of what is read now. */
bool recall_is_learning(const struct recall *r);

/* Safe on a zeroed one. */
void recall_fini(struct recall *r);

/*
 * Has the question that was added last recognise series, if they are like those
 * of most questions: one of these metrics, whose labels have so many slots, and
 * the same ones in each question for GPUs.
 */
void recall_ask(struct recall *r, struct ask *a,
		const struct profile_metric *const *metrics, size_t count,
		size_t slot_count);

/* The same, if it is one for such a metric's series, which sets those labels
 * aside, at another time, or for what was made of them: is_nameless, without
 * its name. */
void recall_ask_alike(struct recall *r, struct ask *a, const char *const *aside,
		      size_t slot_count, bool is_nameless);

/*
 * Has labels for each known one among the samples: their texts go to the
 * strings.
 */
enum err_code recall_expand(struct recall *r, const struct samples *samples,
			    struct intern *strings, struct arena *arena,
			    struct err *e);

/* That question, whose first metric it is, was answered. */
void recall_note(struct recall *r, const struct ask *a, size_t number,
		 const struct profile_metric *metric);

/* It failed: what was recorded till then is not all there is. */
void recall_note_failure(struct recall *r, size_t number);

/* All went well: what was recorded is remembered from now on. */
void recall_finish(struct recall *r);

#endif
