#include "api/stats.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/stats_write.h"
#include "base/clock.h"
#include "gpu/stage.h"
#include "support/body.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/harness.h"
#include "support/suite.h"

enum { CELLS = 2, SECOND_US = 1000000 };

/* One as if by two processes, each with a descriptor of its own. */
static struct stats *first, *second;
static struct canned_call surroundings;
static char path[HARNESS_PATH_BYTES];
static struct err err;

static const struct canned_answer none[] = {{NULL, NULL, ERR_OK, NULL}};

static void
begin(void)
{
	CU_ASSERT_EQUAL_FATAL(stats_open(path, CELLS, &first, &err), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(stats_open(path, CELLS, &second, &err), ERR_OK);
	canned_call_init(&surroundings, CANNED_ONE, none, CANNED_AMPLE_BYTES);
}

static void
end(void)
{
	canned_call_fini(&surroundings);
	stats_close(first);
	stats_close(second);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

/* All metrics, to be freed. */
static char *
metrics(struct stats *s)
{
	struct exposition x;
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	exposition_init_text(&x, &out);
	stats_write_metrics(s, surroundings.detector, &x);
	exposition_end(&x);
	buf_append(&out, "", 1);
	CU_ASSERT_EQUAL_FATAL(buf_status(&out), ERR_OK);
	text = strdup(out.data);
	buf_fini(&out);
	return text;
}

/* It has the line, whole. */
static void
expect_line(struct stats *s, const char *line)
{
	char *text = metrics(s), wanted[256];

	snprintf(wanted, sizeof(wanted), "\ngpu_monitoring_api_%s\n", line);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, wanted));
	if (strstr(text, wanted) == NULL)
		printf("# no %s in\n%s\n", line, text);
	free(text);
}

static void
expect_no(struct stats *s, const char *part)
{
	char *text = metrics(s);

	CU_ASSERT_PTR_NULL(strstr(text, part));
	free(text);
}

/* --- counting ------------------------------------------------------------ */

static void
there_is_room_for_all_endpoints(void)
{
	CU_ASSERT(endpoint_count < STATS_ENDPOINTS_MAX);
}

static void
counts_by_endpoint_and_status(void)
{
	size_t livez = endpoint_number(&endpoint_livez);

	begin();
	stats_count_request(first, livez, 200, 400, -1);
	stats_count_request(second, livez, 200, 400, -1);
	stats_count_request(second, livez, 304, 2000, 7000);
	stats_count_request(first, endpoint_count, 404, 100, -1);
	stats_count_request(first, STATS_ENDPOINTS_MAX + 7, 405, 100, -1);
	stats_count_shared(second);
	for (int i = 0; i < 2; i++) {
		struct stats *s = i == 0 ? first : second;

		expect_line(s, "requests_total{endpoint=\"/api/livez\","
			       "status=\"200\"} 2");
		expect_line(s, "requests_total{endpoint=\"/api/livez\","
			       "status=\"304\"} 1");
		expect_line(s, "requests_total{endpoint=\"other\","
			       "status=\"404\"} 1");
		expect_line(s, "requests_total{endpoint=\"other\","
			       "status=\"405\"} 1");
		expect_line(s, "request_duration_seconds_bucket{endpoint="
			       "\"/api/livez\",le=\"0.0005\"} 2");
		expect_line(s, "request_duration_seconds_count{endpoint="
			       "\"/api/livez\"} 3");
		expect_line(s, "request_duration_seconds_sum{endpoint="
			       "\"/api/livez\"} 0.0028");
		expect_line(s, "request_duration_seconds_count{endpoint="
			       "\"other\"} 2");
		expect_line(s, "request_queue_seconds_count 1");
		expect_line(s, "request_queue_seconds_sum 0.007");
		expect_line(s, "shared_answers_total 1");
		expect_no(s, "/api/health\",status=");
	}
	end();
}

static void
takes_any_status(void)
{
	static const int others[] = {-1, 0, 99, 600, 100000};

	begin();
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		stats_count_request(first, 0, others[i], 1, -1);
	stats_count_request(first, 0, 100, 1, -1);
	stats_count_request(first, 0, 599, 1, -1);
	expect_line(
	    first, "requests_total{endpoint=\"/api/health\",status=\"100\"} 1");
	expect_line(
	    first, "requests_total{endpoint=\"/api/health\",status=\"599\"} 1");
	stats_count_request(NULL, 0, 200, 1, -1);
	stats_count_shared(NULL);
	stats_close(NULL);
	end();
}

