#include "gpu/site/detect.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gpu/profile/names.h"
#include "gpu/site/details.h"

enum {
	/* While nothing is found, or not all of it answered. */
	RETRY_INTERVAL_MS = 5000,
	LOG_INTERVAL_MS = 60000
};

/* A detection, its memory, and who uses it. */
struct holder {
	struct detection detection; /* first: is cast from it */
	struct budget budget;
	struct arena arena;
	struct nodemap nodes;
	struct roster roster;
	unsigned references; /* under the lock */
	bool is_partial;     /* something was not answered: look again soon */
	struct detector *detector;
};

struct detector {
	struct detect_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct holder *current; /* NULL until something is known */
	bool is_closing;
	bool is_started;
	atomic_llong next_log_ms;
	pthread_t thread;
};

/* --- holders ------------------------------------------------------------- */

static struct holder *
holder_new(struct detector *d)
{
	struct holder *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	budget_init_within(&h->budget, d->settings.max_memory_bytes,
			   d->settings.budget);
	arena_init(&h->arena, &h->budget);
	nodemap_init(&h->nodes, &h->budget);
	h->detection.nodes = &h->nodes;
	h->detection.roster = &h->roster;
	h->references = 1;
	h->detector = d;
	return h;
}

/* Under the lock. */
static void
release(struct holder *h)
{
	if (h == NULL || --h->references > 0)
		return;
	roster_fini(&h->roster);
	nodemap_fini(&h->nodes);
	arena_fini(&h->arena);
	free(h);
}

const struct detection *
detect_current(struct detector *d)
{
	struct holder *h;

	pthread_mutex_lock(&d->lock);
	h = d->current;
	if (h != NULL)
		h->references++;
	pthread_mutex_unlock(&d->lock);
	return h != NULL ? &h->detection : NULL;
}

void
detect_release(const struct detection *detection)
{
	struct holder *h = (struct holder *)(uintptr_t)detection;
	struct detector *d;

	if (h == NULL)
		return;
	d = h->detector;
	pthread_mutex_lock(&d->lock);
	release(h);
	pthread_mutex_unlock(&d->lock);
}

/* Without an answer, or with a part of it, addresses stay what they were. */
static enum err_code
add_old_nodes(struct detector *d, struct holder *h, struct err *e)
{
	const struct detection *old = detect_current(d);
	enum err_code code = ERR_OK;

	if (old != NULL)
		code = nodemap_add_older(&h->nodes, old->nodes, e);
	detect_release(old);
	return code;
}

/* --- the answer ---------------------------------------------------------- */

static const struct profile *const *
all_profiles(const struct detector *d)
{
	return (const struct profile *const *)d->settings.profiles->profiles;
}

void
detect_warn_of_nothing(const struct detector *d, struct call *call)
{
	char names[NAMES_BYTES];

	names_write(names, all_profiles(d), d->settings.profiles->count);
	call_warn(call, "No GPU exporter was found; looked for %s", names);
}

/* Troubles that last are told once a minute. */
static bool
may_log(struct detector *d)
{
	return log_is_due(&d->next_log_ms, LOG_INTERVAL_MS);
}

static void
log_trouble(struct detector *d, const char *msg, const struct err *e)
{
	struct log_line l;

	if (!may_log(d))
		return;
	log_start(&l, LOG_WARN, msg);
	log_text(&l, "error", err_name(e->code));
	log_text(&l, "detail", e->text);
	log_write(&l);
}

static bool
is_same(const struct detection *a, const struct detection *b)
{
	return a->count == b->count &&
	       memcmp(a->profiles, b->profiles,
		      a->count * sizeof(*a->profiles)) == 0;
}

/* The detection is the current one from now on, and the caller's as well. */
static void
publish(struct detector *d, struct holder *h)
{
	bool is_news;

	pthread_mutex_lock(&d->lock);
	is_news = d->current == NULL ||
		  !is_same(&d->current->detection, &h->detection);
	h->references++;
	release(d->current);
	d->current = h;
	pthread_mutex_unlock(&d->lock);
	if (h->detection.count == 0 && may_log(d))
		names_log(LOG_WARN, "no GPU exporter was found", "looked_for",
			  all_profiles(d), d->settings.profiles->count);
	if (h->detection.count > 0 && is_news)
		names_log(LOG_INFO, "GPU exporters", "exporters",
			  h->detection.profiles, h->detection.count);
}

