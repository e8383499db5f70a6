#include "gpu/collect/repeats.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Of 10,000 GPUs the first takes 2 MiB, others of the same rows 0.3 MiB each.
 */
enum { REPEATS_MAX = 6, RESTING_MAX = 8, REST_MS = 5000 };

/* A plan that rests, by what is asked of whom. */
struct resting {
	uint64_t plan; /* a hash: if two plans are one for it, both rest */
	int64_t until_ms;
};

struct repeats {
	struct budget *budget;
	pthread_mutex_t lock;		  /* of what follows */
	struct repeat *list[REPEATS_MAX]; /* the latest first; or NULL */
	struct resting resting[RESTING_MAX];
	size_t next_resting;
};

/* --- one -------------------------------------------------------------------
 */

static bool
copy_query(struct repeat *r, const struct plan_query *from,
	   struct repeat_query *out)
{
	const struct join_source *source = &from->source;
	size_t bytes = source->metric_count * sizeof(*out->metrics);

	*out = (struct repeat_query){.profile = source->profile,
				     .metrics = arena_alloc(&r->arena, bytes),
				     .metric_count = source->metric_count,
				     .rank = source->rank,
				     .is_of_targets = from->is_of_targets};
	if (out->metrics != NULL)
		memcpy(out->metrics, source->metrics, bytes);
	return out->metrics != NULL;
}

static bool
copy_plan(struct repeat *r, const struct plan *p)
{
	size_t exporter_bytes = p->recall_count * sizeof(*r->exporters);

	r->queries =
	    arena_alloc(&r->arena, p->query_count * sizeof(*r->queries));
	r->exporters = arena_alloc(&r->arena, exporter_bytes);
	if (r->queries == NULL || r->exporters == NULL)
		return false;
	memset(r->exporters, 0, exporter_bytes);
	r->exporter_count = p->recall_count;
	for (; r->query_count < p->query_count; r->query_count++)
		if (!copy_query(r, &p->queries[r->query_count],
				&r->queries[r->query_count]))
			return false;
	return true;
}

struct repeat *
repeat_new(const struct plan *p, struct budget *budget)
{
	struct repeat *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	arena_init(&r->arena, budget);
	intern_init(&r->texts, budget);
	atomic_init(&r->look, 0);
	atomic_init(&r->was_taken, false);
	atomic_init(&r->references, 1);
	if (copy_plan(r, p))
		return r;
	repeat_release(r);
	return NULL;
}

