#include "prom/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
	STACK_BYTES = 512 * 1024,
	/* How often who waits looks whether somebody waits for it. */
	LOOK_INTERVAL_MS = 250
};

struct pool {
	struct client *client;
	pthread_mutex_t lock;
	pthread_cond_t work; /* there are jobs, or the pool is closing */
	struct pool_job *first, *last;
	struct pool_state state;
	bool is_closing;
	unsigned ranges_max, ranges; /* queries over a range, under way */
	unsigned thread_count;
	pthread_t threads[];
};

static bool
is_range(const struct pool_job *job)
{
	return job->query.range != NULL;
}

/* The oldest job that may begin; NULL: there is none. */
static struct pool_job *
find_job(struct pool *p)
{
	struct pool_job *before = NULL, *job = p->first;

	while (job != NULL && is_range(job) && p->ranges == p->ranges_max) {
		before = job;
		job = job->next;
	}
	if (job == NULL)
		return NULL;
	if (before == NULL)
		p->first = job->next;
	else
		before->next = job->next;
	if (p->last == job)
		p->last = before;
	p->state.waiting--;
	p->state.busy_threads++;
	p->ranges += is_range(job);
	return job;
}

/* NULL when the pool closes. */
static struct pool_job *
take_job(struct pool *p)
{
	struct pool_job *job;

	pthread_mutex_lock(&p->lock);
	/* Without a limit: an idle thread has nothing else to do. A job that
	 * had to let others pass is taken by the thread that ends one like it.
	 */
	while ((job = find_job(p)) == NULL && !p->is_closing)
		pthread_cond_wait(&p->work, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return job;
}

/* Under the lock. */
static void
end_job(struct pool_job *job)
{
	job->has_ended = true;
	job->batch->left--;
	pthread_cond_signal(&job->batch->progress);
}

static void
finish_job(struct pool *p, struct pool_job *job)
{
	pthread_mutex_lock(&p->lock);
	p->state.busy_threads--;
	p->ranges -= is_range(job);
	end_job(job);
	pthread_mutex_unlock(&p->lock);
}

static void *
query_thread(void *context)
{
	struct pool *p = context;
	struct client_session *session = NULL;
	struct pool_job *job;

	while ((job = take_job(p)) != NULL) {
		/* Tried again if there was no memory for it the last time. */
		if (session == NULL)
			session = client_session_new(p->client);
		if (session == NULL)
			err_set_memory(&job->query.err);
		else
			client_ask(session, &job->query,
				   job->batch->deadline_ms);
		finish_job(p, job);
	}
	client_session_free(session);
	return NULL;
}

static void
add_job(struct pool *p, struct pool_job *job, struct pool_batch *batch)
{
	job->batch = batch;
	job->next = NULL;
	job->has_ended = false;
	if (p->last == NULL)
		p->first = job;
	else
		p->last->next = job;
	p->last = job;
	p->state.waiting++;
	pthread_cond_signal(&p->work);
}

/* How a wait for progress ended. */
enum wait_end { WAIT_ON, WAIT_TIMEOUT, WAIT_UNWANTED };

static void
explain_withdrawal(struct pool_job *job, enum wait_end reason)
{
	if (reason == WAIT_UNWANTED)
		err_set(&job->query.err, ERR_GONE,
			"nobody waited for the answer any more");
	else
		err_set(&job->query.err, ERR_TIMEOUT,
			"no query thread was free in time");
}

/* Takes the batch's jobs that nobody has begun out of the line. */
static void
withdraw(struct pool *p, const struct pool_batch *batch, enum wait_end reason)
{
	struct pool_job **at = &p->first;

	p->last = NULL;
	while (*at != NULL) {
		struct pool_job *job = *at;

		if (job->batch != batch) {
			p->last = job;
			at = &job->next;
			continue;
		}
		*at = job->next;
		p->state.waiting--;
		explain_withdrawal(job, reason);
		end_job(job);
	}
}

void
pool_begin(struct pool *p, struct pool_batch *batch, struct pool_job *jobs,
	   size_t count, int64_t deadline_ms)
{
	*batch = (struct pool_batch){.left = count, .deadline_ms = deadline_ms};
	clock_cond_init(&batch->progress);
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < count; i++)
		add_job(p, &jobs[i], batch);
	pthread_mutex_unlock(&p->lock);
}