static enum err_code
set_profiles(struct holder *h, size_t capacity, struct err *e)
{
	struct detection *found = &h->detection;
	size_t series_bytes = capacity * sizeof(*found->series);
	size_t count_bytes = capacity * sizeof(*found->gpu_counts);

	found->profiles =
	    arena_alloc(&h->arena, capacity * sizeof(*found->profiles));
	found->gpu_counts = arena_alloc(&h->arena, count_bytes);
	found->series = arena_alloc(&h->arena, series_bytes);
	if (found->profiles == NULL || found->gpu_counts == NULL ||
	    found->series == NULL)
		return err_set_memory(e);
	memset(found->gpu_counts, 0, count_bytes);
	memset(found->series, 0, series_bytes);
	return ERR_OK;
}

static void
add_profile(struct holder *h, const struct profile *p, uint64_t gpu_count)
{
	struct detection *found = &h->detection;

	found->profiles[found->count] = p;
	found->gpu_counts[found->count++] = gpu_count;
}

static enum err_code
take_all(struct detector *d, struct holder *h, struct err *e)
{
	const struct profile_set *set = d->settings.profiles;

	if (set_profiles(h, set->count, e) != ERR_OK)
		return e->code;
	for (size_t i = 0; i < set->count; i++)
		add_profile(h, set->profiles[i], 0);
	return ERR_OK;
}

enum err_code
detect_census(struct detector *d, struct call *call, struct census_count **out,
	      size_t *count, struct err *e)
{
	return census_take(d->settings.pool, d->settings.profiles,
			   d->settings.max_series, call, out, count, e);
}

/* As many as before, if it was there before; or false. */
static bool
was_there(const struct detection *old, const struct profile *p,
	  uint64_t *gpu_count)
{
	for (size_t i = 0; old != NULL && i < old->count; i++)
		if (old->profiles[i] == p) {
			*gpu_count = old->gpu_counts[i];
			return true;
		}
	return false;
}

/*
 * A warning says that something may be missing: nobody of those known before is
 * given up for it. To be released; NULL if all is well.
 */
static const struct detection *
heed_warnings(struct detector *d, const struct call *call)
{
	struct err e = {.code = ERR_OK};

	if (call->warning_count == 0)
		return NULL;
	err_set(&e, ERR_PROM, "%s", call->warnings[0]);
	log_trouble(d, "exporters may be missing", &e);
	return detect_current(d);
}

static enum err_code
find_exporters(struct detector *d, struct call *call, struct holder *h,
	       struct err *e)
{
	const struct profile_set *set = d->settings.profiles;
	const struct detection *old;
	struct census_count *seen;
	size_t count;
	enum err_code code = detect_census(d, call, &seen, &count, e);

	if (code != ERR_OK || (code = set_profiles(h, set->count, e)) != ERR_OK)
		return code;
	old = heed_warnings(d, call);
	for (size_t i = 0; i < set->count; i++) {
		const struct profile *p = set->profiles[i];
		uint64_t gpu_count = census_find(p, seen, count);

		if (gpu_count > 0 || was_there(old, p, &gpu_count))
			add_profile(h, p, gpu_count);
	}
	detect_release(old);
	return ERR_OK;
}

static enum err_code
find_details(struct detector *d, struct call *call, struct holder *h,
	     struct err *e)
{
	struct details_goal goal = {.found = &h->detection,
				    .arena = &h->arena,
				    .nodes = &h->nodes,
				    .roster = &h->roster};
	const struct err *outcome = &goal.nodes_outcome;
	enum err_code code = details_find(&goal, d->settings.pool,
					  d->settings.max_series, call, e);

	if (code != ERR_OK)
		return code;
	if (outcome->code != ERR_OK) {
		h->is_partial = true;
		log_trouble(d, "cannot find out which nodes addresses are of",
			    outcome);
	}
	return outcome->code != ERR_OK || call->warning_count > 0
		   ? add_old_nodes(d, h, e)
		   : ERR_OK;
}

/* Those that are asked for anyway are counted, as far as that succeeds. */
static void
count_gpus(struct detector *d, struct call *call, struct holder *h)
{
	struct detection *found = &h->detection;
	struct err e = {.code = ERR_OK};
	struct census_count *seen;
	size_t count;

	if (detect_census(d, call, &seen, &count, &e) != ERR_OK) {
		log_trouble(d, "cannot count the GPUs", &e);
		return;
	}
	for (size_t i = 0; i < found->count; i++)
		found->gpu_counts[i] =
		    census_find(found->profiles[i], seen, count);
}

