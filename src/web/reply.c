#include "web/reply.h"

#include "web/route.h"

static const struct {
	int status;
	const char *reason;
	const char *extra_header;
} kinds[ERR__MAX] = {
    [ERR_OK] = {200, "OK", ""},
    [ERR_SETTING] = {500, "Internal Server Error", ""},
    [ERR_QUERY] = {400, "Bad Request", ""},
    [ERR_NOT_FOUND] = {404, "Not Found", ""},
    [ERR_METHOD] = {405, "Method Not Allowed", "Allow: " ROUTE_METHODS "\r\n"},
    [ERR_UPSTREAM] = {502, "Bad Gateway", ""},
    [ERR_TIMEOUT] = {504, "Gateway Timeout", ""},
    [ERR_NOT_READY] = {503, "Service Unavailable", "Retry-After: 5\r\n"},
    [ERR_TOO_BIG] = {502, "Bad Gateway", ""},
    [ERR_MEMORY] = {503, "Service Unavailable", "Retry-After: 5\r\n"},
};

int
reply_status(const struct reply *r)
{
	return kinds[r->outcome].status;
}

void
reply_write_header(const struct reply *r, struct buf *out)
{
	const char *cache_control =
	    r->outcome == ERR_OK ? r->cache_control : "no-store";

	buf_append_format(out,
			  "Status: %d %s\r\n"
			  "Content-Type: application/json\r\n"
			  "Content-Length: %zu\r\n"
			  "Cache-Control: %s\r\n"
			  "X-Request-Id: %s\r\n"
			  "%s\r\n",
			  reply_status(r), kinds[r->outcome].reason,
			  r->body.length, cache_control, r->request_id,
			  kinds[r->outcome].extra_header);
}
