#include "prom/client.h"

#include <curl/curl.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "prom/hedge.h"
#include "prom/probe.h"
#include "prom/server.h"
#include "prom/transfer.h"

enum { VERSION_BODY_BYTES = 64 * 1024, PROBE_BODY_BYTES = 4096 };

/* Later than any clock shows that means a time: the year 9999. */
static const double time_max_s = 253402300800;

struct client {
	struct server_list servers;
	struct transfer_options options;
	struct probe *probe;
	CURL *probe_handles[SERVERS_MAX];
};

struct client_session {
	struct client *client;
	struct hedge *hedge;
};

enum err_code
client_global_init(struct err *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_SETTING, "libcurl does not start");
	return ERR_OK;
}

void
client_global_fini(void)
{
	curl_global_cleanup();
}

struct client_session *
client_session_new(struct client *c)
{
	struct client_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->client = c;
	s->hedge = hedge_new(&c->servers);
	if (s->hedge == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
client_session_free(struct client_session *s)
{
	if (s == NULL)
		return;
	hedge_free(s->hedge);
	free(s);
}

static void
count_query(struct client_stats *stats, const struct client_query *q,
	    bool was_asked)
{
	if (stats == NULL)
		return;
	atomic_fetch_add_explicit(&stats->outcomes[q->err.code], 1,
				  memory_order_relaxed);
	if (was_asked)
		histogram_observe(&stats->duration, q->duration_us);
}

void
client_ask(struct client_session *s, struct client_query *q,
	   int64_t deadline_ms)
{
	struct transfer_plan plan = {.options = &s->client->options,
				     .path = query_path(q->range),
				     .tells_timeout = true,
				     .round = q->round,
				     .is_range = q->range != NULL,
				     .interest = q->interest,
				     .excluded =
					 q->allowed != 0 ? ~q->allowed : 0,
				     .deadline_ms = deadline_ms,
				     .feed = q->feed,
				     .context = q->context};
	struct hedge_outcome outcome = {.asked = 0};
	int64_t start_us = clock_now_us();
	struct buf parameters;

	q->err = (struct err){.code = ERR_OK};
	buf_init(&parameters, TRANSFER_URL_BYTES);
	if (query_write(q->promql, q->range, &parameters) == ERR_OK) {
		plan.parameters = &parameters;
		hedge_ask(s->hedge, &plan, &outcome, &q->err);
	} else {
		err_set_memory(&q->err);
	}
	buf_fini(&parameters);
	if (q->err.code == ERR_OK)
		q->err.code = q->finish(q->context, &q->err);
	q->asked = outcome.asked;
	q->answered = outcome.answered;
	q->received_bytes = outcome.received_bytes;
	q->duration_us = clock_now_us() - start_us;
	count_query(s->client->options.settings.stats, q, outcome.asked != 0);
}

static enum err_code
feed_buf(void *context, const char *bytes, size_t length, struct err *e)
{
	struct buf *body = context;

	buf_append(body, bytes, length);
	if (buf_status(body) == ERR_TOO_BIG)
		return err_set(e, ERR_PROM, "the answer is too long");
	return buf_status(body) == ERR_OK ? ERR_OK : err_set_memory(e);
}

/* {"status":"success","data":{"version":"2.42.0",...}} */
static enum err_code
read_version(const char *body, char *out, size_t out_bytes, struct err *e)
{
	struct json_object *root = json_tokener_parse(body);
	struct json_object *data, *version;
	enum err_code code = ERR_OK;

	if (root != NULL && json_object_object_get_ex(root, "data", &data) &&
	    json_object_object_get_ex(data, "version", &version) &&
	    json_object_is_type(version, json_type_string))
		snprintf(out, out_bytes, "%s", json_object_get_string(version));
	else
		code = err_set(e, ERR_PROM, "the answer holds no data.version");
	json_object_put(root);
	return code;
}

enum err_code
client_version(struct client_session *s, int64_t deadline_ms, char *out,
	       size_t out_bytes, struct err *e)
{
	struct buf body;
	struct transfer_plan plan = {.options = &s->client->options,
				     .path = "/api/v1/status/buildinfo",
				     .deadline_ms = deadline_ms,
				     .feed = feed_buf,
				     .context = &body};
	struct hedge_outcome outcome;
	enum err_code code;

	buf_init(&body, VERSION_BODY_BYTES);
	code = hedge_ask(s->hedge, &plan, &outcome, e);
	buf_append(&body, "", 1);
	if (code == ERR_OK && buf_status(&body) != ERR_OK)
		code = err_set_memory(e);
	if (code == ERR_OK)
		code = read_version(body.data, out, out_bytes, e);
	buf_fini(&body);
	return code;
}

/*
 * As of when a server answered "1": {"data":{"result":[1700000000.123,"1"]}},
 * or [{"metric":{},"value":[1700000000.123,"1"]}] as the result; 0 if it does
 * not say that.
 */
static double
read_answer_time(const char *body)
{
	struct json_object *root = json_tokener_parse(body);
	struct json_object *data, *result, *first, *value;
	double time_s = 0;

	if (root != NULL && json_object_object_get_ex(root, "data", &data) &&
	    json_object_object_get_ex(data, "result", &result) &&
	    json_object_is_type(result, json_type_array)) {
		first = json_object_array_get_idx(result, 0);
		if (json_object_object_get_ex(first, "value", &value) &&
		    json_object_is_type(value, json_type_array))
			first = json_object_array_get_idx(value, 0);
		time_s = json_object_get_double(first);
	}
	json_object_put(root);
	return time_s > 0 && time_s < time_max_s ? time_s : 0;
}

/* Of a longer answer, the start. */
static enum err_code
feed_start(void *context, const char *bytes, size_t length, struct err *e)
{
	struct buf *body = context;
	size_t room = PROBE_BODY_BYTES - 1 - body->length;

	(void)e;
	buf_append(body, bytes, length < room ? length : room);
	return ERR_OK;
}

static void
learn_clock(struct server *server, struct buf *body, int64_t asked_ms)
{
	int64_t answered_ms = clock_boot_ms();
	double time_s;

	buf_append(body, "", 1);
	if (buf_status(body) != ERR_OK)
		return;
	time_s = read_answer_time(body->data);
	if (time_s > 0)
		remote_clock_learn(&server->clock, (int64_t)(time_s * 1000),
				   asked_ms, answered_ms);
}

/* For the probing threads. */
static enum server_state
ask_for_life(void *context, struct server *server)
{
	struct client *c = context;
	struct buf body, parameters;
	struct transfer_plan plan = {.options = &c->options,
				     .path = query_path(NULL),
				     .parameters = &parameters,
				     .tells_timeout = true,
				     .deadline_ms =
					 clock_now_ms() +
					 c->options.settings.probe_timeout_ms,
				     .feed = feed_start,
				     .context = &body};
	CURL *handle = c->probe_handles[server - c->servers.servers];
	int64_t asked_ms = clock_boot_ms();
	bool is_answered = false;
	struct transfer t;

	buf_init(&body, PROBE_BODY_BYTES);
	buf_init(&parameters, PROBE_BODY_BYTES);
	if (query_write("1", NULL, &parameters) != ERR_OK)
		t.verdict = TRANSFER_UNKNOWN;
	else if (transfer_begin(&t, &plan, server, handle, &is_answered) &&
		 transfer_end(&t, curl_easy_perform(handle)) == ERR_OK)
		learn_clock(server, &body, asked_ms);
	buf_fini(&parameters);
	buf_fini(&body);
	switch (t.verdict) {
	case TRANSFER_UP:
		return SERVER_ALIVE;
	case TRANSFER_DOWN:
		return SERVER_DEAD;
	case TRANSFER_LATE:
		return SERVER_SILENT;
	case TRANSFER_UNKNOWN:
		break;
	}
	return server_state(server);
}

static enum err_code
start_probe(struct client *c, struct err *e)
{
	for (size_t i = 0; i < c->servers.count; i++) {
		c->probe_handles[i] = curl_easy_init();
		if (c->probe_handles[i] == NULL)
			return err_set_memory(e);
	}
	return probe_new(&c->servers, ask_for_life, c, &c->probe, e);
}

enum err_code
client_new(const struct client_settings *settings, struct client **out,
	   struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));
	enum err_code code;

	*out = NULL;
	if (c == NULL)
		return err_set_memory(e);
	code = transfer_options_init(&c->options, settings, e);
	if (code == ERR_OK)
		code = server_init(&c->servers, settings->urls, e);
	if (code == ERR_OK)
		code = start_probe(c, e);
	if (code == ERR_OK)
		*out = c;
	else
		client_free(c);
	return code;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	probe_free(c->probe);
	for (size_t i = 0; i < c->servers.count; i++)
		curl_easy_cleanup(c->probe_handles[i]);
	server_fini(&c->servers);
	transfer_options_fini(&c->options);
	free(c);
}

const char *
client_url(const struct client *c)
{
	return c->servers.safe_urls;
}

size_t
client_server_count(const struct client *c)
{
	return c->servers.count;
}

server_set
client_server_to_keep(const struct client *c, server_set answered,
		      server_set failed)
{
	return server_to_keep(&c->servers, answered, failed);
}

size_t
client_count_servers(const struct client *c, enum server_state state)
{
	return server_count(&c->servers, 0, state);
}

void
client_stop_at(struct client *c, int64_t time_ms)
{
	atomic_store(&c->options.stop_at_ms, time_ms);
}
