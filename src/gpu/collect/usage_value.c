#include "gpu/collect/usage_value.h"

#include <math.h>
#include <stdlib.h>

/* Of one field, one exporter and one of its metrics: the best first. */
static int
compare_kinds(const struct usage_own *a, const struct usage_own *b)
{
	if (a->field != b->field)
		return (a->field > b->field) - (a->field < b->field);
	if (a->rank != b->rank)
		return (a->rank > b->rank) - (a->rank < b->rank);
	return (a->alternative > b->alternative) -
	       (a->alternative < b->alternative);
}

/* Those of one container stand together. */
static int
compare_owns(const void *a, const void *b)
{
	const struct usage_own *const *left = a, *const *right = b;
	int order = compare_kinds(*left, *right);

	return order != 0 ? order
			  : ((*left)->container > (*right)->container) -
				((*left)->container < (*right)->container);
}

bool
usage_value_settle(struct usage_holder *holder, struct arena *arena)
{
	const struct usage_own **owns;
	size_t count = 0;

	for (const struct usage_own *own = holder->told; own != NULL;
	     own = own->next)
		count++;
	owns = arena_alloc(arena, count * sizeof(*owns));
	if (owns == NULL)
		return false;
	count = 0;
	for (const struct usage_own *own = holder->told; own != NULL;
	     own = own->next)
		owns[count++] = own;
	if (count > 0)
		qsort(owns, count, sizeof(*owns), compare_owns);
	holder->owns = owns;
	holder->own_count = count;
	return true;
}

static double
value_at(const struct usage_own *own, size_t point)
{
	const struct history_row *row = own->row;

	return point >= row->first && point - row->first < row->count
		   ? row->values[point - row->first]
		   : (double)NAN;
}

/* Of those that are as the first one: each container's, added up, or the
 * greatest of all. */
static double
combine(const struct usage_holder *holder, size_t first, size_t point,
	bool is_sum)
{
	const struct usage_own *best = holder->owns[first];
	double sum = 0, greatest = NAN;

	for (size_t i = first;
	     i < holder->own_count && compare_kinds(holder->owns[i], best) == 0;
	     i++) {
		if (is_sum && i > first &&
		    holder->owns[i]->container !=
			holder->owns[i - 1]->container &&
		    !isnan(greatest)) {
			sum += greatest;
			greatest = NAN;
		}
		greatest = fmax(greatest, value_at(holder->owns[i], point));
	}
	return sum + (isnan(greatest) ? 0 : greatest);
}

double
usage_value(const struct usage_holder *holder, enum workload_field field,
	    size_t point, bool *is_own)
{
	size_t first = 0;

	while (first < holder->own_count &&
	       (holder->owns[first]->field != (int)field ||
		isnan(value_at(holder->owns[first], point))))
		first++;
	*is_own = first < holder->own_count &&
		  (holder->owns[first]->beside == NULL ||
		   usage_has(holder->owns[first]->beside, point));
	return first < holder->own_count
		   ? combine(holder, first, point, *is_own)
		   : (double)NAN;
}

double
usage_value_repeated(const struct usage_holder *holder,
		     const struct usage_own *like, size_t point)
{
	double greatest = NAN;

	for (size_t i = 0; i < holder->own_count; i++) {
		const struct usage_own *own = holder->owns[i];

		if (compare_kinds(own, like) == 0 && own->beside != NULL &&
		    !usage_has(own->beside, point))
			greatest = fmax(greatest, value_at(own, point));
	}
	return greatest;
}
