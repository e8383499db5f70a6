#include "prom/transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "prom/advice.h"
#include "prom/headers.h"
#include "prom/refusal.h"

enum {
	/* New connections notice a changed address or certificate. */
	CONNECTION_LIFETIME_S = 300,
	HEADERS_MAX_TOTAL_BYTES = 256 * 1024,
	/* How much earlier than we give up Prometheus is asked to. */
	TIMEOUT_MARGIN_PERCENT = 2
};

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
	o->settings = *settings;
	atomic_init(&o->stop_at_ms, INT64_MAX);
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
	memset(o, 0, sizeof(*o));
}

int64_t
transfer_rest_ms(const struct transfer_plan *plan)
{
	int64_t stop_at_ms = atomic_load(&plan->options->stop_at_ms);
	int64_t end_ms =
	    stop_at_ms < plan->deadline_ms ? stop_at_ms : plan->deadline_ms;

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

/* False if another request's answer began before this one's. */
static bool
begin_body(struct transfer *t)
{
	t->is_begun = true;
	if (!header_promises_answer(t))
		return true;
	if (*t->is_answered) {
		err_set(&t->err, ERR_NOT_READY, "%s answered later",
			t->server->safe_url);
		return false;
	}
	*t->is_answered = t->is_answer = true;
	return true;
}

/* Any other result than length makes libcurl give up. */
static size_t
on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	const struct transfer_plan *plan = t->plan;
	size_t length = size * count;
	size_t max_bytes = plan->options->settings.max_bytes;

	if (!t->is_begun && !begin_body(t))
		return 0;
	/* libcurl's own limit misses chunked bodies. */
	t->received_bytes += length;
	if (t->received_bytes > max_bytes) {
		err_set(&t->err, ERR_TOO_BIG,
			"Prometheus' answer to one query has more than %zu "
			"bytes; MAX_UPSTREAM_BYTES sets this limit",
			max_bytes);
		return 0;
	}
	if (!t->is_answer) {
		keep_error_body(t, bytes, length);
		return length;
	}
	return plan->feed(plan->context, bytes, length, &t->err) == ERR_OK
		   ? length
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
	err_set(&t->err, ERR_PROM, "%s sends headers without end",
		t->server->safe_url);
	return 0;
}

/* Called about once a second while nothing moves. */
static int
on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
	    curl_off_t d)
{
	const struct transfer *t = context;

	(void)a, (void)b, (void)c, (void)d;
	return transfer_rest_ms(t->plan) <= 0;
}

/* Which one is refused, and why, is told. */
static bool
is_set(struct transfer *t, CURLoption option, CURLcode rc)
{
	if (rc != CURLE_OK)
		err_set(&t->err, ERR_PROM, "libcurl refused option %d: %s",
			(int)option, curl_easy_strerror(rc));
	return rc == CURLE_OK;
}

/* A macro, since libcurl's own checks the type of the value. */
#define SET(t, option, value)                                                  \
	is_set((t), (option), curl_easy_setopt((t)->handle, (option), (value)))

static bool
set_numbers(struct transfer *t)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_TIMEOUT_MS, (long)transfer_rest_ms(t->plan)},
	    {CURLOPT_FOLLOWLOCATION, 0},
	    {CURLOPT_NOSIGNAL, 1},
	    /* Or a silent DNS server holds the thread past the time-out. */
	    {CURLOPT_QUICK_EXIT, 1},
	    {CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFETIME_S},
	    {CURLOPT_TCP_KEEPALIVE, 1},
	    {CURLOPT_NOPROGRESS, 0},
	    /* A proxy's "200 Connection established" is no sign of life. */
	    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
	    /* Or a CA that was replaced is trusted for another day, ... */
	    {CURLOPT_CA_CACHE_TIMEOUT, 0},
	    /* ... or by who resumes a session without a certificate. */
	    {CURLOPT_SSL_SESSIONID_CACHE, 0},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!SET(t, numbers[i].option, numbers[i].value))
			return false;
	return true;
}

