/* An answer as HTTP: the only place that knows status codes. */
#ifndef WEB_REPLY_H
#define WEB_REPLY_H

#include "base/buf.h"
#include "base/err.h"

struct reply {
	enum err_code outcome;
	const char *cache_control; /* of a success; failures are not stored */
	const char *request_id;
	struct buf body;
};

/* 200, 404, ... */
int reply_status(const struct reply *r);

/* The CGI header with the empty line that ends it, into out. */
void reply_write_header(const struct reply *r, struct buf *out);

#endif
