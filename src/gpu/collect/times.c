#include "gpu/collect/times.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/site/identify.h"

enum { PARTS = 3 };

struct times_entry {
	uint32_t target[PARTS]; /* numbers of the labels' texts */
	double time_s;
};

static void
name_target(const struct sample *s, const unsigned char *slots,
	    uint32_t out[static PARTS])
{
	static const enum profile_label labels[PARTS] = {
	    PROFILE_INSTANCE, PROFILE_CLUSTER, PROFILE_EXPORTED_INSTANCE};

	for (int i = 0; i < PARTS; i++) {
		unsigned slot = slots[labels[i]];

		out[i] = slot == IDENTIFY_NO_SLOT ? IDENTITY_UNKNOWN
						  : s->label[slot];
	}
}

static int
compare(const void *a, const void *b)
{
	const struct times_entry *left = a, *right = b;

	return memcmp(left->target, right->target, sizeof(left->target));
}

enum err_code
times_read(struct times *t, const struct samples *samples,
	   const unsigned char slots[static PROFILE_LABEL__MAX],
	   struct arena *arena, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	t->entries = arena_alloc(arena, samples->count * sizeof(*t->entries));
	if (t->entries == NULL)
		return err_set_memory(e);
	while ((s = samples_next(samples, &cursor)) != NULL) {
		struct times_entry *entry = &t->entries[t->count++];

		name_target(s, slots, entry->target);
		entry->time_s = s->value;
	}
	qsort(t->entries, t->count, sizeof(*t->entries), compare);
	return ERR_OK;
}

double
times_find(const struct times *t, const struct sample *s,
	   const unsigned char slots[static PROFILE_LABEL__MAX])
{
	struct times_entry key;
	const struct times_entry *found;

	if (t->count == 0)
		return 0;
	name_target(s, slots, key.target);
	found = bsearch(&key, t->entries, t->count, sizeof(key), compare);
	return found != NULL ? found->time_s : 0;
}
