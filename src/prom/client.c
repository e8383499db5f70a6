#include "prom/client.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "prom/probe.h"
#include "prom/transfer.h"
#include "prom/upstream.h"

enum {
	URL_MAX_BYTES = 48 * 1024,
	VERSION_BODY_BYTES = 64 * 1024,
	/* How much earlier than we give up Prometheus is asked to. */
	TIMEOUT_MARGIN_PERCENT = 2
};

struct client {
	struct upstream_list upstreams;
	struct transfer_options options;
	struct client_stats *stats; /* or NULL */
	int64_t probe_timeout_ms;
	struct probe *probe;
	CURL *probe_handle;
};

struct client_session {
	struct client *client;
	CURL *handle;
};

enum err_code
client_global_init(struct err *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_SETTING, "libcurl does not start");
	return ERR_OK;
}

void
client_global_fini(void)
{
	curl_global_cleanup();
}

/* The path and parameters of a query. */
static enum err_code
add_query(CURL *handle, const char *promql, struct buf *path)
{
	char *escaped = curl_easy_escape(handle, promql, 0);

	if (escaped == NULL)
		return ERR_MEMORY;
	buf_append_text(path, "/api/v1/query?query=");
	buf_append_text(path, escaped);
	curl_free(escaped);
	return buf_status(path);
}

/* The rest of the time is told, so that Prometheus gives up before we do. */
static void
add_timeout(const struct transfer *t, struct buf *url)
{
	int64_t rest = transfer_rest_ms(t);
	int64_t timeout_ms = rest - rest * TIMEOUT_MARGIN_PERCENT / 100;

	buf_append_format(url, "&timeout=%" PRId64 "ms",
			  timeout_ms > 0 ? timeout_ms : 1);
}

