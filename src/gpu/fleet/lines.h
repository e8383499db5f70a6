/*
 * From what was measured of cards over time to lines: a value for each point of
 * a timeline, NaN where nobody measured it. Pure arithmetic, as derive.h, of
 * each point for itself.
 */
#ifndef GPU_FLEET_LINES_H
#define GPU_FLEET_LINES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "gpu/field.h"
#include "gpu/fleet/fleet.h"

/* What one series of one exporter told of a GPU: a value for each point from
 * the first on, in the field's unit and cleaned; before and behind them none.
 */
struct strand {
	unsigned rank; /* of the exporter: the lowest has precedence */
	enum field field;
	unsigned alternative; /* of its metrics for the field: 0 is preferred */
	const double *values;
	size_t first, count;   /* of the points that it has */
	const double *weights; /* beside the values, of means; else NULL */
};

static inline double
strand_at(const struct strand *s, size_t point)
{
	return point - s->first < s->count ? s->values[point - s->first]
					   : (double)NAN;
}

/* All of one GPU, in the order of strand_compare. */
struct strands {
	const struct strand *list;
	size_t count;
};

/* Nothing is known. */
void lines_forget(double v[FIELD__MAX]);

/* By rank, field and alternative: for qsort. */
int strand_compare(const void *a, const void *b);

/*
 * Of several series of one metric of a GPU, as of an exporter before and after
 * its restart, or with another pod, for each point: the greatest value, the
 * least, or the weighted mean; and never their sum.
 */
enum strands_merge { STRANDS_GREATEST, STRANDS_LEAST, STRANDS_MEAN };

void strands_merge(const struct strand *list, size_t count,
		   enum strands_merge how, size_t points, double *out);

/*
 * What is known at that point, of no more than one strand of a metric: the
 * first exporter that has a value; and what belongs to memory is of one
 * exporter, the first that knows what is used and what there is, else the first
 * that knows anything of it.
 */
void strands_at(const struct strands *s, size_t point, double v[FIELD__MAX]);

/* Whether all of them tell that field, so that nothing is computed of them. */
bool strands_are_of(const struct strands *s, enum field field);

/* Of such ones what strands_at makes of the field. */
double strands_value_at(const struct strands *s, size_t point);

/* A card, and the instances that it is or was split into. */
struct lines_card {
	struct strands own;
	struct strands parts[FLEET_INSTANCES_MAX];
	unsigned slices[FLEET_INSTANCES_MAX]; /* see struct derive_split */
	size_t part_count;
	unsigned card_slices;
	bool may_repeat_memory;
};

/*
 * The values of the card at that point, and of each part, all NaN for one that
 * is not there then; whether any is. A card that is split then is what its
 * instances make of it: derive_card.
 */
bool lines_at(const struct lines_card *card, size_t point,
	      double own[FIELD__MAX], double parts[][FIELD__MAX]);

/*
 * What a counter has grown by from each point to the next, of so many and one
 * before the first: of all of its series, as of an exporter before and after
 * its restart. Another exporter, or another metric, counts from elsewhere.
 */
void strands_growth(const struct strand *list, size_t count, size_t points,
		    double *out);

/* How the values of a group follow from those of its GPUs. */
enum lines_total {
	LINES_MEAN,
	LINES_SUM,
	LINES_MAX,
	LINES_RATIO /* of the sums: of what is used of what there is */
};

enum lines_total lines_total_of(enum field field);

/* What a group's GPUs come to, for each point. */
struct lines_group {
	enum field field;
	size_t count;	    /* of points */
	double *over;	    /* a sum, or the greatest; NaN: none */
	double *gpu_counts; /* of how many it is */
	double *under;	    /* of a ratio: what it is to be divided by */
};

/* How many doubles one takes. */
size_t lines_group_room(enum field field, size_t points);

/* Of nobody yet; the room is borrowed. */
void lines_group_init(struct lines_group *g, enum field field, size_t points,
		      double *room);

/* Adds the values of one GPU at that point. */
void lines_group_add(struct lines_group *g, size_t point,
		     const double v[FIELD__MAX]);

/* The group's line, into points, which may be its over; returns of how many
 * GPUs it is, where those were the most. */
size_t lines_group_finish(const struct lines_group *g, double *points);

/* Over the points that are known; all NaN if none is. */
struct lines_summary {
	double min, avg, max, last;
};

struct lines_summary lines_summarise(const double *points, size_t count);

#endif
