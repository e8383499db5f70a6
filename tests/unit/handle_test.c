/* handle: whole requests, from parameters to the reply and its log line. */
#include "web/handle.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/suite.h"

enum { WAITING_BYTES = 1 << 20 };

#define UTILIZATION "nvidia_gpu_utilization_percent"
#define LIGHT	    "/api/v1/gpu/utilization"
#define OF_LIGHT                                                               \
	"node_name, gpu_index, utilization, timestamp, mig_instance_id, "      \
	"uuid, "                                                               \
	"cluster, measured_at, sort, fields, limit, offset, format"
#define COUNTED                                                                \
	"label_replace(count(count by "                                        \
	"(cluster,node,hostname,gpu,gpu_id,instance) "                         \
	"(" UTILIZATION                                                        \
	")),\"exporter\",\"nvidia-gpu-list-exporter\",\"\",\"\")"
#define PROCESSES "nvidia_gpu_process_gpu_memory_bytes"
#define ERROR(text)                                                            \
	"{\"success\":false,\"data\":null,\"message\":null,\"error\":\"" text  \
	"\"}"

static const struct canned_answer answers[] = {
    {UTILIZATION,
     CANNED_VECTOR(
	 CANNED_SERIES(CANNED_GPU("n", "0", "A100"), "1700000000", "12.5")),
     ERR_OK, NULL},
    {NULL, NULL, ERR_OK, NULL}};

static const struct canned_answer refused[] = {
    {UTILIZATION, NULL, ERR_PROM, "Could not connect to 10.0.0.1: refused"},
    {PROCESSES, NULL, ERR_TIMEOUT, "No answer in time"},
    {COUNTED, NULL, ERR_TIMEOUT, "No answer in time"},
    {NULL, NULL, ERR_OK, NULL}};

static const struct canned_answer starting[] = {
    {UTILIZATION, NULL, ERR_NOT_READY, "Service Unavailable"},
    {NULL, NULL, ERR_OK, NULL}};

struct sent {
	const char *method, *path, *query, *id, *if_none_match, *cached_since;
};

static struct canned_call surroundings;
static struct handle_settings settings;
static struct budget budget, waiting;
static struct handle_thread thread;
static struct handle handle;

static const char *
get(const void *context, const char *name)
{
	const struct sent *sent = context;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return sent->method;
	if (strcmp(name, "DOCUMENT_URI") == 0)
		return sent->path;
	if (strcmp(name, "QUERY_STRING") == 0)
		return sent->query;
	if (strcmp(name, "HTTP_IF_NONE_MATCH") == 0)
		return sent->if_none_match;
	if (strcmp(name, "CACHED_SINCE") == 0)
		return sent->cached_since;
	return strcmp(name, "REQUEST_ID") == 0 ? sent->id : NULL;
}

static void
start(const struct canned_answer *canned)
{
	const struct share_settings places = {
	    .kinds = endpoint_count, .seats = 1, .waiting_max = 1};
	struct err err = {.code = ERR_OK};

	canned_call_init(&surroundings, CANNED_ONE, canned, 0);
	settings = (struct handle_settings){
	    .collector = &surroundings.collector,
	    .request_timeout_ms = 10000,
	    .health_timeout_ms = 5000,
	    .max_response_bytes = 1 << 20,
	    .max_memory_bytes = CANNED_AMPLE_BYTES,
	    .stale_if_error_s = 60,
	    .budget = &budget,
	    .waiting = &waiting,
	};
	budget_init(&budget, CANNED_AMPLE_BYTES);
	budget_init_within(&waiting, WAITING_BYTES, &budget);
	CU_ASSERT_EQUAL_FATAL(share_new(&places, &settings.share, &err),
			      ERR_OK);
	thread.seat = SHARE_NO_SEAT;
}

/* Nobody else was there. */
static void
drop_reply(void)
{
	handle_fini(&handle);
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	CU_ASSERT_EQUAL(budget_used(&budget, CANNED_AMPLE_BYTES), 0);
}

static void
end(void)
{
	drop_reply();
	share_free(settings.share);
	canned_call_fini(&surroundings);
}

