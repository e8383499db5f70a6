/*
 * Each allocation of a request, of a look for exporters and of the profiles
 * fails, once or with all that follow: the answer is complete or a failure,
 * never shorter, and the next one is right.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"
#include "torture/allocations.h"
#include "web/handle.h"

enum {
	ALLOCATIONS_MAX = 100000,
	MEMORY_BYTES = 1 << 20,
	REMEMBERS_NOTHING = -1, /* nor is anything recorded */
	REMEMBERED_MAX = 3
};

#define NO_MEMORY(text)                                                        \
	"{\"success\":false,\"data\":null,\"message\":null,\"error\":\"" text  \
	"\"}"
#define GPU(name, node, index, value)                                          \
	CANNED_SERIES(CANNED_TWO(CANNED_LABEL("__name__", "nvidia_gpu_" name), \
				 CANNED_GPU(node, index, "A100 " node)),       \
		      "1700000000", value)
#define GPUS(name, first, second, third)                                       \
	CANNED_WARNING("\"partial\"",                                          \
		       CANNED_THREE(GPU(name, "node-1", "0", first),           \
				    GPU(name, "node-1", "1", second),          \
				    GPU(name, "node-2", "0", third)))
#define PROCESS(pid, value)                                                    \
	CANNED_SERIES(CANNED_FOUR(CANNED_GPU("node-1", "0", "A100"),           \
				  CANNED_LABEL("pid", pid),                    \
				  CANNED_LABEL("process_name", "python " pid), \
				  CANNED_LABEL("user", "someone")),            \
		      "1700000000", value)
#define METRIC(name, body) {"nvidia_gpu_" name, body, ERR_OK, NULL}

/* A past that is always the same. */
#define SPAN "start=1699999800&end=1700000400&step=300"
#define LINES                                                                  \
	CANNED_MATRIX(                                                         \
	    CANNED_TWO(CANNED_LINE(CANNED_GPU("node-1", "0", "A100 node-1"),   \
				   "[1699999800,\"1\"],[1700000400,\"3\"]"),   \
		       CANNED_LINE(CANNED_GPU("node-2", "0", "A100 node-2"),   \
				   "[1700000100,\"2\"]")))
#define HISTORY "/api/v1/gpu/history?" SPAN

static const struct canned_answer answers[] = {
    METRIC("utilization_percent",
	   GPUS("utilization_percent", "1", "2.5", "100")),
    METRIC("used_memory_bytes",
	   GPUS("used_memory_bytes", "1073741824", "2", "3")),
    METRIC("total_memory_bytes",
	   GPUS("total_memory_bytes", "2147483648", "4", "6")),
    /* A series that no other metric has. */
    METRIC("temperature_celsius",
	   CANNED_VECTOR(
	       CANNED_TWO(GPU("temperature_celsius", "node-1", "0", "41"),
			  GPU("temperature_celsius", "node-3", "0", "43")))),
    METRIC("power_draw_watts", GPUS("power_draw_watts", "100", "NaN", "300")),
    METRIC(
	"process_gpu_memory_bytes",
	CANNED_VECTOR(CANNED_TWO(PROCESS("7", "1048576"), PROCESS("9", "5")))),
    METRIC("process_cpu_percent",
	   CANNED_VECTOR(CANNED_TWO(PROCESS("7", "50"), PROCESS("9", "1")))),
    {"nvidia_gpu_power_limit_watts", NULL, ERR_PROM, "reset"},
    {CANNED_RANGE "(sum by...nvidia_gpu_utilization_percent", LINES, ERR_OK,
     NULL},
    {CANNED_RANGE "sum by...nvidia_gpu_utilization_percent", LINES, ERR_OK,
     NULL},
    {CANNED_RANGE "count by...nvidia_gpu_utilization_percent", LINES, ERR_OK,
     NULL},
    {NULL, NULL, ERR_OK, NULL}};

struct sent {
	char path[128];
	const char *query;
};

#define SOME                                                                   \
	"/api/v1/gpu/metrics?fields=node_name,utilization&sort=-utilization&"  \
	"node_name=node-*&limit=2"

static struct canned_call surroundings;
static struct handle_settings settings;
static struct handle_thread thread;
static struct budget budget;
static unsigned long swept;
/* How many requests' series are remembered when an allocation fails. */
static int remembered;

static const char *
get(const void *context, const char *name)
{
	const struct sent *sent = context;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return "GET";
	if (strcmp(name, "REQUEST_ID") == 0)
		return "torture-1";
	if (strcmp(name, "REMOTE_ADDR") == 0)
		return "127.0.0.1";
	if (strcmp(name, "QUERY_STRING") == 0)
		return sent->query;
	return strcmp(name, "DOCUMENT_URI") == 0 ? sent->path : NULL;
}

/* The path, and what is behind its question mark. */
static struct sent
sent_of(const char *url)
{
	size_t length = strcspn(url, "?");
	struct sent sent = {.query = url + length + (url[length] == '?')};

	memcpy(sent.path, url, length);
	return sent;
}

