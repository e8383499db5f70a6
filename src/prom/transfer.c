#include "prom/transfer.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "prom/headers.h"

enum {
	/* New connections notice a changed address or certificate. */
	CONNECTION_LIFETIME_S = 300,
	HEADERS_MAX_TOTAL_BYTES = 256 * 1024,
	/* Who has said nothing for so long is probed. */
	SUSPECT_AFTER_MS = 1000
};

/* NULL for a setting that is not set. */
static bool
copy_text(const char *text, char **out)
{
	if (text == NULL)
		return true;
	*out = strdup(text);
	return *out != NULL;
}

static bool
copy_texts(struct transfer_options *o, const struct client_settings *settings)
{
	return copy_text(settings->agent, &o->agent) &&
	       copy_text(settings->user, &o->user) &&
	       copy_text(settings->ca_file, &o->ca_file) &&
	       copy_text(settings->cert_file, &o->cert_file) &&
	       copy_text(settings->key_file, &o->key_file) &&
	       copy_text(settings->proxy != NULL ? settings->proxy : "",
			 &o->proxy);
}

static enum err_code
add_header(void *context, const char *header, struct err *e)
{
	struct transfer_options *o = context;
	struct curl_slist *longer = curl_slist_append(o->headers, header);

	if (longer == NULL)
		return err_set_memory(e);
	o->headers = longer;
	return ERR_OK;
}

/* A failure says of which setting the file is. */
static enum err_code
read_secret(const char *setting, const char *path, struct secret **out,
	    struct err *e)
{
	struct err reason = {.code = ERR_OK};

	if (path == NULL || secret_new(path, out, &reason) == ERR_OK)
		return ERR_OK;
	if (reason.code != ERR_SETTING)
		return err_set(e, reason.code, "%s", reason.text);
	return err_set(e, ERR_SETTING,
		       "%s: %.300s; it takes a file with one line", setting,
		       reason.text);
}

static enum err_code
read_secrets(struct transfer_options *o, const struct client_settings *settings,
	     struct err *e)
{
	enum err_code code = read_secret("PROMETHEUS_TOKEN_FILE",
					 settings->token_file, &o->token, e);

	if (code != ERR_OK)
		return code;
	return read_secret("PROMETHEUS_PASSWORD_FILE", settings->password_file,
			   &o->password, e);
}

enum err_code
transfer_options_init(struct transfer_options *o,
		      const struct client_settings *settings, struct err *e)
{
	memset(o, 0, sizeof(*o));
	atomic_init(&o->stop_at_ms, INT64_MAX);
	o->max_bytes = settings->max_bytes;
	if (!copy_texts(o, settings))
		return err_set_memory(e);
	if (settings->headers != NULL &&
	    headers_read(settings->headers, add_header, o, e) != ERR_OK)
		return e->code;
	return read_secrets(o, settings, e);
}

void
transfer_options_fini(struct transfer_options *o)
{
	curl_slist_free_all(o->headers);
	secret_free(o->token);
	secret_free(o->password);
	free(o->agent);
	free(o->user);
	free(o->ca_file);
	free(o->cert_file);
	free(o->key_file);
	free(o->proxy);
	memset(o, 0, sizeof(*o));
}

int64_t
transfer_rest_ms(const struct transfer *t)
{
	int64_t stop_at_ms = atomic_load(&t->options->stop_at_ms);
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
	if (t->received_bytes > t->options->max_bytes) {
		err_set(t->err, ERR_TOO_BIG,
			"Prometheus' answer to one query has more than %zu "
			"bytes; MAX_UPSTREAM_BYTES sets this limit",
			t->options->max_bytes);
		return 0;
	}
	if (!t->is_answer) {
		keep_error_body(t, bytes, length);
		return length;
	}
	return t->feed(t->context, bytes, length, t->err) == ERR_OK ? length
								    : 0;
}

/* Trailers come here as well; libcurl 7.88 would keep any number of them. */
static size_t
on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *t = context;

	(void)bytes;
	t->header_bytes += size * count;
	if (t->header_bytes <= HEADERS_MAX_TOTAL_BYTES)
		return size * count;
	err_set(t->err, ERR_UPSTREAM, "%s sends headers without end",
		t->server->safe_url);
	return 0;
}