static bool
take(struct handle *h, const struct handle_settings *how,
     const struct sent *sent, size_t parameter_bytes)
{
	const struct handle_input input = {
	    .get = get, .context = sent, .parameter_bytes = parameter_bytes};

	return handle_request(h, how, &thread, &input);
}

/* Without anybody else there, nothing waits. */
static void
handle_sent(const struct sent *sent)
{
	CU_ASSERT_TRUE(take(&handle, &settings, sent, 0));
}

static void
request(const char *method, const char *path, const char *query)
{
	struct sent sent = {method, path, query, "test-7", NULL, NULL};

	handle_sent(&sent);
}

static const char *
body(void)
{
	static char text[16384];
	size_t length = buf_bytes(handle.reply.body);

	CU_ASSERT_EQUAL(handle.reply.body->piece_count, 0);
	CU_ASSERT_TRUE_FATAL(length < sizeof(text));
	memcpy(text, handle.reply.body->data, length);
	text[length] = '\0';
	return text;
}

static void
answers_requests(void)
{
	static const char *const methods[] = {"GET", "HEAD"};

	for (size_t i = 0; i < 2; i++) {
		start(answers);
		request(methods[i], LIGHT, "");
		CU_ASSERT_EQUAL(handle.reply.outcome, ERR_OK);
		CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
		CU_ASSERT_TRUE(handle.reply.is_cacheable);
		CU_ASSERT_FALSE(handle.reply.is_known);
		CU_ASSERT_EQUAL(handle.reply.caching.stale_if_error_s, 60);
		SUITE_EQUAL(handle.reply.request_id, "test-7");
		CU_ASSERT_EQUAL(handle.query_count, 2);
		GOLDEN_EQUAL("api/handle_answer.json", handle.reply.body->data,
			     handle.reply.body->length);
		end();
	}
}

static void
request_unless(const char *path, const char *if_none_match)
{
	struct sent sent = {"GET", path, "", "test-7", if_none_match, NULL};

	handle_sent(&sent);
}

static void
sends_nothing_that_the_client_has(void)
{
	char tag[CACHING_TAG_BYTES];

	start(answers);
	request("GET", LIGHT, "");
	memcpy(tag, handle.reply.caching.tag, sizeof(tag));
	end();
	start(answers);
	request_unless(LIGHT, tag);
	CU_ASSERT_EQUAL(handle.reply.outcome, ERR_OK);
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 304);
	CU_ASSERT_EQUAL(reply_body_bytes(&handle.reply), 0);
	end();
	start(answers);
	request_unless(LIGHT, "\"0000000000000000\"");
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
	end();
	/* What is not stored has no tag: `*` cannot match. */
	start(answers);
	request_unless("/api/livez", "*");
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
	end();
	start(NULL);
	request_unless("/api/nothing", "*");
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 404);
	CU_ASSERT_TRUE(reply_body_bytes(&handle.reply) > 0);
	end();
}

static void
gives_each_endpoint_its_deadline(void)
{
	static const struct {
		const char *path;
		int64_t timeout_ms;
	} cases[] = {{"/api/health", 5000},
		     {"/api/v1/gpu/metrics", 10000},
		     {"/api/v1/gpu/nodes", 10000},
		     {"/api/v1/gpu/processes", 10000},
		     {LIGHT, 10000}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t before_ms = clock_now_ms();

		start(NULL);
		request("GET", cases[i].path, "");
		CU_ASSERT_EQUAL(handle.reply.outcome, ERR_OK);
		/* From its start on, whenever that was. */
		CU_ASSERT_EQUAL(canned_pool_deadline_ms(),
				handle.start_us / 1000 + cases[i].timeout_ms);
		CU_ASSERT_TRUE(handle.start_us / 1000 >= before_ms);
		end();
	}
}