static void
counts_queries(void)
{
	struct client_stats *client;

	begin();
	client = &second->common->client;
	expect_line(first, "upstream_queries_total{outcome=\"ok\"} 0");
	atomic_fetch_add(&client->outcomes[ERR_OK], 3);
	atomic_fetch_add(&client->outcomes[ERR_TIMEOUT], 2);
	histogram_observe(&client->duration, 3 * SECOND_US);
	expect_line(first, "upstream_queries_total{outcome=\"ok\"} 3");
	expect_line(first, "upstream_queries_total{outcome=\"timeout\"} 2");
	expect_no(first, "outcome=\"upstream\"");
	expect_line(first, "upstream_query_duration_seconds_sum 3");
	end();
}

/* --- processes ----------------------------------------------------------- */

static void
adds_up_processes(void)
{
	const struct stats_state one = {.responder_threads = 8,
					.busy_responder_threads = 1,
					.waiting_requests = 7,
					.resident_bytes = 1000,
					.request_bytes = 10,
					.query_threads = 8,
					.busy_query_threads = 3,
					.waiting_queries = 5};
	const struct stats_state other = {.responder_threads = 2,
					  .busy_responder_threads = 2,
					  .resident_bytes = 500,
					  .query_threads = 4};
	begin();
	stats_set_state(first, &one);
	stats_set_state(second, &other);
	expect_line(first, "processes 2");
	expect_line(first, "responder_threads 10");
	expect_line(first, "responder_threads_busy 3");
	expect_line(first, "requests_waiting 7");
	expect_line(first, "resident_memory_bytes 1500");
	expect_line(first, "request_memory_bytes 10");
	expect_line(first, "query_threads 12");
	expect_line(first, "query_threads_busy 3");
	expect_line(first, "queries_waiting 5");
	stats_close(second);
	second = NULL;
	expect_line(first, "processes 1");
	expect_line(first, "resident_memory_bytes 1000");
	end();
}

/* What stats_write_* writes, to be freed; valid JSON. */
static char *
written(void (*write)(const struct stats *s, struct json *j))
{
	struct json j;
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	json_init(&j, &out);
	write(first, &j);
	CU_ASSERT_TRUE(body_is_json(out.data, out.length));
	buf_append(&out, "", 1);
	CU_ASSERT_EQUAL_FATAL(buf_status(&out), ERR_OK);
	text = strdup(out.data);
	buf_fini(&out);
	return text;
}

static unsigned
count(const char *text, const char *part)
{
	unsigned found = 0;

	while ((text = strstr(text, part)) != NULL) {
		found++;
		text++;
	}
	return found;
}

static void
tells_of_each_process(void)
{
	char *text, pid[32];

	begin();
	text = written(stats_write_processes);
	snprintf(pid, sizeof(pid), "{\"pid\":%ld,", (long)getpid());
	CU_ASSERT_EQUAL(count(text, pid), 2);
	CU_ASSERT_EQUAL(count(text, "\"answers_this\":true"), 1);
	CU_ASSERT_EQUAL(count(text, "\"answers_this\":false"), 1);
	CU_ASSERT_EQUAL(count(text, "\"upstream_servers_silent\":0"), 2);
	free(text);
	end();
}

static struct progress_desk *
new_desk(struct stats *s)
{
	struct progress_desk *desk;

	CU_ASSERT_EQUAL_FATAL(
	    progress_desk_new(&s->own->board, CELLS, &desk, &err), ERR_OK);
	return desk;
}

static void
tells_what_is_in_flight(void)
{
	struct progress_desk *desk;
	struct progress p;
	char *text;

	begin();
	text = written(stats_write_in_flight);
	SUITE_EQUAL(text, "[]");
	free(text);
	desk = new_desk(second);
	progress_begin(&p, desk, clock_now_us());
	/* Cut in the middle of a character, and no text at all. */
	progress_name(&p, "id-1", "GET", "/\xc3\xa9\xff\"");
	progress_enter(&p, STAGE_ASK);
	text = written(stats_write_in_flight);
	CU_ASSERT_EQUAL(count(text, "\"request_id\":\"id-1\""), 1);
	CU_ASSERT_EQUAL(count(text, "\"stage\":\"ask\""), 1);
	CU_ASSERT_EQUAL(count(text, "\"status\""), 0);
	free(text);
	progress_end(&p, 200, 0);
	progress_desk_free(desk);
	end();
}

