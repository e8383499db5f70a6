/*
 * What a process remembers of the series that it has read: for each exporter a
 * set of known ones (prom/known), which a request borrows, and which one that
 * reads new series replaces; and one more of the labels that tell who has a
 * GPU.
 */
#ifndef GPU_COLLECT_MEMORY_H
#define GPU_COLLECT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/budget.h"
#include "gpu/profile/profile.h"
#include "prom/known.h"

struct memory;
struct repeats;

/* Of one exporter. */
struct memory_entry {
	const struct profile *profile;
	bool tells_workloads; /* their labels are read as well */
	struct known *known;  /* or NULL */
	/* The query whose series are to be recorded, by its first metric; NULL
	 * with a set: none, without one: any. */
	const struct profile_metric *wanted;
};

/*
 * Remembers at most so much of all exporters, and of the budget, which outlives
 * it; that may be NULL. NULL: no memory.
 */
struct memory *memory_new(size_t max_bytes, struct budget *budget);

/* What is remembered of whole answers; the memory may be NULL. */
struct repeats *memory_repeats(struct memory *m);

/* All sets were returned. NULL is fine. */
void memory_free(struct memory *m);

/* What is remembered, with a reference to the set; the memory may be NULL. */
struct memory_entry memory_get(struct memory *m, const struct profile *p,
			       bool tells_workloads);

/* An empty set for such series as the entry's, of so many slots; NULL: no
 * memory, or not now. */
struct known *memory_begin(struct memory *m, const struct memory_entry *entry,
			   size_t slot_count);

/* Replaces what is remembered of such series; the reference to the set becomes
 * the memory's. */
void memory_put(struct memory *m, const struct memory_entry *entry);

/* Whether cards had copies when all of them were collected last; the memory may
 * be NULL. */
bool memory_has_copies(struct memory *m);
void memory_note_copies(struct memory *m, bool has_copies);

/* There was no room for a set: none is begun for a while. */
void memory_rest(struct memory *m, const struct memory_entry *entry);

#endif