/* In this order: the path, the method, the query. */
static void
refuses_bad_requests(void)
{
	static const struct {
		struct sent sent;
		int status;
		const char *body;
	} cases[] = {
	    {{"GET", "/nowhere", "", NULL, NULL, NULL},
	     404,
	     ERROR("No such path: /nowhere")},
	    {{"POST", "/nowhere", "a=1", NULL, NULL, NULL},
	     404,
	     ERROR("No such path: /nowhere")},
	    {{"GET", "/<b>\"", "", NULL, NULL, NULL},
	     404,
	     ERROR("No such path: /\\u003cb\\u003e\\\"")},
	    {{"POST", LIGHT, "", NULL, NULL, NULL},
	     405,
	     ERROR("Method POST is not allowed here; use GET or HEAD")},
	    {{"POST", LIGHT, "a=%", NULL, NULL, NULL},
	     405,
	     ERROR("Method POST is not allowed here; use GET or HEAD")},
	    {{"GET", LIGHT, "node=a", NULL, NULL, NULL},
	     400,
	     ERROR("Unknown query parameter \\\"node\\\": " LIGHT
		   " takes " OF_LIGHT)},
	    {{"GET", "/api/livez", "a=%2", NULL, NULL, NULL},
	     400,
	     ERROR("Query parameter \\\"a\\\" is malformed: a % must be "
		   "followed by two hexadecimal digits")},
	    {{NULL, NULL, NULL, NULL, NULL, NULL},
	     404,
	     ERROR("No such path: ")},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(answers);
		handle_sent(&cases[i].sent);
		CU_ASSERT_EQUAL(reply_status(&handle.reply), cases[i].status);
		SUITE_EQUAL(body(), cases[i].body);
		SUITE_EQUAL(canned_pool_asked(), "");
		CU_ASSERT_EQUAL(handle.query_count, 0);
		end();
	}
}

/* Of a cache's answer that is young enough; and only of a failure. */
static void
lets_a_cached_answer_stand_in(void)
{
	static const struct {
		const struct canned_answer *canned;
		const char *path;
		int age_s, status;
	} cases[] = {{refused, LIGHT, 10, 304},
		     {refused, LIGHT, 100, 502},
		     {refused, "/api/v1/gpu/processes", 10, 304},
		     {starting, LIGHT, 10, 304},
		     {answers, LIGHT, 10, 200},
		     {refused, "/api/health", 10, 503}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char since[CLOCK_TEXT_BYTES];
		struct sent sent = {"GET",    cases[i].path, "",
				    "test-7", NULL,	     since};

		clock_format_http((int64_t)clock_wall_s() - cases[i].age_s,
				  since);
		start(cases[i].canned);
		capture_start();
		handle_sent(&sent);
		capture_end();
		CU_ASSERT_EQUAL(reply_status(&handle.reply), cases[i].status);
		CU_ASSERT_EQUAL(reply_body_bytes(&handle.reply) == 0,
				cases[i].status == 304);
		end();
	}
}

static void
answers_failures_of_prometheus(void)
{
	static const struct {
		const struct canned_answer *canned;
		const char *path;
		int status;
		const char *body;
	} cases[] = {
	    {refused, LIGHT, 502, ERROR("Failed to retrieve GPU utilization")},
	    {refused, "/api/v1/gpu/metrics", 502,
	     ERROR("Failed to retrieve GPU metrics")},
	    {refused, "/api/v1/gpu/nodes", 502,
	     ERROR("Failed to retrieve GPU nodes")},
	    {refused, "/api/v1/gpu/processes", 504,
	     ERROR("Failed to retrieve GPU processes")},
	    {refused, "/api/health", 503,
	     ERROR("Prometheus connection failed")},
	    {starting, LIGHT, 503, ERROR("Failed to retrieve GPU utilization")},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(cases[i].canned);
		request("GET", cases[i].path, "");
		CU_ASSERT_EQUAL(reply_status(&handle.reply), cases[i].status);
		SUITE_EQUAL(body(), cases[i].body);
		end();
	}
}