static void
serve(struct stats *s, const char *id, int64_t duration_us)
{
	struct progress p;

	struct progress_desk *desk = new_desk(s);

	progress_begin(&p, desk, clock_now_us() - duration_us);
	progress_name(&p, id, "GET", "/");
	progress_end(&p, 200, 3);
	progress_desk_free(desk);
}

/* Of both, in one order, and no more than those of one. */
static void
tells_of_the_slowest(void)
{
	char *text;

	begin();
	for (int i = 0; i < PROGRESS_SLOWEST; i++) {
		serve(first, "first", 2 * SECOND_US);
		serve(second, "second", 3 * SECOND_US);
	}
	serve(first, "slowest", 4 * SECOND_US);
	text = written(stats_write_slowest);
	CU_ASSERT_EQUAL(count(text, "\"request_id\""), PROGRESS_SLOWEST);
	CU_ASSERT_EQUAL(strncmp(text, "[{\"request_id\":\"slowest\"", 24), 0);
	CU_ASSERT_EQUAL(count(text, "\"second\""), PROGRESS_SLOWEST - 1);
	CU_ASSERT_EQUAL(count(text, "\"queries\":3"), PROGRESS_SLOWEST);
	free(text);
	end();
}

/* --- trouble ------------------------------------------------------------- */

/* Whatever another process wrote: an answer, and JSON. */
static void
takes_whatever_lies_there(void)
{
	struct stats_process *other;
	char *text;

	begin();
	other = second->own;
	memset((char *)other, 0xff, offsetof(struct stats_process, board));
	atomic_store(&other->board.cells, UINT32_MAX);
	for (int i = 0; i < PROGRESS_SLOWEST; i++) {
		struct progress_cell *cell = &other->board.slowest[i];

		for (int n = 0; n < PROGRESS_WORDS; n++)
			atomic_store(&cell->words[n],
				     UINT64_C(0x8000000000000001) << (i % 8));
		atomic_store(&cell->is_taken, true);
	}
	CU_ASSERT_EQUAL(stats_cells(other), STATS_CELLS_MAX);
	free(metrics(first));
	free(written(stats_write_processes));
	free(written(stats_write_in_flight));
	text = written(stats_write_slowest);
	free(text);
	end();
}

static void
says_that_it_is_alone(void)
{
	struct stats *s;
	const char *log;

	capture_start();
	CU_ASSERT_EQUAL(stats_open("/no/such/file", CELLS, &s, &err), ERR_OK);
	log = capture_end();
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(log, "level=warn msg=\"metrics are of this process alone\" "
			"detail=\"/no/such/file: No such file or directory\""));
	stats_count_request(s, 0, 200, 1, -1);
	CU_ASSERT_EQUAL(atomic_load(&s->common->requests[0].by_status[100]), 1);
	stats_close(s);
}

/* --- threads ------------------------------------------------------------- */

enum { TIMES = 3000 };

static void *
count_and_serve(void *context)
{
	struct stats *s = context;

	for (int i = 0; i < TIMES; i++) {
		stats_count_request(s, 1, 200, 1, -1);
		serve(s, "x", i);
	}
	return NULL;
}

/* The sanitizer looks on: two processes count, and one tells. */
static void
counts_while_it_tells(void)
{
	pthread_t threads[2];
	char line[128];

	begin();
	pthread_create(&threads[0], NULL, count_and_serve, first);
	pthread_create(&threads[1], NULL, count_and_serve, second);
	for (int i = 0; i < 50; i++) {
		free(metrics(first));
		free(written(stats_write_in_flight));
		free(written(stats_write_slowest));
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	snprintf(line, sizeof(line),
		 "requests_total{endpoint=\"/api/livez\",status=\"200\"} %d",
		 2 * TIMES);
	expect_line(first, line);
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"there is room for all endpoints",
	     there_is_room_for_all_endpoints},
	    {"counts by endpoint and status", counts_by_endpoint_and_status},
	    {"takes any status", takes_any_status},
	    {"counts queries", counts_queries},
	    {"adds up processes", adds_up_processes},
	    {"tells of each process", tells_of_each_process},
	    {"tells what is in flight", tells_what_is_in_flight},
	    {"tells of the slowest", tells_of_the_slowest},
	    {"takes whatever lies there", takes_whatever_lies_there},
	    {"says that it is alone", says_that_it_is_alone},
	    {"counts while it tells", counts_while_it_tells},
	    {NULL, NULL}};

	harness_start();
	harness_path(path, "stats");
	return suite_run("stats", tests);
}