void
repeat_release(struct repeat *r)
{
	if (r == NULL || atomic_fetch_sub_explicit(&r->references, 1,
						   memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < r->exporter_count; i++)
		known_release(r->exporters[i].known);
	shape_release(r->shape);
	intern_fini(&r->texts);
	arena_fini(&r->arena);
	free(r);
}

/* --- of which plan ---------------------------------------------------------
 */

static bool
is_query(const struct repeat_query *a, const struct plan_query *b)
{
	return a->profile == b->source.profile && a->rank == b->source.rank &&
	       a->is_of_targets == b->is_of_targets &&
	       a->metric_count == b->source.metric_count &&
	       memcmp(a->metrics, b->source.metrics,
		      a->metric_count * sizeof(*a->metrics)) == 0;
}

static bool
is_of(const struct repeat *r, const struct plan *p)
{
	if (r->query_count != p->query_count ||
	    r->exporter_count != p->recall_count)
		return false;
	for (size_t i = 0; i < r->query_count; i++)
		if (!is_query(&r->queries[i], &p->queries[i]))
			return false;
	return true;
}

static uint64_t
hash_of(const struct plan *p)
{
	uint64_t hash = p->query_count;

	for (size_t i = 0; i < p->query_count; i++) {
		const struct join_source *source = &p->queries[i].source;

		hash = intern_hash_number(hash ^ source->rank);
		for (size_t k = 0; k < source->metric_count; k++)
			hash = intern_hash_number(
			    hash ^ (uintptr_t)source->metrics[k]);
	}
	return hash;
}

/* --- all -------------------------------------------------------------------
 */

struct repeats *
repeats_new(struct budget *budget)
{
	struct repeats *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->budget = budget;
	pthread_mutex_init(&all->lock, NULL);
	return all;
}

void
repeats_free(struct repeats *all)
{
	if (all == NULL)
		return;
	for (size_t i = 0; i < REPEATS_MAX; i++)
		repeat_release(all->list[i]);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* What plans differ in, they most often tell of the same rows; under the lock.
 */
static void
share_shape(struct repeats *all, struct repeat *r)
{
	for (size_t i = 0; i < REPEATS_MAX; i++)
		if (all->list[i] != NULL &&
		    shape_share(&r->shape, all->list[i]->shape))
			return;
}

/* Has the one in that place be the latest; under the lock. */
static void
move_to_front(struct repeats *all, size_t place, struct repeat *r)
{
	memmove(&all->list[1], &all->list[0], place * sizeof(all->list[0]));
	all->list[0] = r;
}

/* Its place, REPEATS_MAX if there is none; under the lock. */
static size_t
find(const struct repeats *all, const struct plan *p)
{
	size_t i = 0;

	while (i < REPEATS_MAX &&
	       (all->list[i] == NULL || !is_of(all->list[i], p)))
		i++;
	return i;
}

struct repeat *
repeats_find(struct repeats *all, const struct plan *p)
{
	struct repeat *r = NULL;
	size_t i;

	pthread_mutex_lock(&all->lock);
	i = find(all, p);
	if (i < REPEATS_MAX) {
		r = all->list[i];
		atomic_fetch_add_explicit(&r->references, 1,
					  memory_order_relaxed);
		move_to_front(all, i, r);
	}
	pthread_mutex_unlock(&all->lock);
	return r;
}

static bool
rests(struct repeats *all, const struct plan *p)
{
	int64_t now_ms = clock_now_ms();
	uint64_t plan = hash_of(p);
	bool does_rest = false;

	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < RESTING_MAX; i++)
		does_rest |= all->resting[i].plan == plan &&
			     now_ms < all->resting[i].until_ms;
	pthread_mutex_unlock(&all->lock);
	return does_rest;
}

struct repeat *
repeats_begin(struct repeats *all, const struct plan *p)
{
	return rests(all, p) ? NULL : repeat_new(p, all->budget);
}

void
repeats_rest(struct repeats *all, const struct plan *p)
{
	struct resting resting = {hash_of(p), clock_now_ms() + REST_MS};

	pthread_mutex_lock(&all->lock);
	all->resting[all->next_resting] = resting;
	all->next_resting = (all->next_resting + 1) % RESTING_MAX;
	pthread_mutex_unlock(&all->lock);
}

void
repeats_put(struct repeats *all, const struct plan *p, struct repeat *r)
{
	struct repeat *old;
	bool is_in_vain;
	size_t i;

	pthread_mutex_lock(&all->lock);
	i = find(all, p);
	is_in_vain = i < REPEATS_MAX && !atomic_load(&all->list[i]->was_taken);
	if (i == REPEATS_MAX)
		i = REPEATS_MAX - 1;
	old = all->list[i];
	share_shape(all, r);
	move_to_front(all, i, r);
	pthread_mutex_unlock(&all->lock);
	repeat_release(old);
	if (is_in_vain)
		repeats_rest(all, p);
}

static bool
is_with(const struct repeat *r, const struct known *known)
{
	for (size_t i = 0; i < r->exporter_count; i++)
		if (r->exporters[i].known == known)
			return true;
	return false;
}

void
repeats_forget(struct repeats *all, const struct known *known)
{
	struct repeat *gone[REPEATS_MAX] = {NULL};

	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < REPEATS_MAX; i++)
		if (all->list[i] != NULL && is_with(all->list[i], known)) {
			gone[i] = all->list[i];
			all->list[i] = NULL;
		}
	pthread_mutex_unlock(&all->lock);
	for (size_t i = 0; i < REPEATS_MAX; i++)
		repeat_release(gone[i]);
}
