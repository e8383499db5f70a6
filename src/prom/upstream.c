#include "prom/upstream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "prom/url.h"

enum { URLS_MAX_BYTES = 64 * 1024 };

static enum err_code
add(struct upstream_list *list, const char *url, struct err *e)
{
	struct upstream *server = &list->servers[list->count];
	struct err reason = {.code = ERR_OK};

	if (list->count == UPSTREAM_MAX)
		return err_set(e, ERR_SETTING, "lists more than %d URLs",
			       UPSTREAM_MAX);
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
	atomic_init(&server->dead_until_ms, 0);
	return server->url != NULL && server->safe_url != NULL
		   ? ERR_OK
		   : err_set_memory(e);
}

static enum err_code
join_safe_urls(struct upstream_list *list, struct err *e)
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
upstream_init(struct upstream_list *list, const char *urls, struct err *e)
{
	enum err_code code = ERR_OK;

	memset(list, 0, sizeof(*list));
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
upstream_fini(struct upstream_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->servers[i].url);
		free(list->servers[i].safe_url);
	}
	free(list->safe_urls);
	memset(list, 0, sizeof(*list));
}

enum err_code
upstream_check(const char *urls, struct err *e)
{
	struct upstream_list list;
	enum err_code code = upstream_init(&list, urls, e);

	upstream_fini(&list);
	return code;
}

upstream_set
upstream_bit(const struct upstream_list *list, const struct upstream *server)
{
	return UINT32_C(1) << (server - list->servers);
}

/* Alive, or it is this query's turn to try whether it is again. */
static bool
may_ask(struct upstream *server, int64_t now_ms)
{
	long long dead_until_ms = atomic_load(&server->dead_until_ms);

	if (dead_until_ms == 0)
		return true;
	return now_ms >= dead_until_ms &&
	       atomic_compare_exchange_strong(&server->dead_until_ms,
					      &dead_until_ms,
					      now_ms + UPSTREAM_DEAD_MS);
}

struct upstream *
upstream_choose(struct upstream_list *list, upstream_set tried, int64_t now_ms)
{
	struct upstream *first = NULL;

	for (size_t i = 0; i < list->count; i++) {
		struct upstream *server = &list->servers[i];

		if (tried & upstream_bit(list, server))
			continue;
		if (may_ask(server, now_ms))
			return server;
		if (first == NULL)
			first = server;
	}
	return first;
}

bool
upstream_is_dead(const struct upstream *server)
{
	return atomic_load(&server->dead_until_ms) != 0;
}

static void
log_change(const struct upstream *server, enum log_level level, const char *msg)
{
	struct log_line l;

	log_start(&l, level, msg);
	log_text(&l, "url", server->safe_url);
	log_write(&l);
}

void
upstream_mark_dead(struct upstream *server, int64_t now_ms)
{
	if (atomic_exchange(&server->dead_until_ms,
			    now_ms + UPSTREAM_DEAD_MS) == 0)
		log_change(server, LOG_WARN, "Prometheus is down");
}

void
upstream_mark_alive(struct upstream *server)
{
	/* Looked at first: this is the way of every query. */
	if (atomic_load(&server->dead_until_ms) != 0 &&
	    atomic_exchange(&server->dead_until_ms, 0) != 0)
		log_change(server, LOG_INFO, "Prometheus is back");
}
