#include "fake_serve.h"

#include "fake_form.h"
#include "fake_reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What one connection needs. */
struct visit {
	int fd;
	struct fake *fake;
	struct tcp_request request;
	const char *parameters; /* of the URL */
	struct fake_range range;
	bool has_range;
	char query[TCP_REQUEST_BYTES];
};

static bool
reply_text(int fd, int status, const char *body)
{
	return fake_reply(fd, status, "text/plain", NULL, body, strlen(body));
}

bool
fake_serve_number(const char *text, unsigned most, unsigned *number)
{
	unsigned long parsed;
	char *end;

	errno = 0;
	parsed = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    parsed > most)
		return false;
	*number = (unsigned)parsed;
	return true;
}

static bool
answer_set(struct visit *visit)
{
	const char *parameters = visit->parameters;
	struct fake_rule rule = {0};
	char name[64], wait[32], ranges[8];

	fake_form_get(parameters, "behaviour", name, sizeof(name));
	fake_form_get(parameters, "metric", rule.metric, sizeof(rule.metric));
	rule.is_of_ranges =
	    fake_form_get(parameters, "ranges", ranges, sizeof(ranges));
	rule.has_wait = fake_form_get(parameters, "ms", wait, sizeof(wait));
	if ((rule.behaviour = fake_behaviour_find(name)) == NULL)
		return reply_text(visit->fd, 400, "no such behaviour\n");
	if (rule.has_wait &&
	    !fake_serve_number(wait, FAKE_WAIT_MAX_MS, &rule.wait_ms))
		return reply_text(visit->fd, 400, "bad ms\n");
	pthread_mutex_lock(&visit->fake->lock);
	visit->fake->rule = rule;
	pthread_mutex_unlock(&visit->fake->lock);
	return reply_text(visit->fd, 200, "ok");
}

static bool
answer_clock(struct visit *visit)
{
	char ahead[32];

	if (!fake_form_get(visit->parameters, "ahead_s", ahead, sizeof(ahead)))
		return reply_text(visit->fd, 400, "no ahead_s\n");
	pthread_mutex_lock(&visit->fake->lock);
	visit->fake->has_clock = true;
	visit->fake->clock_ahead_s = atoi(ahead);
	pthread_mutex_unlock(&visit->fake->lock);
	return reply_text(visit->fd, 200, "ok");
}

static void
write_string(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":\"", name);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void
write_counts(FILE *out, const struct fake_counts *counts)
{
	fprintf(out,
		"{\"requests\":%lu,\"queries\":%lu,\"selectors\":%lu,"
		"\"ranges\":%lu,\"running\":%lu,"
		"\"probes\":%lu,\"untimed\":%lu,\"times\":%lu,"
		"\"connections\":%lu",
		counts->requests, counts->queries, counts->selectors,
		counts->ranges, counts->running, counts->probes,
		counts->untimed, counts->times, counts->connections);
	write_string(out, "last_range", counts->last_range);
	write_string(out, "last_time", counts->last_time);
	write_string(out, "last_query", counts->last_query);
	write_string(out, "last_timeout", counts->last_timeout);
	write_string(out, "last_authorization", counts->last_authorization);
	write_string(out, "last_head", counts->last_head);
	fputs("}\n", out);
}

static bool
answer_count(struct visit *visit)
{
	size_t length;
	char *body = NULL;
	FILE *out = open_memstream(&body, &length);
	bool sent;

	if (out == NULL)
		abort();
	pthread_mutex_lock(&visit->fake->lock);
	write_counts(out, &visit->fake->counts);
	pthread_mutex_unlock(&visit->fake->lock);
	if (fclose(out) != 0)
		abort();
	sent = fake_reply(visit->fd, 200, NULL, NULL, body, length);
	free(body);
	return sent;
}

/* A parameter of the form, or else of the URL. */
static bool
get_parameter(const struct visit *visit, const char *name, char *value,
	      size_t size)
{
	return fake_form_get(visit->request.body, name, value, size) ||
	       fake_form_get(visit->parameters, name, value, size);
}

/* Whether it only wants to know whether we are alive. */
static bool
is_probe(const struct visit *visit)
{
	return strcmp(visit->query, "1") == 0;
}

