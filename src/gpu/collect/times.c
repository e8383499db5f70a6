#include "gpu/collect/times.h"

#include <stdlib.h>
#include <string.h>

#include "gpu/site/identify.h"

struct times_entry {
	struct times_target target;
	double time_s;
};

static int
compare_targets(const void *a, const void *b)
{
	const struct times_entry *left = a, *right = b;

	return memcmp(&left->target, &right->target, sizeof(left->target));
}

/* The newest of a target first. */
static int
compare(const void *a, const void *b)
{
	const struct times_entry *left = a, *right = b;
	int order = compare_targets(a, b);

	return order != 0 ? order
			  : (left->time_s < right->time_s) -
				(left->time_s > right->time_s);
}

/* Of those that are sorted. */
static void
keep_newest(struct times *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++)
		if (kept == 0 ||
		    compare_targets(&t->entries[kept - 1], &t->entries[i]) != 0)
			t->entries[kept++] = t->entries[i];
	t->count = kept;
}

enum err_code
times_read(struct times *t, const struct samples *samples,
	   const unsigned char slots[static PROFILE_LABEL__MAX],
	   struct arena *arena, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	t->count = 0;
	t->entries = arena_alloc(arena, samples->count * sizeof(*t->entries));
	if (t->entries == NULL)
		return err_set_memory(e);
	while ((s = samples_next(samples, &cursor)) != NULL) {
		struct times_entry *entry = &t->entries[t->count++];

		*entry = (struct times_entry){
		    .target = {identify_in_slot(s->label, slots,
						PROFILE_INSTANCE),
			       identify_in_slot(s->label, slots,
						PROFILE_CLUSTER),
			       identify_in_slot(s->label, slots,
						PROFILE_EXPORTED_INSTANCE)},
		    .time_s = s->value};
	}
	qsort(t->entries, t->count, sizeof(*t->entries), compare);
	keep_newest(t);
	return ERR_OK;
}

double
times_find(const struct times *t, const struct times_target *target)
{
	const struct times_entry key = {.target = *target};
	const struct times_entry *found;

	if (t->count == 0)
		return 0;
	found =
	    bsearch(&key, t->entries, t->count, sizeof(key), compare_targets);
	return found != NULL ? found->time_s : 0;
}
