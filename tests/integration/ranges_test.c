/*
 * Queries over a range of time, from prom/ask down to the socket: what
 * Prometheus is sent, what comes of its answers, and of its faults.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake/fake_behaviour.h"
#include "prom/ask.h"
#include "simulator/fleet_values.h"
#include "support/harness.h"
#include "support/source.h"
#include "support/suite.h"

#define METRIC "nvidia_gpu_used_memory_bytes"
#define OTHER  "nvidia_gpu_utilization_percent"
#define PUBLIC                                                                 \
	"Prometheus may not load that many samples: take a shorter range or "  \
	"a larger step"

enum {
	GPUS = 4, /* the fake's fleet */
	GPUS_OF_NODE = 2,
	POINTS = 241,
	SERIES_MAX = 64,
	AMPLE_MS = 20000,
	STEP_MS = 20
};

/* An hour in steps of a quarter of a minute. */
static const struct query_range hour = {1767322800, 1767326400, 15};

static const struct element_label labels[] = {{"hostname", 0, NULL, false},
					      {"gpu_id", 1, NULL, false}};

static struct source fake, second;
static struct client *client, *client_of_two;
static struct pool *pool, *pool_of_two;
static int threads_before, descriptors_before;

/* --- one request ---------------------------------------------------------- */

struct grid {
	const struct intern *strings;
	unsigned begun;
	size_t taken;
	double rows[SERIES_MAX][POINTS];
	char names[SERIES_MAX][64];
};

struct request {
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct ask ask;
	struct grid grids[2]; /* by question */
	struct matrix_sink sinks[2];
	struct interest interest;
	atomic_bool is_lost;
	struct err err;
	enum err_code code; /* of what was done last */
};

static enum err_code
begin(void *context, struct err *e)
{
	struct grid *g = context;

	(void)e;
	g->begun++;
	g->taken = 0;
	return ERR_OK;
}

static enum err_code
take(void *context, const struct matrix_series *series, struct err *e)
{
	struct grid *g = context;

	if (g->taken == SERIES_MAX)
		return err_set(e, ERR_TOO_BIG, "The grid is full");
	for (size_t slot = 0; slot < 2; slot++) {
		const struct intern_string *s =
		    intern_text_or_null(g->strings, series->label[slot]);

		snprintf(g->names[g->taken] + 16 * slot, 16, "%s",
			 s != NULL ? s->text : "");
	}
	memcpy(g->rows[g->taken], series->values, sizeof(g->rows[0]));
	g->taken++;
	return ERR_OK;
}

static bool
is_lost(const void *context)
{
	return atomic_load((const atomic_bool *)context);
}

static struct request *
open_request(int64_t timeout_ms, size_t budget_bytes)
{
	struct request *r = calloc(1, sizeof(*r));
	struct ask_asker asker;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	budget_init(&r->budget, budget_bytes);
	arena_init(&r->arena, &r->budget);
	intern_init(&r->strings, &r->budget);
	r->interest = (struct interest){is_lost, &r->is_lost};
	asker = (struct ask_asker){&r->arena, "range",
				   clock_now_ms() + timeout_ms, &r->interest};
	r->code =
	    ask_init(&r->ask, 2, &asker, &r->strings, SERIES_MAX, &r->err);
	return r;
}

static void
close_request(struct request *r)
{
	ask_fini(&r->ask);
	intern_fini(&r->strings);
	arena_fini(&r->arena);
	free(r);
}

/* Nothing, once something has failed. */
static void
add(struct request *r, const char *promql)
{
	size_t i = r->ask.count;
	struct buf query;

	if (r->code != ERR_OK)
		return;
	r->grids[i].strings = &r->strings;
	r->sinks[i] = (struct matrix_sink){begin, take, &r->grids[i]};
	buf_init(&query, ASK_QUERY_MAX_BYTES);
	buf_append_text(&query, promql);
	buf_append(&query, "", 1);
	r->code = ask_add_range(&r->ask, &query, labels, 2, 2, &hour,
				&r->sinks[i], &r->err);
	buf_fini(&query);
}