/* PROCESS_COMMAND reaches the endpoint. */
static void
shows_as_much_of_commands_as_is_set(void)
{
	static const struct canned_answer processes[] = {
	    {PROCESSES,
	     CANNED_VECTOR(CANNED_SERIES(
		 CANNED_GPU("n", "0", "A100") "," CANNED_LABEL(
		     "pid", "7") "," CANNED_LABEL("command", "/bin/sh -c x"),
		 "1700000000", "1")),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const struct {
		enum endpoint_command command;
		const char *expected;
	} cases[] = {
	    {ENDPOINT_COMMAND_NAME, "\"command\":\"sh\","},
	    {ENDPOINT_COMMAND_FULL, "\"command\":\"/bin/sh -c x\","},
	    {ENDPOINT_COMMAND_NONE, "\"command\":null,"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(processes);
		settings.command = cases[i].command;
		request("GET", "/api/v1/gpu/processes", "");
		CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
		CU_ASSERT_PTR_NOT_NULL(strstr(body(), cases[i].expected));
		end();
	}
}

/* --- requests that wait -------------------------------------------------- */

/* What another thread, that holds the only seat, leaves for this one. */
static void
waits_for_the_answer_of_another(void)
{
	static const struct sent first = {"GET", LIGHT, "", "id-1", NULL, NULL};
	static const struct sent second = {"GET",  LIGHT, "",
					   "id-2", NULL,  NULL};
	struct share_request other = {
	    .kind = endpoint_number(&endpoint_utilization)};
	struct share_answer *made = calloc(1, sizeof(*made));
	struct handle more;

	start(NULL);
	settings.shares_answers = true;
	CU_ASSERT_EQUAL(share_begin(settings.share, &other), SHARE_MAKE);
	CU_ASSERT_FALSE(take(&handle, &settings, &first, 0));
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	/* What it takes meanwhile is counted. */
	CU_ASSERT(budget_used(&budget, CANNED_AMPLE_BYTES) >=
		  HANDLE_WAITING_BYTES);
	/* No more than one may wait here. */
	CU_ASSERT_TRUE(take(&more, &settings, &second, 0));
	CU_ASSERT_EQUAL(reply_status(&more.reply), 503);
	SUITE_EQUAL(more.err.text, "too many requests wait for an answer");
	handle_fini(&more);
	err_set(&made->err, ERR_TIMEOUT, "no answer in time");
	share_end(settings.share, &other, made);
	share_release(settings.share, made);
	thread.seat = SHARE_SEAT; /* the other one's */
	CU_ASSERT_PTR_EQUAL(handle_next(&settings, &thread), &handle);
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 504);
	SUITE_EQUAL(handle.reply.request_id, "id-1");
	SUITE_EQUAL(body(), ERROR("Failed to retrieve GPU utilization"));
	end();
}

/* Nor those whose parameters have no room; they may be served, though. */
static void
counts_the_parameters_of_those_that_wait(void)
{
	static const struct sent sent = {"GET", LIGHT, "", "id-1", NULL, NULL};
	enum { SOME_BYTES = WAITING_BYTES / 2 };
	struct share_request other = {.kind = SHARE_ALONE};

	start(answers);
	CU_ASSERT_TRUE(take(&handle, &settings, &sent, WAITING_BYTES));
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
	drop_reply();
	CU_ASSERT_EQUAL(share_begin(settings.share, &other), SHARE_MAKE);
	CU_ASSERT_TRUE(take(&handle, &settings, &sent, WAITING_BYTES));
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 503);
	SUITE_EQUAL(handle.err.text, "too many requests wait for an answer");
	handle_fini(&handle);
	CU_ASSERT_FALSE(take(&handle, &settings, &sent, SOME_BYTES));
	CU_ASSERT(budget_used(&budget, CANNED_AMPLE_BYTES) >=
		  HANDLE_WAITING_BYTES - HANDLE_PARAMETER_BYTES + SOME_BYTES);
	thread.seat = SHARE_SEAT; /* the other one's */
	CU_ASSERT_PTR_EQUAL(handle_next(&settings, &thread), &handle);
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
	end();
}

/* Its time was over before a thread was free; the next one's is not. */
static void
is_told_that_nobody_was_free(void)
{
	static const struct sent sent = {"GET", LIGHT, "", "id-1", NULL, NULL};
	const struct share_settings places = {
	    .kinds = endpoint_count, .seats = 1, .waiting_max = 2};
	struct share_request other = {.kind = SHARE_ALONE};
	struct err err = {.code = ERR_OK};
	struct handle_settings impatient;
	struct handle late;

	start(refused);
	share_free(settings.share);
	CU_ASSERT_EQUAL_FATAL(share_new(&places, &settings.share, &err),
			      ERR_OK);
	settings.shares_answers = true;
	impatient = settings;
	impatient.request_timeout_ms = 0;
	CU_ASSERT_EQUAL(share_begin(settings.share, &other), SHARE_MAKE);
	CU_ASSERT_FALSE(take(&late, &impatient, &sent, 0));
	CU_ASSERT_FALSE(take(&handle, &settings, &sent, 0));
	/* Without the seat, which the other one has. */
	CU_ASSERT_PTR_EQUAL(handle_next(&settings, &thread), &late);
	CU_ASSERT_EQUAL(reply_status(&late.reply), 504);
	SUITE_EQUAL(late.err.text, "no responder thread was free in time");
	SUITE_EQUAL(canned_pool_asked(), "");
	handle_fini(&late);
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	thread.seat = SHARE_SEAT;
	CU_ASSERT_PTR_EQUAL(handle_next(&settings, &thread), &handle);
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 502);
	end();
}

