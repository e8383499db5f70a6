#include "api/stats_write.h"

#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "base/clock.h"
#include "gpu/stage.h"

#define PREFIX "gpu_monitoring_api_"

/* --- metrics ------------------------------------------------------------- */

static const char *
endpoint_label(size_t number)
{
	return number < endpoint_count ? endpoint_table[number]->path : "other";
}

static void
write_gauge(struct exposition *x, const char *name, const char *help,
	    double value)
{
	exposition_family(x, name, "gauge", help);
	exposition_sample(x, NULL, value);
}

static void
write_program(const struct stats *s, struct exposition *x)
{
	const struct exposition_label build[] = {{"version", PACKAGE_VERSION},
						 {"compiler", __VERSION__},
						 {NULL, NULL}};

	exposition_family(x, PREFIX "build_info", "gauge",
			  "Always 1; the labels tell what was built.");
	exposition_sample(x, build, 1);
	write_gauge(x, PREFIX "start_time_seconds",
		    "When the first of the processes began to count, in Unix "
		    "time.",
		    (double)atomic_load(&s->common->start_ms) / 1000);
}

static void
write_statuses(struct exposition *x, const char *endpoint,
	       struct stats_requests *requests)
{
	char status[8];
	const struct exposition_label labels[] = {
	    {"endpoint", endpoint}, {"status", status}, {NULL, NULL}};

	for (int i = 0; i < STATS_STATUSES; i++) {
		unsigned long long count = atomic_load(&requests->by_status[i]);

		if (count == 0)
			continue;
		snprintf(status, sizeof(status), "%d", i + STATS_STATUS_MIN);
		exposition_sample(x, labels, (double)count);
	}
}

static void
write_requests(struct stats *s, struct exposition *x)
{
	struct stats_requests *requests = s->common->requests;

	exposition_family(x, PREFIX "requests_total", "counter",
			  "Requests that were answered, by endpoint and HTTP "
			  "status; those that the web server answered itself "
			  "are not among them.");
	for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++)
		write_statuses(x, endpoint_label(i), &requests[i]);
	exposition_family(x, PREFIX "request_duration_seconds", "histogram",
			  "How long they took, until the answer was sent.");
	for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++) {
		const struct exposition_label labels[] = {
		    {"endpoint", endpoint_label(i)}, {NULL, NULL}};

		if (i < endpoint_count || i == STATS_ENDPOINTS_MAX - 1)
			exposition_histogram(x, labels, &requests[i].duration);
	}
	exposition_family(x, PREFIX "request_queue_seconds", "histogram",
			  "How long they waited in the socket's queue before "
			  "that, where the web server tells when it sent "
			  "them.");
	exposition_histogram(x, NULL, &s->common->queued);
	exposition_family(x, PREFIX "shared_answers_total", "counter",
			  "Requests that got the answer of another one of the "
			  "same second.");
	exposition_sample(x, NULL,
			  (double)atomic_load(&s->common->shared_answers));
}

static void
write_queries(struct stats *s, struct exposition *x)
{
	struct client_stats *client = &s->common->client;

	exposition_family(x, PREFIX "upstream_queries_total", "counter",
			  "Queries for Prometheus, by outcome; not_ready are "
			  "also those that it was not asked, while it says "
			  "nothing.");
	for (int i = 0; i < ERR__MAX; i++) {
		const struct exposition_label labels[] = {
		    {"outcome", err_name((enum err_code)i)}, {NULL, NULL}};
		unsigned long long count = atomic_load(&client->outcomes[i]);

		if (count > 0 || i == ERR_OK)
			exposition_sample(x, labels, (double)count);
	}
	exposition_family(x, PREFIX "upstream_query_duration_seconds",
			  "histogram",
			  "How long those queries took that were asked.");
	exposition_histogram(x, NULL, &client->duration);
}

static void
write_servers(const struct stats *s, struct exposition *x)
{
	struct stats_state state = stats_own_state(s);

	exposition_family(x, PREFIX "upstream_servers", "gauge",
			  "Servers of PROMETHEUS_URL, by what the process that "
			  "answers knows of them.");
	for (int i = 0; i < SERVER__MAX; i++) {
		const struct exposition_label labels[] = {
		    {"state", server_state_name((enum server_state)i)},
		    {NULL, NULL}};

		exposition_sample(x, labels, (double)state.servers[i]);
	}
}