static enum err_code
find_fixed(struct detector *d, struct call *call, struct holder *h,
	   struct err *e)
{
	enum err_code code = take_all(d, h, e);

	if (code == ERR_OK)
		count_gpus(d, call, h);
	return code;
}

static enum err_code
look(struct detector *d, struct call *call, const struct detection **out,
     struct err *e)
{
	struct holder *h = holder_new(d);
	enum err_code code;

	*out = NULL;
	if (h == NULL)
		return err_set_memory(e);
	code = d->settings.is_fixed ? find_fixed(d, call, h, e)
				    : find_exporters(d, call, h, e);
	if (code == ERR_OK && h->detection.count > 0)
		code = find_details(d, call, h, e);
	if (code == ERR_OK) {
		h->is_partial |= call->warning_count > 0;
		publish(d, h);
		*out = &h->detection;
	} else {
		detect_release(&h->detection);
	}
	return code;
}

enum err_code
detect_get(struct detector *d, struct call *call, const struct detection **out,
	   struct err *e)
{
	*out = detect_current(d);
	if (*out != NULL && (*out)->count > 0)
		return ERR_OK;
	detect_release(*out);
	return look(d, call, out, e);
}

/* --- the thread ---------------------------------------------------------- */

/* The detection, or NULL if there is none. */
static bool
needs_retry(const struct detection *found)
{
	const struct holder *h = (const struct holder *)found;

	return h == NULL || found->count == 0 || h->is_partial;
}

/* Returns how long to wait for the next look. */
static int64_t
look_once(struct detector *d)
{
	int64_t wait_ms = d->settings.interval_ms;
	const struct detection *found = NULL;
	struct err e = {.code = ERR_OK};
	struct budget budget;
	struct arena arena;
	struct call call = {.arena = &arena,
			    .request_id = "detection",
			    .deadline_ms =
				clock_now_ms() + d->settings.timeout_ms};

	budget_init_within(&budget, d->settings.max_memory_bytes,
			   d->settings.budget);
	arena_init(&arena, &budget);
	if (look(d, &call, &found, &e) != ERR_OK)
		log_trouble(d, "cannot look for GPU exporters", &e);
	if (needs_retry(found) && wait_ms > RETRY_INTERVAL_MS)
		wait_ms = RETRY_INTERVAL_MS;
	detect_release(found);
	arena_fini(&arena);
	return wait_ms;
}

/* False if the detector closes meanwhile. */
static bool
wait_for(struct detector *d, int64_t wait_ms)
{
	int64_t until_ms = clock_now_ms() + wait_ms;
	bool is_closing;

	pthread_mutex_lock(&d->lock);
	while (!d->is_closing)
		if (!clock_cond_wait(&d->wake, &d->lock, until_ms))
			break;
	is_closing = d->is_closing;
	pthread_mutex_unlock(&d->lock);
	return !is_closing;
}

static void *
detect_thread(void *context)
{
	struct detector *d = context;

	while (wait_for(d, look_once(d)))
		;
	return NULL;
}

enum err_code
detect_start(struct detector *d, struct err *e)
{
	int rc = pthread_create(&d->thread, NULL, detect_thread, d);

	if (rc != 0)
		return err_set(e, ERR_SETTING,
			       "cannot start the detection's thread: %s",
			       strerror(rc));
	d->is_started = true;
	return ERR_OK;
}

/* What is fixed is known without a look. */
static enum err_code
know_all(struct detector *d, struct err *e)
{
	struct holder *h = holder_new(d);

	if (h == NULL)
		return err_set_memory(e);
	if (take_all(d, h, e) != ERR_OK) {
		detect_release(&h->detection);
		return e->code;
	}
	d->current = h;
	return ERR_OK;
}

enum err_code
detect_new(const struct detect_settings *settings, struct detector **out,
	   struct err *e)
{
	struct detector *d = calloc(1, sizeof(*d));

	*out = NULL;
	if (d == NULL)
		return err_set_memory(e);
	d->settings = *settings;
	clock_cond_init(&d->wake);
	pthread_mutex_init(&d->lock, NULL);
	if (settings->is_fixed && know_all(d, e) != ERR_OK) {
		detect_free(d);
		return e->code;
	}
	*out = d;
	return ERR_OK;
}

void
detect_free(struct detector *d)
{
	if (d == NULL)
		return;
	pthread_mutex_lock(&d->lock);
	d->is_closing = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	if (d->is_started)
		pthread_join(d->thread, NULL);
	release(d->current);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
