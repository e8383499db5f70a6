#include "gpu/collect/history_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/site/scales.h"

enum { FIRST_CAPACITY = 16 };

static enum err_code
begin(void *context, struct err *e)
{
	struct history_rows *r = context;

	(void)e;
	arena_fini(&r->arena);
	samples_init(&r->samples, &r->arena, r->slot_count);
	r->rows = NULL;
	r->capacity = r->kept_points = 0;
	return ERR_OK;
}

/* Above what a ratio can be, else a fraction, else a whole number. Fractions of
 * means say nothing of what was measured. */
static double
evidence_of(const struct history_row *row)
{
	double evidence = 0;

	for (size_t i = 0; i < row->count; i++) {
		double value = row->values[i];

		if (value > SCALES_RATIO_MAX)
			return value;
		if (row->weights == NULL && value != floor(value) &&
		    !isnan(value))
			evidence = value;
	}
	return evidence;
}

static bool
make_room(struct history_rows *r)
{
	size_t capacity = r->capacity > 0 ? 2 * r->capacity : FIRST_CAPACITY;
	struct history_row *grown;

	if (r->samples.count < r->capacity)
		return true;
	grown = arena_grow(&r->arena, r->rows, r->capacity * sizeof(*grown),
			   capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	r->rows = grown;
	r->capacity = capacity;
	return true;
}

/* Most series of a card with many pods have few points. */
static bool
keep_values(struct history_rows *r, const double *values,
	    struct history_row *out)
{
	size_t first = 0, end = r->has_no_values ? 0 : r->point_count;

	while (first < end && isnan(values[first]))
		first++;
	while (end > first && isnan(values[end - 1]))
		end--;
	*out = (struct history_row){
	    .values = arena_alloc(&r->arena, (end - first) * sizeof(*values)),
	    .first = first,
	    .count = end - first};
	if (out->values == NULL)
		return false;
	memcpy(out->values, values + first, out->count * sizeof(*values));
	r->kept_points += out->count;
	return true;
}

static enum err_code
take(void *context, const struct matrix_series *series, struct err *e)
{
	struct history_rows *r = context;
	size_t number = r->samples.count;
	struct sample *s;

	if (!make_room(r) ||
	    !keep_values(r, series->values, &r->rows[number]) ||
	    (s = samples_add(&r->samples, SAMPLES_NEW)) == NULL)
		return err_set_memory(e);
	if (r->kept_points > r->max_points)
		return err_set(
		    e, ERR_QUERY,
		    "%zu series of %zu points and less would have to "
		    "be read one by one, and HISTORY_MAX_POINTS "
		    "allows %zu points: ask for fewer points, or "
		    "fewer GPUs",
		    number + 1, r->point_count, r->max_points);
	r->rows[number].sample = s;
	s->value = evidence_of(&r->rows[number]);
	s->timestamp_s = 0;
	s->source = series->source;
	s->rank = series->rank;
	memcpy(s->label, series->label, r->slot_count * sizeof(*s->label));
	return ERR_OK;
}

void
history_rows_init(struct history_rows *r, struct budget *budget,
		  size_t slot_count, size_t point_count, size_t max_points)
{
	*r = (struct history_rows){.sink = {begin, take, r},
				   .slot_count = slot_count,
				   .point_count = point_count,
				   .max_points = max_points};
	arena_init(&r->arena, budget);
	samples_init(&r->samples, &r->arena, slot_count);
}

/* --- means ---------------------------------------------------------------- */

static int
compare_sources(const void *a, const void *b)
{
	const struct history_row *const *left = a, *const *right = b;
	uint32_t one = (*left)->sample->source,
		 other = (*right)->sample->source;

	return (one > other) - (one < other);
}

/* Sorted by their sources; in the arena of the rows that they are for. NULL
 * without memory. */
static const struct history_row **
sort(const struct history_rows *r, struct arena *arena)
{
	const struct history_row **sorted =
	    arena_alloc(arena, (r->samples.count + 1) * sizeof(*sorted));

	if (sorted == NULL)
		return NULL;
	for (size_t i = 0; i < r->samples.count; i++)
		sorted[i] = &r->rows[i];
	qsort(sorted, r->samples.count, sizeof(*sorted), compare_sources);
	return sorted;
}

/* That of the same series; NULL: there is none. */
static const struct history_row *
find_same(const struct history_row *const *sorted, size_t count,
	  const struct history_row *row, size_t slot_count)
{
	size_t bytes = slot_count * sizeof(*row->sample->label);
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sorted[middle]->sample->source < row->sample->source)
			low = middle + 1;
		else
			high = middle;
	}
	for (;
	     low < count && sorted[low]->sample->source == row->sample->source;
	     low++)
		if (memcmp(sorted[low]->sample->label, row->sample->label,
			   bytes) == 0)
			return sorted[low];
	return NULL;
}

/* As far as both reach: the newest sample may have come between them. */
static void
divide(struct history_row *sums, const struct history_row *counts)
{
	static const struct history_row none = {.count = 0};
	const struct history_row *by = counts != NULL ? counts : &none;
	size_t first = sums->first > by->first ? sums->first : by->first;
	size_t end = sums->first + sums->count;

	if (end > by->first + by->count)
		end = by->first + by->count;
	sums->count = end > first ? end - first : 0;
	sums->weights = NULL;
	if (sums->count == 0)
		return;
	sums->values += first - sums->first;
	sums->weights = by->values + (first - by->first);
	sums->first = first;
	for (size_t i = 0; i < sums->count; i++)
		sums->values[i] /= sums->weights[i];
	sums->sample->value = evidence_of(sums);
}

enum err_code
history_rows_divide(struct history_rows *sums,
		    const struct history_rows *counts, struct err *e)
{
	const struct history_row **sorted = sort(counts, &sums->arena);

	if (sorted == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < sums->samples.count; i++)
		divide(&sums->rows[i],
		       find_same(sorted, counts->samples.count, &sums->rows[i],
				 sums->slot_count));
	return ERR_OK;
}

void
history_rows_fini(struct history_rows *r)
{
	arena_fini(&r->arena);
}
