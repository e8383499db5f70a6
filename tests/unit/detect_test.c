/* detect: the thread that looks again and again. Prometheus is the test. */
#include "gpu/site/detect.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gpu/site/holder.h"
#include "support/canned_pool.h"
#include "support/capture.h"
#include "support/suite.h"

enum { GUARD_STEPS = 3000, MEMORY_BYTES = 1 << 24 };

#define FOUND                                                                  \
	CANNED_VECTOR(CANNED_SERIES(CANNED_LABEL("exporter", "rack-exporter"), \
				    "1", "2"))
#define NODES                                                                  \
	CANNED_VECTOR(                                                         \
	    CANNED_SERIES(CANNED_LABEL("pod_ip", "10.0.0.7") "," CANNED_LABEL( \
			      "node", "gpu-7"),                                \
			  "1", "1"))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *census_body, *nodes_body; /* NULL: no answer */
static atomic_uint census_count, nodes_count;

static struct profile_set profiles;
static struct detector *detector;

static void
feed(struct client_query *q, const char *body)
{
	q->err = (struct err){.code = ERR_OK};
	if (body == NULL)
		err_set(&q->err, ERR_PROM, "refused");
	else
		q->err.code = q->feed(q->context, body, strlen(body), &q->err);
	if (q->err.code == ERR_OK)
		q->err.code = q->finish(q->context, &q->err);
}

/* Instead of the pool. */
void
pool_begin(struct pool *p, struct pool_batch *batch, struct pool_job *jobs,
	   size_t count, int64_t deadline_ms)
{
	(void)p, (void)batch, (void)deadline_ms;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count; i++) {
		bool is_nodes = strstr(jobs[i].query.promql, "kube_pod_info");

		feed(&jobs[i].query, is_nodes ? nodes_body : census_body);
		census_count += !is_nodes;
		nodes_count += is_nodes;
	}
	pthread_mutex_unlock(&lock);
}

size_t
pool_server_count(const struct pool *p)
{
	(void)p;
	return 1;
}

server_set
pool_server_to_keep(const struct pool *p, server_set answered,
		    server_set failed)
{
	(void)p, (void)failed;
	return answered;
}

void
pool_again(struct pool *p, struct pool_job *job)
{
	(void)p, (void)job;
}

void
pool_await(struct pool *p, const struct pool_job *job)
{
	(void)p, (void)job;
}

void
pool_end(struct pool *p, struct pool_batch *batch)
{
	(void)p, (void)batch;
}

static void
set_bodies(const char *census, const char *nodes)
{
	pthread_mutex_lock(&lock);
	census_body = census;
	nodes_body = nodes;
	pthread_mutex_unlock(&lock);
}

static void
start_survey(details_survey *survey, bool is_fixed, int64_t interval_ms)
{
	struct detect_settings settings = {.profiles = &profiles,
					   .is_fixed = is_fixed,
					   .interval_ms = interval_ms,
					   .timeout_ms = 5000,
					   .max_series = 100,
					   .max_memory_bytes = MEMORY_BYTES,
					   .survey = survey};
	const char *top = getenv("top_srcdir");
	struct err e = {0};
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/golden/profiles/several",
		 top != NULL ? top : ".");
	CU_ASSERT_EQUAL_FATAL(profile_load(path, &profiles, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(detect_new(&settings, &detector, &e), ERR_OK);
	census_count = nodes_count = 0;
}

static void
start(bool is_fixed, int64_t interval_ms)
{
	start_survey(NULL, is_fixed, interval_ms);
}

static void
end(void)
{
	detect_free(detector);
	profile_free(&profiles);
}

/* One request's look: how many exporters, and the node of that address. */
static enum err_code
get(size_t *count, char node[static 16])
{
	const struct intern_string *name;
	const struct detection *found;
	struct err e = {0};
	struct budget budget;
	struct arena arena;
	struct call call = {.arena = &arena, .request_id = "x"};
	enum err_code code;

	budget_init(&budget, MEMORY_BYTES);
	arena_init(&arena, &budget);
	code = detect_get(detector, &call, &found, &e);
	node[0] = '\0';
	*count = 0;
	if (code == ERR_OK) {
		*count = found->count;
		name = nodemap_find(found->nodes, NULL, "10.0.0.7", 8);
		snprintf(node, 16, "%s", name != NULL ? name->text : "");
	}
	detect_release(found);
	arena_fini(&arena);
	return code;
}

/* Until that many looks have ended more; the guard is for broken threads. */
static void
wait_for_looks(unsigned more)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	unsigned first = 0, now = 0;

	for (int i = 0; i < GUARD_STEPS && now < first + more; i++) {
		pthread_mutex_lock(&lock);
		now = nodes_count;
		first = i == 0 ? now : first;
		pthread_mutex_unlock(&lock);
		nanosleep(&pause, NULL);
	}
	CU_ASSERT_TRUE(now >= first + more);
}

