#include "soak/faults.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
	CALM_LEAST_MS = 3000,
	CALM_MOST_MS = 6000,
	DOWN_MOST_MS = 4000,
	PROBE_MS = 50,
	KILL_LEAST_MS = 5000,
	KILL_MOST_MS = 15000,
	SECOND_MS = 1000,
	/* A scrape takes less than that. */
	SCRAPE_MS = 200
};

const char *const faults_names[FAULTS_KIND__MAX] = {"pauses", "stops", "kills",
						    "kills of a responder"};

int64_t
faults_random(struct faults *f, int64_t least, int64_t most)
{
	return least + nrand48(f->random) % (most - least + 1);
}

static void
plan_fault(struct faults *f)
{
	f->due_ms =
	    clock_now_ms() + faults_random(f, CALM_LEAST_MS, CALM_MOST_MS);
}

static void
plan_kill(struct faults *f)
{
	f->kill_due_ms =
	    clock_now_ms() + faults_random(f, KILL_LEAST_MS, KILL_MOST_MS);
}

void
faults_init(struct faults *f, long seed, struct source *prometheus,
	    const struct responder *responder)
{
	*f = (struct faults){.prometheus = prometheus, .responder = responder};
	memcpy(f->random, &seed, sizeof(f->random));
	f->scrape_at_ms = (unsigned)source_ask(
	    prometheus, "round(timestamp(up{job=\"fleet\"})*1000)%1000");
	plan_fault(f);
	plan_kill(f);
}

/*
 * Prometheus takes a scrape that was cut off for the end of all its series, and
 * says truthfully that there are none: no fault of the program's.
 */
static bool
scrapes(const struct faults *f)
{
	int64_t now_ms = (int64_t)floor(clock_wall_s() * SECOND_MS);
	int64_t since_ms =
	    (now_ms + SCRAPE_MS - f->scrape_at_ms + SECOND_MS) % SECOND_MS;

	return since_ms < 2 * SCRAPE_MS;
}

/* Each of them once, and then at random. */
static enum faults_kind
choose(struct faults *f)
{
	for (unsigned kind = FAULTS_PAUSE; kind <= FAULTS_KILL; kind++)
		if (f->done[kind] == 0)
			return (enum faults_kind)kind;
	return (enum faults_kind)faults_random(f, FAULTS_PAUSE, FAULTS_KILL);
}

static void
begin(struct faults *f)
{
	static const int signals[] = {[FAULTS_PAUSE] = SIGSTOP,
				      [FAULTS_STOP] = SIGTERM,
				      [FAULTS_KILL] = SIGKILL};
	enum faults_kind kind = choose(f);

	f->done[kind]++;
	f->fault_ms = clock_now_ms();
	process_signal(f->prometheus->process, signals[kind]);
	f->state = kind == FAULTS_PAUSE ? PAUSED : ENDING;
	f->due_ms = f->fault_ms + faults_random(f, 1, DOWN_MOST_MS);
}

static void
end(struct faults *f)
{
	f->state = WELL;
	f->well_ms = clock_now_ms();
	f->down_ms += f->well_ms - f->fault_ms;
	plan_fault(f);
}

static void
step_prometheus(struct faults *f, bool may_begin)
{
	bool is_due = clock_now_ms() >= f->due_ms;

	switch (f->state) {
	case WELL:
		if (is_due && may_begin && !scrapes(f))
			begin(f);
		break;
	case PAUSED:
		if (!is_due)
			break;
		process_signal(f->prometheus->process, SIGCONT);
		end(f);
		break;
	case ENDING:
		if (process_wait(f->prometheus->process, 0) != PROCESS_RUNS)
			f->state = GONE;
		break;
	case GONE:
		if (!is_due)
			break;
		source_restart_prometheus(f->prometheus);
		f->state = STARTING;
		break;
	case STARTING:
		if (!is_due)
			break;
		f->due_ms = clock_now_ms() + PROBE_MS;
		if (source_ask(f->prometheus, "vector(1)") == 1)
			end(f);
		break;
	}
}

/* The youngest, so that the oldest lives long enough to show what it leaks. */
static void
step_responders(struct faults *f, bool may_begin)
{
	pid_t pid =
	    process_child(f->responder->process->pid, FAULTS_PROCESSES - 1);

	/* Until it has gone it may take one more request. */
	if (f->killed_pid != 0 && kill(f->killed_pid, 0) == 0)
		f->killed_ms = clock_now_ms();
	else
		f->killed_pid = 0;
	if (!may_begin || clock_now_ms() < f->kill_due_ms || pid == 0)
		return;
	kill(pid, SIGKILL);
	f->killed_pid = pid;
	f->killed_ms = clock_now_ms();
	f->done[FAULTS_KILL_RESPONDER]++;
	plan_kill(f);
}

void
faults_step(struct faults *f, bool may_begin)
{
	step_prometheus(f, may_begin);
	step_responders(f, may_begin);
}

bool
faults_are_over(const struct faults *f)
{
	return f->state == WELL && !faults_explain_error(f, clock_now_ms());
}

bool
faults_explain_error(const struct faults *f, int64_t start_ms)
{
	return f->state != WELL ||
	       (f->well_ms > 0 && start_ms <= f->well_ms + FAULTS_RECOVERY_MS);
}

bool
faults_explain_loss(const struct faults *f, int64_t start_ms)
{
	return start_ms <= f->killed_ms;
}

int64_t
faults_since_return_ms(const struct faults *f, int64_t time_ms)
{
	return f->state == WELL && time_ms > f->well_ms ? time_ms - f->well_ms
							: 0;
}