/* What is there is not worked on without a seat, nor too late. */
static void
waits_for_a_seat_to_filter(void)
{
	static const struct sent sent = {"GET",	 LIGHT, "limit=1",
					 "id-1", NULL,	NULL};
	const struct share_settings places = {
	    .kinds = endpoint_count + HANDLE_SNAPSHOTS,
	    .loose_kinds = HANDLE_NARROW_SNAPSHOTS,
	    .seats = 1,
	    .waiting_max = 2};
	struct share_request other = {.kind = SHARE_ALONE};
	struct err err = {.code = ERR_OK};
	struct handle_settings impatient;
	struct handle late;

	start(answers);
	share_free(settings.share);
	CU_ASSERT_EQUAL_FATAL(share_new(&places, &settings.share, &err),
			      ERR_OK);
	settings.shares_answers = true;
	impatient = settings;
	impatient.request_timeout_ms = 0;
	handle_sent(&sent);
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
	handle_fini(&handle);
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	CU_ASSERT_EQUAL(share_begin(settings.share, &other), SHARE_MAKE);
	CU_ASSERT_FALSE(take(&late, &impatient, &sent, 0));
	CU_ASSERT_FALSE(take(&handle, &settings, &sent, 0));
	CU_ASSERT_PTR_EQUAL(handle_next(&settings, &thread), &late);
	CU_ASSERT_EQUAL(reply_status(&late.reply), 504);
	SUITE_EQUAL(late.err.text, "no responder thread was free in time");
	handle_fini(&late);
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	thread.seat = SHARE_SEAT;
	CU_ASSERT_PTR_EQUAL(handle_next(&settings, &thread), &handle);
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(body(), "\"page\":{\"total\":1,"));
	handle_fini(&handle);
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	share_free(settings.share);
	CU_ASSERT_EQUAL(budget_used(&budget, CANNED_AMPLE_BYTES), 0);
	canned_call_fini(&surroundings);
}

#define CARD(value)                                                            \
	CANNED_VECTOR(                                                         \
	    CANNED_SERIES(CANNED_GPU("n", "0", "A100"), "1700000000", value))

/* Idle now, and at work a while ago. */
static const struct canned_answer windows[] = {
    {UTILIZATION, CARD("0"), ERR_OK, NULL},
    {"nvidia_gpu_used_memory_bytes", CARD("0"), ERR_OK, NULL},
    {"max_over_time(" UTILIZATION "[60s])", CARD("0"), ERR_OK, NULL},
    {"max_over_time(" UTILIZATION "[300s])", CARD("0"), ERR_OK, NULL},
    {"max_over_time(" UTILIZATION "[900s])", CARD("30"), ERR_OK, NULL},
    {UTILIZATION " offset 60s", CARD("0"), ERR_OK, NULL},
    {UTILIZATION " offset 300s", CARD("0"), ERR_OK, NULL},
    {UTILIZATION " offset 900s", CARD("30"), ERR_OK, NULL},
    {NULL, NULL, ERR_OK, NULL}};

