#include "conformance/probe.h"

#include <string.h>

#define LIVEZ	"/api/livez"
#define METRICS "/api/v1/gpu/metrics"
#define REFUSES(METHOD)                                                        \
	{                                                                      \
		405, "Method " METHOD " is not allowed here; use GET or HEAD", \
		    0                                                          \
	}
#define TOO_LARGE                                                              \
	{                                                                      \
		413,                                                           \
		    "The request body has more than 1 KiB; no endpoint takes " \
		    "a body",                                                  \
		    0                                                          \
	}
#define SUCCESS                                                                \
	{                                                                      \
		200, NULL, 0                                                   \
	}
#define FAILED "Failed to retrieve GPU metrics"

const struct probe probes[] = {
    {.name = "unknown path",
     .row = PROBE_REFUSED,
     .path = "/api/v1/gpu/nothing",
     .expected = {404, "No such path: /api/v1/gpu/nothing", 0}},
    {.name = "unknown path of a page",
     .row = PROBE_REFUSED,
     .path = "/api/v1/gpu/nothing.html",
     .expected = {404, "No such path: /api/v1/gpu/nothing.html", 0}},
    {.name = "query parameter",
     .row = PROBE_REFUSED,
     .path = LIVEZ "?node=1",
     .expected = {400,
		  "Unknown query parameter \\\"node\\\": /api/livez takes none",
		  0}},
    {.name = "broken query",
     .row = PROBE_REFUSED,
     .path = METRICS "?a=%zz",
     .expected = {400,
		  "Query parameter \\\"a\\\" is malformed: a % must be "
		  "followed by two hexadecimal digits",
		  0}},
    {.name = "POST",
     .row = PROBE_REFUSED,
     .path = METRICS,
     .body_bytes = 3,
     .expected = REFUSES("POST")},
    {.name = "PUT",
     .row = PROBE_REFUSED,
     .method = "PUT",
     .path = METRICS,
     .body_bytes = 3,
     .expected = REFUSES("PUT")},
    {.name = "DELETE",
     .row = PROBE_REFUSED,
     .method = "DELETE",
     .path = LIVEZ,
     .expected = REFUSES("DELETE")},
    {.name = "PATCH",
     .row = PROBE_REFUSED,
     .method = "PATCH",
     .path = LIVEZ,
     .body_bytes = 3,
     .expected = REFUSES("PATCH")},
    {.name = "TRACE",
     .row = PROBE_UNKNOWN_METHOD,
     .method = "TRACE",
     .path = LIVEZ,
     .expected = REFUSES("TRACE")},
    {.name = "BREW",
     .row = PROBE_UNKNOWN_METHOD,
     .method = "BREW",
     .path = LIVEZ,
     .expected = REFUSES("BREW")},
    {.name = "POST without length",
     .row = PROBE_NO_LENGTH,
     .method = "POST",
     .path = LIVEZ,
     .expected = REFUSES("POST")},
    {.name = "POST of 1025",
     .row = PROBE_LARGE_BODY,
     .path = METRICS,
     .body_bytes = 1025,
     .expected = TOO_LARGE},
    {.name = "GET with 1025",
     .row = PROBE_LARGE_BODY,
     .method = "GET",
     .path = METRICS,
     .body_bytes = 1025,
     .expected = TOO_LARGE},
    {.name = "POST of 100000",
     .row = PROBE_LARGE_BODY,
     .path = LIVEZ,
     .body_bytes = 100000,
     .expected = TOO_LARGE},
    {.name = "POST of 1024",
     .row = PROBE_REFUSED,
     .path = METRICS,
     .body_bytes = 1024,
     .expected = REFUSES("POST")},
    {.name = "GET with 1024",
     .row = PROBE_SMALL_BODY,
     .method = "GET",
     .path = METRICS,
     .body_bytes = 1024,
     .expected = SUCCESS},
    {.name = "chunked",
     .row = PROBE_CHUNKED,
     .path = LIVEZ,
     .body_bytes = 3,
     .is_chunked = true,
     .expected = REFUSES("POST")},
    {.name = "chunked, large",
     .row = PROBE_CHUNKED,
     .path = LIVEZ,
     .body_bytes = 2000,
     .is_chunked = true,
     .expected = TOO_LARGE},
    {.name = "dots",
     .row = PROBE_DOTS,
     .path = "/api/v1/../livez",
     .expected = SUCCESS},
    {.name = "encoded dots",
     .row = PROBE_DOTS,
     .path = "/api/v1/%2e%2e/%2e/livez",
     .expected = SUCCESS},
    {.name = "slashes",
     .row = PROBE_SLASHES,
     .path = "/api//livez",
     .expected = SUCCESS},
    {.name = "encoded slash",
     .row = PROBE_ENCODED_SLASH,
     .path = "/api%2Flivez",
     .expected = SUCCESS},
    {.name = "encoded slash behind",
     .row = PROBE_ENCODED_SLASH,
     .path = "/api/v1%2Fgpu/metrics",
     .expected = SUCCESS},
    {.name = "NUL",
     .row = PROBE_MALFORMED,
     .path = METRICS "%00",
     .expected = {400, NULL, PROBE_ALL}},
    {.name = "broken escape",
     .row = PROBE_MALFORMED,
     .path = "/api/%zz",
     .expected = {400, NULL, PROBE_ALL}},
    {.name = "above the root",
     .row = PROBE_MALFORMED,
     .path = "/api/../../../../etc/passwd",
     .expected = {400, NULL, PROBE_ALL}},
    {.name = "above the root, encoded",
     .row = PROBE_MALFORMED,
     .path = "/api/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
     .expected = {400, NULL, PROBE_ALL}},
    {.name = "hostile path",
     .row = PROBE_REFUSED,
     .path = "/api/v1/gpu/%22%3cb%3e%c3%b6%ff",
     .expected = {404,
		  "No such path: /api/v1/gpu/\\\"\\u003cb\\u003e\xc3\xb6"
		  "\xef\xbf\xbd",
		  0}},
    {.name = "long path",
     .row = PROBE_LONG,
     .path = "/api/v1/gpu/",
     .path_bytes = 9000,
     .expected = {414, NULL, PROBE_ALL}},
    {.name = "Prometheus fails",
     .row = PROBE_OUTAGE,
     .path = METRICS,
     .fake = "status_500",
     .expected = {502, FAILED, 0}},
    {.name = "Prometheus is not ready",
     .row = PROBE_OUTAGE,
     .path = METRICS,
     .fake = "status_503",
     .expected = {503, FAILED, 0}},
    {.name = "Prometheus is slow",
     .row = PROBE_OUTAGE,
     .path = METRICS,
     .fake = "status_503_timeout",
     .expected = {504, FAILED, 0}},
    {.name = "responder stopped",
     .row = PROBE_STOPPED,
     .path = METRICS,
     .expected = {502, "The GPU monitoring service does not answer", 0}},
    {.name = "responder hangs",
     .row = PROBE_HANGING,
     .path = METRICS,
     .expected = {504, "The GPU monitoring service did not answer in time", 0}},
    {.name = "/metrics from elsewhere",
     .row = PROBE_NOT_ALLOWED,
     .path = "/metrics",
     .expected = {403, "Not allowed", 0}},
    {.name = "/debug/vars from elsewhere",
     .row = PROBE_NOT_ALLOWED,
     .path = "/debug/vars",
     .expected = {403, "Not allowed", 0}},
    {.name = NULL}};