static void
write_exporters(struct detector *detector, struct exposition *x)
{
	const struct detection *found = detect_current(detector);
	size_t count = found != NULL ? found->count : 0;

	write_gauge(x, PREFIX "exporters",
		    "GPU exporters that were found in Prometheus.",
		    (double)count);
	exposition_family(x, PREFIX "exporter_gpus", "gauge",
			  "GPUs that each of them reported when it was last "
			  "looked for.");
	for (size_t i = 0; i < count; i++) {
		const struct exposition_label labels[] = {
		    {"exporter", found->profiles[i]->name}, {NULL, NULL}};

		if (found->gpu_counts[i] > 0)
			exposition_sample(x, labels,
					  (double)found->gpu_counts[i]);
	}
	detect_release(found);
}

/* What all processes have together. */
struct total {
	size_t processes;
	struct stats_state state;
};

static struct total
add_up(const struct stats *s)
{
	struct total total = {.processes = 0};
	const struct stats_process *process;
	struct stats_state state;

	for (size_t i = 0; i < SHARED_PROCESSES_MAX; i++) {
		process = stats_get_process(s, i, &state);
		if (process == NULL)
			continue;
		total.processes++;
		total.state.responder_threads += state.responder_threads;
		total.state.busy_responder_threads +=
		    state.busy_responder_threads;
		total.state.waiting_requests += state.waiting_requests;
		total.state.resident_bytes += state.resident_bytes;
		total.state.request_bytes += state.request_bytes;
		total.state.query_threads += state.query_threads;
		total.state.busy_query_threads += state.busy_query_threads;
		total.state.waiting_queries += state.waiting_queries;
	}
	return total;
}

static void
write_processes(const struct stats *s, struct exposition *x)
{
	struct total total = add_up(s);

	write_gauge(x, PREFIX "processes",
		    "Processes that count together; the following are theirs "
		    "together.",
		    (double)total.processes);
	write_gauge(x, PREFIX "responder_threads",
		    "Answers that can be made at once.",
		    (double)total.state.responder_threads);
	write_gauge(x, PREFIX "responder_threads_busy",
		    "Answers that are being made.",
		    (double)total.state.busy_responder_threads);
	write_gauge(x, PREFIX "requests_waiting",
		    "Requests that wait for an answer that is being made, or "
		    "for a thread to make it.",
		    (double)total.state.waiting_requests);
	write_gauge(x, PREFIX "query_threads",
		    "Queries that can be asked at once.",
		    (double)total.state.query_threads);
	write_gauge(x, PREFIX "query_threads_busy",
		    "Queries that are being asked.",
		    (double)total.state.busy_query_threads);
	write_gauge(x, PREFIX "queries_waiting",
		    "Queries that wait for a thread.",
		    (double)total.state.waiting_queries);
	write_gauge(x, PREFIX "resident_memory_bytes",
		    "Memory of the processes.",
		    (double)total.state.resident_bytes);
	write_gauge(x, PREFIX "request_memory_bytes",
		    "Memory for requests and their answers, of "
		    "MAX_MEMORY_BYTES for each process.",
		    (double)total.state.request_bytes);
}

void
stats_write_metrics(struct stats *s, struct detector *detector,
		    struct exposition *x)
{
	write_program(s, x);
	write_requests(s, x);
	write_queries(s, x);
	write_servers(s, x);
	write_exporters(detector, x);
	write_processes(s, x);
}

/* --- processes ----------------------------------------------------------- */

static void
write_integer(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_integer(j, (int64_t)value);
}

static void
write_process(const struct stats *s, const struct stats_process *process,
	      const struct stats_state *state, struct json *j)
{
	json_open_object(j);
	write_integer(j, "pid", (uint64_t)atomic_load(&process->pid));
	json_key(j, "answers_this");
	json_boolean(j, process == s->own);
	json_key(j, "started");
	json_time(j, (double)atomic_load(&process->start_ms) / 1000);
	write_integer(j, "resident_memory_bytes", state->resident_bytes);
	write_integer(j, "request_memory_bytes", state->request_bytes);
	write_integer(j, "responder_threads", state->responder_threads);
	write_integer(j, "responder_threads_busy",
		      state->busy_responder_threads);
	write_integer(j, "requests_waiting", state->waiting_requests);
	write_integer(j, "query_threads", state->query_threads);
	write_integer(j, "query_threads_busy", state->busy_query_threads);
	write_integer(j, "queries_waiting", state->waiting_queries);
	write_integer(j, "kept_answers", state->kept_answers);
	write_integer(j, "kept_answer_bytes", state->kept_answer_bytes);
	for (int i = 0; i < SERVER__MAX; i++) {
		char key[48];

		snprintf(key, sizeof(key), "upstream_servers_%s",
			 server_state_name((enum server_state)i));
		write_integer(j, key, state->servers[i]);
	}
	json_close_object(j);
}

