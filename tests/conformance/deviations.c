#include "conformance/probe.h"

#include "support/takes.h"

#define NO_LENGTH                                                              \
	"A request body needs a Content-Length; no endpoint takes a body"
#define TOO_LARGE                                                              \
	"The request body has more than 1 KiB; no endpoint takes a body"
#define DOWN "The GPU monitoring service does not answer"
#define X16  "xxxxxxxxxxxxxxxx"
#define X116 X16 X16 X16 X16 X16 X16 X16 "xxxx"

/* What each server does instead, and why its configuration leaves it so. */

#define NGINX(PROBE, SHOWN, REASON, ...)                                       \
	{                                                                      \
		"nginx", PROBE, SHOWN, REASON,                                 \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define APACHE(PROBE, SHOWN, REASON, ...)                                      \
	{                                                                      \
		"Apache", PROBE, SHOWN, REASON,                                \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define LIGHTTPD(PROBE, SHOWN, REASON, ...)                                    \
	{                                                                      \
		"lighttpd", PROBE, SHOWN, REASON,                              \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define CADDY(PROBE, SHOWN, REASON, ...)                                       \
	{                                                                      \
		"Caddy", PROBE, SHOWN, REASON,                                 \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}

#define PARSER                                                                 \
	"its parser refuses this before it looks at the configuration of a "   \
	"path"
#define CHANCE                                                                 \
	PARSER "; whose error file it takes depends on what the memory of "    \
	       "the request served before"
#define MODULES "it refuses this before its modules add headers"
#define NO_ID	"it has no id of its own, and cannot tell an error from others"

const struct probe_deviation probe_deviations[] = {
    NGINX("TRACE", "TRACE: 405, a page", PARSER, 405, NULL, PROBE_ALL),
    APACHE("chunked", "411", "it cannot count a body that it passes on", 411,
	   NO_LENGTH, 0),
    APACHE("chunked, large", "411", "it cannot count a body that it passes on",
	   411, NO_LENGTH, 0),
    APACHE("encoded slash", "404, a page", "AllowEncodedSlashes is the site's",
	   404, NULL, PROBE_ALL),
    APACHE("encoded slash behind", "404, a page",
	   "AllowEncodedSlashes is the site's", 404, NULL, PROBE_ALL),
    APACHE("NUL", "`%00`: 404, a page", PARSER, 404, NULL, PROBE_ALL),
    APACHE("responder stopped", "503",
	   "it makes no difference between this and its own overload", 503,
	   DOWN, 0),
    LIGHTTPD("broken query", "`%zz` of a query is taken for `%25zz`",
	     "it normalizes a query", 400,
	     "Unknown query parameter \\\"a\\\": /api/v1/gpu/metrics "
	     "takes " METRICS_TAKES,
	     0),
    LIGHTTPD("hostile path", "no UTF-8: 400", CHANCE, 400, NULL,
	     PROBE_ANY_FORM),
    LIGHTTPD("BREW", "unknown: 501, a page", PARSER, 501, NULL, PROBE_ALL),
    LIGHTTPD("POST without length", "411, a page", PARSER, 411, NULL,
	     PROBE_ALL),
    LIGHTTPD("POST of 1025", "413 without CORS", MODULES, 413, TOO_LARGE,
	     PROBE_ALL),
    LIGHTTPD("POST of 100000", "413 without CORS", MODULES, 413, TOO_LARGE,
	     PROBE_ALL),
    LIGHTTPD("GET with 1025", "GET: 400", CHANCE, 400, NULL, PROBE_ANY_FORM),
    LIGHTTPD("GET with 1024", "400", CHANCE, 400, NULL, PROBE_ANY_FORM),
    LIGHTTPD("chunked, large", "413 without id", NO_ID, 413, TOO_LARGE,
	     PROBE_ID | PROBE_NO_STORE),
    LIGHTTPD("NUL", "`%00`: the envelope at times", CHANCE, 400, NULL,
	     PROBE_ANY_FORM),
    LIGHTTPD("broken escape", "`%zz`: the program's 404",
	     "it passes it on as %25zz", 404, "No such path: /api/%zz", 0),
    LIGHTTPD("above the root", "above the root: the site's 404",
	     "it stays at the root", 404, NULL, PROBE_ALL),
    LIGHTTPD("above the root, encoded", "above the root: the site's 404",
	     "it stays at the root", 404, NULL, PROBE_ALL),
    LIGHTTPD("long path", "431, a page", PARSER, 431, NULL, PROBE_ALL),
    LIGHTTPD("responder stopped", "503 without id, also for a second after",
	     NO_ID, 503, DOWN, PROBE_ID | PROBE_NO_STORE),
    LIGHTTPD("responder hangs", "504 without id", NO_ID, 504,
	     "The GPU monitoring service did not answer in time",
	     PROBE_ID | PROBE_NO_STORE),
    LIGHTTPD("/metrics from elsewhere", "403 without id", NO_ID, 403,
	     "Not allowed", PROBE_ID | PROBE_NO_STORE),
    LIGHTTPD("/metrics/gpus from elsewhere", "403 without id", NO_ID, 403,
	     "Not allowed", PROBE_ID | PROBE_NO_STORE),
    LIGHTTPD("/debug/vars from elsewhere", "403 without id", NO_ID, 403,
	     "Not allowed", PROBE_ID | PROBE_NO_STORE),
    CADDY("dots", "the program's 404", "it passes a path on as it came", 404,
	  "No such path: /api/v1/../livez", 0),
    CADDY("encoded dots", "the program's 404", "it passes a path on as it came",
	  404, "No such path: /api/v1/.././livez", 0),
    CADDY("slashes", "the program's 404", "it passes a path on as it came", 404,
	  "No such path: /api//livez", 0),
    CADDY("NUL", "`%00`: the envelope",
	  "the FastCGI transport refuses it, an error as any other", 400,
	  "The request is malformed", 0),
    CADDY("above the root", "above the root: the site's 404",
	  "to match it, it resolves a path", 404, NULL, PROBE_ALL),
    CADDY("above the root, encoded", "above the root: the site's 404",
	  "to match it, it resolves a path", 404, NULL, PROBE_ALL),
    CADDY("long path", "the program's 404", "it takes up to 1 MB of header",
	  404, "No such path: /api/v1/gpu/" X116, 0),
    CADDY("/metrics from elsewhere", "403 without CORS",
	  "pages have no business with it", 403, "Not allowed", PROBE_CORS),
    CADDY("/metrics/gpus from elsewhere", "403 without CORS",
	  "pages have no business with it", 403, "Not allowed", PROBE_CORS),
    CADDY("/debug/vars from elsewhere", "403 without CORS",
	  "pages have no business with it", 403, "Not allowed", PROBE_CORS),
    {.server = NULL}};
