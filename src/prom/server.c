#include "prom/server.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "prom/url.h"

enum { URLS_MAX_BYTES = 64 * 1024 };

const char *
server_state_name(enum server_state state)
{
	static const char *const names[SERVER__MAX] = {"alive", "dead",
						       "silent"};

	return names[state];
}

static enum err_code
add(struct server_list *list, const char *url, struct err *e)
{
	struct server *server = &list->servers[list->count];
	struct err reason = {.code = ERR_OK};

	if (list->count == SERVERS_MAX)
		return err_set(e, ERR_SETTING, "lists more than %d URLs",
			       SERVERS_MAX);
	if (url_check(url, &reason) != ERR_OK && list->count > 0)
		return err_set(e, ERR_SETTING, "URL %zu %s", list->count + 1,
			       reason.text);
	if (reason.code != ERR_OK) {
		*e = reason;
		return e->code;
	}
	list->count++;
	server->url = url_for_paths(url);
	server->safe_url = url_without_secrets(url);
	server->list = list;
	atomic_init(&server->state, SERVER_ALIVE);
	atomic_init(&server->is_suspect, false);
	atomic_init(&server->answered_at_ms, INT64_MIN);
	remote_clock_init(&server->clock);
	return server->url != NULL && server->safe_url != NULL
		   ? ERR_OK
		   : err_set_memory(e);
}

static enum err_code
join_safe_urls(struct server_list *list, struct err *e)
{
	struct buf text;

	buf_init(&text, URLS_MAX_BYTES);
	for (size_t i = 0; i < list->count; i++) {
		buf_append_text(&text, i > 0 ? ", " : "");
		buf_append_text(&text, list->servers[i].safe_url);
	}
	if (buf_status(&text) == ERR_OK)
		list->safe_urls = strndup(text.data, text.length);
	buf_fini(&text);
	return list->safe_urls != NULL ? ERR_OK : err_set_memory(e);
}

enum err_code
server_init(struct server_list *list, const char *urls, struct err *e)
{
	enum err_code code = ERR_OK;

	memset(list, 0, sizeof(*list));
	pthread_mutex_init(&list->lock, NULL);
	clock_cond_init(&list->trouble);
	list->is_initialized = true;
	for (bool more = true; code == ERR_OK && more;) {
		char *url;
		size_t length;

		urls += strspn(urls, " ");
		length = strcspn(urls, ",");
		more = urls[length] != '\0';
		url = strndup(urls, length);
		if (url == NULL)
			return err_set_memory(e);
		while (length > 0 && url[length - 1] == ' ')
			url[--length] = '\0';
		urls += strcspn(urls, ",") + more;
		code = add(list, url, e);
		free(url);
	}
	return code == ERR_OK ? join_safe_urls(list, e) : code;
}

void
server_fini(struct server_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->servers[i].url);
		free(list->servers[i].safe_url);
	}
	free(list->safe_urls);
	if (list->is_initialized) {
		pthread_cond_destroy(&list->trouble);
		pthread_mutex_destroy(&list->lock);
	}
	memset(list, 0, sizeof(*list));
}

enum err_code
server_check(const char *urls, struct err *e)
{
	struct server_list list;
	enum err_code code = server_init(&list, urls, e);

	server_fini(&list);
	return code;
}

server_set
server_bit(const struct server_list *list, const struct server *server)
{
	return UINT32_C(1) << (server - list->servers);
}

enum server_state
server_state(const struct server *server)
{
	return (enum server_state)atomic_load(&server->state);
}

bool
server_is_suspect(const struct server *server)
{
	return atomic_load(&server->is_suspect);
}

int64_t
server_answered_at_ms(const struct server *server)
{
	return atomic_load_explicit(&server->answered_at_ms,
				    memory_order_relaxed);
}

size_t
server_count(const struct server_list *list, server_set tried,
	     enum server_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += !(tried & server_bit(list, &list->servers[i])) &&
			 server_state(&list->servers[i]) == state;
	return count;
}

struct server *
server_choose(struct server_list *list, server_set tried)
{
	struct server *first_dead = NULL;

	for (size_t i = 0; i < list->count; i++) {
		struct server *server = &list->servers[i];
		enum server_state state = server_state(server);

		if (tried & server_bit(list, server))
			continue;
		if (state == SERVER_ALIVE)
			return server;
		if (state == SERVER_DEAD && first_dead == NULL)
			first_dead = server;
	}
	return first_dead;
}

static server_set
those_alive(const struct server_list *list)
{
	server_set alive = 0;

	for (size_t i = 0; i < list->count; i++)
		if (server_state(&list->servers[i]) == SERVER_ALIVE)
			alive |= server_bit(list, &list->servers[i]);
	return alive;
}

server_set
server_to_keep(const struct server_list *list, server_set answered,
	       server_set failed)
{
	server_set alive = those_alive(list);
	const server_set choices[] = {answered & ~failed & alive,
				      answered & ~failed, answered & alive,
				      answered};
	size_t i = 0;

	while (i + 1 < sizeof(choices) / sizeof(*choices) && choices[i] == 0)
		i++;
	/* The first of them. */
	return choices[i] & (~choices[i] + 1);
}

static void
log_state(const struct server *server, enum server_state state)
{
	static const struct {
		enum log_level level;
		const char *msg;
	} lines[] = {[SERVER_ALIVE] = {LOG_INFO, "Prometheus is back"},
		     [SERVER_DEAD] = {LOG_WARN, "Prometheus is down"},
		     [SERVER_SILENT] = {LOG_WARN, "Prometheus is silent"}};
	struct log_line l;

	log_start(&l, lines[state].level, lines[state].msg);
	log_text(&l, "url", server->safe_url);
	log_write(&l);
}

static void
wake_probers(struct server_list *list)
{
	pthread_mutex_lock(&list->lock);
	pthread_cond_broadcast(&list->trouble);
	pthread_mutex_unlock(&list->lock);
}

void
server_set_state(struct server *server, enum server_state state)
{
	if (state == SERVER_ALIVE)
		atomic_store_explicit(&server->answered_at_ms, clock_now_ms(),
				      memory_order_relaxed);
	/* Looked at first: this is the way of every query. */
	if (server_is_suspect(server))
		atomic_store(&server->is_suspect, false);
	if (server_state(server) == state ||
	    (enum server_state)atomic_exchange(&server->state, state) == state)
		return;
	log_state(server, state);
	if (state != SERVER_ALIVE)
		wake_probers(server->list);
}

void
server_suspect(struct server *server)
{
	if (!atomic_exchange(&server->is_suspect, true))
		wake_probers(server->list);
}

bool
server_is_in_trouble(const struct server *server)
{
	return server_state(server) != SERVER_ALIVE ||
	       server_is_suspect(server);
}

bool
server_await_trouble(struct server *server, int64_t not_before_ms,
		     int64_t until_ms)
{
	struct server_list *list = server->list;
	bool is_closing;

	pthread_mutex_lock(&list->lock);
	while (!list->is_closing &&
	       clock_cond_wait(&list->trouble, &list->lock, not_before_ms))
		;
	while (!list->is_closing && !server_is_in_trouble(server) &&
	       clock_cond_wait(&list->trouble, &list->lock, until_ms))
		;
	is_closing = list->is_closing;
	pthread_mutex_unlock(&list->lock);
	return !is_closing;
}

void
server_close(struct server_list *list)
{
	pthread_mutex_lock(&list->lock);
	list->is_closing = true;
	pthread_cond_broadcast(&list->trouble);
	pthread_mutex_unlock(&list->lock);
}
