/* The client's sessions are the test's own: nothing is asked. */
#include "prom/pool.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "prom/client.h"
#include "support/suite.h"

enum { JOBS_MAX = 200, GUARD_S = 30 };

struct client {
	int unused;
};

struct client_session {
	bool is_in_use;
};

/* A deadline that no test lives to see. */
static const int64_t far_ms = INT64_C(1) << 40;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* What the stand-in was told and saw; reset before each test. */
static struct {
	struct client *client;
	unsigned failures_left; /* of client_session_new */
	unsigned new_count, free_count;
	unsigned running, running_max;
	unsigned ranges, ranges_max; /* of those that run */
	/* Queries wait until that many run at once, or one was let go. */
	unsigned gate;
	bool is_open;
	bool was_shared, was_stuck;
	const char *order[JOBS_MAX];
	size_t order_count;
} seen;

static void
reset(unsigned gate)
{
	memset(&seen, 0, sizeof(seen));
	seen.gate = gate;
}

struct client_session *
client_session_new(struct client *c)
{
	struct client_session *s = NULL;

	pthread_mutex_lock(&lock);
	seen.client = c;
	if (seen.failures_left > 0)
		seen.failures_left--;
	else
		s = calloc(1, sizeof(*s));
	seen.new_count += s != NULL;
	pthread_mutex_unlock(&lock);
	return s;
}

void
client_session_free(struct client_session *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&lock);
	seen.free_count++;
	pthread_mutex_unlock(&lock);
	free(s);
}

/* The guard only keeps a broken pool from hanging the test. */
static void
wait_at_the_gate(void)
{
	struct timespec guard;

	clock_gettime(CLOCK_REALTIME, &guard);
	guard.tv_sec += GUARD_S;
	if (seen.running >= seen.gate)
		seen.is_open = true;
	pthread_cond_broadcast(&changed);
	while (!seen.is_open)
		if (pthread_cond_timedwait(&changed, &lock, &guard) != 0) {
			seen.was_stuck = true;
			seen.is_open = true;
		}
}

void
client_ask(struct client_session *s, struct client_query *q,
	   int64_t deadline_ms)
{
	pthread_mutex_lock(&lock);
	seen.was_shared |= s->is_in_use;
	s->is_in_use = true;
	if (++seen.running > seen.running_max)
		seen.running_max = seen.running;
	seen.ranges += q->range != NULL;
	if (seen.ranges > seen.ranges_max)
		seen.ranges_max = seen.ranges;
	if (seen.order_count < JOBS_MAX)
		seen.order[seen.order_count++] = q->promql;
	wait_at_the_gate();
	pthread_mutex_unlock(&lock);
	sched_yield();
	pthread_mutex_lock(&lock);
	seen.running--;
	seen.ranges -= q->range != NULL;
	s->is_in_use = false;
	pthread_mutex_unlock(&lock);
	q->duration_us = deadline_ms;
	q->received_bytes++;
}

size_t
client_server_count(const struct client *c)
{
	(void)c;
	return 2;
}

server_set
client_server_to_keep(const struct client *c, server_set answered,
		      server_set failed)
{
	(void)c, (void)failed;
	return answered;
}

