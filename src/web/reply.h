/* An answer as HTTP: the only place that knows status codes. */
#ifndef WEB_REPLY_H
#define WEB_REPLY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "web/caching.h"

struct reply {
	enum err_code outcome;
	const char *request_id;
	const char *content_type; /* of a success; NULL: JSON */
	const struct buf *body;	  /* borrowed */
	size_t warning_count;	  /* of a body that cannot hold them */

	/* Of a success; failures are never stored. */
	bool is_cacheable;
	struct caching caching; /* if it is */
	bool is_known;	  /* the client has the same body: it is not sent */
	bool is_stand_in; /* of a failure: the cache is to use what it has */
};

/* 200, 404, ... */
int reply_status(const struct reply *r);

/* The CGI header with the empty line that ends it, into out. */
void reply_write_header(const struct reply *r, struct buf *out);

/* How many bytes of the body are to be sent. */
size_t reply_body_bytes(const struct reply *r);

#endif
