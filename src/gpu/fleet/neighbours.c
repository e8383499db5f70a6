#include "gpu/fleet/neighbours.h"

#include <math.h>
#include <stdlib.h>

static int
compare_values(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static struct neighbours_span
span_of(const struct fleet_gpu *const *cards, size_t count, enum field field,
	double *values)
{
	size_t told = 0;

	for (size_t i = 0; i < count; i++) {
		values[told] = fleet_value(cards[i], field);
		told += !isnan(values[told]);
	}
	if (told == 0)
		return (struct neighbours_span){NAN, NAN, NAN};
	qsort(values, told, sizeof(*values), compare_values);
	return (struct neighbours_span){
	    .min = values[0],
	    .median = (values[(told - 1) / 2] + values[told / 2]) / 2,
	    .max = values[told - 1]};
}

/* Where the rows of its node begin. */
static size_t
first_of_node(const struct fleet *f, const struct fleet_gpu *card)
{
	size_t first = card->order;

	while (first > 0 && f->sorted[first - 1]->node == card->node &&
	       f->sorted[first - 1]->cluster == card->cluster)
		first--;
	return first;
}

enum err_code
neighbours_find(const struct fleet *f, const struct fleet_gpu *card,
		struct arena *arena, struct neighbours *out, struct err *e)
{
	size_t first = first_of_node(f, card), end = fleet_node_end(f, first);
	const struct fleet_gpu **others =
	    arena_alloc(arena, (end - first) * sizeof(*others));
	double *values = arena_alloc(arena, (end - first) * sizeof(*values));

	*out = (struct neighbours){.gpu_count = 0};
	if (others == NULL || values == NULL)
		return err_set_memory(e);
	for (size_t i = first; i < end; i++) {
		const struct fleet_gpu *other = fleet_card(f->sorted[i]);

		/* Once for all of its instances. */
		if (other != card && other->order == i)
			others[out->gpu_count++] = other;
	}
	for (int i = 0; i < FIELD__MAX; i++)
		out->of[i] =
		    span_of(others, out->gpu_count, (enum field)i, values);
	return ERR_OK;
}
