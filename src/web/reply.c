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
    [ERR_FORBIDDEN] = {403, "Forbidden", ""},
    [ERR_BUSY] = {409, "Conflict", ""},
    [ERR_PROM] = {502, "Bad Gateway", ""},
    [ERR_TIMEOUT] = {504, "Gateway Timeout", ""},
    [ERR_NOT_READY] = {503, "Service Unavailable", "Retry-After: 5\r\n"},
    [ERR_TOO_BIG] = {502, "Bad Gateway", ""},
    [ERR_LIMIT] = {502, "Bad Gateway", ""},
    /* As nginx has it in its log; nobody is there to read it. */
    [ERR_GONE] = {499, "Client Closed Request", ""},
    [ERR_MEMORY] = {503, "Service Unavailable", "Retry-After: 5\r\n"},
};

static bool
is_not_modified(const struct reply *r)
{
	return r->is_known || r->is_stand_in;
}

int
reply_status(const struct reply *r)
{
	return is_not_modified(r) ? 304 : kinds[r->outcome].status;
}

size_t
reply_body_bytes(const struct reply *r)
{
	return is_not_modified(r) ? 0 : buf_bytes(r->body);
}

static const char *
content_type(const struct reply *r)
{
	return r->outcome == ERR_OK && r->content_type != NULL
		   ? r->content_type
		   : "application/json";
}

static void
write_caching(const struct reply *r, struct buf *out)
{
	if (r->outcome == ERR_OK && r->is_cacheable)
		caching_write_header(&r->caching, out);
	else
		buf_append_text(out, "Cache-Control: no-store\r\n");
}

void
reply_write_header(const struct reply *r, struct buf *out)
{
	if (is_not_modified(r))
		buf_append_text(out, "Status: 304 Not Modified\r\n");
	else
		buf_append_format(out,
				  "Status: %d %s\r\n"
				  "Content-Type: %s\r\n"
				  "Content-Length: %zu\r\n",
				  reply_status(r), kinds[r->outcome].reason,
				  content_type(r), buf_bytes(r->body));
	write_caching(r, out);
	if (r->outcome == ERR_OK && r->warning_count > 0)
		buf_append_format(out, "X-Warnings: %zu\r\n", r->warning_count);
	buf_append_format(out,
			  "X-Request-Id: %s\r\n"
			  "%s\r\n",
			  r->request_id, kinds[r->outcome].extra_header);
}
