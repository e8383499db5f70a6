#include "gpu/site/detect.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gpu/profile/names.h"
#include "gpu/site/details.h"
#include "gpu/site/given.h"
#include "gpu/site/holder.h"

enum {
	/* While nothing is found, or not all of it answered. */
	RETRY_INTERVAL_MS = 5000,
	LOG_INTERVAL_MS = 60000,
	/* Requests have it look again, but not more often, nor for more than
	 * one in so many parts of the time. */
	WAKE_INTERVAL_MS = 1000,
	FIRST_LOOK_MAX_MS = 2500,
	WAKE_PARTS = 20
};

struct detector {
	struct detect_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_cond_t looked;
	struct holder *current; /* NULL until something is known */
	bool is_closing;
	bool is_started;
	bool has_looked;      /* the thread, once */
	bool is_wanted;	      /* a request has asked since the last look */
	int64_t next_wake_ms; /* not before; under the lock, as all of these */
	atomic_llong next_log_ms;
	pthread_t thread;
};

/* --- holders ------------------------------------------------------------- */

/* Under the lock. */
static void
release(struct holder *h)
{
	if (h != NULL && --h->references == 0)
		holder_free(h);
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

/* The detection is the current one from now on, and the caller's as well. */
static void
publish(struct detector *d, struct holder *h)
{
	bool is_news;

	pthread_mutex_lock(&d->lock);
	is_news = d->current == NULL || !holder_is_same(d->current, h);
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

enum err_code
detect_census(struct detector *d, struct call *call, struct census_count **out,
	      size_t *count, struct err *e)
{
	enum err_code code =
	    census_take(d->settings.pool, d->settings.profiles,
			d->settings.max_series, call, out, count, e);
	const struct detection *found = detect_current(d);

	if (!d->settings.is_fixed)
		census_pass_over(*out, count);
	census_correct(*out, *count, found);
	detect_release(found);
	return code;
}

enum err_code
detect_date(struct detector *d, struct call *call, struct census_count *seen,
	    size_t count, struct err *e)
{
	return census_date(d->settings.pool, d->settings.max_series, call, seen,
			   count, e);
}

/* A warning says that something may be missing: true, and told. */
static bool
heed_warnings(struct detector *d, const struct call *call)
{
	struct err e = {.code = ERR_OK};

	if (call->warning_count == 0)
		return false;
	err_set(&e, ERR_PROM, "%s", call->warnings[0]);
	log_trouble(d, "exporters may be missing", &e);
	return true;
}

/*
 * One that is silent is known for a while: it may be back in a moment, and to
 * ask for what is not there costs next to nothing. Where something may be
 * missing, nobody is given up.
 */
static void
keep_silent(const struct holder *old, const struct profile *p, bool may_miss,
	    struct holder *h)
{
	size_t i = old != NULL ? site_find(&old->detection, p) : 0;

	if (old == NULL || i == old->detection.count)
		return;
	if (may_miss || clock_now_ms() - old->seen_ms[i] < SITE_KNOWN_FOR_MS)
		holder_add_profile(h, p,
				   may_miss ? old->detection.gpu_counts[i] : 0,
				   old->seen_ms[i], !may_miss);
}

static enum err_code
find_exporters(struct detector *d, struct call *call, struct holder *h,
	       struct err *e)
{
	const struct profile_set *set = d->settings.profiles;
	const struct detection *old;
	struct census_count *seen;
	bool may_miss;
	size_t count;
	enum err_code code = detect_census(d, call, &seen, &count, e);

	if (code != ERR_OK ||
	    (code = holder_set_profiles(h, set->count, e)) != ERR_OK)
		return code;
	may_miss = heed_warnings(d, call);
	old = detect_current(d);
	for (size_t i = 0; i < set->count; i++) {
		const struct profile *p = set->profiles[i];
		uint64_t gpu_count = census_find(p, seen, count);

		if (given_is(d->settings.is_fixed, p))
			holder_add_profile(h, p, 0, 0, false);
		else if (p->id_is_job && h->detection.count > 0)
			continue;
		else if (gpu_count > 0)
			holder_add_profile(h, p, gpu_count, clock_now_ms(),
					   false);
		else
			keep_silent((const struct holder *)old, p, may_miss, h);
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
				    .roster = &h->roster,
				    .older = detect_current(d),
				    .survey = d->settings.survey,
				    .survey_context =
					d->settings.survey_context};
	const struct err *outcome = &goal.nodes_outcome;
	enum err_code code = details_find(&goal, d->settings.pool,
					  d->settings.max_series, call, e);

	detect_release(goal.older);
	if (code != ERR_OK)
		return code;
	if (goal.cards_outcome.code != ERR_OK) {
		h->is_partial = true;
		log_trouble(d, "cannot find out which GPUs there are",
			    &goal.cards_outcome);
	}
	if (outcome->code != ERR_OK) {
		h->is_partial = true;
		log_trouble(d, "cannot find out which nodes addresses are of",
			    outcome);
	}
	return outcome->code != ERR_OK || call->warning_count > 0
		   ? add_old_nodes(d, h, e)
		   : ERR_OK;
}

enum err_code
detect_look(struct detector *d, struct call *call, const struct detection **out,
	    struct err *e)
{
	struct holder *h =
	    holder_new(d, d->settings.max_memory_bytes, d->settings.budget);
	enum err_code code;

	*out = NULL;
	if (h == NULL)
		return err_set_memory(e);
	code = given_are_all(d->settings.is_fixed, d->settings.profiles)
		   ? given_take(true, d->settings.profiles, h, e)
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

void
detect_wake(struct detector *d)
{
	pthread_mutex_lock(&d->lock);
	if (d->is_started && !d->is_wanted &&
	    clock_now_ms() >= d->next_wake_ms) {
		d->is_wanted = true;
		pthread_cond_signal(&d->wake);
	}
	pthread_mutex_unlock(&d->lock);
}

/*
 * The first look is under way: without it nobody knows whose names are whose.
 * Most of the time is for the request itself, and a stop waits for no look.
 */
static void
await_first_look(struct detector *d, const struct call *call)
{
	int64_t now_ms = clock_now_ms();
	int64_t wait_ms = (call->deadline_ms - now_ms) / 4;

	if (wait_ms > FIRST_LOOK_MAX_MS)
		wait_ms = FIRST_LOOK_MAX_MS;
	pthread_mutex_lock(&d->lock);
	while (d->is_started && !d->has_looked && !d->is_closing)
		if (!clock_cond_wait(&d->looked, &d->lock, now_ms + wait_ms))
			break;
	pthread_mutex_unlock(&d->lock);
}

enum err_code
detect_get(struct detector *d, struct call *call, const struct detection **out,
	   struct err *e)
{
	await_first_look(d, call);
	detect_wake(d);
	*out = detect_current(d);
	if (*out != NULL && (*out)->count > 0)
		return ERR_OK;
	detect_release(*out);
	return detect_look(d, call, out, e);
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
	if (detect_look(d, &call, &found, &e) != ERR_OK)
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
	while (!d->is_closing && !d->is_wanted)
		if (!clock_cond_wait(&d->wake, &d->lock, until_ms))
			break;
	is_closing = d->is_closing;
	pthread_mutex_unlock(&d->lock);
	return !is_closing;
}

/* A look, and from when on a request may cause the next. Who has asked during
 * this one is content with it. */
static int64_t
look_and_rest(struct detector *d)
{
	int64_t start_ms = clock_now_ms(), end_ms;
	int64_t wait_ms = look_once(d);

	end_ms = clock_now_ms();
	pthread_mutex_lock(&d->lock);
	d->is_wanted = false;
	d->has_looked = true;
	pthread_cond_broadcast(&d->looked);
	d->next_wake_ms = end_ms + WAKE_PARTS * (end_ms - start_ms);
	if (d->next_wake_ms < end_ms + WAKE_INTERVAL_MS)
		d->next_wake_ms = end_ms + WAKE_INTERVAL_MS;
	pthread_mutex_unlock(&d->lock);
	return wait_ms;
}

static void *
detect_thread(void *context)
{
	struct detector *d = context;

	while (wait_for(d, look_and_rest(d)))
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
	pthread_mutex_lock(&d->lock);
	d->is_started = true;
	pthread_mutex_unlock(&d->lock);
	return ERR_OK;
}

/* What is fixed is known without a look. */
static enum err_code
know_given(struct detector *d, struct err *e)
{
	struct holder *h =
	    holder_new(d, d->settings.max_memory_bytes, d->settings.budget);

	if (h == NULL)
		return err_set_memory(e);
	if (given_take(true, d->settings.profiles, h, e) != ERR_OK) {
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
	clock_cond_init(&d->looked);
	pthread_mutex_init(&d->lock, NULL);
	if (settings->is_fixed && know_given(d, e) != ERR_OK) {
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
	pthread_cond_broadcast(&d->looked);
	pthread_mutex_unlock(&d->lock);
	if (d->is_started)
		pthread_join(d->thread, NULL);
	release(d->current);
	pthread_cond_destroy(&d->looked);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