static struct pool *
start_with(struct client *c, unsigned threads, unsigned ranges_max)
{
	struct err e = {0};
	struct pool *p = NULL;

	CU_ASSERT_EQUAL_FATAL(pool_new(c, threads, ranges_max, &p, &e), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static struct pool *
start(struct client *c, unsigned threads)
{
	return start_with(c, threads, threads);
}

/* Each was asked once, with that deadline. */
static void
check_asked(const struct pool_job *jobs, size_t count, int64_t deadline_ms)
{
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(jobs[i].query.received_bytes, 1);
		CU_ASSERT_EQUAL(jobs[i].query.duration_us, deadline_ms);
		CU_ASSERT_EQUAL(jobs[i].query.err.code, ERR_OK);
	}
}

/* All of them, from the beginning to the end. */
static void
run(struct pool *p, struct pool_job *jobs, size_t count, int64_t deadline_ms)
{
	struct pool_batch batch;

	pool_begin(p, &batch, jobs, count, deadline_ms);
	for (size_t i = 0; i < count; i++) {
		pool_await(p, &jobs[i]);
		CU_ASSERT_TRUE(jobs[i].has_ended);
	}
	pool_end(p, &batch);
}

static void
runs_as_many_at_once_as_it_has_threads(void)
{
	for (unsigned threads = 1; threads <= 8; threads++) {
		static struct pool_job jobs[JOBS_MAX];
		struct client c;
		struct pool *p;

		memset(jobs, 0, sizeof(jobs));
		reset(threads);
		p = start(&c, threads);
		run(p, jobs, JOBS_MAX, far_ms);
		check_asked(jobs, JOBS_MAX, far_ms);
		CU_ASSERT_FALSE(seen.was_stuck);
		CU_ASSERT_FALSE(seen.was_shared);
		CU_ASSERT_EQUAL(seen.running_max, threads);
		CU_ASSERT_EQUAL(seen.new_count, threads);
		CU_ASSERT_PTR_EQUAL(seen.client, &c);
		CU_ASSERT_EQUAL(seen.free_count, 0);
		pool_free(p);
		CU_ASSERT_EQUAL(seen.free_count, threads);
	}
}

static void
asks_first_come_first_served(void)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
	enum { COUNT = sizeof(names) / sizeof(*names) };
	struct pool_job jobs[COUNT];
	struct client c;
	struct pool *p;

	memset(jobs, 0, sizeof(jobs));
	for (size_t i = 0; i < COUNT; i++)
		jobs[i].query.promql = names[i];
	reset(1);
	p = start(&c, 1);
	run(p, jobs, COUNT, far_ms);
	pool_free(p);
	CU_ASSERT_EQUAL(seen.order_count, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		SUITE_EQUAL(seen.order[i], names[i]);
}

static const struct query_range hour = {0, 3600, 15};

/* Others pass those over a range of time, of which enough are under way. */
static void
keeps_threads_for_instant_queries(void)
{
	enum { THREADS = 4, RANGES_MAX = 2, RANGES = 20, INSTANTS = 20 };
	static struct pool_job jobs[RANGES + INSTANTS];
	struct client c;
	struct pool *p;

	memset(jobs, 0, sizeof(jobs));
	for (size_t i = 0; i < RANGES; i++)
		jobs[i].query.range = &hour;
	/* Only if instant ones run beside them as many run at once. */
	reset(THREADS);
	p = start_with(&c, THREADS, RANGES_MAX);
	run(p, jobs, RANGES + INSTANTS, far_ms);
	check_asked(jobs, RANGES + INSTANTS, far_ms);
	CU_ASSERT_FALSE(seen.was_stuck);
	CU_ASSERT_EQUAL(seen.running_max, THREADS);
	CU_ASSERT_EQUAL(seen.ranges_max, RANGES_MAX);
	pool_free(p);
}

static void
keeps_its_sessions(void)
{
	struct pool_job jobs[10];
	struct client c;
	struct pool *p;

	reset(1);
	p = start(&c, 2);
	for (int round = 0; round < 20; round++) {
		memset(jobs, 0, sizeof(jobs));
		run(p, jobs, 10, far_ms + round);
		check_asked(jobs, 10, far_ms + round);
	}
	CU_ASSERT_TRUE(seen.new_count >= 1 && seen.new_count <= 2);
	pool_free(p);
	CU_ASSERT_EQUAL(seen.free_count, seen.new_count);
}

static void
runs_nothing_at_once(void)
{
	struct client c;
	struct pool *p;

	reset(1);
	p = start(&c, 2);
	run(p, NULL, 0, 1);
	pool_free(p);
	CU_ASSERT_EQUAL(seen.order_count, 0);
	pool_free(NULL);
}

struct caller {
	struct pool *pool;
	int64_t number;
	unsigned wrong;
};

static void *
call(void *context)
{
	struct caller *caller = context;

	for (int64_t round = 0; round < 50; round++) {
		int64_t deadline_ms = far_ms + caller->number * 1000 + round;
		struct pool_job jobs[7];

		memset(jobs, 0, sizeof(jobs));
		run(caller->pool, jobs, 7, deadline_ms);
		for (size_t i = 0; i < 7; i++)
			caller->wrong +=
			    jobs[i].query.received_bytes != 1 ||
			    jobs[i].query.duration_us != deadline_ms;
	}
	return NULL;
}

static void
serves_several_callers(void)
{
	enum { CALLERS = 8, THREADS = 3 };
	struct caller callers[CALLERS];
	pthread_t threads[CALLERS];
	struct client c;
	struct pool *p;

	reset(THREADS);
	p = start(&c, THREADS);
	for (size_t i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){p, (int64_t)i, 0};
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, call, &callers[i]), 0);
	}
	for (size_t i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(callers[i].wrong, 0);
	}
	CU_ASSERT_EQUAL(seen.running_max, THREADS);
	CU_ASSERT_FALSE(seen.was_shared);
	CU_ASSERT_FALSE(seen.was_stuck);
	pool_free(p);
}

