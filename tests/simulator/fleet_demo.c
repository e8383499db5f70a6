#include "fleet_demo.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum {
	DAY_S = 24 * 3600,
	/* Of the day, in UTC. */
	BUSIEST_S = 14 * 3600,
	SLOT_S = 4 * 3600, /* one job at most in each */
	RAMP_S = 90,	   /* until a job has all of its load and memory */
	WARMING_S = 180,
	/* So that energy is positive in all of the past. */
	DRIVER_LOADED_S = FLEET_DEMO_PAST_MAX_S + DAY_S,
	DEPLOYED_S = 3 * DAY_S, /* before the start of the demo */
	IDLE_CLOCK_MHZ = 210,
	IDLE_MEMORY_CLOCK_MHZ = 405,
	CLOCK_STEP_MHZ = 15,
	TOO_HOT_CELSIUS = 80,
};

/* In percent of utilization. */
enum { SERVING = 42, DAYS_SWING = 30, RIPPLE = 6, FINE_RIPPLE = 3 };

/* Of its limit, what an idle card draws, and what full load adds. */
static const double idle_power = 0.1, load_power = 0.85;

/* Of the card's memory, what the notebook that does nothing holds. */
static const double held_memory = 0.12;

/* What jobs are decided by: each is a number of its own. */
enum chance { HAS_JOB, BEGIN, END, LEVEL, MEMORY, PHASE, LENGTH, NAME, TEAM };

struct card {
	unsigned node, gpu;
	double slot_s;	/* the length of its slots */
	double phase_s; /* when its slot 0 began */
};

struct job {
	double begin_s, end_s; /* without load at both */
	double level;	       /* percent, between the ramps */
	double memory;	       /* of the card's, 0 to 1 */
	double period_s, fine_period_s;
};

static const double mib_bytes = 1048576;

/* From 0 to below 1, always the same for the same card, slot and question. */
static double
chance(unsigned node, unsigned gpu, int64_t slot, enum chance question)
{
	uint32_t mixed = node * 2654435761u ^ (gpu + 1) * 2246822519u ^
			 (uint32_t)slot * 3266489917u ^
			 (question + 1) * 668265263u;

	for (int round = 0; round < 2; round++) {
		mixed ^= mixed >> 15;
		mixed *= 2246822519u;
		mixed ^= mixed >> 13;
	}
	mixed *= 3266489917u;
	mixed ^= mixed >> 16;
	return mixed / 4294967296.0;
}

static struct card
card(unsigned node, unsigned gpu)
{
	double slot_s = SLOT_S * (0.8 + 0.4 * chance(node, gpu, 0, LENGTH));

	return (struct card){
	    .node = node,
	    .gpu = gpu,
	    .slot_s = slot_s,
	    .phase_s = slot_s * chance(node, gpu, 0, PHASE),
	};
}

static bool
is_held(const struct card *c)
{
	return c->node == FLEET_DEMO_HELD_NODE && c->gpu == FLEET_DEMO_HELD_GPU;
}

static bool
is_serving(const struct card *c)
{
	return (c->node + c->gpu) % 3 == 1;
}

/* From -1 at the stillest time of the day to 1 at the busiest. */
static double
rhythm(double time_s)
{
	return cos(2 * M_PI * (time_s - BUSIEST_S) / DAY_S);
}

static int64_t
slot_at(const struct card *c, double time_s)
{
	return (int64_t)floor((time_s - c->phase_s) / c->slot_s);
}

/* The job of a slot; false if it is left free. */
static bool
find_job(struct job *job, const struct card *c, int64_t slot)
{
	double start_s = c->phase_s + (double)slot * c->slot_s;
	double steady_s;

	if (is_held(c) || chance(c->node, c->gpu, slot, HAS_JOB) >
			      0.75 + 0.2 * rhythm(start_s + c->slot_s / 2))
		return false;
	*job = (struct job){
	    .begin_s = start_s +
		       c->slot_s * 0.25 * chance(c->node, c->gpu, slot, BEGIN),
	    .end_s = start_s + c->slot_s * (0.6 + 0.39 * chance(c->node, c->gpu,
								slot, END)),
	    .level = 70 + 20 * chance(c->node, c->gpu, slot, LEVEL),
	    .memory = 0.35 + 0.6 * chance(c->node, c->gpu, slot, MEMORY),
	};
	/* Whole periods, so that the ripples are 0 where the ramps begin. */
	steady_s = job->end_s - job->begin_s - 2 * RAMP_S;
	job->period_s = steady_s / round(steady_s / 1200);
	job->fine_period_s = steady_s / round(steady_s / 190);
	return true;
}

/* How much of a job is there, from 0 to 1. */
static double
presence(const struct job *job, double time_s)
{
	double since_s = time_s - job->begin_s, left_s = job->end_s - time_s;

	return fmax(0, fmin(1, fmin(since_s, left_s) / RAMP_S));
}

