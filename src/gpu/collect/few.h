/*
 * From names to the few cards that have them: which targets tell of those, as
 * the last look found them, so that they alone are asked. What is asked then
 * has the rows of these cards, and they are those of all.
 *
 * Nothing of the names goes into a query: the values of its matchers are those
 * that Prometheus told.
 */
#ifndef GPU_COLLECT_FEW_H
#define GPU_COLLECT_FEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/plan.h"
#include "gpu/fleet/fleet.h"
#include "gpu/site/detect.h"
#include "gpu/site/site.h"

enum {
	/* Who names more is answered of all. */
	FEW_CARDS_MAX = 64,
	/* And so is he whose cards cannot be asked for without as many. */
	FEW_ASKED_MAX = 512
};

/* What names a card. */
enum few_kind { FEW_NODE, FEW_UUID, FEW_CLUSTER, FEW__MAX };

struct few_text {
	const char *text;
	size_t length;
};

/* Of each kind, one of these; any will do if there are none. As answers tell
 * them: a uuid in lower case, without "gpu-". */
struct few_names {
	struct {
		const struct few_text *texts;
		size_t count;
	} of[FEW__MAX];
};

/* The same number for the same names, in this process alone. */
uint64_t few_hash(const struct few_names *names);

enum few_of { FEW_OF_CARDS, FEW_OF_PROCESSES };

/* See plan_part. */
struct few;

/*
 * *out, in that arena, is what is to be asked for what has these names; NULL if
 * that is all there is: where one of the names is of no card that has the
 * others, or there are too many, or one of them is missing, or anything is not
 * known; of processes also where instances tell of them that tell of no card.
 */
enum err_code few_find(const struct few_names *names, enum few_of of,
		       const struct detection *found, struct arena *arena,
		       const struct few **out, struct err *e);

/* The part of a plan that it is. */
const struct plan_part *few_part(const struct few *few);

/* Whether all the cards that were to be told of are in the finished fleet: one
 * that is not may be told of by others now. */
bool few_are_there(const struct few *few, const struct detection *found,
		   const struct fleet *f);

/* Whether these names are those of few cards, by what is known now. */
bool few_are(const struct few_names *names, enum few_of of, struct detector *d,
	     struct budget *budget);

#endif
