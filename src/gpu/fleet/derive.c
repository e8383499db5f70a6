#include "gpu/fleet/derive.h"

#include <math.h>

/* Values of one scrape may be of moments that differ a little. */
static const double tolerance = 1.01;

static double
ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static void
forget_memory(double v[FIELD__MAX])
{
	for (int i = 0; i < FIELD__MAX; i++)
		if ((FIELDS_OF_MEMORY & FIELD_BIT(i)) != 0)
			v[i] = NAN;
}

static void
complete_memory(double v[FIELD__MAX])
{
	double *used = &v[FIELD_MEMORY_USED], *free = &v[FIELD_MEMORY_FREE];
	double *total = &v[FIELD_MEMORY_TOTAL];
	double reserved =
	    isnan(v[FIELD_MEMORY_RESERVED]) ? 0 : v[FIELD_MEMORY_RESERVED];

	if (isnan(*total))
		*total = *used + *free + reserved;
	if (isnan(*total))
		*total = ratio(*used, v[FIELD_MEMORY_USED_RATIO]);
	if (isnan(*used))
		*used = *total * v[FIELD_MEMORY_USED_RATIO];
	if (isnan(*free) && *used + reserved <= *total)
		*free = *total - *used - reserved;
}

void
derive_gpu(double v[FIELD__MAX])
{
	double used, total;

	complete_memory(v);
	used = v[FIELD_MEMORY_USED];
	total = v[FIELD_MEMORY_TOTAL];
	if (total == 0 || used > total * tolerance)
		forget_memory(v);
	else if (used + v[FIELD_MEMORY_FREE] > total * tolerance ||
		 v[FIELD_MEMORY_FREE] > total * tolerance)
		v[FIELD_MEMORY_FREE] = NAN;
	v[FIELD_MEMORY_TOTAL] =
	    field_clean(FIELD_MEMORY_TOTAL, v[FIELD_MEMORY_TOTAL]);
	v[FIELD_MEMORY_UTILIZATION] = field_clean(
	    FIELD_MEMORY_UTILIZATION,
	    ratio(v[FIELD_MEMORY_USED], v[FIELD_MEMORY_TOTAL]) * 100);
}

/* --- split cards --------------------------------------------------------- */

/* What the instances' values of a field come to. */
struct tally {
	double sum, max;
	double by_slices; /* the sum, each times its slices */
	size_t count;	  /* of those that are known */
	bool are_equal;	  /* all known ones */
};

static struct tally
tally_of(const struct derive_split *split, enum field field)
{
	struct tally t = {.max = NAN, .are_equal = true};

	for (size_t i = 0; i < split->count; i++) {
		double value = split->instances[i][field];

		if (isnan(value))
			continue;
		t.are_equal = t.are_equal && (t.count == 0 || value == t.max);
		t.sum += value;
		t.by_slices += value * split->slices[i];
		t.max = fmax(t.max, value);
		t.count++;
	}
	return t;
}

/* The sum of the instances' slices; 0 if one of them does not say. */
static unsigned
count_slices(const struct derive_split *split)
{
	unsigned sum = 0;

	for (size_t i = 0; i < split->count; i++) {
		if (split->slices[i] == 0)
			return 0;
		sum += split->slices[i];
	}
	return sum;
}

/*
 * Without slices each instance counts the same; and where one of several alone
 * has a value, as the first of AMD's partitions, it is the card's.
 */
static double
by_slices(const struct derive_split *split, enum field field)
{
	struct tally t = tally_of(split, field);
	unsigned slices = count_slices(split);

	if (slices == 0 && t.count == 1)
		return t.sum;
	if (t.count < split->count)
		return NAN;
	if (slices == 0)
		return t.sum / (double)t.count;
	return t.by_slices /
	       (slices > split->card_slices ? slices : split->card_slices);
}

/*
 * Whether each part says what is of the whole card, as AMD's partitions do that
 * share all memory. Of what is in use alone, equal to the byte is no
 * coincidence.
 */
static bool
is_memory_repeated(const double card[FIELD__MAX],
		   const struct derive_split *split)
{
	struct tally total = tally_of(split, FIELD_MEMORY_TOTAL);
	struct tally used = tally_of(split, FIELD_MEMORY_USED);

	if (!split->may_repeat_memory || count_slices(split) != 0)
		return false;
	if (total.count == 0)
		return used.count > 1 && used.count == split->count &&
		       used.are_equal && used.max > 0;
	return total.are_equal &&
	       (total.max == card[FIELD_MEMORY_TOTAL] || used.are_equal);
}

/* NaN unless all instances tell. */
static double
sum_of(const struct derive_split *split, enum field field, bool is_repeated)
{
	struct tally t = tally_of(split, field);

	if (is_repeated)
		return t.max;
	return t.count == split->count ? t.sum : NAN;
}

/* Its own total tells of what is in no instance, too. */
static void
roll_up_memory(double card[FIELD__MAX], const struct derive_split *split)
{
	bool is_repeated = is_memory_repeated(card, split);
	double total = sum_of(split, FIELD_MEMORY_TOTAL, is_repeated);

	if (isnan(card[FIELD_MEMORY_TOTAL]) && !isnan(total)) {
		for (int i = 0; i < FIELD__MAX; i++)
			if (field_table[i].of_card == CARD_SUM)
				card[i] =
				    sum_of(split, (enum field)i, is_repeated);
	} else if (isnan(card[FIELD_MEMORY_USED])) {
		card[FIELD_MEMORY_USED] =
		    sum_of(split, FIELD_MEMORY_USED, is_repeated);
	}
	derive_gpu(card);
}

/*
 * The whole card's: what one MIG instance says of it is true for all. A part of
 * another kind may have a sensor of its own, so nothing is told of the rest.
 */
static void
share(double card[FIELD__MAX], const struct derive_split *split,
      enum field field)
{
	bool is_own = !isnan(card[field]);

	if (!is_own)
		card[field] = tally_of(split, field).max;
	if (!is_own && count_slices(split) == 0)
		return;
	for (size_t i = 0; i < split->count; i++)
		if (isnan(split->instances[i][field]))
			split->instances[i][field] = card[field];
}

void
derive_card(double card[FIELD__MAX], const struct derive_split *split)
{
	if (split->count == 0)
		return;
	for (int i = 0; i < FIELD__MAX; i++) {
		if (field_table[i].of_card == CARD_OWN)
			share(card, split, (enum field)i);
		else if (field_table[i].of_card == CARD_BY_SLICES)
			card[i] = by_slices(split, (enum field)i);
	}
	roll_up_memory(card, split);
}