/* A server that lets others wait as well is not waited for any longer. */
static bool
is_hopeless(struct transfer *t)
{
	if (t->is_probe || t->header_bytes > 0)
		return false;
	if (upstream_state(t->server) == UPSTREAM_SILENT) {
		t->is_down = true;
		err_set(t->err, ERR_NOT_READY, "%s does not answer",
			t->server->safe_url);
		return true;
	}
	if (clock_now_ms() - t->start_ms >= SUSPECT_AFTER_MS)
		upstream_suspect(t->server);
	return false;
}

/* Called about once a second while nothing moves. */
static int
on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
	    curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return transfer_rest_ms(context) <= 0 || is_hopeless(context);
}

static bool
set_numbers(const struct transfer *t)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_TIMEOUT_MS, (long)transfer_rest_ms(t)},
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
	    {CURLOPT_PROXY, t->options->proxy},
	    {CURLOPT_NOPROXY, ""},
	    {CURLOPT_CAINFO, t->options->ca_file},
	    {CURLOPT_SSLCERT, t->options->cert_file},
	    {CURLOPT_SSLKEY, t->options->key_file},
	    {CURLOPT_USERAGENT, t->options->agent},
	    {CURLOPT_ERRORBUFFER, t->curl_error},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].value != NULL &&
		    curl_easy_setopt(t->handle, texts[i].option,
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
	       curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HEADERDATA, t) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEDATA, t) == CURLE_OK;
}

/* libcurl copies both. */
static bool
set_secret(CURL *handle, CURLoption option, struct secret *secret)
{
	char *text = secret_copy(secret);
	bool is_set =
	    text != NULL && curl_easy_setopt(handle, option, text) == CURLE_OK;

	free(text);
	return is_set;
}

static bool
set_credentials(struct transfer *t)
{
	struct transfer_options *o = t->options;
	CURL *h = t->handle;

	if (o->headers != NULL &&
	    curl_easy_setopt(h, CURLOPT_HTTPHEADER, o->headers) != CURLE_OK)
		return false;
	if (o->token != NULL)
		return curl_easy_setopt(h, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) ==
			   CURLE_OK &&
		       set_secret(h, CURLOPT_XOAUTH2_BEARER, o->token);
	if (o->user == NULL)
		return true;
	return curl_easy_setopt(h, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_USERNAME, o->user) == CURLE_OK &&
	       set_secret(h, CURLOPT_PASSWORD, o->password);
}

static bool
set_options(struct transfer *t, const char *url)
{
	/* What one query set must not leak into the next. The connections,
	 * the DNS cache and the TLS sessions survive this. */
	curl_easy_reset(t->handle);
	return set_numbers(t) && set_texts(t, url) && set_callbacks(t) &&
	       set_credentials(t);
}

/* What libcurl says, unless the body's reader has said more already. */
static enum err_code
explain_failure(struct transfer *t, CURLcode rc)
{
	const char *reason =
	    t->curl_error[0] != '\0' ? t->curl_error : curl_easy_strerror(rc);

	if (t->err->code != ERR_OK)
		return t->err->code;
	t->is_down = rc != CURLE_OUT_OF_MEMORY &&
		     clock_now_ms() < atomic_load(&t->options->stop_at_ms);
	if (rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_ABORTED_BY_CALLBACK)
		return err_set(t->err, ERR_TIMEOUT, "%s did not answer in time",
			       t->server->safe_url);
	if (rc == CURLE_OUT_OF_MEMORY)
		return err_set_memory(t->err);
	return err_set(t->err, ERR_UPSTREAM, "%s: %s", t->server->safe_url,
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

	t->is_down = status == 200 || (status >= 502 && status <= 504);
	if (status == 200)
		return err_set(t->err, ERR_UPSTREAM,
			       "%s answered something that is not JSON: is "
			       "PROMETHEUS_URL right?",
			       t->server->safe_url);
	read_error_type(t->error_body, type, sizeof(type));
	if (strcmp(type, "timeout") == 0) {
		code = ERR_TIMEOUT;
		t->is_down = false;
	} else if (status == 503 || status == 429) {
		code = ERR_NOT_READY;
	}
	return err_set(t->err, code, "%s answered %ld: %.200s",
		       t->server->safe_url, status, t->error_body);
}

enum err_code
transfer_perform(struct transfer *t, const char *url)
{
	enum err_code code = ERR_OK;
	long status = 0;
	CURLcode rc;

	if (transfer_rest_ms(t) <= 0)
		return err_set(t->err, ERR_TIMEOUT,
			       "no time was left to ask %s",
			       t->server->safe_url);
	t->start_ms = clock_now_ms();
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
		code = explain_status(t, status);
	t->is_up = !t->is_down;
	return code;
}
