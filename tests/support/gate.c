#include "support/gate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake/fake_form.h"
#include "fake/fake_reply.h"
#include "support/http.h"
#include "support/tcp.h"

enum {
	CONNECTIONS_MAX = 64,
	WAIT_STEP_MS = 20,
	WAIT_STEPS = 30000 / WAIT_STEP_MS
};

struct visit {
	struct gate *gate;
	struct tcp_request request;
	char query[TCP_REQUEST_BYTES];
};

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == ':';
}

/* Whether the query has the metric's whole name in it. */
static bool
names(const char *query, const char *metric)
{
	size_t length = strlen(metric);

	if (length == 0)
		return false;
	for (const char *at = query; (at = strstr(at, metric)) != NULL; at++)
		if ((at == query || !is_word(at[-1])) && !is_word(at[length]))
			return true;
	return false;
}

/* Under the lock. */
static void
keep(struct gate *g, const char *query)
{
	char *longer = NULL;

	if (g->heard == NULL)
		return;
	harness_require(asprintf(&longer, "%s%s\n", g->heard, query) > 0,
			"out of memory");
	free(g->heard);
	g->heard = longer;
}

static bool
refuse(int fd)
{
	static const char body[] =
	    "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":"
	    "\"query processing would load too many samples into memory in "
	    "query execution\"}";

	return fake_reply(fd, 422, NULL, NULL, body, sizeof(body) - 1);
}

static bool
forward(int fd, const struct source *upstream,
	const struct tcp_request *request)
{
	struct http_call call = {0};
	char url[SOURCE_URL_BYTES + TCP_TARGET_BYTES];
	struct http_reply r;
	bool is_sent;

	snprintf(url, sizeof(url), "%s%s", upstream->url, request->target);
	call.url = url;
	call.body = request->body[0] != '\0' ? request->body : NULL;
	http_do(&r, &call);
	is_sent = r.rc == CURLE_OK &&
		  fake_reply(fd, (int)r.status, NULL, NULL, r.body, r.length);
	http_free(&r);
	return is_sent;
}

/* False closes the connection. */
static bool
answer(int fd, struct visit *v)
{
	struct gate *g = v->gate;
	const struct source *upstream;
	const char *parameters = strchr(v->request.target, '?');
	bool is_down, is_refused;

	if (!fake_form_get(v->request.body, "query", v->query,
			   sizeof(v->query)) &&
	    parameters != NULL)
		fake_form_get(parameters + 1, "query", v->query,
			      sizeof(v->query));
	pthread_mutex_lock(&g->lock);
	is_down = g->is_down;
	is_refused = names(v->query, g->refused);
	g->looks += names(v->query, "kube_pod_info");
	keep(g, v->query);
	upstream = g->upstreams[g->next++ % g->upstream_count];
	pthread_mutex_unlock(&g->lock);
	if (is_down)
		return false;
	return is_refused ? refuse(fd) : forward(fd, upstream, &v->request);
}

static void
serve(int fd, void *context)
{
	struct visit *v = malloc(sizeof(*v));

	harness_require(v != NULL, "out of memory");
	v->gate = context;
	v->request.raw_length = 0;
	while (tcp_request_read(&v->request, fd))
		if (!answer(fd, v) || !v->request.keep_alive)
			break;
	free(v);
}

static void *
run(void *context)
{
	struct gate *g = context;

	tcp_serve(g->listener, CONNECTIONS_MAX, serve, g);
	return NULL;
}

void
gate_start(struct gate *out, const struct source *const *upstreams)
{
	pthread_t thread;

	memset(out, 0, sizeof(*out));
	while (out->upstream_count < GATE_UPSTREAMS_MAX &&
	       upstreams[out->upstream_count] != NULL) {
		out->upstreams[out->upstream_count] =
		    upstreams[out->upstream_count];
		out->upstream_count++;
	}
	pthread_mutex_init(&out->lock, NULL);
	out->listener = tcp_listen("127.0.0.1", 0, &out->source.port);
	snprintf(out->source.url, sizeof(out->source.url),
		 "http://127.0.0.1:%u", out->source.port);
	harness_require(out->upstream_count > 0 && out->listener >= 0 &&
			    pthread_create(&thread, NULL, run, out) == 0 &&
			    pthread_detach(thread) == 0,
			"the gate does not open");
}

void
gate_refuse(struct gate *g, const char *metric)
{
	pthread_mutex_lock(&g->lock);
	snprintf(g->refused, sizeof(g->refused), "%s",
		 metric != NULL ? metric : "");
	pthread_mutex_unlock(&g->lock);
}

void
gate_set_down(struct gate *g, bool is_down)
{
	pthread_mutex_lock(&g->lock);
	g->is_down = is_down;
	pthread_mutex_unlock(&g->lock);
}

void
gate_listen(struct gate *g, bool listens)
{
	pthread_mutex_lock(&g->lock);
	free(g->heard);
	g->heard = listens ? strdup("") : NULL;
	pthread_mutex_unlock(&g->lock);
}

bool
gate_heard(struct gate *g, const char *metric)
{
	bool is_heard;

	pthread_mutex_lock(&g->lock);
	is_heard = g->heard != NULL && names(g->heard, metric);
	pthread_mutex_unlock(&g->lock);
	return is_heard;
}

static unsigned
count_looks(struct gate *g)
{
	unsigned looks;

	pthread_mutex_lock(&g->lock);
	looks = g->looks;
	pthread_mutex_unlock(&g->lock);
	return looks;
}

void
gate_wait_looked(struct gate *g)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	unsigned before = count_looks(g), steps = 0;

	while (count_looks(g) < before + 2 && steps++ < WAIT_STEPS)
		nanosleep(&pause, NULL);
	harness_require(count_looks(g) >= before + 2,
			"the program does not look for exporters");
}