const char *
probe_row_label(enum probe_row row)
{
	static const char *const labels[PROBE_ROW__MAX] = {
	    [PROBE_REFUSED] = "what the program refuses: 400, 404, 405",
	    [PROBE_UNKNOWN_METHOD] =
		"TRACE, and methods that nobody knows: 405",
	    [PROBE_NO_LENGTH] = "POST without a length: 405",
	    [PROBE_LARGE_BODY] = "a body of more than 1 KiB: 413",
	    [PROBE_SMALL_BODY] = "GET with a small body: 200",
	    [PROBE_CHUNKED] = "a chunked body, small and large: 405 and 413",
	    [PROBE_DOTS] = "`.` and `..` in a path: resolved",
	    [PROBE_SLASHES] = "`//` in a path: one",
	    [PROBE_ENCODED_SLASH] = "`%2F` in a path: a slash",
	    [PROBE_MALFORMED] = "`%00`, `%zz`, above the root: 400, a page",
	    [PROBE_LONG] = "a path of 9,000 bytes: 414, a page",
	    [PROBE_OUTAGE] = "Prometheus fails: the program's 502, 503, 504",
	    [PROBE_STOPPED] = "the responder is down: 502",
	    [PROBE_HANGING] = "the responder hangs: 504",
	    [PROBE_NOT_ALLOWED] =
		"`/metrics`, `/debug/` from another address: 403"};

	return labels[row];
}

const struct probe_deviation *
probe_deviation_of(const char *server, const char *probe)
{
	const struct probe_deviation *d = probe_deviations;

	for (; d->server != NULL; d++)
		if (strcmp(d->server, server) == 0 &&
		    strcmp(d->probe, probe) == 0)
			return d;
	return NULL;
}