static bool
set_texts(struct transfer *t, const char *url)
{
	const struct client_settings *s = &t->plan->options->settings;
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
	    {CURLOPT_URL, url},
	    {CURLOPT_PROTOCOLS_STR, "http,https"},
	    /* Empty for none, whatever the environment says. */
	    {CURLOPT_PROXY, s->proxy != NULL ? s->proxy : ""},
	    {CURLOPT_NOPROXY, ""},
	    {CURLOPT_CAINFO, s->ca_file},
	    {CURLOPT_SSLCERT, s->cert_file},
	    {CURLOPT_SSLKEY, s->key_file},
	    {CURLOPT_USERAGENT, s->agent},
	    {CURLOPT_ERRORBUFFER, t->curl_error},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].value != NULL &&
		    !SET(t, texts[i].option, texts[i].value))
			return false;
	/* Or the system's CAs are trusted as well. */
	return s->ca_file == NULL || SET(t, CURLOPT_CAPATH, NULL);
}

/* What is received at once: an answer may have megabytes. Of more a processor's
 * nearest caches would not hold what was received until it is read. It is
 * libcurl's own memory, once for each connection. */
static const long receive_bytes = 32 * 1024;

static bool
set_callbacks(struct transfer *t)
{
	/* Refused where a transfer that was cut off left its buffer behind:
	 * then that one does. */
	curl_easy_setopt(t->handle, CURLOPT_BUFFERSIZE, receive_bytes);
	return SET(t, CURLOPT_XFERINFOFUNCTION, on_progress) &&
	       SET(t, CURLOPT_XFERINFODATA, t) &&
	       SET(t, CURLOPT_HEADERFUNCTION, on_header) &&
	       SET(t, CURLOPT_HEADERDATA, t) &&
	       SET(t, CURLOPT_WRITEFUNCTION, on_body) &&
	       SET(t, CURLOPT_WRITEDATA, t);
}

/* libcurl copies both. */
static bool
set_secret(struct transfer *t, CURLoption option, struct secret *secret)
{
	char *text = secret_copy(secret);
	bool is_taken = text != NULL && SET(t, option, text);

	if (text == NULL)
		err_set_memory(&t->err);
	free(text);
	return is_taken;
}

static bool
set_credentials(struct transfer *t)
{
	struct transfer_options *o = t->plan->options;
	const char *user = o->settings.user;

	if (o->headers != NULL && !SET(t, CURLOPT_HTTPHEADER, o->headers))
		return false;
	if (o->token != NULL)
		return SET(t, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) &&
		       set_secret(t, CURLOPT_XOAUTH2_BEARER, o->token);
	if (user == NULL)
		return true;
	return SET(t, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) &&
	       SET(t, CURLOPT_USERNAME, user) &&
	       set_secret(t, CURLOPT_PASSWORD, o->password);
}

/* NULL for a GET. libcurl copies it. */
static bool
set_form(struct transfer *t, const char *form)
{
	return form == NULL || SET(t, CURLOPT_COPYPOSTFIELDS, form);
}

static bool
set_options(struct transfer *t, const char *url, const char *form)
{
	/* What one query set must not leak into the next. The connections,
	 * the DNS cache and the TLS sessions survive this. */
	curl_easy_reset(t->handle);
	return set_numbers(t) && set_texts(t, url) && set_form(t, form) &&
	       set_callbacks(t) && set_credentials(t);
}

/* What libcurl says, unless the body's reader has said more already. */
static enum err_code
explain_failure(struct transfer *t, CURLcode rc)
{
	const char *reason =
	    t->curl_error[0] != '\0' ? t->curl_error : curl_easy_strerror(rc);

	if (t->err.code != ERR_OK)
		return t->err.code;
	if (rc == CURLE_OUT_OF_MEMORY)
		return err_set_memory(&t->err);
	if (rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_ABORTED_BY_CALLBACK) {
		t->verdict = TRANSFER_LATE;
		err_set(&t->err, ERR_TIMEOUT, "%s did not answer in time",
			t->server->safe_url);
	} else {
		t->verdict = TRANSFER_DOWN;
		err_set(&t->err, ERR_PROM, "%s: %s%s", t->server->safe_url,
			reason, advice_on_connection(rc));
	}
	/* It was cut off, so that we can stop. */
	if (clock_now_ms() >= atomic_load(&t->plan->options->stop_at_ms))
		t->verdict = TRANSFER_UNKNOWN;
	return t->err.code;
}