/* Under the lock. */
static void
count_time(const struct visit *visit, struct fake_counts *counts)
{
	char time[FAKE_SHORT_BYTES];

	if (!get_parameter(visit, "time", time, sizeof(time)))
		counts->untimed++;
	else if (strcmp(time, counts->last_time) != 0)
		counts->times++;
	memcpy(counts->last_time, time, sizeof(time));
}

/* Of a query over a range: whether that is one. */
static bool
read_range(struct visit *visit)
{
	struct fake_range *range = &visit->range;
	const struct {
		const char *name;
		long long *number;
	} numbers[] = {{"start", &range->start_s},
		       {"end", &range->end_s},
		       {"step", &range->step_s}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		char text[32], *end;

		if (!get_parameter(visit, numbers[i].name, text, sizeof(text)))
			return false;
		*numbers[i].number = strtoll(text, &end, 10);
		if (*end != '\0')
			return false;
	}
	visit->has_range = true;
	return range->step_s > 0 && range->start_s <= range->end_s;
}

/* Under the lock. */
static void
count_range(const struct visit *visit, struct fake_counts *counts)
{
	if (!visit->has_range)
		return;
	counts->ranges++;
	snprintf(counts->last_range, sizeof(counts->last_range),
		 "%lld %lld %lld", visit->range.start_s, visit->range.end_s,
		 visit->range.step_s);
}

static void
count_running(struct visit *visit, int more)
{
	pthread_mutex_lock(&visit->fake->lock);
	visit->fake->counts.running += (unsigned long)more;
	pthread_mutex_unlock(&visit->fake->lock);
}

static void
count_query(struct visit *visit)
{
	struct fake_counts *counts = &visit->fake->counts;

	pthread_mutex_lock(&visit->fake->lock);
	if (is_probe(visit)) {
		counts->probes++;
		pthread_mutex_unlock(&visit->fake->lock);
		return;
	}
	counts->queries++;
	counts->selectors += strpbrk(visit->query, "( ") == NULL;
	count_time(visit, counts);
	count_range(visit, counts);
	memcpy(counts->last_query, visit->query, sizeof(visit->query));
	get_parameter(visit, "timeout", counts->last_timeout,
		      sizeof(counts->last_timeout));
	tcp_request_header(&visit->request, "Authorization",
			   counts->last_authorization,
			   sizeof(counts->last_authorization));
	memcpy(counts->last_head, visit->request.head,
	       sizeof(counts->last_head));
	pthread_mutex_unlock(&visit->fake->lock);
}

static struct fake_call
make_call(struct visit *visit)
{
	struct fake *fake = visit->fake;
	struct fake_call call = {
	    .fd = visit->fd,
	    .query = visit->query,
	    .range = visit->has_range ? &visit->range : NULL,
	    .behaviour = fake_behaviour_find("ok"),
	    .gpus_total = fake->gpus_total,
	    .gpus_per_node = fake->gpus_per_node,
	};

	pthread_mutex_lock(&fake->lock);
	if (strstr(visit->query, fake->rule.metric) != NULL &&
	    (visit->has_range || !fake->rule.is_of_ranges))
		call.behaviour = fake->rule.behaviour;
	call.wait_ms =
	    fake->rule.has_wait ? fake->rule.wait_ms : call.behaviour->wait_ms;
	pthread_mutex_unlock(&fake->lock);
	return call;
}

/* By its own clock. */
static bool
answer_time(const struct visit *visit, int ahead_s)
{
	struct timespec now;
	char body[160];
	int length;

	clock_gettime(CLOCK_REALTIME, &now);
	length =
	    snprintf(body, sizeof(body),
		     "{\"status\":\"success\",\"data\":{\"resultType\":"
		     "\"scalar\",\"result\":[%lld.%03ld,\"1\"]}}",
		     (long long)now.tv_sec + ahead_s, now.tv_nsec / 1000000);
	return fake_reply(visit->fd, 200, NULL, NULL, body, (size_t)length);
}

/* Whether it has a clock to show to who asks for 1. */
static bool
shows_time(const struct visit *visit, const struct fake_call *call,
	   int *ahead_s)
{
	struct fake *fake = visit->fake;
	bool has_clock;

	pthread_mutex_lock(&fake->lock);
	has_clock = fake->has_clock;
	*ahead_s = fake->clock_ahead_s;
	pthread_mutex_unlock(&fake->lock);
	return has_clock && is_probe(visit) &&
	       call->behaviour == fake_behaviour_find("ok");
}

