#include "prom/client.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "prom/url.h"

enum {
	ERROR_BODY_BYTES = 2048,
	URL_MAX_BYTES = 16 * 1024,
	VERSION_BODY_BYTES = 64 * 1024,
	/* How much earlier than we give up Prometheus is asked to. */
	TIMEOUT_MARGIN_PERCENT = 2,
	/* New connections notice a changed address or certificate. */
	CONNECTION_LIFETIME_S = 300
};

struct client {
	char *url;	/* with user and password: for libcurl only */
	char *safe_url; /* without */
	char *agent;
	size_t max_bytes;
	atomic_llong stop_at_ms;
};

struct client_session {
	struct client *client;
	CURL *handle;
};

/* One query being asked. */
struct transfer {
	struct client *client;
	CURL *handle;
	int64_t deadline_ms;
	client_feed feed;
	void *context;
	struct err *err;
	size_t received_bytes;
	bool is_answer; /* the header says: 200, JSON */
	bool is_begun;
	char curl_error[CURL_ERROR_SIZE];
	size_t error_length;
	char error_body[ERROR_BODY_BYTES];
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

static int64_t
rest_ms(const struct transfer *t)
{
	int64_t stop_at_ms = atomic_load(&t->client->stop_at_ms);
	int64_t end_ms =
	    stop_at_ms < t->deadline_ms ? stop_at_ms : t->deadline_ms;

	return end_ms - clock_now_ms();
}

/* 200 and JSON, or the body is an error's. */
static bool
header_promises_answer(struct transfer *t)
{
	const char *type = NULL;
	long status = 0;

	curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->handle, CURLINFO_CONTENT_TYPE, &type);
	return status == 200 && type != NULL &&
	       strncasecmp(type, "application/json", 16) == 0;
}

static void
keep_error_body(struct transfer *t, const char *bytes, size_t length)
{
	size_t room = sizeof(t->error_body) - 1 - t->error_length;

	if (length > room)
		length = room;
	memcpy(t->error_body + t->error_length, bytes, length);
	t->error_length += length;
	t->error_body[t->error_length] = '\0';
}

/* Any other result than length makes libcurl give up. */
static size_t
on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	size_t length = size * count;

	if (!t->is_begun) {
		t->is_begun = true;
		t->is_answer = header_promises_answer(t);
	}
	/* libcurl's own limit misses chunked and compressed bodies. */
	t->received_bytes += length;
	if (t->received_bytes > t->client->max_bytes) {
		err_set(t->err, ERR_TOO_BIG,
			"Prometheus' answer to one query has more than %zu "
			"bytes; MAX_UPSTREAM_BYTES sets this limit",
			t->client->max_bytes);
		return 0;
	}
	if (!t->is_answer) {
		keep_error_body(t, bytes, length);
		return length;
	}
	return t->feed(t->context, bytes, length, t->err) == ERR_OK ? length
								    : 0;
}

/* Called about once a second while nothing moves. */
static int
on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
	    curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return rest_ms(context) <= 0;
}

static bool
set_numbers(const struct transfer *t)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_TIMEOUT_MS, (long)rest_ms(t)},
	    {CURLOPT_FOLLOWLOCATION, 0},
	    {CURLOPT_NOSIGNAL, 1},
	    /* Or a silent DNS server holds the thread past the time-out. */
	    {CURLOPT_QUICK_EXIT, 1},
	    {CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFETIME_S},
	    {CURLOPT_TCP_KEEPALIVE, 1},
	    {CURLOPT_NOPROGRESS, 0},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (curl_easy_setopt(t->handle, numbers[i].option,
				     numbers[i].value) != CURLE_OK)
			return false;
	return true;
}

static bool
set_texts(struct transfer *t, const char *url)
{
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
	    {CURLOPT_URL, url},
	    {CURLOPT_PROTOCOLS_STR, "http,https"},
	    {CURLOPT_PROXY, ""},
	    {CURLOPT_USERAGENT, t->client->agent},
	    {CURLOPT_ERRORBUFFER, t->curl_error},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (curl_easy_setopt(t->handle, texts[i].option,
				     texts[i].value) != CURLE_OK)
			return false;
	return true;
}

static bool
set_callbacks(struct transfer *t)
{
	CURL *h = t->handle;

	return curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_XFERINFODATA, t) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEDATA, t) == CURLE_OK;
}

static bool
set_options(struct transfer *t, const char *url)
{
	/* What one query set must not leak into the next. The connections,
	 * the DNS cache and the TLS sessions survive this. */
	curl_easy_reset(t->handle);
	return set_numbers(t) && set_texts(t, url) && set_callbacks(t);
}

/* What libcurl says, unless the body's reader has said more already. */
static enum err_code
explain_failure(struct transfer *t, CURLcode rc)
{
	const char *reason =
	    t->curl_error[0] != '\0' ? t->curl_error : curl_easy_strerror(rc);

	if (t->err->code != ERR_OK)
		return t->err->code;
	if (rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_ABORTED_BY_CALLBACK)
		return err_set(t->err, ERR_TIMEOUT, "%s did not answer in time",
			       t->client->safe_url);
	if (rc == CURLE_OUT_OF_MEMORY)
		return err_set_memory(t->err);
	return err_set(t->err, ERR_UPSTREAM, "%s: %s", t->client->safe_url,
		       reason);
}