/* All of its pieces, to be freed. */
static char *
text_of(const struct buf *b)
{
	char *text = malloc(buf_bytes(b) + 1), *at = text;
	struct buf_piece piece;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (size_t i = 0; buf_piece(b, i, &piece); i++) {
		memcpy(at, piece.data, piece.length);
		at += piece.length;
	}
	*at = '\0';
	return text;
}

/* Text, or the envelope: in any case all of it. */
static bool
is_whole_text(const struct reply *r, const char *text)
{
	size_t length = strlen(text);

	if (r->outcome == ERR_OK && r->content_type != NULL &&
	    strncmp(r->content_type, "text/csv", 8) == 0)
		return length > 2 && text[length - 1] == '\n';
	if (r->outcome == ERR_OK && r->content_type != NULL &&
	    strncmp(r->content_type, "text/", 5) == 0)
		return length > 0 && text[length - 1] == '\n' &&
		       (strstr(text, "request_memory_bytes ") != NULL ||
			strstr(text, "\ngpu_warnings ") != NULL);
	return body_is_json(text, length);
}

static bool
is_whole(const struct reply *r)
{
	char *text = text_of(r->body);
	bool is_whole = is_whole_text(r, text);

	free(text);
	return is_whole;
}

/* The status, and the body in memory of its own; its log goes nowhere. */
static int
request(const char *path, unsigned long fails_at, bool is_lasting, char **body)
{
	struct sent sent = sent_of(path);
	const struct handle_input input = {.get = get, .context = &sent};
	struct handle h;
	int status;

	capture_start();
	allocations_fail(allocations, fails_at, is_lasting);
	CU_ASSERT_TRUE(handle_request(&h, &settings, &thread, &input));
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	handle_end(&h);
	allocations_fail(allocations, 0, false);
	capture_end();
	status = reply_status(&h.reply);
	CU_ASSERT_TRUE(is_whole(&h.reply));
	*body = text_of(h.reply.body);
	handle_fini(&h);
	return status;
}

/* However the masked times differ, the rest must not. */
static bool
is_same(const char *body, const char *baseline)
{
	char *left = body_mask(body, BODY_ANY_TIME);
	char *right = body_mask(baseline, BODY_ANY_TIME);
	bool is_same = strcmp(left, right) == 0;

	free(left);
	free(right);
	return is_same;
}

/* Nothing is remembered but what that many requests read. */
static void
remember(const char *path)
{
	char *body;

	if (remembered == REMEMBERS_NOTHING)
		return;
	memory_free(surroundings.collector.memory);
	surroundings.collector.memory = memory_new(MEMORY_BYTES, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(surroundings.collector.memory);
	for (int i = 0; i < remembered; i++) {
		CU_ASSERT_EQUAL(request(path, 0, false, &body), 200);
		free(body);
	}
}

static unsigned long
count_allocations(const char *path, char **baseline)
{
	struct sent sent = sent_of(path);
	const struct handle_input input = {.get = get, .context = &sent};
	struct handle h;
	unsigned long count;

	remember(path);
	capture_start();
	allocations_fail(allocations, 0, false);
	CU_ASSERT_TRUE(handle_request(&h, &settings, &thread, &input));
	CU_ASSERT_PTR_NULL(handle_next(&settings, &thread));
	count = atomic_load(&allocations->count);
	capture_end();
	CU_ASSERT_EQUAL(reply_status(&h.reply), 200);
	*baseline = text_of(h.reply.body);
	handle_fini(&h);
	return count;
}

/* Nothing is known in it from before. */
static void
new_share(void)
{
	const struct share_settings places = {.kinds = endpoint_count +
						       HANDLE_SNAPSHOTS,
					      .keyed_kinds = HANDLE_HISTORIES,
					      .seats = 1,
					      .waiting_max = 1};
	struct err e = {.code = ERR_OK};

	CU_ASSERT_EQUAL_FATAL(share_new(&places, &settings.share, &e), ERR_OK);
}

static void
check_one(const char *path, const char *baseline, unsigned long at,
	  bool is_lasting)
{
	char *body;
	int status;

	remember(path);
	share_free(settings.share);
	new_share();
	status = request(path, at, is_lasting, &body);
	CU_ASSERT_TRUE(status == 200 || status == 503);
	CU_ASSERT_TRUE(status == 200 ? is_same(body, baseline)
				     : strstr(body, "\"data\":null") != NULL);
	if (status == 200 && !is_same(body, baseline))
		printf("# %s, allocation %lu: %s\n", path, at, body);
	free(body);
}

static void
sweep(const char *path)
{
	char *baseline, *again;
	unsigned long count = count_allocations(path, &baseline);

	CU_ASSERT_TRUE(count > 0 && count < ALLOCATIONS_MAX);
	for (unsigned long at = 1; at <= count; at++)
		for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
			check_one(path, baseline, at, is_lasting);
			CU_ASSERT_EQUAL(request(path, 0, false, &again), 200);
			CU_ASSERT_TRUE(is_same(again, baseline));
			free(again);
		}
	swept += count;
	printf("# %s: %lu allocations\n", path, count);
	free(baseline);
}