void
stats_write_processes(const struct stats *s, struct json *j)
{
	const struct stats_process *process;
	struct stats_state state;

	json_open_array(j);
	for (size_t i = 0; i < SHARED_PROCESSES_MAX; i++)
		if ((process = stats_get_process(s, i, &state)) != NULL)
			write_process(s, process, &state, j);
	json_close_array(j);
}

/* --- requests ------------------------------------------------------------ */

static void
write_ms(struct json *j, const char *key, int64_t us)
{
	json_key(j, key);
	json_decimal(j, (double)us / 1000, 3);
}

/* One that has not ended is in its stage until now. */
static void
write_request(const struct progress_entry *entry, int64_t pid, struct json *j)
{
	int64_t now_us = clock_now_us();
	int64_t until_us = entry->end_us != 0 ? entry->end_us : now_us;

	json_open_object(j);
	json_key(j, "request_id");
	json_text(j, entry->request_id);
	json_key(j, "method");
	json_text(j, entry->method);
	json_key(j, "path");
	json_text(j, entry->path);
	write_integer(j, "pid", (uint64_t)pid);
	json_key(j, "started");
	json_time(j, clock_wall_s() - (double)(now_us - entry->start_us) / 1e6);
	write_ms(j, "duration_ms", until_us - entry->start_us);
	if (entry->end_us != 0) {
		write_integer(j, "status", (uint64_t)entry->status);
		write_integer(j, "queries", (uint64_t)entry->query_count);
	} else {
		json_key(j, "stage");
		json_text(j, stage_name((enum stage)entry->stage));
	}
	json_key(j, "stages_ms");
	json_open_object(j);
	for (int i = 0; i < STAGE__MAX; i++) {
		int64_t in_it_us = entry->stage_us[i];

		if (entry->end_us == 0 && entry->stage == i)
			in_it_us += now_us - entry->stage_start_us;
		write_ms(j, stage_name((enum stage)i), in_it_us);
	}
	json_close_object(j);
	json_close_object(j);
}

void
stats_write_in_flight(const struct stats *s, struct json *j)
{
	const struct stats_process *process;
	struct progress_entry entry;
	struct stats_state state;

	json_open_array(j);
	for (size_t i = 0; i < SHARED_PROCESSES_MAX; i++) {
		process = stats_get_process(s, i, &state);
		if (process == NULL)
			continue;
		for (unsigned n = 0; n < stats_cells(process); n++)
			if (progress_read(&process->board.in_flight[n], &entry))
				write_request(&entry,
					      atomic_load(&process->pid), j);
	}
	json_close_array(j);
}

/* The slowest so far, the slowest first. */
struct slowest {
	struct slow {
		struct progress_entry entry;
		int64_t pid;
	} all[PROGRESS_SLOWEST];
	size_t count;
};

static int64_t
duration_us(const struct slow *s)
{
	return s->entry.end_us - s->entry.start_us;
}

static void
add_slow(struct slowest *s, const struct slow *new)
{
	size_t at = s->count;

	while (at > 0 && duration_us(new) > duration_us(&s->all[at - 1]))
		at--;
	if (at == PROGRESS_SLOWEST)
		return;
	if (s->count < PROGRESS_SLOWEST)
		s->count++;
	memmove(&s->all[at + 1], &s->all[at],
		(s->count - at - 1) * sizeof(*new));
	s->all[at] = *new;
}

static void
add_process(struct slowest *s, const struct stats_process *process)
{
	struct slow next = {.pid = atomic_load(&process->pid)};
	int64_t now_us = clock_now_us();

	for (size_t i = 0; i < PROGRESS_SLOWEST; i++)
		if (progress_read(&process->board.slowest[i], &next.entry) &&
		    progress_is_recent(&next.entry, now_us))
			add_slow(s, &next);
}

void
stats_write_slowest(const struct stats *s, struct json *j)
{
	struct slowest slowest = {.count = 0};
	const struct stats_process *process;
	struct stats_state state;

	for (size_t i = 0; i < SHARED_PROCESSES_MAX; i++)
		if ((process = stats_get_process(s, i, &state)) != NULL)
			add_process(&slowest, process);
	json_open_array(j);
	for (size_t i = 0; i < slowest.count; i++)
		write_request(&slowest.all[i].entry, slowest.all[i].pid, j);
	json_close_array(j);
}
