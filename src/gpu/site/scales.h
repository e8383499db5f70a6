/*
 * What was seen of metrics whose name does not tell percent from ratios: of
 * each target, over time. A moment may not tell: cards at work show 1, of
 * percent or of the whole.
 */
#ifndef GPU_SITE_SCALES_H
#define GPU_SITE_SCALES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"

/* A ratio may be measured a little high; percent above 1 begin with 2. */
#define SCALES_RATIO_MAX 1.5

/* A set of these. */
enum {
	SCALES_ABOVE = 1,   /* more than any ratio */
	SCALES_FRACTION = 2 /* not whole, which percent are */
};

struct scales {
	struct budget *budget;
	struct arena arena;
	struct intern keys; /* metric and target */
	unsigned char *seen;
	uint32_t capacity;
	unsigned look_count; /* that were answered, counted by who looks */
};

/* Nothing was seen yet. */
void scales_init(struct scales *s, struct budget *budget);

/* Safe on a zeroed one. */
void scales_fini(struct scales *s);

/* Adds what was seen of a metric, by its place in the profile. */
enum err_code scales_note(struct scales *s, size_t metric,
			  const struct intern_string *target, unsigned seen,
			  struct err *e);

/* All that was seen of it. */
unsigned scales_find(const struct scales *s, size_t metric,
		     const struct intern_string *target);

/* Adds all that was seen before. */
enum err_code scales_add(struct scales *s, const struct scales *older,
			 struct err *e);

/* Adds the question about a metric; the second look goes back a day. */
enum err_code scales_ask(struct ask *a, const struct profile_metric *m,
			 unsigned look_count, struct err *e);

/* Takes its answer. */
enum err_code scales_read(struct scales *s, const struct vector *v,
			  size_t metric, struct err *e);

#endif