struct client_session *
client_session_new(struct client *c)
{
	struct client_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->client = c;
	s->handle = curl_easy_init();
	if (s->handle == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
client_session_free(struct client_session *s)
{
	if (s == NULL)
		return;
	curl_easy_cleanup(s->handle);
	free(s);
}

/* Asks one server. */
static enum err_code
ask_server(struct transfer *t, const struct buf *path, bool is_query)
{
	enum err_code code;
	struct buf url;

	buf_init(&url, URL_MAX_BYTES);
	buf_append_text(&url, t->server->url);
	buf_append(&url, path->data, path->length);
	if (is_query)
		add_timeout(t, &url);
	buf_append(&url, "", 1);
	code = buf_status(&url) == ERR_OK ? transfer_perform(t, url.data)
					  : err_set_memory(t->err);
	buf_fini(&url);
	return code;
}

/* What came of asking a server tells how it is. */
static void
judge_server(const struct transfer *t, enum err_code code)
{
	if (t->is_up)
		upstream_set_state(t->server, UPSTREAM_ALIVE);
	else if (t->is_down && code == ERR_TIMEOUT)
		upstream_suspect(t->server);
	else if (t->is_down && upstream_state(t->server) != UPSTREAM_SILENT)
		upstream_set_state(t->server, UPSTREAM_DEAD);
}

/*
 * Asks one server after the other until one answers, be it with an error. Each
 * of those that are left gets its share of the time.
 */
static enum err_code
ask_servers(struct client *c, const struct transfer *plan,
	    const struct buf *path, bool is_query, size_t *received_bytes)
{
	struct upstream_list *list = &c->upstreams;
	size_t left = list->count;
	struct upstream *server;
	upstream_set tried = 0;
	enum err_code code = err_set(plan->err, ERR_NOT_READY,
				     "%s does not answer", list->safe_urls);

	while ((server = upstream_choose(list, tried)) != NULL) {
		struct transfer t = *plan;

		*t.err = (struct err){.code = ERR_OK};
		t.server = server;
		t.deadline_ms =
		    clock_now_ms() + transfer_rest_ms(plan) / (int64_t)left--;
		code = ask_server(&t, path, is_query);
		*received_bytes = t.received_bytes;
		judge_server(&t, code);
		if (!t.is_down || t.is_answer || transfer_rest_ms(plan) <= 0)
			break;
		tried |= upstream_bit(list, server);
	}
	return code;
}

static void
count_query(struct client_stats *stats, const struct client_query *q,
	    bool was_asked)
{
	if (stats == NULL)
		return;
	atomic_fetch_add_explicit(&stats->outcomes[q->err.code], 1,
				  memory_order_relaxed);
	if (was_asked)
		histogram_observe(&stats->duration, q->duration_us);
}

/* False: all servers are silent, so the outcome is known already. */
static bool
has_whom_to_ask(struct client *c)
{
	return upstream_choose(&c->upstreams, 0) != NULL;
}

void
client_ask(struct client_session *s, struct client_query *q,
	   int64_t deadline_ms)
{
	struct transfer plan = {.options = &s->client->options,
				.handle = s->handle,
				.deadline_ms = deadline_ms,
				.feed = q->feed,
				.context = q->context,
				.err = &q->err};
	bool is_asked = has_whom_to_ask(s->client);
	int64_t start_us = clock_now_us();
	struct buf path;

	q->err = (struct err){.code = ERR_OK};
	q->received_bytes = 0;
	buf_init(&path, URL_MAX_BYTES);
	if (add_query(s->handle, q->promql, &path) == ERR_OK)
		ask_servers(s->client, &plan, &path, true, &q->received_bytes);
	else
		err_set_memory(&q->err);
	if (q->err.code == ERR_OK)
		q->err.code = q->finish(q->context, &q->err);
	buf_fini(&path);
	q->duration_us = clock_now_us() - start_us;
	count_query(s->client->stats, q, is_asked);
}

static enum err_code
feed_buf(void *context, const char *bytes, size_t length, struct err *e)
{
	struct buf *body = context;

	buf_append(body, bytes, length);
	if (buf_status(body) == ERR_TOO_BIG)
		return err_set(e, ERR_UPSTREAM, "the answer is too long");
	return buf_status(body) == ERR_OK ? ERR_OK : err_set_memory(e);
}

/* {"status":"success","data":{"version":"2.42.0",...}} */
static enum err_code
read_version(const char *body, char *out, size_t out_bytes, struct err *e)
{
	struct json_object *root = json_tokener_parse(body);
	struct json_object *data, *version;
	enum err_code code = ERR_OK;

	if (root != NULL && json_object_object_get_ex(root, "data", &data) &&
	    json_object_object_get_ex(data, "version", &version) &&
	    json_object_is_type(version, json_type_string))
		snprintf(out, out_bytes, "%s", json_object_get_string(version));
	else
		code = err_set(e, ERR_UPSTREAM,
			       "the answer holds no data.version");
	json_object_put(root);
	return code;
}

enum err_code
client_version(struct client_session *s, int64_t deadline_ms, char *out,
	       size_t out_bytes, struct err *e)
{
	struct buf path, body;
	struct transfer plan = {.options = &s->client->options,
				.handle = s->handle,
				.deadline_ms = deadline_ms,
				.feed = feed_buf,
				.context = &body,
				.err = e};
	size_t received_bytes;
	enum err_code code;

	buf_init(&path, URL_MAX_BYTES);
	buf_init(&body, VERSION_BODY_BYTES);
	buf_append_text(&path, "/api/v1/status/buildinfo");
	code =
	    buf_status(&path) == ERR_OK
		? ask_servers(s->client, &plan, &path, false, &received_bytes)
		: err_set_memory(e);
	buf_append(&body, "", 1);
	if (code == ERR_OK && buf_status(&body) != ERR_OK)
		code = err_set_memory(e);
	if (code == ERR_OK)
		code = read_version(body.data, out, out_bytes, e);
	buf_fini(&path);
	buf_fini(&body);
	return code;
}

static enum err_code
drop(void *context, const char *bytes, size_t length, struct err *e)
{
	(void)context, (void)bytes, (void)length, (void)e;
	return ERR_OK;
}

/* For the probing thread. */
static enum upstream_state
ask_for_life(void *context, struct upstream *server)
{
	struct client *c = context;
	struct err e = {.code = ERR_OK};
	struct transfer t = {.options = &c->options,
			     .server = server,
			     .is_probe = true,
			     .handle = c->probe_handle,
			     .deadline_ms =
				 clock_now_ms() + c->probe_timeout_ms,
			     .feed = drop,
			     .err = &e};
	struct buf path;
	enum err_code code;

	buf_init(&path, URL_MAX_BYTES);
	buf_append_text(&path, "/api/v1/query?query=1");
	code = ask_server(&t, &path, true);
	buf_fini(&path);
	if (t.is_up)
		return UPSTREAM_ALIVE;
	if (!t.is_down)
		return upstream_state(server);
	return code == ERR_TIMEOUT ? UPSTREAM_SILENT : UPSTREAM_DEAD;
}

static enum err_code
start_probe(struct client *c, struct err *e)
{
	c->probe_handle = curl_easy_init();
	if (c->probe_handle == NULL)
		return err_set_memory(e);
	return probe_new(&c->upstreams, ask_for_life, c, &c->probe, e);
}

enum err_code
client_new(const struct client_settings *settings, struct client **out,
	   struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));
	enum err_code code;

	*out = NULL;
	if (c == NULL)
		return err_set_memory(e);
	c->stats = settings->stats;
	c->probe_timeout_ms = settings->probe_timeout_ms;
	code = transfer_options_init(&c->options, settings, e);
	if (code == ERR_OK)
		code = upstream_init(&c->upstreams, settings->urls, e);
	if (code == ERR_OK)
		code = start_probe(c, e);
	if (code == ERR_OK)
		*out = c;
	else
		client_free(c);
	return code;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	probe_free(c->probe);
	curl_easy_cleanup(c->probe_handle);
	upstream_fini(&c->upstreams);
	transfer_options_fini(&c->options);
	free(c);
}

const char *
client_url(const struct client *c)
{
	return c->upstreams.safe_urls;
}

size_t
client_count_servers(const struct client *c, enum upstream_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < c->upstreams.count; i++)
		count += upstream_state(&c->upstreams.servers[i]) == state;
	return count;
}

void
client_stop_at(struct client *c, int64_t time_ms)
{
	atomic_store(&c->options.stop_at_ms, time_ms);
}