static void
start_asking(struct request *r, struct pool *of)
{
	CU_ASSERT_EQUAL_FATAL(r->code, ERR_OK);
	ask_start(&r->ask, of);
}

static struct request *
ask_for(const char *promql, int64_t timeout_ms)
{
	struct request *r = open_request(timeout_ms, (size_t)64 << 20);

	add(r, promql);
	start_asking(r, pool);
	return r;
}

/* --- what is right -------------------------------------------------------- */

static void
check_grid(const struct grid *g, enum fleet_metric metric, size_t copies)
{
	const struct fake_range range = {hour.start_s, hour.end_s, hour.step_s};
	bool is_right = g->taken == GPUS * copies;

	CU_ASSERT_EQUAL(g->taken, GPUS * copies);
	for (unsigned i = 0; i < g->taken && is_right; i++) {
		unsigned gpu = i / (unsigned)copies;
		double value = fleet_value(metric, gpu / GPUS_OF_NODE + 1,
					   gpu % GPUS_OF_NODE, 0) +
			       i % (unsigned)copies;
		char node[16], index[16];

		snprintf(node, sizeof(node), "node-%u", gpu / GPUS_OF_NODE + 1);
		snprintf(index, sizeof(index), "%u", gpu % GPUS_OF_NODE);
		SUITE_EQUAL(g->names[i], node);
		SUITE_EQUAL(g->names[i] + 16, index);
		for (int k = 0; k < POINTS; k++)
			is_right &= fake_range_has_value(
					&range, hour.start_s + k * hour.step_s)
					? g->rows[i][k] == value
					: isnan(g->rows[i][k]) != 0;
	}
	CU_ASSERT_TRUE(is_right);
}

/* Whatever was before. */
static void
expect_right(void)
{
	struct request *r = ask_for(METRIC, AMPLE_MS);

	CU_ASSERT_EQUAL(ask_await(&r->ask, 0)->code, ERR_OK);
	check_grid(&r->grids[0], FLEET_MEMORY_USED, 1);
	close_request(r);
}

static void
expect_text(const char *key, const char *expected)
{
	char *text = source_fake_text(&fake, key);

	SUITE_EQUAL(text, expected);
	free(text);
}

/* Its first line begins so. */
static void
expect_head(const char *start)
{
	char *head = source_fake_text(&fake, "last_head");

	CU_ASSERT_EQUAL(strncmp(head, start, strlen(start)), 0);
	if (strncmp(head, start, strlen(start)) != 0)
		printf("# asked: %.200s\n", head);
	free(head);
}

static void
reads_what_was_asked_for(void)
{
	long untimed = source_fake_count(&fake, "untimed");
	char *timeout;

	source_set_fake(&fake, "ok");
	expect_right();
	expect_text("last_query", METRIC);
	expect_text("last_range", "1767322800 1767326400 15");
	expect_head("GET /api/v1/query_range?query=" METRIC
		    "&start=1767322800&end=1767326400&step=15&nocache=1"
		    "&timeout=");
	/* As of its own points, not of a time besides. */
	CU_ASSERT_EQUAL(source_fake_count(&fake, "untimed"), untimed + 1);
	timeout = source_fake_text(&fake, "last_timeout");
	CU_ASSERT_TRUE(strtol(timeout, NULL, 10) > AMPLE_MS / 2 &&
		       strtol(timeout, NULL, 10) <= AMPLE_MS);
	free(timeout);
}

/* Proxies cut lines of 8 kB. */
static void
sends_long_queries_as_forms(void)
{
	for (size_t length = 4000; length <= 11000; length += 7000) {
		char promql[ASK_QUERY_MAX_BYTES];
		struct request *r;

		memset(promql, 'x', sizeof(promql));
		memcpy(promql, METRIC "{a=\"", sizeof(METRIC "{a=\"") - 1);
		memcpy(promql + length - 2, "\"}", 3);
		r = ask_for(promql, AMPLE_MS);
		CU_ASSERT_EQUAL(ask_await(&r->ask, 0)->code, ERR_OK);
		check_grid(&r->grids[0], FLEET_MEMORY_USED, 1);
		close_request(r);
		expect_text("last_query", promql);
		expect_text("last_range", "1767322800 1767326400 15");
		expect_head(length < 6000 ? "GET /api/v1/query_range?query="
					  : "POST /api/v1/query_range HTTP/");
	}
	/* The next one is none. */
	expect_right();
	expect_head("GET ");
}