static void
fixed_asks_nobody(void)
{
	char node[16];
	size_t count;

	set_bodies(NULL, NULL);
	start(true, 60000);
	CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_EQUAL(census_count + nodes_count, 0);
	end();
}

static void
looks_at_start(void)
{
	struct err e = {0};
	char node[16];
	size_t count;

	set_bodies(FOUND, NODES);
	start(false, 60000);
	CU_ASSERT_EQUAL(detect_start(detector, &e), ERR_OK);
	wait_for_looks(census_count > 0 ? 0 : 1);
	CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
	CU_ASSERT_EQUAL(count, 1);
	SUITE_EQUAL(node, "gpu-7");
	end();
}

/* The looks after the first are the thread's, not the requests'. */
static void
keeps_what_it_knows(void)
{
	struct err e = {0};
	char node[16];
	size_t count;

	set_bodies(FOUND, NODES);
	start(false, 1);
	capture_start();
	CU_ASSERT_EQUAL(detect_start(detector, &e), ERR_OK);
	wait_for_looks(2);
	/* Neither silence about the nodes nor about all changes a thing. */
	set_bodies(FOUND, NULL);
	wait_for_looks(3);
	CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
	SUITE_EQUAL(node, "gpu-7");
	set_bodies(NULL, NULL);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
	CU_ASSERT_EQUAL(count, 1);
	SUITE_EQUAL(node, "gpu-7");
	end();
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(capture_end(), "msg=\"cannot find out which nodes addresses "
				  "are of\" error=upstream detail=refused\n"));
}

/* A partial answer makes neither exporters nor nodes go away. */
static void
gives_nobody_up_for(const char *partial, const char *detail)
{
	struct err e = {0};
	char node[16], line[128];
	size_t count;

	set_bodies(FOUND, NODES);
	start(false, 1);
	capture_start();
	CU_ASSERT_EQUAL(detect_start(detector, &e), ERR_OK);
	wait_for_looks(2);
	set_bodies(partial, partial);
	wait_for_looks(3);
	CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
	CU_ASSERT_EQUAL(count, 1);
	SUITE_EQUAL(node, "gpu-7");
	end();
	snprintf(line, sizeof(line),
		 "msg=\"exporters may be missing\" error=upstream "
		 "detail=\"%s\"\n",
		 detail);
	CU_ASSERT_PTR_NOT_NULL(strstr(capture_end(), line));
}

static void
gives_nobody_up_for_a_warning(void)
{
	gives_nobody_up_for(CANNED_WARNING("\"partial response\"", ""),
			    "partial response");
}

static void
gives_nobody_up_for_a_partial_answer(void)
{
	gives_nobody_up_for(CANNED_PARTIAL(""),
			    "Prometheus' answer is partial");
}

/* It may be back in a moment. */
static void
knows_who_is_silent(void)
{
	struct err e = {0};
	const struct detection *found;
	char node[16];
	size_t count;

	set_bodies(FOUND, NODES);
	start(false, 1);
	CU_ASSERT_EQUAL(detect_start(detector, &e), ERR_OK);
	wait_for_looks(2);
	set_bodies(CANNED_VECTOR(""), NODES);
	wait_for_looks(3);
	CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(count, 1);
	found = detect_current(detector);
	CU_ASSERT_TRUE(found->is_silent[0]);
	/* What it will have is not known. */
	CU_ASSERT_PTR_NULL(found->series[0]);
	detect_release(found);
	end();
}