static double
job_load(const struct job *job, double time_s)
{
	double there = presence(job, time_s);
	double steady_s = time_s - job->begin_s - RAMP_S;

	if (there < 1)
		return there * job->level;
	return job->level + RIPPLE * sin(2 * M_PI * steady_s / job->period_s) +
	       FINE_RIPPLE * sin(2 * M_PI * steady_s / job->fine_period_s);
}

/* The integral of amplitude * sin(2 pi t / period) from 0 to time_s. */
static double
sine_integral(double amplitude, double period_s, double time_s)
{
	double turn = 2 * M_PI / period_s;

	return amplitude * (1 - cos(turn * time_s)) / turn;
}

/* That of a ramp from 0 to 1 over RAMP_S, and no more behind it. */
static double
ramp_integral(double time_s)
{
	double inside_s = fmax(0, fmin(RAMP_S, time_s));

	return inside_s * inside_s / (2 * RAMP_S);
}

/* The integral of job_load() up to time_s, in percent times seconds. */
static double
job_work(const struct job *job, double time_s)
{
	double most_s = job->end_s - job->begin_s - 2 * RAMP_S;
	double steady_s = fmax(0, fmin(most_s, time_s - job->begin_s - RAMP_S));
	double falling_s = fmax(0, fmin(RAMP_S, time_s - job->end_s + RAMP_S));

	return job->level * (ramp_integral(time_s - job->begin_s) + steady_s +
			     falling_s - ramp_integral(falling_s)) +
	       sine_integral(RIPPLE, job->period_s, steady_s) +
	       sine_integral(FINE_RIPPLE, job->fine_period_s, steady_s);
}

static double
serving_period_s(const struct card *c, double about_s)
{
	return about_s * (0.8 + 0.4 * chance(c->node, c->gpu, 0, LENGTH));
}

static double
serving_load(const struct card *c, double time_s)
{
	return SERVING + DAYS_SWING * rhythm(time_s) +
	       RIPPLE * sin(2 * M_PI * time_s / serving_period_s(c, 1800)) +
	       FINE_RIPPLE * sin(2 * M_PI * time_s / serving_period_s(c, 240));
}

/* The integral of serving_load() from any fixed time on. */
static double
serving_work(const struct card *c, double time_s)
{
	double turn = 2 * M_PI / DAY_S;

	return SERVING * time_s +
	       DAYS_SWING * sin(turn * (time_s - BUSIEST_S)) / turn +
	       sine_integral(RIPPLE, serving_period_s(c, 1800), time_s) +
	       sine_integral(FINE_RIPPLE, serving_period_s(c, 240), time_s);
}

/* Utilization in percent, from 0 to 100. */
static double
load(const struct card *c, double time_s)
{
	struct job job;

	if (is_serving(c))
		return serving_load(c, time_s);
	if (!find_job(&job, c, slot_at(c, time_s)))
		return 0;
	return job_load(&job, time_s);
}

/* The integral of load() from from_s to to_s, which is not before it. */
static double
work(const struct card *c, double from_s, double to_s)
{
	int64_t last = slot_at(c, to_s);
	double sum = 0;
	struct job job;

	if (is_serving(c))
		return serving_work(c, to_s) - serving_work(c, from_s);
	for (int64_t slot = slot_at(c, from_s); slot <= last; slot++)
		if (find_job(&job, c, slot))
			sum += job_work(&job, to_s) - job_work(&job, from_s);
	return sum;
}

static double
power_watts(const struct card *c, double utilization)
{
	return fleet_model(c->node)->power_limit_watts *
	       (idle_power + load_power * utilization / 100);
}

/* What the card takes from from_s to to_s. */
static double
energy_joules(const struct card *c, double from_s, double to_s)
{
	return to_s <= from_s
		   ? 0
		   : (to_s - from_s) * power_watts(c, work(c, from_s, to_s) /
							  (to_s - from_s));
}

static double
temperature(const struct card *c, double time_s)
{
	bool is_hot =
	    c->node == FLEET_DEMO_HOT_NODE && c->gpu == FLEET_DEMO_HOT_GPU;
	double watts = energy_joules(c, time_s - WARMING_S, time_s) / WARMING_S;

	return 31 + (c->node + c->gpu) % 5 +
	       (is_hot ? 60 : 42) * watts /
		   fleet_model(c->node)->power_limit_watts;
}

static double
sm_clock_mhz(const struct card *c, double time_s)
{
	double most = fleet_model(c->node)->sm_clock_mhz;
	double share = fmin(1, load(c, time_s) / 10);
	double heat = fmax(0, temperature(c, time_s) - TOO_HOT_CELSIUS);
	double clock = IDLE_CLOCK_MHZ + share * (most - IDLE_CLOCK_MHZ);

	/* It gives up a twentieth for each two degrees. */
	clock *= 1 - fmin(0.5, heat / 40);
	return floor(clock / CLOCK_STEP_MHZ) * CLOCK_STEP_MHZ;
}