/* --- faults --------------------------------------------------------------- */

static const struct fault {
	const char *behaviour;
	enum err_code code;
	const char *word; /* of the error's text */
} faults[] = {
    {"empty", ERR_OK, ""},
    {"nan", ERR_OK, ""},
    {"chunked", ERR_OK, ""},
    {"ok_once", ERR_OK, ""},
    {"duplicates", ERR_OK, ""},
    {"hostile_labels", ERR_OK, ""},
    {"no_labels", ERR_OK, ""},
    {"slow_header", ERR_TIMEOUT, "did not answer in time"},
    {"slow_body", ERR_TIMEOUT, "did not answer in time"},
    {"drip", ERR_TIMEOUT, "did not answer in time"},
    {"reset", ERR_PROM, "reset"},
    {"reset_header", ERR_PROM, ""},
    {"close_early", ERR_PROM, ""},
    {"endless", ERR_TOO_BIG, "MAX_SERIES"},
    {"endless_whitespace", ERR_TOO_BIG, "MAX_UPSTREAM_BYTES"},
    {"endless_trailers", ERR_PROM, "headers without end"},
    {"gzip_bomb", ERR_PROM, "malformed"},
    {"status_500", ERR_PROM, "500"},
    {"status_503", ERR_NOT_READY, "503"},
    {"status_503_timeout", ERR_TIMEOUT, "503"},
    {"status_401", ERR_PROM, "401"},
    {"status_422", ERR_PROM, "422"},
    {"status_422_late", ERR_TIMEOUT, "422"},
    {"status_422_samples", ERR_LIMIT, PUBLIC},
    {"status_400_points", ERR_LIMIT, PUBLIC},
    {"status_422_victoria", ERR_LIMIT, PUBLIC},
    {"status_429", ERR_NOT_READY, "429"},
    {"redirect", ERR_PROM, "302"},
    {"html", ERR_PROM, "not JSON"},
    {"html_as_json", ERR_PROM, "malformed"},
    {"status_error_200", ERR_PROM, "duplicate series"},
    {"truncated_json", ERR_PROM, "cut off"},
    {"garbage", ERR_PROM, "malformed"},
    {"vector", ERR_PROM, "Prometheus answered a vector, not a matrix"},
    {"scalar", ERR_PROM, "Prometheus answered a scalar, not a matrix"},
    {"unaligned", ERR_PROM, "not aligned: a value of 1767322801.000"},
    {"backwards", ERR_PROM, "not aligned: a value of 1767322800.000"},
    {"invalid_utf8", ERR_PROM, "not UTF-8"},
    {"deep_nesting", ERR_PROM, "malformed"}};

/* What only asks whether it is alive is answered. */
static void
set_fake(const char *behaviour)
{
	char text[64];

	snprintf(text, sizeof(text), "%s&ranges=1", behaviour);
	source_set_fake(&fake, text);
}

/* Within its time, and without an effect on the next one. */
static void
survives_each_fault(void)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct fault *f = &faults[i];
		int64_t timeout_ms = f->code == ERR_TIMEOUT ? 400 : AMPLE_MS;
		struct request *r;
		const struct err *e;

		set_fake(f->behaviour);
		r = ask_for(METRIC, timeout_ms);
		e = ask_await(&r->ask, 0);
		CU_ASSERT_EQUAL(e->code, f->code);
		CU_ASSERT_PTR_NOT_NULL(strstr(e->text, f->word));
		if (e->code != f->code || strstr(e->text, f->word) == NULL)
			printf("# %s: %s: %s\n", f->behaviour,
			       err_name(e->code), e->text);
		close_request(r);
		source_set_fake(&fake, "ok");
		expect_right();
	}
}

