#include "gpu/collect/need.h"

uint64_t
need_count_series(const struct profile *p, const uint64_t *series,
		  enum field field)
{
	uint64_t count = 0;

	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD &&
		    p->metrics[i].field == (int)field)
			count += series[i];
	return count;
}

/*
 * Whether the exporter has that field for each of its cards, as far as is
 * known: as often as it has the memory in use, which goes into all that is
 * computed.
 */
static bool
has_field(const struct detection *found, unsigned rank, enum field field)
{
	const struct profile *p = found->profiles[rank];
	const uint64_t *series = found->series[rank];
	uint64_t count;

	if (series == NULL)
		return false;
	count = need_count_series(p, series, field);
	return count > 0 &&
	       count >= need_count_series(p, series, FIELD_MEMORY_USED);
}

field_set
need_ingredients(const struct detection *found, unsigned rank, field_set fields)
{
	field_set before;

	do {
		before = fields;
		for (int i = 0; i < FIELD__MAX; i++)
			if ((fields & FIELD_BIT(i)) != 0 &&
			    !has_field(found, rank, (enum field)i))
				fields |= field_table[i].made_of;
	} while (fields != before);
	return fields;
}