/* What is shared in a second is of one window, be there room for its like or
 * not: whoever comes next gets what he asked for. */
static void
tells_windows_apart(void)
{
	static const struct {
		const char *query, *rows;
	} asked[] = {{"", ""},
		     {"idle_for=15m", ""},
		     {"idle_for=60", "60"},
		     {"idle_for=900&limit=2", ""},
		     {"idle_for=5m", "300"},
		     {"idle_for=1m&limit=2", "60"},
		     {"limit=3", ""},
		     {"idle_for=0", "0"},
		     {"idle_for=300&count=1", "300"}};

	for (size_t room = 0; room < 2; room++) {
		const struct share_settings places = {.kinds = endpoint_count +
							       HANDLE_SNAPSHOTS,
						      .loose_kinds = room,
						      .seats = 2,
						      .slow_seats = 1,
						      .waiting_max = 1};
		struct err err = {.code = ERR_OK};

		start(windows);
		share_free(settings.share);
		CU_ASSERT_EQUAL_FATAL(share_new(&places, &settings.share, &err),
				      ERR_OK);
		settings.shares_answers = true;
		/* Who has GPUs is nothing of which are free. */
		request("GET", "/api/v1/gpu/workloads",
			"window=60&format=csv&fields=state");
		SUITE_EQUAL(body(), "state\r\n");
		handle_fini(&handle);
		CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
		for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
			char query[128], rows[64];

			snprintf(query, sizeof(query),
				 "fields=idle_s&format=csv&%s", asked[i].query);
			snprintf(rows, sizeof(rows), "idle_s\r\n%s%s",
				 asked[i].rows,
				 *asked[i].rows != '\0' ? "\r\n" : "");
			request("GET", "/api/v1/gpu/available", query);
			SUITE_EQUAL(body(), rows);
			handle_fini(&handle);
			CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
		}
		share_free(settings.share);
		CU_ASSERT_EQUAL(budget_used(&budget, CANNED_AMPLE_BYTES), 0);
		canned_call_fini(&surroundings);
	}
}

/* Whoever asks what is free, asks for all; which lasts for a second. */
static void
asks_once_what_is_free(void)
{
	static const char *const asked[][2] = {
	    {"/api/v1/gpu/available", ""},
	    {"/api/v1/gpu/summary", ""},
	    {"/api/v1/gpu/summary", "node_name=n"},
	    {"/api/v1/gpu/available", "by=model"}};
	const struct share_settings places = {
	    .kinds = endpoint_count + HANDLE_SNAPSHOTS,
	    .loose_kinds = HANDLE_NARROW_SNAPSHOTS,
	    .seats = 2,
	    .waiting_max = 1};
	const struct problems_settings problems = {.ttl_s = 60,
						   .alert_match = "off",
						   .max_bytes =
						       CANNED_AMPLE_BYTES,
						   .budget = &budget};
	struct problems_keeper *keeper;
	struct err err = {.code = ERR_OK};
	size_t in_one_second = 0, tries = 0;

	start(windows);
	CU_ASSERT_EQUAL_FATAL(problems_keeper_new(&problems, &keeper, &err),
			      ERR_OK);
	surroundings.collector.problems = keeper;
	share_free(settings.share);
	CU_ASSERT_EQUAL_FATAL(share_new(&places, &settings.share, &err),
			      ERR_OK);
	settings.shares_answers = true;
	/* What is wrong is found out for longer than that. */
	request("GET", "/api/v1/gpu/summary", "");
	handle_fini(&handle);
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	while (in_one_second < 3 && tries++ < 100) {
		int64_t second = 0;

		for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
			request("GET", asked[i][0], asked[i][1]);
			CU_ASSERT_EQUAL(reply_status(&handle.reply), 200);
			if (handle.reply.caching.made_s == second) {
				CU_ASSERT_EQUAL(handle.query_count, 0);
				in_one_second++;
			}
			second = handle.reply.caching.made_s;
			handle_fini(&handle);
			CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
		}
	}
	CU_ASSERT_TRUE(in_one_second >= 3);
	share_free(settings.share);
	problems_keeper_free(keeper);
	CU_ASSERT_EQUAL(budget_used(&budget, CANNED_AMPLE_BYTES), 0);
	canned_call_fini(&surroundings);
}