/* Each copy of a series is one: who takes them chooses. */
static void
hands_on_copies(void)
{
	struct request *r;

	source_set_fake(&fake, "duplicates");
	r = ask_for(METRIC, AMPLE_MS);
	CU_ASSERT_EQUAL(ask_await(&r->ask, 0)->code, ERR_OK);
	check_grid(&r->grids[0], FLEET_MEMORY_USED, 2);
	close_request(r);
	source_set_fake(&fake, "ok");
}

/* That text is about ranges. */
static void
says_nothing_of_ranges_to_others(void)
{
	struct request *r = open_request(AMPLE_MS, 1 << 20);
	const struct err *e;
	struct buf query;

	source_set_fake(&fake, "status_422_samples");
	buf_init(&query, ASK_QUERY_MAX_BYTES);
	buf_append(&query, METRIC, sizeof(METRIC));
	CU_ASSERT_EQUAL_FATAL(ask_add(&r->ask, &query, labels, 2, 2, &r->err),
			      ERR_OK);
	buf_fini(&query);
	start_asking(r, pool);
	e = ask_await(&r->ask, 0);
	CU_ASSERT_EQUAL(e->code, ERR_PROM);
	CU_ASSERT_PTR_NOT_NULL(strstr(e->text, "too many samples"));
	close_request(r);
	source_set_fake(&fake, "ok");
}

static void
tells_warnings(void)
{
	struct request *r;

	source_set_fake(&fake, "warnings");
	r = ask_for(METRIC, AMPLE_MS);
	CU_ASSERT_EQUAL(ask_await(&r->ask, 0)->code, ERR_OK);
	CU_ASSERT_TRUE(ask_is_partial(&r->ask, 0));
	SUITE_EQUAL(ask_warning(&r->ask, 0, 0),
		    "partial response: store-7 unavailable");
	CU_ASSERT_PTR_NULL(ask_warning(&r->ask, 0, 1));
	close_request(r);
	source_set_fake(&fake, "ok");
}

/* --- who leaves ----------------------------------------------------------- */