static bool
answer_bad_query(struct visit *visit)
{
	static const char bad[] =
	    "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":"
	    "\"invalid parameter \\\"query\\\": unknown position: "
	    "parse error: no expression found in input\"}";

	return fake_reply(visit->fd, 400, NULL, NULL, bad, sizeof(bad) - 1);
}

static bool
run_query(struct visit *visit)
{
	struct fake_call call = make_call(visit);
	int ahead_s;
	bool stays;

	if (shows_time(visit, &call, &ahead_s))
		return answer_time(visit, ahead_s);
	count_running(visit, visit->has_range);
	stays = fake_behaviour_run(&call);
	count_running(visit, -visit->has_range);
	return stays;
}

static bool
answer_query(struct visit *visit)
{
	const char *method = visit->request.method;

	if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0)
		return reply_text(visit->fd, 405, "Method Not Allowed\n");
	get_parameter(visit, "query", visit->query, sizeof(visit->query));
	count_query(visit);
	return visit->query[0] == '\0' ? answer_bad_query(visit)
				       : run_query(visit);
}

static bool
answer_range(struct visit *visit)
{
	bool stays =
	    !read_range(visit) ? answer_bad_query(visit) : answer_query(visit);

	visit->has_range = false;
	return stays;
}

static bool
answer_buildinfo(struct visit *visit)
{
	static const char body[] =
	    "{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\","
	    "\"revision\":\"0000000\",\"branch\":\"HEAD\","
	    "\"buildUser\":\"test\",\"buildDate\":\"20260101-00:00:00\","
	    "\"goVersion\":\"go1.19.8\"}}";

	return fake_reply(visit->fd, 200, NULL, NULL, body, sizeof(body) - 1);
}

static bool
answer_ready(struct visit *visit)
{
	return reply_text(visit->fd, 200, "Prometheus Server is Ready.\n");
}

/* As a proxy: a tunnel at whose end nobody says anything. */
static bool
answer_connect(struct visit *visit)
{
	static const char established[] =
	    "HTTP/1.1 200 Connection established\r\n\r\n";

	if (tcp_send(visit->fd, established, sizeof(established) - 1))
		tcp_wait(visit->fd, FAKE_WAIT_MAX_MS);
	return false;
}

static const struct {
	const char *path;
	bool (*answer)(struct visit *visit);
} routes[] = {
    {"/api/v1/query", answer_query},
    {"/api/v1/query_range", answer_range},
    {"/api/v1/status/buildinfo", answer_buildinfo},
    {"/-/ready", answer_ready},
    {"/__set", answer_set},
    {"/__clock", answer_clock},
    {"/__count", answer_count},
};

/* Splits path and parameters of the URL. */
static void
split_target(struct visit *visit)
{
	char *mark = strchr(visit->request.target, '?');

	visit->parameters = "";
	if (mark == NULL)
		return;
	*mark = '\0';
	visit->parameters = mark + 1;
}

static bool
answer(struct visit *visit)
{
	const char *path = visit->request.target;

	if (strcmp(visit->request.method, "CONNECT") == 0)
		return answer_connect(visit);
	split_target(visit);
	if (strncmp(path, "/__", 3) != 0) {
		pthread_mutex_lock(&visit->fake->lock);
		visit->fake->counts.requests++;
		pthread_mutex_unlock(&visit->fake->lock);
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(routes[i].path, path) == 0)
			return routes[i].answer(visit);
	return reply_text(visit->fd, 404, "404 page not found\n");
}

void
fake_serve(int fd, void *context)
{
	struct visit *visit = malloc(sizeof(*visit));

	if (visit == NULL)
		return;
	visit->fd = fd;
	visit->fake = context;
	visit->request.raw_length = 0;
	visit->has_range = false;
	pthread_mutex_lock(&visit->fake->lock);
	visit->fake->counts.connections++;
	pthread_mutex_unlock(&visit->fake->lock);
	while (tcp_request_read(&visit->request, fd))
		if (!answer(visit) || !visit->request.keep_alive)
			break;
	free(visit);
}
