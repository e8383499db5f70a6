#include "fake_behaviour.h"

#include "fake_body.h"
#include "fake_reply.h"
#include "fake_wire.h"

#include <stdlib.h>
#include <string.h>

#include "support/tcp.h"

#define ERROR_JSON(type, text)                                                 \
	"{\"status\":\"error\",\"errorType\":\"" type "\",\"error\":\"" text   \
	"\"}"

#define X8(text) text text text text text text text text

#define HTML "<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>\n"

static const struct fake_behaviour behaviours[] = {
    {"ok", "the correct answer", .write = fake_body_ok},
    {"ok_once", "the correct answer, on a connection that is not kept",
     .write = fake_body_ok, .headers = "Connection: close\r\n"},
    {"empty", "a correct answer without series", .write = fake_body_empty},
    {"changing", "the correct answer, but each second one lacks the last GPU",
     .write = fake_body_changing},

    {"slow_header", "waits before the first byte (60000 ms)",
     .send = fake_wire_slow_header, .wait_ms = 60000},
    {"slow_body", "waits in the middle of the body (60000 ms)",
     .send = fake_wire_slow_body, .wait_ms = 60000},
    {"drip", "one byte of the answer at a time (100 ms each)",
     .send = fake_wire_drip, .wait_ms = 100},
    {"reset", "resets the connection in the middle of the body",
     .send = fake_wire_reset},
    {"reset_header", "resets the connection before the first byte",
     .send = fake_wire_reset_header},
    {"close_early", "closes after half of what Content-Length says",
     .send = fake_wire_close_early},
    {"chunked", "the correct answer in chunks of 1 to 7 bytes",
     .send = fake_wire_chunked},
    {"endless", "valid elements without end, chunked",
     .send = fake_wire_endless},
    {"endless_whitespace", "spaces without end, chunked",
     .send = fake_wire_endless_whitespace},
    {"endless_trailers", "headers behind the body, without end",
     .send = fake_wire_endless_trailers},
    {"gzip_bomb", "1.7 MB with Content-Encoding: gzip that become 268 MB",
     .send = fake_wire_gzip_bomb},

    {"status_500", "500 with plain text", .status = 500, .type = "text/plain",
     .body = "Internal Server Error\n"},
    {"status_500_json", "500 with an error in JSON", .status = 500,
     .body = ERROR_JSON("internal", "expanding series: disk error")},
    {"status_503", "503 with plain text, as while starting", .status = 503,
     .type = "text/plain; charset=utf-8", .body = "Service Unavailable"},
    {"status_503_timeout", "503 with an error in JSON: query timed out",
     .status = 503,
     .body = ERROR_JSON("timeout", "query timed out in expression evaluation")},
    {"status_503_long", "the same with an error text of 8 kB", .status = 503,
     .body = ERROR_JSON("timeout", X8(X8(X8("query timed out "))))},
    {"status_401", "401 with plain text", .status = 401, .type = "text/plain",
     .body = "no org id\n",
     .headers = "WWW-Authenticate: Basic realm=\"metrics\"\r\n"},
    {"status_403", "403 with a page in HTML", .status = 403,
     .type = "text/html", .body = HTML},
    {"status_422", "422 with an error in JSON that must not be passed on",
     .status = 422,
     .body = ERROR_JSON("execution",
			"SECRET-UPSTREAM-DETAIL http://10.0.0.7:9090")},
    {"status_422_late", "422 with an error in JSON: the time was over",
     .status = 422,
     .body = ERROR_JSON("execution",
			"expanding series: context deadline exceeded")},
    {"status_422_samples", "422 with an error in JSON: too many samples",
     .status = 422,
     .body = ERROR_JSON("execution",
			"query processing would load too many samples into "
			"memory in query execution")},
    {"status_400_points", "400 with an error in JSON: too many points",
     .status = 400,
     .body = ERROR_JSON("bad_data",
			"exceeded maximum resolution of 11,000 points per "
			"timeseries. Try decreasing the query resolution "
			"(?step=XX)")},
    {"status_422_victoria", "422 as VictoriaMetrics has it: too many samples",
     .status = 422,
     .body = ERROR_JSON(
	 "422", "error when executing query=\\\"up\\\": cannot select more "
		"than -search.maxSamplesPerQuery=1000000000 samples; possible "
		"solutions: increase the -search.maxSamplesPerQuery")},
    {"status_429", "429 with plain text", .status = 429, .type = "text/plain",
     .body = "too many outstanding requests\n",
     .headers = "Retry-After: 7\r\n"},
    {"redirect", "302 to http://127.0.0.1:1/", .status = 302,
     .type = "text/html", .body = "<a href=\"http://127.0.0.1:1/\">Found</a>",
     .headers = "Location: http://127.0.0.1:1/\r\n"},
    {"html", "200 with a page in HTML", .type = "text/html", .body = HTML},
    {"html_as_json", "200 with HTML that is called JSON", .body = HTML},
    {"status_error_200", "200 with an error in JSON",
     .body = ERROR_JSON("execution", "found duplicate series")},

    {"truncated_json", "complete for HTTP, cut in the middle for JSON",
     .write = fake_body_truncated},
    {"garbage", "random bytes", .write = fake_body_garbage},
    {"warnings", "the correct answer and a warning",
     .write = fake_body_warnings},
    {"infos", "the correct answer and an info", .write = fake_body_infos},
    {"matrix", "a result of type matrix", .write = fake_body_matrix},
    {"vector", "an instant vector, whatever was asked",
     .write = fake_body_vector},
    {"unaligned", "over a range: values a second behind each point",
     .write = fake_body_unaligned},
    {"backwards", "over a range: its end before its start",
     .write = fake_body_backwards},
    {"scalar", "a result of type scalar", .write = fake_body_scalar},
    {"string", "a result of type string", .write = fake_body_string},
    {"nan", "NaN, +Inf and -Inf for the first three GPUs",
     .write = fake_body_nan},
    {"duplicates", "each series twice, with another label and value",
     .write = fake_body_duplicates},
    {"huge_label", "a gpu_name of 1 MB for the first GPU",
     .write = fake_body_huge_label},
    {"invalid_utf8", "a gpu_name that is not UTF-8",
     .write = fake_body_invalid_utf8},
    {"hostile_labels", "quotes, newlines, markup, escapes in the labels",
     .write = fake_body_hostile_labels},
    {"deep_nesting", "an unknown key nested 10,000 deep",
     .write = fake_body_deep_nesting},
    {"key_order", "keys in another order, unknown keys, whitespace",
     .write = fake_body_key_order},
    {"no_labels", "series without a label", .write = fake_body_no_labels},
    {"bad_index", "a gpu_id that is no number", .write = fake_body_bad_index},
};