static void
start(bool is_detecting, bool is_sharing)
{
	(is_detecting ? canned_call_init_auto : canned_call_init)(
	    &surroundings, CANNED_ONE, answers, 0);
	settings =
	    (struct handle_settings){.collector = &surroundings.collector,
				     .request_timeout_ms = 600000,
				     .health_timeout_ms = 600000,
				     .max_response_bytes = 1 << 20,
				     .max_memory_bytes = CANNED_AMPLE_BYTES,
				     .stale_if_error_s = 60,
				     .self = &surroundings.self,
				     .has_debug = true,
				     .budget = &budget,
				     .waiting = &budget,
				     .shares_answers = is_sharing};
	budget_init(&budget, CANNED_AMPLE_BYTES);
	canned_call_count(&surroundings);
	if (!is_detecting)
		canned_call_survey(&surroundings);
	new_share();
	remembered = REMEMBERS_NOTHING;
}

static void
end(void)
{
	share_free(settings.share);
	memory_free(surroundings.collector.memory);
	canned_call_fini(&surroundings);
}

static bool
tells_of_itself(const struct endpoint *endpoint)
{
	return endpoint->content_type != NULL ||
	       endpoint->access == ENDPOINT_FOR_DEBUGGING;
}

/* Of one GPU, up to now, which goes on: unit/detail_test has it without memory.
 */
static bool
takes_a_name(const struct endpoint *endpoint)
{
	return endpoint->example != NULL;
}

/* Where there is a time in it: one that does not go on. */
static const char *
path_of(const struct endpoint *endpoint)
{
	return endpoint == &endpoint_history ? HISTORY : endpoint->path;
}

static void
requests(void)
{
	start(false, false);
	for (size_t i = 0; i < endpoint_count; i++)
		if (!tells_of_itself(endpoint_table[i]) &&
		    !takes_a_name(endpoint_table[i]))
			sweep(path_of(endpoint_table[i]));
	sweep(HISTORY "&by=gpu&node_name=node-1,node-9&uuid=a,b");
	sweep(HISTORY "&by=node&field=memory_utilization&format=csv");
	sweep(HISTORY "&by=model&gpu_name=A*");
	sweep("/api/v1/gpu/metrics");
	sweep(SOME);
	end();
}

/* All are new; one metric's are known; all are known, and the other metric's
 * are recorded; and then again. */
static void
requests_that_remember(void)
{
	start(false, false);
	for (remembered = 0; remembered <= REMEMBERED_MAX; remembered++)
		sweep("/api/v1/gpu/metrics");
	end();
}

/* What these answer is another thing each time. */
static void
own_requests(void)
{
	start(false, false);
	for (size_t i = 0; i < endpoint_count; i++) {
		const char *path = endpoint_table[i]->path;
		unsigned long count;
		char *body;

		if (!tells_of_itself(endpoint_table[i]))
			continue;
		count = count_allocations(path, &body);
		free(body);
		CU_ASSERT_TRUE(count > 0);
		for (unsigned long at = 1; at <= count; at++) {
			CU_ASSERT_EQUAL(request(path, at, true, &body), 503);
			free(body);
			CU_ASSERT_EQUAL(request(path, 0, false, &body), 200);
			free(body);
		}
	}
	end();
}

static void
shared_requests(void)
{
	start(false, true);
	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoint_table[i]->is_cacheable &&
		    !takes_a_name(endpoint_table[i]))
			sweep(path_of(endpoint_table[i]));
	sweep(SOME);
	end();
}

/* Nothing is found, so each request looks again. */
static void
detection(void)
{
	start(true, false);
	sweep("/api/v1/gpu/metrics");
	end();
}

static void
profiles(void)
{
	const char *directory = canned_call_path("conf/profiles");
	struct profile_set set;
	struct err e = {.code = ERR_OK};
	unsigned long count;
	size_t found;

	allocations_fail(allocations, 0, false);
	CU_ASSERT_EQUAL_FATAL(profile_load(directory, &set, &e), ERR_OK);
	count = atomic_load(&allocations->count);
	found = set.count;
	profile_free(&set);
	for (unsigned long at = 1; at <= count; at++)
		for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
			enum err_code code;

			e = (struct err){.code = ERR_OK};
			allocations_fail(allocations, at, is_lasting);
			code = profile_load(directory, &set, &e);
			allocations_fail(allocations, 0, false);
			CU_ASSERT_TRUE(code == ERR_MEMORY ||
				       (code == ERR_OK && set.count == found));
			profile_free(&set);
		}
	swept += count;
	printf("# profiles: %lu allocations\n", count);
	CU_ASSERT_TRUE(swept > 100);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"requests", requests},
	    {"requests that remember series", requests_that_remember},
	    {"requests for what the program tells of itself", own_requests},
	    {"shared requests", shared_requests},
	    {"detection", detection},
	    {"profiles", profiles},
	    {NULL, NULL}};

	return suite_run("torture", tests);
}