void
pool_again(struct pool *p, struct pool_job *job)
{
	pthread_mutex_lock(&p->lock);
	job->batch->left++;
	add_job(p, job, job->batch);
	pthread_mutex_unlock(&p->lock);
}

size_t
pool_server_count(const struct pool *p)
{
	return client_server_count(p->client);
}

server_set
pool_server_to_keep(const struct pool *p, server_set answered,
		    server_set failed)
{
	return client_server_to_keep(p->client, answered, failed);
}

/* Waits for progress of the batch; but for WAIT_ON it is in vain from now on.
 */
static enum wait_end
await_progress(struct pool *p, const struct pool_job *job)
{
	struct pool_batch *batch = job->batch;
	const struct interest *interest = job->query.interest;
	int64_t look_at_ms = clock_now_ms() + LOOK_INTERVAL_MS;

	if (interest == NULL || look_at_ms > batch->deadline_ms)
		return clock_cond_wait(&batch->progress, &p->lock,
				       batch->deadline_ms)
			   ? WAIT_ON
			   : WAIT_TIMEOUT;
	clock_cond_wait(&batch->progress, &p->lock, look_at_ms);
	return interest_is_lost(interest) ? WAIT_UNWANTED : WAIT_ON;
}

void
pool_await(struct pool *p, const struct pool_job *job)
{
	struct pool_batch *batch = job->batch;
	enum wait_end end = WAIT_ON;

	pthread_mutex_lock(&p->lock);
	while (!job->has_ended && end == WAIT_ON)
		end = await_progress(p, job);
	/* Who joins in by now finds it given up all the same. */
	if (!job->has_ended)
		withdraw(p, batch, end);
	/* What is under way ends by the deadline, so this does too. */
	while (!job->has_ended)
		pthread_cond_wait(&batch->progress, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void
pool_end(struct pool *p, struct pool_batch *batch)
{
	pthread_mutex_lock(&p->lock);
	withdraw(p, batch, WAIT_UNWANTED);
	while (batch->left > 0)
		pthread_cond_wait(&batch->progress, &p->lock);
	pthread_mutex_unlock(&p->lock);
	pthread_cond_destroy(&batch->progress);
}

struct pool_state
pool_state(struct pool *p)
{
	struct pool_state state;

	pthread_mutex_lock(&p->lock);
	state = p->state;
	pthread_mutex_unlock(&p->lock);
	state.threads = p->thread_count;
	return state;
}

static enum err_code
start_threads(struct pool *p, unsigned count, struct err *e)
{
	pthread_attr_t attributes;
	int rc = 0;

	if (pthread_attr_init(&attributes) != 0)
		return err_set_memory(e);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (rc == 0 && p->thread_count < count) {
		rc = pthread_create(&p->threads[p->thread_count], &attributes,
				    query_thread, p);
		if (rc == 0)
			p->thread_count++;
	}
	pthread_attr_destroy(&attributes);
	if (rc != 0)
		return err_set(e, ERR_SETTING,
			       "cannot start %u query threads: %s", count,
			       strerror(rc));
	return ERR_OK;
}

enum err_code
pool_new(struct client *client, unsigned threads, unsigned ranges_max,
	 struct pool **out, struct err *e)
{
	struct pool *p = calloc(1, sizeof(*p) + threads * sizeof(pthread_t));
	enum err_code code;

	*out = NULL;
	if (p == NULL)
		return err_set_memory(e);
	p->client = client;
	p->ranges_max = ranges_max;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	code = start_threads(p, threads, e);
	if (code == ERR_OK)
		*out = p;
	else
		pool_free(p);
	return code;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	assert(p->first == NULL);
	p->is_closing = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->thread_count; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
