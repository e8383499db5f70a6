#include "gpu/collect/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gpu/collect/repeats.h"

enum { ENTRIES_MAX = 128, REST_MS = 60000 };

struct memory {
	struct budget budget;
	struct repeats *repeats;
	atomic_bool has_copies;
	pthread_mutex_t lock; /* of what follows */
	struct {
		struct memory_entry entry;
		int64_t rests_until_ms;
	} slots[ENTRIES_MAX];
	size_t count;
};

struct memory *
memory_new(size_t max_bytes, struct budget *budget)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	budget_init_within(&m->budget, max_bytes, budget);
	m->repeats = repeats_new(&m->budget);
	if (m->repeats == NULL) {
		free(m);
		return NULL;
	}
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void
memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	repeats_free(m->repeats);
	for (size_t i = 0; i < m->count; i++)
		known_release(m->slots[i].entry.known);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

/* The place of such series, a new one if need be; count: there is none. Under
 * the lock. */
static size_t
find(struct memory *m, const struct memory_entry *of)
{
	size_t i = 0;

	while (i < m->count &&
	       (m->slots[i].entry.profile != of->profile ||
		m->slots[i].entry.tells_workloads != of->tells_workloads))
		i++;
	if (i == m->count && i < ENTRIES_MAX) {
		m->slots[i].entry.profile = of->profile;
		m->slots[i].entry.tells_workloads = of->tells_workloads;
		m->count++;
	}
	return i;
}

struct memory_entry
memory_get(struct memory *m, const struct profile *p, bool tells_workloads)
{
	struct memory_entry entry = {.profile = p,
				     .tells_workloads = tells_workloads};
	size_t i;

	if (m == NULL)
		return entry;
	pthread_mutex_lock(&m->lock);
	i = find(m, &entry);
	if (i < m->count)
		entry = m->slots[i].entry;
	if (entry.known != NULL)
		known_take(entry.known);
	pthread_mutex_unlock(&m->lock);
	return entry;
}

struct known *
memory_begin(struct memory *m, const struct memory_entry *entry,
	     size_t slot_count)
{
	bool rests;
	size_t i;

	if (m == NULL)
		return NULL;
	pthread_mutex_lock(&m->lock);
	i = find(m, entry);
	rests = i == m->count || clock_now_ms() < m->slots[i].rests_until_ms;
	pthread_mutex_unlock(&m->lock);
	return rests ? NULL : known_new(slot_count, &m->budget);
}

void
memory_put(struct memory *m, const struct memory_entry *entry)
{
	struct known *old = entry->known;
	size_t i;

	pthread_mutex_lock(&m->lock);
	i = find(m, entry);
	if (i < m->count) {
		old = m->slots[i].entry.known;
		m->slots[i].entry = *entry;
	}
	pthread_mutex_unlock(&m->lock);
	if (old != NULL && old != entry->known)
		repeats_forget(m->repeats, old);
	known_release(old);
}

void
memory_rest(struct memory *m, const struct memory_entry *entry)
{
	size_t i;

	pthread_mutex_lock(&m->lock);
	i = find(m, entry);
	if (i < m->count)
		m->slots[i].rests_until_ms = clock_now_ms() + REST_MS;
	pthread_mutex_unlock(&m->lock);
}

bool
memory_has_copies(struct memory *m)
{
	return m != NULL && atomic_load(&m->has_copies);
}

void
memory_note_copies(struct memory *m, bool has_copies)
{
	if (m != NULL)
		atomic_store(&m->has_copies, has_copies);
}

struct repeats *
memory_repeats(struct memory *m)
{
	return m != NULL ? m->repeats : NULL;
}
