#include "support/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "support/harness.h"
#include "support/invariant.h"
#include "support/record.h"

enum { TIMEOUT_S = 60 };

static size_t
on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_reply *r = context;
	size_t length = size * count;

	if (r->length + length >= r->capacity) {
		r->capacity = (r->length + length) * 2 + 1024;
		r->body = realloc(r->body, r->capacity);
		harness_require(r->body != NULL, "out of memory");
	}
	memcpy(r->body + r->length, bytes, length);
	r->length += length;
	r->body[r->length] = '\0';
	return length;
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_reply *r = context;
	size_t length = size * count;
	char *line = strndup(bytes, length);

	harness_require(line != NULL, "out of memory");
	line[strcspn(line, "\r\n")] = '\0';
	r->headers = curl_slist_append(r->headers, line);
	free(line);
	return length;
}

static void
set_call(CURL *h, struct http_reply *out, const struct http_call *call)
{
	curl_easy_setopt(h, CURLOPT_URL, call->url);
	curl_easy_setopt(h, CURLOPT_NOBODY, call->is_head ? 1L : 0L);
	if (call->body != NULL)
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body);
	if (call->method != NULL)
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, call->method);
	if (call->header != NULL)
		out->sent = curl_slist_append(out->sent, call->header);
	if (call->wants_gzip)
		out->sent =
		    curl_slist_append(out->sent, "Accept-Encoding: gzip");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, out->sent);
	curl_easy_setopt(h, CURLOPT_INTERFACE, call->source);
	curl_easy_setopt(h, CURLOPT_CAINFO, call->authority);
}

CURL *
http_prepare(struct http_reply *out, const struct http_call *call)
{
	CURL *h = curl_easy_init();

	harness_require(h != NULL, "libcurl does not start");
	memset(out, 0, sizeof(*out));
	on_body("", 0, 0, out);
	set_call(h, out, call);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, out);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, out);
	return h;
}

/* The web server is the source, the rest of the URL the path. */
static void
check_answer(const struct http_reply *r, CURL *handle)
{
	char *url = NULL, *type = NULL, source[128];
	const char *path;

	curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &url);
	if ((path = strstr(url, "/api/")) == NULL)
		return;
	curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
	/* Of HEAD there is no text. */
	if (r->length > 0 && type != NULL &&
	    strcmp(type, "application/json") == 0 &&
	    http_header(r, "Content-Encoding") == NULL)
		record_answer(path, r->status, r->body, r->length);
	if (r->status != 200)
		return;
	snprintf(source, sizeof(source), "%.*s", (int)(path - url), url);
	invariant_answer(source, path, r->body);
}

void
http_complete(struct http_reply *out, CURL *handle, CURLcode rc)
{
	out->rc = rc;
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &out->status);
	if (rc == CURLE_OK)
		check_answer(out, handle);
	curl_easy_cleanup(handle);
	curl_slist_free_all(out->sent);
	out->sent = NULL;
}

void
http_do(struct http_reply *out, const struct http_call *call)
{
	struct curl_slist *resolve = NULL;
	CURL *h = http_prepare(out, call);

	if (call->resolve != NULL)
		resolve = curl_slist_append(NULL, call->resolve);
	curl_easy_setopt(h, CURLOPT_RESOLVE, resolve);
	http_complete(out, h, curl_easy_perform(h));
	curl_slist_free_all(resolve);
}

void
http_get(struct http_reply *out, const char *url)
{
	http_do(out, &(struct http_call){.url = url});
}

void
http_free(struct http_reply *r)
{
	curl_slist_free_all(r->headers);
	free(r->body);
	memset(r, 0, sizeof(*r));
}

static const char *
value_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return NULL;
	return line + length + 1 + strspn(line + length + 1, " ");
}

const char *
http_header(const struct http_reply *r, const char *name)
{
	const char *value = NULL;

	for (const struct curl_slist *line = r->headers;
	     line != NULL && value == NULL; line = line->next)
		value = value_of(line->data, name);
	return value;
}

unsigned
http_header_count(const struct http_reply *r, const char *name)
{
	unsigned count = 0;

	for (const struct curl_slist *line = r->headers; line != NULL;
	     line = line->next)
		count += value_of(line->data, name) != NULL;
	return count;
}