static void
goes_on_after_a_shortage(void)
{
	struct pool_job jobs[5];
	struct client c;
	struct pool *p;

	memset(jobs, 0, sizeof(jobs));
	reset(1);
	seen.failures_left = 2;
	p = start(&c, 1);
	run(p, jobs, 5, far_ms);
	for (size_t i = 0; i < 2; i++) {
		struct err expected = {0};

		err_set_memory(&expected);
		CU_ASSERT_EQUAL(jobs[i].query.err.code, ERR_MEMORY);
		SUITE_EQUAL(jobs[i].query.err.text, expected.text);
		CU_ASSERT_EQUAL(jobs[i].query.received_bytes, 0);
	}
	check_asked(jobs + 2, 3, far_ms);
	CU_ASSERT_EQUAL(seen.new_count, 1);
	pool_free(p);
	CU_ASSERT_EQUAL(seen.free_count, 1);
}

static void
ends_threads_that_never_worked(void)
{
	struct client c;

	for (int i = 0; i < 50; i++) {
		reset(1);
		pool_free(start(&c, 16));
		CU_ASSERT_EQUAL(seen.new_count, 0);
		CU_ASSERT_EQUAL(seen.free_count, 0);
	}
}

struct long_call {
	struct pool *pool;
	struct pool_job job;
};

static void *
run_long(void *context)
{
	struct long_call *l = context;

	run(l->pool, &l->job, 1, far_ms);
	return NULL;
}

static void
wait_until_running(unsigned count)
{
	pthread_mutex_lock(&lock);
	while (seen.running < count)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void
let_go(void)
{
	pthread_mutex_lock(&lock);
	seen.is_open = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* All threads are busy with somebody's patient queries. */
static void
ends_at_its_deadline_in_line(void)
{
	struct pool_job late[3];
	struct long_call l;
	pthread_t thread;
	struct client c;

	memset(&l, 0, sizeof(l));
	memset(late, 0, sizeof(late));
	reset(2); /* of one thread, so that the gate stays shut */
	l.pool = start(&c, 1);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_long, &l), 0);
	wait_until_running(1);
	run(l.pool, late, 3, clock_now_ms() + 20);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(late[i].query.err.code, ERR_TIMEOUT);
		SUITE_EQUAL(late[i].query.err.text,
			    "no query thread was free in time");
		CU_ASSERT_EQUAL(late[i].query.received_bytes, 0);
	}
	pthread_mutex_lock(&lock);
	CU_ASSERT_FALSE(seen.was_stuck);
	pthread_mutex_unlock(&lock);
	let_go();
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(l.job.query.received_bytes, 1);
	/* The line is whole: who comes next is served. */
	memset(late, 0, sizeof(late));
	run(l.pool, late, 3, far_ms);
	check_asked(late, 3, far_ms);
	pool_free(l.pool);
}

static size_t look_count;

/* At the first look; then somebody joins in. */
static bool
is_lost(const void *context)
{
	(void)context;
	return look_count++ == 0;
}

