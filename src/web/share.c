#include "web/share.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

/* One kind of answer. */
struct slot {
	struct share_answer *newest; /* or NULL */
	bool is_being_made;
	unsigned made_count;
	pthread_cond_t made;
};

struct share {
	pthread_mutex_t lock;
	size_t kinds;
	struct slot slots[];
};

enum err_code
share_new(size_t kinds, struct share **out, struct err *e)
{
	struct share *s = calloc(1, sizeof(*s) + kinds * sizeof(s->slots[0]));

	*out = s;
	if (s == NULL)
		return err_set_memory(e);
	s->kinds = kinds;
	pthread_mutex_init(&s->lock, NULL);
	for (size_t i = 0; i < kinds; i++)
		clock_cond_init(&s->slots[i].made);
	return ERR_OK;
}

/* Under the lock. */
static void
release(struct share_answer *a)
{
	if (a == NULL || --a->references > 0)
		return;
	buf_fini(&a->body);
	free(a);
}

void
share_free(struct share *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->kinds; i++) {
		release(s->slots[i].newest);
		pthread_cond_destroy(&s->slots[i].made);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
share_release(struct share *s, struct share_answer *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	release(a);
	pthread_mutex_unlock(&s->lock);
}

struct share_state
share_state(struct share *s)
{
	struct share_state state = {.answers = 0};

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->kinds; i++)
		if (s->slots[i].newest != NULL) {
			state.answers++;
			state.bytes += s->slots[i].newest->body.length;
		}
	pthread_mutex_unlock(&s->lock);
	return state;
}

static bool
is_fresh(const struct share_answer *a)
{
	return a != NULL && a->err.code == ERR_OK &&
	       a->caching.made_s == (int64_t)clock_wall_s();
}

/* Large answers of seconds that are over are of no use to anybody. */
static void
forget_old(struct share *s)
{
	for (size_t i = 0; i < s->kinds; i++) {
		struct slot *slot = &s->slots[i];

		if (slot->is_being_made || is_fresh(slot->newest))
			continue;
		release(slot->newest);
		slot->newest = NULL;
	}
}

/* Under the lock: waits for what is being made; false: the deadline came. */
static bool
wait_for(struct share *s, struct slot *slot, int64_t deadline_ms)
{
	unsigned before = slot->made_count;

	while (slot->made_count == before)
		if (!clock_cond_wait(&slot->made, &s->lock, deadline_ms))
			return false;
	return true;
}

/* Under the lock. NULL: the caller is to make it, or out of time. */
static struct share_answer *
find(struct share *s, struct slot *slot, int64_t deadline_ms)
{
	/* Again if somebody else has begun a newer one by then. */
	while (slot->is_being_made) {
		if (!wait_for(s, slot, deadline_ms))
			return NULL;
		/* Be it a failure, or a moment old: it is what was waited for.
		 */
		if (slot->newest != NULL)
			return slot->newest;
	}
	return is_fresh(slot->newest) ? slot->newest : NULL;
}

struct share_answer *
share_begin(struct share *s, size_t kind, int64_t deadline_ms, bool *is_maker)
{
	struct slot *slot = &s->slots[kind];
	struct share_answer *found;

	pthread_mutex_lock(&s->lock);
	found = find(s, slot, deadline_ms);
	*is_maker = found == NULL && !slot->is_being_made;
	if (found != NULL)
		found->references++;
	if (*is_maker) {
		forget_old(s);
		slot->is_being_made = true;
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

void
share_end(struct share *s, size_t kind, struct share_answer *made)
{
	struct slot *slot = &s->slots[kind];

	pthread_mutex_lock(&s->lock);
	if (made != NULL)
		made->references = 2; /* the slot's and the caller's */
	slot->newest = made;
	slot->is_being_made = false;
	slot->made_count++;
	pthread_cond_broadcast(&slot->made);
	pthread_mutex_unlock(&s->lock);
}
