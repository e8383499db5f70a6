#include "gpu/fleet/lines.h"

#include <math.h>
#include <string.h>

#include "gpu/fleet/derive.h"

/* --- one GPU -------------------------------------------------------------- */

static int
compare_numbers(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

int
strand_compare(const void *a, const void *b)
{
	const struct strand *left = a, *right = b;
	int order = compare_numbers(left->rank, right->rank);

	if (order == 0)
		order = compare_numbers(left->field, right->field);
	if (order == 0)
		order = compare_numbers(left->alternative, right->alternative);
	return order;
}

void
lines_forget(double v[FIELD__MAX])
{
	for (int i = 0; i < FIELD__MAX; i++)
		v[i] = NAN;
}

static bool
is_known(const double v[FIELD__MAX], field_set fields)
{
	for (int i = 0; i < FIELD__MAX; i++)
		if ((fields & FIELD_BIT(i)) != 0 && !isnan(v[i]))
			return true;
	return false;
}

/* How much is known of the memory. */
static int
rate_memory(const double v[FIELD__MAX])
{
	if (!isnan(v[FIELD_MEMORY_USED]) && !isnan(v[FIELD_MEMORY_TOTAL]))
		return 2;
	return is_known(v, FIELDS_OF_MEMORY);
}

/* What another exporter told fills what is open. */
static void
fill(double v[FIELD__MAX], const double other[FIELD__MAX])
{
	bool takes_memory = rate_memory(other) > rate_memory(v);

	for (int i = 0; i < FIELD__MAX; i++)
		if ((FIELDS_OF_MEMORY & FIELD_BIT(i)) != 0 ? takes_memory
							   : isnan(v[i]))
			v[i] = other[i];
}

/* The values of the exporter whose strands begin there; returns where they end.
 */
static size_t
read_exporter(const struct strands *s, size_t first, size_t point,
	      double v[FIELD__MAX])
{
	unsigned rank = s->list[first].rank;
	size_t i;

	lines_forget(v);
	for (i = first; i < s->count && s->list[i].rank == rank; i++) {
		const struct strand *strand = &s->list[i];
		double value = strand_at(strand, point);

		/* The first metric that has one. */
		if (isnan(v[strand->field]))
			v[strand->field] = value;
	}
	derive_gpu(v);
	return i;
}

static double
mean_at(const struct strand *list, size_t count, size_t point)
{
	double sum = NAN, weights = 0;

	for (size_t i = 0; i < count; i++) {
		double value = strand_at(&list[i], point), weight;

		if (isnan(value))
			continue;
		weight = list[i].weights[point - list[i].first];
		sum = isnan(sum) ? value * weight : sum + value * weight;
		weights += weight;
	}
	return sum / weights;
}

static double
extreme_at(const struct strand *list, size_t count, enum strands_merge how,
	   size_t point)
{
	double extreme = NAN;

	for (size_t i = 0; i < count; i++) {
		double value = strand_at(&list[i], point);

		extreme = how == STRANDS_LEAST ? fmin(extreme, value)
					       : fmax(extreme, value);
	}
	return extreme;
}

void
strands_merge(const struct strand *list, size_t count, enum strands_merge how,
	      size_t points, double *out)
{
	for (size_t i = 0; i < points; i++)
		out[i] = how == STRANDS_MEAN ? mean_at(list, count, i)
					     : extreme_at(list, count, how, i);
}

void
strands_at(const struct strands *s, size_t point, double v[FIELD__MAX])
{
	double other[FIELD__MAX];

	lines_forget(v);
	for (size_t i = 0; i < s->count;) {
		i = read_exporter(s, i, point, other);
		fill(v, other);
	}
}

bool
strands_are_of(const struct strands *s, enum field field)
{
	size_t i = 0;

	while (i < s->count && s->list[i].field == field)
		i++;
	return i == s->count;
}

double
strands_value_at(const struct strands *s, size_t point)
{
	double value = NAN;

	for (size_t i = 0; isnan(value) && i < s->count; i++)
		value = strand_at(&s->list[i], point);
	return value;
}

bool
lines_at(const struct lines_card *card, size_t point, double own[FIELD__MAX],
	 double parts[][FIELD__MAX])
{
	double *instances[FLEET_INSTANCES_MAX];
	unsigned slices[FLEET_INSTANCES_MAX];
	struct derive_split split = {.instances = instances,
				     .slices = slices,
				     .card_slices = card->card_slices,
				     .may_repeat_memory =
					 card->may_repeat_memory};

	strands_at(&card->own, point, own);
	for (size_t i = 0; i < card->part_count; i++) {
		strands_at(&card->parts[i], point, parts[i]);
		if (!is_known(parts[i], FIELD_BIT(FIELD__MAX) - 1))
			continue;
		slices[split.count] = card->slices[i];
		instances[split.count++] = parts[i];
	}
	derive_card(own, &split);
	return split.count > 0;
}

/* What a counter has grown by; one that is less than before has begun anew. */
static double
growth(double before, double now)
{
	if (isnan(before))
		return NAN;
	return now < before ? now : now - before;
}

void
strands_growth(const struct strand *list, size_t count, size_t points,
	       double *out)
{
	double before = NAN;

	for (size_t i = 0; i <= points; i++) {
		double now = extreme_at(list, count, STRANDS_GREATEST, i);

		if (i > 0)
			out[i - 1] = growth(before, now);
		before = now;
	}
}

/* --- groups --------------------------------------------------------------- */

enum lines_total
lines_total_of(enum field field)
{
	if (field_table[field].of_group == GROUP_COMPUTED)
		return LINES_RATIO;
	switch (field_table[field].unit) {
	case UNIT_BYTES:
	case UNIT_WATTS:
	case UNIT_JOULES:
		return LINES_SUM;
	case UNIT_CELSIUS:
		return LINES_MAX;
	default:
		return LINES_MEAN;
	}
}

size_t
lines_group_room(enum field field, size_t points)
{
	return (lines_total_of(field) == LINES_RATIO ? 3 : 2) * points;
}

void
lines_group_init(struct lines_group *g, enum field field, size_t points,
		 double *room)
{
	*g = (struct lines_group){.field = field,
				  .count = points,
				  .over = room,
				  .gpu_counts = room + points};
	if (lines_total_of(field) == LINES_RATIO)
		g->under = room + 2 * points;
	for (size_t i = 0; i < points; i++) {
		g->over[i] = NAN;
		g->gpu_counts[i] = 0;
		if (g->under != NULL)
			g->under[i] = 0;
	}
}

static double
add(double sum, double value)
{
	return isnan(sum) ? value : sum + value;
}

void
lines_group_add(struct lines_group *g, size_t point, const double v[FIELD__MAX])
{
	double *over = &g->over[point];

	if (isnan(v[g->field]))
		return;
	switch (lines_total_of(g->field)) {
	case LINES_MEAN:
	case LINES_SUM:
		*over = add(*over, v[g->field]);
		break;
	case LINES_MAX:
		*over = fmax(*over, v[g->field]);
		break;
	case LINES_RATIO:
		*over = add(*over, v[FIELD_MEMORY_USED]);
		g->under[point] += v[FIELD_MEMORY_TOTAL];
		break;
	}
	g->gpu_counts[point]++;
}

static double
value_at(const struct lines_group *g, size_t point)
{
	switch (lines_total_of(g->field)) {
	case LINES_MEAN:
		return g->over[point] / g->gpu_counts[point];
	case LINES_RATIO:
		return g->over[point] / g->under[point] * 100;
	default:
		return g->over[point];
	}
}

size_t
lines_group_finish(const struct lines_group *g, double *points)
{
	double most = 0;

	for (size_t i = 0; i < g->count; i++) {
		points[i] = value_at(g, i);
		most = fmax(most, g->gpu_counts[i]);
	}
	return (size_t)most;
}

struct lines_summary
lines_summarise(const double *points, size_t count)
{
	struct lines_summary s = {NAN, NAN, NAN, NAN};
	double sum = 0;
	size_t known = 0;

	for (size_t i = 0; i < count; i++) {
		if (isnan(points[i]))
			continue;
		s.min = fmin(s.min, points[i]);
		s.max = fmax(s.max, points[i]);
		s.last = points[i];
		sum += points[i];
		known++;
	}
	if (known > 0)
		s.avg = sum / (double)known;
	return s;
}