static double
memory_clock_mhz(const struct card *c, double time_s)
{
	return load(c, time_s) > 0 ? fleet_model(c->node)->memory_clock_mhz
				   : IDLE_MEMORY_CLOCK_MHZ;
}

static double
memory_used_bytes(const struct card *c, double time_s)
{
	double total_mib = fleet_model(c->node)->memory_total_mib, share = 0;
	struct job job;

	if (is_serving(c))
		share = 0.75 + 0.2 * chance(c->node, c->gpu, 0, MEMORY);
	else if (is_held(c))
		share = held_memory;
	else if (find_job(&job, c, slot_at(c, time_s)))
		share = job.memory * presence(&job, time_s);
	return floor(total_mib * share) * mib_bytes;
}

static bool
is_lost(const struct fleet_demo *demo, const struct card *c, double time_s)
{
	double before_s = demo->start_s - time_s;

	return c->node == FLEET_DEMO_LOST_NODE &&
	       c->gpu == FLEET_DEMO_LOST_GPU &&
	       before_s <= FLEET_DEMO_LOST_BEGIN_S &&
	       before_s > FLEET_DEMO_LOST_END_S;
}

static double
value(const struct fleet_demo *demo, enum fleet_metric metric,
      const struct card *c, double time_s)
{
	const struct fleet_model *model = fleet_model(c->node);
	double total = model->memory_total_mib * mib_bytes;

	switch (metric) {
	case FLEET_UTILIZATION:
		return round(load(c, time_s));
	case FLEET_MEMORY_USED:
		return memory_used_bytes(c, time_s);
	case FLEET_MEMORY_TOTAL:
		return total;
	case FLEET_MEMORY_FREE:
		return total - memory_used_bytes(c, time_s);
	case FLEET_MEMORY_ACTIVITY:
		return floor(3 * load(c, time_s) / 5);
	case FLEET_TEMPERATURE:
		return round(temperature(c, time_s));
	case FLEET_POWER_DRAW:
		return power_watts(c, load(c, time_s));
	case FLEET_POWER_LIMIT:
		return model->power_limit_watts;
	case FLEET_SM_CLOCK:
		return sm_clock_mhz(c, time_s);
	case FLEET_MEMORY_CLOCK:
		return memory_clock_mhz(c, time_s);
	case FLEET_ENERGY:
		return floor(
		    1000 *
		    energy_joules(c, demo->start_s - DRIVER_LOADED_S, time_s));
	case FLEET_DEMO_METRIC__MAX:
		break;
	}
	return NAN;
}

double
fleet_demo_value(const struct fleet_demo *demo, enum fleet_metric metric,
		 unsigned node, unsigned gpu, double time_s)
{
	struct card c = card(node, gpu);

	return is_lost(demo, &c, time_s) ? NAN
					 : value(demo, metric, &c, time_s);
}

static unsigned
name_number(const struct card *c, int64_t slot)
{
	return (unsigned)(0x100000 * chance(c->node, c->gpu, slot, NAME));
}

static void
serving_pod(struct fleet_pod *out, const struct card *c)
{
	out->namespace = "serving";
	out->container = "vllm";
	out->owner_kind = "ReplicaSet";
	snprintf(out->owner, sizeof(out->owner), "chat-7d9f8b6c5d");
	snprintf(out->name, sizeof(out->name), "%s-%05x", out->owner,
		 name_number(c, 0));
}

static void
notebook_pod(struct fleet_pod *out)
{
	out->namespace = "notebooks";
	out->container = "jupyter";
	out->owner_kind = "StatefulSet";
	snprintf(out->owner, sizeof(out->owner), "notebook-ana");
	snprintf(out->name, sizeof(out->name), "%s-0", out->owner);
}

static void
job_pod(struct fleet_pod *out, const struct card *c, int64_t slot)
{
	bool is_vision = chance(c->node, c->gpu, slot, TEAM) < 0.4;

	out->namespace = is_vision ? "vision" : "research";
	out->container = "train";
	out->owner_kind = "Job";
	snprintf(out->owner, sizeof(out->owner), "train-%05x",
		 name_number(c, slot));
	snprintf(out->name, sizeof(out->name), "%s-0", out->owner);
	out->since_s = c->phase_s + (double)slot * c->slot_s;
}

bool
fleet_demo_pod(struct fleet_pod *out, const struct fleet_demo *demo,
	       unsigned node, unsigned gpu, double time_s)
{
	struct card c = card(node, gpu);
	int64_t slot = slot_at(&c, time_s);
	struct job job;

	*out = (struct fleet_pod){.since_s = demo->start_s - DEPLOYED_S};
	if (is_serving(&c))
		serving_pod(out, &c);
	else if (is_held(&c))
		notebook_pod(out);
	else if (find_job(&job, &c, slot))
		job_pod(out, &c, slot);
	else
		return false;
	return true;
}