/* The errorType of Prometheus' error body; empty if it has none. */
static void
read_error_type(const char *body, char *out, size_t out_bytes)
{
	struct json_object *root = json_tokener_parse(body), *type;

	out[0] = '\0';
	if (root != NULL &&
	    json_object_object_get_ex(root, "errorType", &type) &&
	    json_object_is_type(type, json_type_string))
		snprintf(out, out_bytes, "%s", json_object_get_string(type));
	json_object_put(root);
}

/* Which failure an answer other than 200 with JSON is. */
static enum err_code
explain_status(struct transfer *t, long status)
{
	char type[32];
	enum err_code code = ERR_UPSTREAM;

	if (status == 200)
		return err_set(t->err, ERR_UPSTREAM,
			       "%s answered something that is not JSON: is "
			       "PROMETHEUS_URL right?",
			       t->client->safe_url);
	read_error_type(t->error_body, type, sizeof(type));
	if (strcmp(type, "timeout") == 0)
		code = ERR_TIMEOUT;
	else if (status == 503 || status == 429)
		code = ERR_NOT_READY;
	return err_set(t->err, code, "%s answered %ld: %.200s",
		       t->client->safe_url, status, t->error_body);
}

static enum err_code
perform(struct transfer *t, const char *url)
{
	long status = 0;
	CURLcode rc;

	if (rest_ms(t) <= 0)
		return err_set(t->err, ERR_TIMEOUT,
			       "no time was left to ask %s",
			       t->client->safe_url);
	if (!set_options(t, url))
		return err_set(t->err, ERR_UPSTREAM,
			       "libcurl refused an option");
	rc = curl_easy_perform(t->handle);
	/* The error buffer lives on this stack; the handle lives on. */
	curl_easy_setopt(t->handle, CURLOPT_ERRORBUFFER, NULL);
	if (rc != CURLE_OK)
		return explain_failure(t, rc);
	curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 || !header_promises_answer(t))
		return explain_status(t, status);
	return ERR_OK;
}

static enum err_code
add_query_url(struct transfer *t, const char *promql, struct buf *url)
{
	int64_t rest = rest_ms(t);
	int64_t timeout_ms = rest - rest * TIMEOUT_MARGIN_PERCENT / 100;
	char *escaped = curl_easy_escape(t->handle, promql, 0);

	if (escaped == NULL)
		return ERR_MEMORY;
	buf_append_text(url, t->client->url);
	buf_append_text(url, "/api/v1/query?query=");
	buf_append_text(url, escaped);
	curl_free(escaped);
	buf_append_format(url, "&timeout=%" PRId64 "ms",
			  timeout_ms > 0 ? timeout_ms : 1);
	buf_append(url, "", 1);
	return buf_status(url);
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

void
client_ask(struct client_session *s, struct client_query *q,
	   int64_t deadline_ms)
{
	struct transfer t = {.client = s->client,
			     .handle = s->handle,
			     .deadline_ms = deadline_ms,
			     .feed = q->feed,
			     .context = q->context,
			     .err = &q->err};
	int64_t start_us = clock_now_us();
	struct buf url;

	q->err = (struct err){.code = ERR_OK};
	buf_init(&url, URL_MAX_BYTES);
	if (add_query_url(&t, q->promql, &url) == ERR_OK)
		perform(&t, url.data);
	else
		err_set_memory(&q->err);
	buf_fini(&url);
	q->received_bytes = t.received_bytes;
	q->duration_us = clock_now_us() - start_us;
}

static enum err_code
feed_buf(void *context, const char *bytes, size_t length, struct err *e)
{
	struct buf *body = context;

	buf_append(body, bytes, length);
	return buf_status(body) == ERR_OK
		   ? ERR_OK
		   : err_set(e, ERR_UPSTREAM, "the answer is too long");
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
	struct buf url, body;
	struct transfer t = {.client = s->client,
			     .handle = s->handle,
			     .deadline_ms = deadline_ms,
			     .feed = feed_buf,
			     .context = &body,
			     .err = e};
	enum err_code code;

	buf_init(&url, URL_MAX_BYTES);
	buf_init(&body, VERSION_BODY_BYTES);
	buf_append_text(&url, s->client->url);
	buf_append_text(&url, "/api/v1/status/buildinfo");
	buf_append(&url, "", 1);
	code = buf_status(&url) == ERR_OK ? perform(&t, url.data)
					  : err_set_memory(e);
	buf_append(&body, "", 1);
	if (code == ERR_OK && buf_status(&body) != ERR_OK)
		code = err_set_memory(e);
	if (code == ERR_OK)
		code = read_version(body.data, out, out_bytes, e);
	buf_fini(&url);
	buf_fini(&body);
	return code;
}

enum err_code
client_new(const struct client_settings *settings, struct client **out,
	   struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL)
		return err_set_memory(e);
	atomic_init(&c->stop_at_ms, INT64_MAX);
	c->max_bytes = settings->max_bytes;
	c->url = url_for_paths(settings->url);
	c->agent = strdup(settings->agent);
	c->safe_url = url_without_secrets(settings->url);
	if (c->url == NULL || c->agent == NULL || c->safe_url == NULL) {
		client_free(c);
		return err_set_memory(e);
	}
	*out = c;
	return ERR_OK;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	free(c->url);
	free(c->safe_url);
	free(c->agent);
	free(c);
}

const char *
client_url(const struct client *c)
{
	return c->safe_url;
}

void
client_stop_at(struct client *c, int64_t time_ms)
{
	atomic_store(&c->stop_at_ms, time_ms);
}