enum { BEHAVIOUR_COUNT = sizeof(behaviours) / sizeof(behaviours[0]) };

const struct fake_behaviour *
fake_behaviour_find(const char *name)
{
	for (unsigned i = 0; i < BEHAVIOUR_COUNT; i++)
		if (strcmp(behaviours[i].name, name) == 0)
			return &behaviours[i];
	return NULL;
}

void
fake_behaviour_list(FILE *out)
{
	for (unsigned i = 0; i < BEHAVIOUR_COUNT; i++)
		fprintf(out, "  %-19s %s\n", behaviours[i].name,
			behaviours[i].about);
}

static bool
send_written(const struct fake_call *call)
{
	size_t length;
	char *body = fake_body_text(call->behaviour->write, call, &length);
	bool sent = fake_reply(call->fd, 200, NULL, call->behaviour->headers,
			       body, length);

	free(body);
	return sent;
}

bool
fake_behaviour_run(const struct fake_call *call)
{
	const struct fake_behaviour *behaviour = call->behaviour;

	if (behaviour->send != NULL)
		return behaviour->send(call);
	if (behaviour->write != NULL)
		return send_written(call);
	return tcp_wait(call->fd, call->wait_ms) &&
	       fake_reply(call->fd,
			  behaviour->status == 0 ? 200 : behaviour->status,
			  behaviour->type, behaviour->headers, behaviour->body,
			  strlen(behaviour->body));
}
