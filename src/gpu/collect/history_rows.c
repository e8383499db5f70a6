#include "gpu/collect/history_rows.h"

#include <math.h>
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

/* Above what a ratio can be, else a fraction, else a whole number. */
static double
evidence_of(const struct history_rows *r, const double *values)
{
	double evidence = 0;

	for (size_t i = 0; i < r->point_count; i++) {
		if (values[i] > SCALES_RATIO_MAX)
			return values[i];
		if (!r->are_means && values[i] != floor(values[i]) &&
		    !isnan(values[i]))
			evidence = values[i];
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
	size_t first = 0, end = r->point_count;

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
	s->value = evidence_of(r, series->values);
	s->timestamp_s = 0;
	s->source = series->source;
	s->rank = series->rank;
	memcpy(s->label, series->label, r->slot_count * sizeof(*s->label));
	return ERR_OK;
}

void
history_rows_init(struct history_rows *r, struct budget *budget,
		  size_t slot_count, size_t point_count, size_t max_points,
		  bool are_means)
{
	*r = (struct history_rows){.sink = {begin, take, r},
				   .slot_count = slot_count,
				   .point_count = point_count,
				   .max_points = max_points,
				   .are_means = are_means};
	arena_init(&r->arena, budget);
	samples_init(&r->samples, &r->arena, slot_count);
}

void
history_rows_fini(struct history_rows *r)
{
	arena_fini(&r->arena);
}