/* All threads are busy, and nobody waits for what is in line. */
static void
ends_in_line_when_nobody_waits(void)
{
	static const struct interest lost = {is_lost, NULL};
	struct pool_job left[3];
	struct long_call l;
	pthread_t thread;
	struct client c;

	memset(&l, 0, sizeof(l));
	memset(left, 0, sizeof(left));
	for (size_t i = 0; i < 3; i++) {
		left[i].query.range = &hour;
		left[i].query.interest = &lost;
	}
	look_count = 0;
	reset(2); /* of one thread, so that the gate stays shut */
	l.pool = start(&c, 1);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_long, &l), 0);
	wait_until_running(1);
	run(l.pool, left, 3, far_ms);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(left[i].query.err.code, ERR_GONE);
		CU_ASSERT_EQUAL(left[i].query.received_bytes, 0);
	}
	CU_ASSERT_EQUAL(pool_state(l.pool).waiting, 0);
	let_go();
	pthread_join(thread, NULL);
	CU_ASSERT_FALSE(seen.was_stuck);
	pool_free(l.pool);
}

/* One that has ended can be looked at while the others are under way. */
static void
awaits_one_by_one(void)
{
	static struct pool_job jobs[3];
	struct pool_batch batch;
	struct client c;
	struct pool *p;

	memset(jobs, 0, sizeof(jobs));
	reset(1);
	p = start(&c, 1);
	pool_begin(p, &batch, jobs, 3, far_ms);
	for (size_t i = 0; i < 3; i++) {
		pool_await(p, &jobs[i]);
		check_asked(&jobs[i], 1, far_ms);
	}
	pool_await(p, &jobs[0]);
	pool_end(p, &batch);
	CU_ASSERT_EQUAL(seen.order_count, 3);
	pool_free(p);
}

/* Those that have ended, while others have not. */
static void
asks_again(void)
{
	static struct pool_job jobs[2];
	struct pool_batch batch;
	struct client c;
	struct pool *p;

	memset(jobs, 0, sizeof(jobs));
	reset(1);
	p = start(&c, 1);
	pool_begin(p, &batch, jobs, 2, far_ms);
	pool_await(p, &jobs[0]);
	pool_again(p, &jobs[0]);
	pool_await(p, &jobs[0]);
	CU_ASSERT_EQUAL(jobs[0].query.received_bytes, 2);
	pool_again(p, &jobs[0]);
	pool_end(p, &batch);
	CU_ASSERT_TRUE(jobs[0].has_ended && jobs[1].has_ended);
	CU_ASSERT_EQUAL(pool_state(p).waiting, 0);
	pool_free(p);
}

/* Whoever needs no more answers does not wait for a turn in line. */
static void
asks_no_more_after_the_end(void)
{
	static struct pool_job first, late[2];
	struct pool_batch first_batch, late_batch;
	struct client c;
	struct pool *p;

	memset(&first, 0, sizeof(first));
	memset(late, 0, sizeof(late));
	reset(2); /* of one thread, so that the gate stays shut */
	p = start(&c, 1);
	pool_begin(p, &first_batch, &first, 1, far_ms);
	wait_until_running(1);
	pool_begin(p, &late_batch, late, 2, far_ms);
	pool_end(p, &late_batch);
	let_go();
	pool_end(p, &first_batch);
	check_asked(&first, 1, far_ms);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(late[i].has_ended);
		CU_ASSERT_EQUAL(late[i].query.received_bytes, 0);
	}
	CU_ASSERT_FALSE(seen.was_stuck);
	pool_free(p);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"runs as many at once as it has threads",
	     runs_as_many_at_once_as_it_has_threads},
	    {"asks first come, first served", asks_first_come_first_served},
	    {"keeps threads for instant queries",
	     keeps_threads_for_instant_queries},
	    {"keeps its sessions", keeps_its_sessions},
	    {"runs nothing at once", runs_nothing_at_once},
	    {"serves several callers", serves_several_callers},
	    {"goes on after a shortage", goes_on_after_a_shortage},
	    {"awaits one by one", awaits_one_by_one},
	    {"asks again", asks_again},
	    {"asks no more after the end", asks_no_more_after_the_end},
	    {"ends threads that never worked", ends_threads_that_never_worked},
	    {"ends at its deadline, in line", ends_at_its_deadline_in_line},
	    {"ends in line when nobody waits", ends_in_line_when_nobody_waits},
	    {NULL, NULL}};

	return suite_run("pool", tests);
}
