#include "gpu/collect/problems.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "gpu/collect/collect.h"

/* Counted, and of nobody's arena. */
struct kept {
	struct problems problems; /* first: one is the other */
	struct budget budget;
	struct arena arena;
	atomic_uint references;
};

struct problems_keeper {
	struct problems_settings settings;
	pthread_mutex_t lock;
	struct kept *newest;
	bool is_asked; /* somebody finds out anew */
};

enum err_code
problems_keeper_new(const struct problems_settings *settings,
		    struct problems_keeper **out, struct err *e)
{
	struct problems_keeper *k = calloc(1, sizeof(*k));

	*out = k;
	if (k == NULL)
		return err_set_memory(e);
	k->settings = *settings;
	pthread_mutex_init(&k->lock, NULL);
	return ERR_OK;
}

void
problems_release(const struct problems *p)
{
	struct kept *kept = (struct kept *)(uintptr_t)p;

	if (p == NULL || atomic_fetch_sub(&kept->references, 1) > 1)
		return;
	problem_fini(&kept->problems.table);
	arena_fini(&kept->arena);
	free(kept);
}

void
problems_keeper_free(struct problems_keeper *k)
{
	if (k == NULL)
		return;
	if (k->newest != NULL)
		problems_release(&k->newest->problems);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

/* On the call's behalf, and not in its arena. Its warnings are not the call's.
 */
static enum err_code
find_out(const struct collector *c, struct call *call, struct kept **out,
	 struct err *e)
{
	const struct problems_settings *settings = &c->problems->settings;
	struct kept *kept = calloc(1, sizeof(*kept));
	struct call before = *call;
	enum err_code code;

	*out = NULL;
	if (kept == NULL)
		return err_set_memory(e);
	atomic_init(&kept->references, 1);
	budget_init_within(&kept->budget, settings->max_bytes,
			   settings->budget);
	arena_init(&kept->arena, &kept->budget);
	call->arena = &kept->arena;
	call->warning_count = 0;
	code = collect_problems(c, settings, call, &kept->problems.table, e);
	if (code == ERR_OK && call->lacks_warning)
		code = err_set_memory(e);
	memcpy(kept->problems.warnings, call->warnings,
	       call->warning_count * sizeof(*call->warnings));
	kept->problems.warning_count = call->warning_count;
	kept->problems.expires_s = (int64_t)clock_wall_s() + settings->ttl_s;
	call->arena = before.arena;
	call->warning_count = before.warning_count;
	memcpy(call->warnings, before.warnings, sizeof(call->warnings));
	if (code == ERR_OK)
		*out = kept;
	else
		problems_release(&kept->problems);
	return code;
}

/* What is known, counted; NULL: the caller is to find out. */
static struct kept *
take_known(struct problems_keeper *k)
{
	int64_t now_s = (int64_t)clock_wall_s();
	struct kept *known;

	pthread_mutex_lock(&k->lock);
	known = k->newest;
	if (known != NULL && now_s >= known->problems.expires_s &&
	    (!k->is_asked ||
	     now_s >= known->problems.expires_s + k->settings.ttl_s))
		known = NULL;
	/* A clock that was set back makes nothing young. */
	if (known != NULL &&
	    known->problems.expires_s > now_s + k->settings.ttl_s)
		known = NULL;
	if (known != NULL)
		atomic_fetch_add(&known->references, 1);
	else
		k->is_asked = true;
	pthread_mutex_unlock(&k->lock);
	return known;
}

static void
keep(struct problems_keeper *k, struct kept *made)
{
	struct kept *older = NULL;

	pthread_mutex_lock(&k->lock);
	k->is_asked = false;
	if (made != NULL) {
		older = k->newest;
		k->newest = made;
		atomic_fetch_add(&made->references, 1);
	}
	pthread_mutex_unlock(&k->lock);
	if (older != NULL)
		problems_release(&older->problems);
}

enum err_code
problems_get(const struct collector *c, struct call *call,
	     const struct problems **out, struct err *e)
{
	struct kept *kept = take_known(c->problems);
	enum err_code code = ERR_OK;

	if (kept == NULL) {
		code = find_out(c, call, &kept, e);
		keep(c->problems, kept);
	}
	*out = kept != NULL ? &kept->problems : NULL;
	return code;
}

enum err_code
problems_try(const struct collector *c, struct call *call, const char *unknown,
	     const struct problems **out, struct err *e)
{
	struct err failure = {.code = ERR_OK};
	enum err_code code = problems_get(c, call, out, &failure);

	if (code == ERR_MEMORY || code == ERR_GONE) {
		*e = failure;
		return code;
	}
	if (code != ERR_OK)
		call_warn(call, "%s: the queries for that failed (%s)", unknown,
			  err_name(code));
	return ERR_OK;
}