static void
rest_ms(long ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

static void
wait_until_running(long count)
{
	long running;
	int steps = 0;

	while ((running = source_fake_count(&fake, "running")) != count &&
	       steps++ < PROCESS_LIMIT_MS / STEP_MS)
		rest_ms(STEP_MS);
	CU_ASSERT_EQUAL(running, count);
}

/* Whether its head is awaited, or the rest of its body. */
static void
ends_when_nobody_waits(void)
{
	static const char *const behaviours[] = {"slow_header", "slow_body"};

	for (size_t i = 0; i < 2; i++) {
		struct request *r;

		set_fake(behaviours[i]);
		r = ask_for(METRIC, PROCESS_LIMIT_MS * 2);
		wait_until_running(1);
		atomic_store(&r->is_lost, true);
		CU_ASSERT_EQUAL(ask_await(&r->ask, 0)->code, ERR_GONE);
		wait_until_running(0);
		close_request(r);
		source_set_fake(&fake, "ok");
		expect_right();
	}
}

static void
asks_nothing_if_nobody_waits(void)
{
	long ranges = source_fake_count(&fake, "ranges");
	struct request *r = open_request(AMPLE_MS, 1 << 20);

	add(r, METRIC);
	atomic_store(&r->is_lost, true);
	start_asking(r, pool);
	CU_ASSERT_EQUAL(ask_await(&r->ask, 0)->code, ERR_GONE);
	CU_ASSERT_EQUAL(source_fake_count(&fake, "ranges"), ranges);
	close_request(r);
}

static void
ends_at_its_deadline(void)
{
	struct request *r;

	set_fake("slow_header");
	r = ask_for(METRIC, 300);
	CU_ASSERT_EQUAL(ask_await(&r->ask, 0)->code, ERR_TIMEOUT);
	wait_until_running(0);
	close_request(r);
	source_set_fake(&fake, "ok");
}

/* --- two servers ---------------------------------------------------------- */

/* The one that failed to answer one question is not believed in the other:
 * that is asked anew, and what it said does not count. It fails late, so that
 * there is something that it said. */
static void
begins_anew_at_another_server(void)
{
	struct request *r = open_request(AMPLE_MS, (size_t)64 << 20);

	source_set_fake(&fake, "status_503&ms=500&metric=" OTHER);
	add(r, METRIC);
	add(r, OTHER);
	start_asking(r, pool_of_two);
	for (size_t i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(ask_await(&r->ask, i)->code, ERR_OK);
	CU_ASSERT_EQUAL(r->grids[0].begun, 2);
	CU_ASSERT_EQUAL(r->grids[1].begun, 1);
	check_grid(&r->grids[0], FLEET_MEMORY_USED, 1);
	check_grid(&r->grids[1], FLEET_UTILIZATION, 1);
	CU_ASSERT_EQUAL(source_fake_count(&second, "ranges"), 2);
	close_request(r);
	source_set_fake(&fake, "ok");
}

/* --- one at a time -------------------------------------------------------- */

/* Not as much memory as it takes: a clean failure, each time. */
static void
keeps_to_its_budget(void)
{
	unsigned answers = 0, failures = 0;

	for (size_t bytes = 1024; bytes < 1 << 20; bytes += bytes / 2) {
		struct request *r = open_request(AMPLE_MS, bytes);

		add(r, METRIC);
		if (r->code == ERR_OK) {
			start_asking(r, pool);
			r->code = ask_await(&r->ask, 0)->code;
		}
		CU_ASSERT_TRUE(r->code == ERR_OK || r->code == ERR_MEMORY);
		answers += r->code == ERR_OK;
		failures += r->code == ERR_MEMORY;
		close_request(r);
	}
	CU_ASSERT_TRUE(answers > 0 && failures > 0);
	expect_right();
}

static struct client *
new_client(const char *urls)
{
	const struct client_settings settings = {.urls = urls,
						 .agent = "ranges_test",
						 .max_bytes = 1 << 20,
						 .probe_timeout_ms = 5000};
	struct client *c = NULL;
	struct err e = {.code = ERR_OK};

	harness_require(client_new(&settings, &c, &e) == ERR_OK, "%s", e.text);
	return c;
}

static struct pool *
new_pool(struct client *c)
{
	struct pool *p = NULL;
	struct err e = {.code = ERR_OK};

	harness_require(pool_new(c, 2, 2, &p, &e) == ERR_OK, "%s", e.text);
	return p;
}

static void
start(void)
{
	char both[2 * SOURCE_URL_BYTES + 2];
	struct err e = {.code = ERR_OK};

	harness_require(client_global_init(&e) == ERR_OK, "%s", e.text);
	source_start_fake(&fake, NULL);
	source_start_fake(&second, NULL);
	threads_before = process_count(getpid(), "task");
	descriptors_before = process_count(getpid(), "fd");
	snprintf(both, sizeof(both), "%s,%s", fake.url, second.url);
	client = new_client(fake.url);
	client_of_two = new_client(both);
	pool = new_pool(client);
	pool_of_two = new_pool(client_of_two);
}

/* Neither threads nor connections. */
static void
leaves_nothing_behind(void)
{
	pool_free(pool);
	pool_free(pool_of_two);
	client_free(client);
	client_free(client_of_two);
	client_global_fini();
	CU_ASSERT_EQUAL(process_count(getpid(), "task"), threads_before);
	CU_ASSERT_EQUAL(process_count(getpid(), "fd"), descriptors_before);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads what was asked for", reads_what_was_asked_for},
	    {"sends long queries as forms", sends_long_queries_as_forms},
	    {"survives each fault", survives_each_fault},
	    {"hands on copies", hands_on_copies},
	    {"says nothing of ranges to others",
	     says_nothing_of_ranges_to_others},
	    {"tells warnings", tells_warnings},
	    {"ends when nobody waits", ends_when_nobody_waits},
	    {"asks nothing if nobody waits", asks_nothing_if_nobody_waits},
	    {"ends at its deadline", ends_at_its_deadline},
	    {"begins anew at another server", begins_anew_at_another_server},
	    {"keeps to its budget", keeps_to_its_budget},
	    {"leaves nothing behind", leaves_nothing_behind},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	start();
	return suite_run("ranges", tests);
}