/* Without a request it would be a minute. */
static void
looks_when_it_is_asked(void)
{
	struct err e = {0};
	char node[16];
	size_t count;

	set_bodies(FOUND, NODES);
	start(false, 60000);
	CU_ASSERT_EQUAL(detect_start(detector, &e), ERR_OK);
	wait_for_looks(census_count > 0 ? 0 : 1);
	for (int i = 0; i < GUARD_STEPS && census_count < 3; i++) {
		const struct timespec pause = {.tv_nsec = 10000000};

		CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
		nanosleep(&pause, NULL);
	}
	CU_ASSERT_TRUE(census_count >= 3);
	end();
}

static void
tells_of_nothing_once_a_minute(void)
{
	const char *log, *first;
	char node[16];
	size_t count;

	set_bodies(CANNED_VECTOR(""), NULL);
	start(false, 60000);
	capture_start();
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(get(&count, node), ERR_OK);
	CU_ASSERT_EQUAL(count, 0);
	log = capture_end();
	first = strstr(log, "msg=\"no GPU exporter was found\" looked_for="
			    "\"rack-exporter, bench-exporter\"\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_PTR_NULL(strstr(strchr(first, '\n'), "no GPU exporter"));
	CU_ASSERT_EQUAL(census_count, 10);
	end();
}

static enum err_code
find_no_cards(void *context, const struct details_goal *goal, struct call *call,
	      struct err *e)
{
	(void)context, (void)goal, (void)call;
	return err_set(e, ERR_PROM, "no roll");
}

/* Whether it does so after a look with that survey, and that answer about
 * nodes. */
static bool
looks_again_soon(details_survey *survey, const char *nodes)
{
	const struct detection *found;
	struct err e = {0};
	struct budget budget;
	struct arena arena;
	struct call call = {.arena = &arena, .request_id = "x"};
	bool is_soon;

	budget_init(&budget, MEMORY_BYTES);
	arena_init(&arena, &budget);
	set_bodies(FOUND, nodes);
	start_survey(survey, false, 60000);
	capture_start();
	CU_ASSERT_EQUAL_FATAL(detect_look(detector, &call, &found, &e), ERR_OK);
	capture_end();
	is_soon = ((const struct holder *)found)->is_partial;
	detect_release(found);
	arena_fini(&arena);
	end();
	return is_soon;
}

/* What is known then is older. */
static void
looks_again_soon_without_an_answer(void)
{
	CU_ASSERT_FALSE(looks_again_soon(NULL, NODES));
	CU_ASSERT_TRUE(looks_again_soon(NULL, NULL));
	CU_ASSERT_TRUE(looks_again_soon(find_no_cards, NODES));
}

static void *
get_often(void *context)
{
	size_t *wrong = context;

	for (int i = 0; i < 2000; i++) {
		char node[16];
		size_t count;

		*wrong += get(&count, node) != ERR_OK || count != 1 ||
			  strcmp(node, "gpu-7") != 0;
	}
	return NULL;
}

/* What is replaced lives as long as somebody uses it. */
static void
serves_many_while_it_looks(void)
{
	enum { READERS = 4 };
	size_t wrong[READERS] = {0};
	pthread_t threads[READERS];
	struct err e = {0};

	set_bodies(FOUND, NODES);
	start(false, 1);
	CU_ASSERT_EQUAL(detect_start(detector, &e), ERR_OK);
	for (size_t i = 0; i < READERS; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, get_often, &wrong[i]), 0);
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(wrong[i], 0);
	}
	wait_for_looks(1);
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"what is fixed needs no question", fixed_asks_nobody},
	    {"looks at the start", looks_at_start},
	    {"keeps what it knows", keeps_what_it_knows},
	    {"gives nobody up for a warning", gives_nobody_up_for_a_warning},
	    {"gives nobody up for a partial answer",
	     gives_nobody_up_for_a_partial_answer},
	    {"knows who is silent", knows_who_is_silent},
	    {"looks when it is asked", looks_when_it_is_asked},
	    {"looks again soon without an answer",
	     looks_again_soon_without_an_answer},
	    {"tells of nothing once a minute", tells_of_nothing_once_a_minute},
	    {"serves many while it looks", serves_many_while_it_looks},
	    {NULL, NULL}};

	return suite_run("detect", tests);
}
