/* One HTTP exchange at a time, by libcurl, with all of the answer kept. */
#ifndef SUPPORT_HTTP_H
#define SUPPORT_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* What is not set is libcurl's default; url is the only must. */
struct http_call {
	const char *url;
	const char *method;
	bool is_head;
	const char *body;      /* sent as it is, with any method */
	const char *header;    /* one more */
	bool wants_gzip;       /* the body stays as it comes */
	const char *source;    /* address of this machine to call from */
	const char *resolve;   /* HOST:PORT:ADDRESS, instead of DNS */
	const char *authority; /* file of the only certificate to trust */
};

struct http_reply {
	CURLcode rc;
	long status;
	struct curl_slist *headers; /* lines as they came, without the ends */
	char *body;		    /* NUL-terminated */
	size_t length;

	/* Private. */
	size_t capacity;
	struct curl_slist *sent;
};

/* Always fills out, which http_free then empties. */
void http_do(struct http_reply *out, const struct http_call *call);
void http_get(struct http_reply *out, const char *url);
void http_free(struct http_reply *r);

/*
 * The same in two steps, for many at once; the handle is the caller's. What
 * comes of a GPU endpoint goes to invariant_answer().
 */
CURL *http_prepare(struct http_reply *out, const struct http_call *call);
void http_complete(struct http_reply *out, CURL *handle, CURLcode rc);

/* The value of a header, or NULL if it did not come. Borrowed. */
const char *http_header(const struct http_reply *r, const char *name);

/* How often it came. */
unsigned http_header_count(const struct http_reply *r, const char *name);

#endif
