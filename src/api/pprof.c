/* /debug/pprof/: only in a build with --enable-profiling. */
#include <time.h>
#include <unistd.h>

#include "api/endpoint.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/profiler.h"

enum { STEP_MS = 50 };

static const struct endpoint_parameter parameters[] = {
    {.name = "seconds", .min = 1, .max = 60, .standard = 5}, {.name = NULL}};

/* Whoever asks gives up when the time of a request is over. */
static enum err_code
check_time(const struct endpoint_call *call, struct err *e)
{
	int64_t left_ms = call->collect.deadline_ms - clock_now_ms();
	long long allowed_s = (left_ms + 999) / 1000;

	if (call->params->values[0].value <= allowed_s)
		return ERR_OK;
	return err_set(e, ERR_QUERY,
		       "Query parameter \"seconds\" is \"%lld\": "
		       "REQUEST_TIMEOUT_MS allows %lld",
		       call->params->values[0].value, allowed_s);
}

/* Or until the process is to stop. */
static void
wait_until(const struct endpoint_self *self, int64_t until_ms)
{
	static const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

	while (clock_now_ms() < until_ms && !atomic_load(self->is_stopping))
		nanosleep(&step, NULL);
}

/* Several processes answer on a socket: which one it was is in the log. */
static void
log_profile(const struct endpoint_call *call, const struct profiler *p,
	    int64_t duration_ms)
{
	struct log_line l;

	log_start(&l, LOG_INFO, "profile");
	log_text(&l, "request_id", call->collect.request_id);
	log_text(&l, "of", profiler_kind_name(p->kind));
	log_number(&l, "pid", getpid());
	log_duration(&l, "duration_ms", duration_ms * 1000);
	log_write(&l);
}

static enum err_code
write_profile(const struct endpoint_call *call, enum profiler_kind kind,
	      struct buf *body, struct err *e)
{
	int64_t start_ms = clock_now_ms();
	struct profiler profiler;
	enum err_code code;

	if ((code = check_time(call, e)) != ERR_OK ||
	    (code = profiler_begin(&profiler, kind, e)) != ERR_OK)
		return code;
	wait_until(call->self, start_ms + call->params->values[0].value * 1000);
	code = profiler_end(&profiler, body, e);
	log_profile(call, &profiler, clock_now_ms() - start_ms);
	return code;
}

static enum err_code
write_cpu(struct endpoint_call *call, struct buf *body, struct err *e)
{
	return write_profile(call, PROFILER_CPU, body, e);
}

static enum err_code
write_heap(struct endpoint_call *call, struct buf *body, struct err *e)
{
	return write_profile(call, PROFILER_HEAP, body, e);
}

const struct endpoint endpoint_pprof_cpu = {
    .path = "/debug/pprof/profile",
    .access = ENDPOINT_FOR_DEBUGGING,
    .failure = "Failed to take a profile",
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .parameters = parameters,
    .content_type = "application/octet-stream",
    .write_text = write_cpu,
};

const struct endpoint endpoint_pprof_heap = {
    .path = "/debug/pprof/heap",
    .access = ENDPOINT_FOR_DEBUGGING,
    .failure = "Failed to take a profile",
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .parameters = parameters,
    .content_type = "text/plain",
    .write_text = write_heap,
};