/* Which failure an answer other than 200 with JSON is. */
static enum err_code
explain_status(struct transfer *t, long status)
{
	enum err_code code = ERR_PROM;

	t->verdict = status == 200 || (status >= 502 && status <= 504)
			 ? TRANSFER_DOWN
			 : TRANSFER_UP;
	if (status == 200)
		return err_set(&t->err, ERR_PROM,
			       "%s answered something that is not JSON: is "
			       "PROMETHEUS_URL right?",
			       t->server->safe_url);
	if (refusal_says_timeout(t->error_body)) {
		code = ERR_TIMEOUT;
		t->verdict = TRANSFER_UP;
	} else if (t->plan->is_range && refusal_says_limit(t->error_body)) {
		code = ERR_LIMIT;
		t->verdict = TRANSFER_UP;
	} else if (status == 503 || status == 429) {
		code = ERR_NOT_READY;
	}
	advice_strip_markup(t->error_body);
	return err_set(&t->err, code, "%s answered %ld%s: %.200s",
		       t->server->safe_url, status, advice_on_status(status),
		       t->error_body);
}

/* The rest of the time is told, so that Prometheus gives up before we do. */
static void
add_timeout(const struct transfer_plan *plan, struct buf *out)
{
	int64_t rest_ms = transfer_rest_ms(plan);
	int64_t timeout_ms = rest_ms - rest_ms * TIMEOUT_MARGIN_PERCENT / 100;

	buf_append_format(out, "&timeout=%" PRId64 "ms",
			  timeout_ms > 0 ? timeout_ms : 1);
}

static void
add_time(const struct transfer_plan *plan, struct server *server,
	 struct buf *out)
{
	int64_t time_ms = round_time_ms(plan->round, server);

	if (time_ms > 0)
		buf_append_format(out, "&time=%" PRId64 ".%03d", time_ms / 1000,
				  (int)(time_ms % 1000));
}

/* With its NUL. */
static void
write_parameters(const struct transfer *t, struct buf *out)
{
	const struct transfer_plan *plan = t->plan;

	if (plan->parameters != NULL)
		buf_append(out, plan->parameters->data,
			   plan->parameters->length);
	if (plan->tells_timeout)
		add_timeout(plan, out);
	if (plan->round != NULL)
		add_time(plan, t->server, out);
	buf_append(out, "", 1);
}

/* With its NUL; form is what is not in it, or NULL. */
static void
write_url(const struct transfer *t, const struct buf *parameters,
	  struct buf *url, const char **form)
{
	*form = NULL;
	buf_append_text(url, t->server->url);
	buf_append_text(url, t->plan->path);
	if (parameters->length > TRANSFER_GET_BYTES) {
		*form = parameters->data;
	} else if (parameters->length > 1) {
		buf_append_text(url, "?");
		buf_append_text(url, parameters->data);
	}
	buf_append(url, "", 1);
}

static enum err_code
set_up(struct transfer *t)
{
	enum err_code code = ERR_OK;
	struct buf parameters, url;
	const char *form = NULL;

	if (transfer_rest_ms(t->plan) <= 0)
		return err_set(&t->err, ERR_TIMEOUT,
			       "no time was left to ask %s",
			       t->server->safe_url);
	buf_init(&parameters, TRANSFER_URL_BYTES);
	buf_init(&url, TRANSFER_URL_BYTES);
	write_parameters(t, &parameters);
	if (buf_status(&parameters) == ERR_OK)
		write_url(t, &parameters, &url, &form);
	if (buf_status(&parameters) != ERR_OK || buf_status(&url) != ERR_OK)
		code = err_set_memory(&t->err);
	else if (!set_options(t, url.data, form))
		code = t->err.code;
	buf_fini(&url);
	buf_fini(&parameters);
	return code;
}

bool
transfer_begin(struct transfer *t, const struct transfer_plan *plan,
	       struct server *server, CURL *handle, bool *is_answered)
{
	memset(t, 0, offsetof(struct transfer, error_body));
	t->error_body[0] = '\0';
	t->plan = plan;
	t->server = server;
	t->handle = handle;
	t->is_answered = is_answered;
	t->start_ms = clock_now_ms();
	return set_up(t) == ERR_OK;
}

enum err_code
transfer_end(struct transfer *t, CURLcode rc)
{
	long status = 0;

	/* The handle may outlive the error buffer. */
	curl_easy_setopt(t->handle, CURLOPT_ERRORBUFFER, NULL);
	if (rc != CURLE_OK)
		return explain_failure(t, rc);
	curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 || !header_promises_answer(t))
		return explain_status(t, status);
	t->verdict = TRANSFER_UP;
	return ERR_OK;
}
