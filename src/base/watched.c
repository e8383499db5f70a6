#include "base/watched.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

enum { LOOK_INTERVAL_MS = 1000, LOG_INTERVAL_MS = 60000 };

static void
log_failure(struct watched *w, const struct err *e)
{
	struct log_line l;

	if (!log_is_due(&w->next_log_ms, LOG_INTERVAL_MS))
		return;
	log_start(&l, LOG_WARN, w->kind->trouble);
	log_text(&l, "detail", e->text);
	log_write(&l);
}

/* Under the lock. The signature is taken first: a change in between is then
 * noticed the next time. */
static void
look(struct watched *w)
{
	struct signature now = {.size = -1};
	struct err e = {.code = ERR_OK};
	void *content = NULL;

	w->next_look_ms = clock_now_ms() + LOOK_INTERVAL_MS;
	if (signature_take(w->path, &now) &&
	    signature_is_same(&now, &w->signature))
		return;
	if (w->kind->read(w->path, &content, &e) != ERR_OK) {
		log_failure(w, &e);
		return;
	}
	w->kind->free(w->content);
	w->content = content;
	w->signature = now;
}

void *
watched_take(struct watched *w)
{
	pthread_mutex_lock(&w->lock);
	if (clock_now_ms() >= w->next_look_ms)
		look(w);
	return w->content;
}

void
watched_return(struct watched *w)
{
	pthread_mutex_unlock(&w->lock);
}

enum err_code
watched_init(struct watched *w, const char *path,
	     const struct watched_kind *kind, struct err *e)
{
	memset(w, 0, sizeof(*w));
	w->kind = kind;
	pthread_mutex_init(&w->lock, NULL);
	w->path = strdup(path);
	if (w->path == NULL)
		return err_set_memory(e);
	signature_take(path, &w->signature);
	return kind->read(path, &w->content, e);
}

void
watched_fini(struct watched *w)
{
	w->kind->free(w->content);
	pthread_mutex_destroy(&w->lock);
	free(w->path);
}