static void
answers_what_does_not_fit(void)
{
	start(answers);
	/* Less than the error takes: that one always fits. */
	settings.max_response_bytes = 50;
	request("GET", LIGHT, "");
	CU_ASSERT_EQUAL(reply_status(&handle.reply), 502);
	SUITE_EQUAL(body(), ERROR("The answer has more than 50 bytes; "
				  "MAX_RESPONSE_BYTES sets this limit"));
	end();
}

static void
answers_without_memory(void)
{
	size_t failures = 0;
	enum err_code outcome;

	start(answers);
	settings.max_memory_bytes = 0;
	do {
		struct buf header;

		request("GET", LIGHT, "");
		outcome = handle.reply.outcome;
		CU_ASSERT_TRUE(outcome == ERR_OK || outcome == ERR_MEMORY);
		buf_init(&header, 1024);
		reply_write_header(&handle.reply, &header);
		CU_ASSERT_EQUAL(buf_status(&header), ERR_OK);
		buf_fini(&header);
		if (outcome != ERR_OK) {
			CU_ASSERT_EQUAL(reply_status(&handle.reply), 503);
			SUITE_EQUAL(
			    body(),
			    ERROR("Out of memory: the request needs more than "
				  "MAX_REQUEST_MEMORY_BYTES, all requests "
				  "more than MAX_MEMORY_BYTES, or the "
				  "machine has no more"));
		}
		capture_start();
		handle_end(&handle);
		CU_ASSERT_PTR_NOT_NULL(strstr(capture_end(), " msg=request "));
		drop_reply();
		failures += outcome != ERR_OK;
		settings.max_memory_bytes += 128;
	} while (outcome != ERR_OK &&
		 settings.max_memory_bytes < CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(outcome, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
	share_free(settings.share);
	canned_call_fini(&surroundings);
}

/* The log line with T for its time and D for its duration. */
static const char *
log_line(void)
{
	static char line[8192];
	char time[64], before[4096], ms[32], after[4096];
	const char *text, *duration;

	capture_start();
	handle_end(&handle);
	text = capture_end();
	CU_ASSERT_PTR_EQUAL(strchr(text, '\n'), text + strlen(text) - 1);
	if (sscanf(text, "time=%63[0-9T:.Z-] %4095[^\n]", time, before) != 2 ||
	    strlen(time) != strlen("2026-01-02T03:04:05.678Z"))
		return text;
	duration = strstr(before, " duration_ms=");
	if (duration == NULL ||
	    sscanf(duration, " duration_ms=%31[0-9.] %4095[^\n]", ms, after) !=
		2)
		return text;
	CU_ASSERT_PTR_EQUAL(strchr(ms, '.'), ms + strlen(ms) - 4);
	snprintf(line, sizeof(line), "time=T %.*s duration_ms=D %s",
		 (int)(duration - before), before, after);
	return line;
}

static void
logs_each_request_in_one_line(void)
{
	static const struct {
		const struct canned_answer *canned;
		struct sent sent;
		const char *line;
	} cases[] = {
	    {answers,
	     {"GET", LIGHT, "", "id-1", NULL, NULL},
	     "time=T level=info msg=request request_id=id-1 method=GET "
	     "path=" LIGHT " status=200 duration_ms=D queries=2 bytes=270"},
	    {answers,
	     {"HEAD", LIGHT, "", "id-2", NULL, NULL},
	     "time=T level=info msg=request request_id=id-2 method=HEAD "
	     "path=" LIGHT " status=200 duration_ms=D queries=2 bytes=270"},
	    {NULL,
	     {"GET", "/api/v1/gpu/metrics", "", "id-3", NULL, NULL},
	     "time=T level=info msg=request request_id=id-3 method=GET "
	     "path=/api/v1/gpu/metrics status=200 duration_ms=D queries=8 "
	     "bytes=86"},
	    {NULL,
	     {"GET", "/x y\n\"z\"\xff", "", "id-4", NULL, NULL},
	     "time=T level=info msg=request request_id=id-4 method=GET "
	     "path=\"/x y\\x0a\\\"z\\\"\\xff\" status=404 duration_ms=D "
	     "queries=0 bytes=83 error=not_found "
	     "detail=\"No such path: /x y\\x0a\\\"z\\\"\\xff\""},
	    {NULL,
	     {"POST", LIGHT, "", "id-5", NULL, NULL},
	     "time=T level=info msg=request request_id=id-5 method=POST "
	     "path=" LIGHT " status=405 duration_ms=D queries=0 bytes=103 "
	     "error=method detail=\"Method POST is not allowed here; use GET "
	     "or HEAD\""},
	    {NULL,
	     {"GET", LIGHT, "a", "id-6", NULL, NULL},
	     "time=T level=info msg=request request_id=id-6 method=GET "
	     "path=" LIGHT " status=400 duration_ms=D queries=0 bytes=242 "
	     "error=query detail=\"Unknown query parameter \\\"a\\\": " LIGHT
	     " takes " OF_LIGHT "\""},
	    {refused,
	     {"GET", LIGHT, "", "id-7", NULL, NULL},
	     "time=T level=error msg=request request_id=id-7 method=GET "
	     "path=" LIGHT " status=502 duration_ms=D queries=2 bytes=89 "
	     "error=upstream detail=\"Could not connect to 10.0.0.1: "
	     "refused\""},
	    {refused,
	     {"GET", "/api/health", "", "id-8", NULL, NULL},
	     "time=T level=error msg=request request_id=id-8 method=GET "
	     "path=/api/health status=503 duration_ms=D queries=1 bytes=83 "
	     "error=not_ready detail=\"No answer in time\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(cases[i].canned);
		handle_sent(&cases[i].sent);
		SUITE_EQUAL(log_line(), cases[i].line);
		end();
	}
}

static void
honours_the_log_level(void)
{
	start(answers);
	request("GET", LIGHT, "");
	log_set_level(LOG_WARN);
	capture_start();
	handle_end(&handle);
	SUITE_EQUAL(capture_end(), "");
	end();
	start(refused);
	request("GET", LIGHT, "");
	capture_start();
	handle_end(&handle);
	CU_ASSERT_PTR_NOT_NULL(strstr(capture_end(), " level=error "));
	log_set_level(LOG_INFO);
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers requests", answers_requests},
	    {"sends nothing that the client has",
	     sends_nothing_that_the_client_has},
	    {"gives each endpoint its deadline",
	     gives_each_endpoint_its_deadline},
	    {"refuses bad requests", refuses_bad_requests},
	    {"lets a cached answer stand in", lets_a_cached_answer_stand_in},
	    {"answers failures of Prometheus", answers_failures_of_prometheus},
	    {"shows as much of commands as is set",
	     shows_as_much_of_commands_as_is_set},
	    {"waits for the answer of another",
	     waits_for_the_answer_of_another},
	    {"counts the parameters of those that wait",
	     counts_the_parameters_of_those_that_wait},
	    {"is told that nobody was free", is_told_that_nobody_was_free},
	    {"waits for a seat to filter", waits_for_a_seat_to_filter},
	    {"tells windows apart", tells_windows_apart},
	    {"asks once what is free", asks_once_what_is_free},
	    {"answers what does not fit", answers_what_does_not_fit},
	    {"answers without memory", answers_without_memory},
	    {"logs each request in one line", logs_each_request_in_one_line},
	    {"honours the log level", honours_the_log_level},
	    {NULL, NULL}};

	return suite_run("handle", tests);
}
