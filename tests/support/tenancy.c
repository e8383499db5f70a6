#include "support/tenancy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support/backfill.h"
#include "support/harness.h"

#define A100 "NVIDIA A100-SXM4-80GB"
#define L40S "NVIDIA L40S"

const struct tenancy_unit tenancy_units[] = {
    {"node-1", TENANCY_HONOURED, 0, -1, NULL, 1, A100},
    {"node-1", TENANCY_HONOURED, 1, -1, NULL, 1, A100},
    {"node-2", TENANCY_RENAMED, 0, -1, NULL, 1, L40S},
    {"node-2", TENANCY_RENAMED, 1, -1, NULL, 1, L40S},
    {"node-3", TENANCY_SHARED, 0, -1, NULL, 1, L40S},
    {"node-4", TENANCY_SLURM, 0, -1, NULL, 1, A100},
    {"node-5", TENANCY_MIG, 0, -1, NULL, 1, A100},
    {"node-5", TENANCY_MIG, 0, 1, "3g.40gb", 0.5, A100},
    {"node-5", TENANCY_MIG, 0, 5, "1g.10gb", 0.125, A100},
};
const size_t tenancy_unit_count =
    sizeof(tenancy_units) / sizeof(*tenancy_units);

enum {
	HOUR_S = 3600,
	OFFSET_S = 7, /* of scrapes, behind what happens */
	MIB_OF_CARD = 81920,
	RUNS_MAX = 8192,
	WATTS_IDLE = 60,
	WATTS_BUSY = 300,
	PERCENT_BUSY = 80
};

struct tenancy_run *tenancy_runs;
size_t tenancy_run_count;
int64_t tenancy_end_s;

static int64_t begin_s, restarted_s;

/* --- the log -------------------------------------------------------------- */

static uint64_t
draw(uint64_t *state, uint64_t below)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (*state >> 33) % below;
}

static void
add_run(size_t unit, uint64_t *state, int64_t from_s, int64_t to_s)
{
	static const char *const namespaces[] = {"research", "serving",
						 "team-10", "team-9"};
	struct tenancy_run *run = &tenancy_runs[tenancy_run_count];

	harness_require(tenancy_run_count < RUNS_MAX, "the log is full");
	*run = (struct tenancy_run){
	    .unit = unit,
	    .from_s = from_s,
	    .to_s = to_s,
	    .idle_s =
		from_s +
		(int64_t)draw(
		    state, (uint64_t)((to_s - from_s) / TENANCY_SCRAPE_S) + 1) *
		    TENANCY_SCRAPE_S,
	    .memory_gib = (double)(1 + draw(state, 8))};
	snprintf(run->name, sizeof(run->name), "job-%zu", tenancy_run_count);
	if (tenancy_units[unit].style != TENANCY_SLURM)
		snprintf(run->namespace, sizeof(run->namespace), "%s",
			 namespaces[draw(state, 4)]);
	tenancy_run_count++;
}

/* One after the other, with pauses or without, from minutes to most of a day.
 */
static void
fill_unit(size_t unit, uint64_t seed)
{
	uint64_t state = seed;
	int64_t at_s = begin_s;

	for (int i = 0; i < 8; i++)
		draw(&state, 2);
	while (at_s < tenancy_end_s + HOUR_S) {
		uint64_t steps =
		    draw(&state, 4) == 0 ? draw(&state, 200) : draw(&state, 24);
		int64_t to_s = at_s + (int64_t)(1 + steps) * TENANCY_SCRAPE_S;

		add_run(unit, &state, at_s, to_s);
		at_s = to_s;
		if (draw(&state, 2) == 0)
			at_s += (int64_t)draw(&state, 30) * TENANCY_SCRAPE_S;
	}
}

/* The whole of a GPU whose instances alone are had. */
static bool
is_split(const struct tenancy_unit *u)
{
	return u->style == TENANCY_MIG && u->instance < 0;
}

static void
make_log(void)
{
	int64_t now_s = (int64_t)clock_wall_s();

	tenancy_end_s = now_s - now_s % HOUR_S;
	begin_s = tenancy_end_s - TENANCY_MONTH_S - TENANCY_DAY_S / 2;
	restarted_s = tenancy_end_s - TENANCY_MONTH_S / 2;
	tenancy_runs = calloc(RUNS_MAX, sizeof(*tenancy_runs));
	harness_require(tenancy_runs != NULL, "no memory");
	for (size_t i = 0; i < tenancy_unit_count; i++) {
		if (is_split(&tenancy_units[i]))
			continue;
		fill_unit(i, 2 * i + 1);
		/* Two at a time, sometimes. */
		if (tenancy_units[i].style == TENANCY_SHARED ||
		    tenancy_units[i].style == TENANCY_SLURM)
			fill_unit(i, 2 * i + 101);
	}
}

/* --- samples -------------------------------------------------------------- */

static bool
is_there(const struct tenancy_run *run, int64_t s)
{
	return s >= run->from_s && s < run->to_s;
}

static bool
is_busy(const struct tenancy_run *run, int64_t s)
{
	return is_there(run, s) && s < run->idle_s;
}

/* Of all who have it then. */
struct state {
	const struct tenancy_run *runs[2];
	size_t count;
	bool is_busy;
	double memory_gib;
};

static struct state
state_of(const struct tenancy_run *const *runs, size_t count, int64_t s)
{
	struct state state = {.count = 0};

	for (size_t i = 0; i < count; i++) {
		if (!is_there(runs[i], s))
			continue;
		state.is_busy |= is_busy(runs[i], s);
		state.memory_gib += runs[i]->memory_gib;
		state.runs[state.count++] = runs[i];
	}
	return state;
}

static void
write_labels(FILE *out, const struct tenancy_unit *u,
	     const struct tenancy_run *run, int64_t s)
{
	fprintf(out,
		"{gpu=\"%u\",UUID=\"GPU-%s-%u\",modelName=\"%s\",Hostname="
		"\"%s\",instance=\"%s:9400\",job=\"dcgm\"",
		u->index, u->node, u->index, u->model, u->node, u->node);
	if (u->instance >= 0)
		fprintf(out, ",GPU_I_ID=\"%d\",GPU_I_PROFILE=\"%s\"",
			u->instance, u->profile);
	if (u->style == TENANCY_RENAMED)
		fputs(",pod=\"dcgm-own\",namespace=\"monitoring\"", out);
	if (run == NULL && u->style == TENANCY_HONOURED)
		fprintf(out, ",pod=\"dcgm-%s\",namespace=\"monitoring\"",
			s < restarted_s ? "before" : "after");
	if (run != NULL && u->style == TENANCY_SLURM)
		fprintf(out, ",hpc_job=\"%s\"", run->name);
	else if (run != NULL)
		fprintf(out,
			u->style == TENANCY_RENAMED
			    ? ",exported_pod=\"%s\",exported_namespace=\"%s\""
			    : ",pod=\"%s\",namespace=\"%s\"",
			run->name, run->namespace);
	fputs("}", out);
}

/* Of the whole GPU. */
static double
watts_of(const struct tenancy_unit *u, const struct state *state)
{
	return state->is_busy || u->style == TENANCY_MIG ? WATTS_BUSY
							 : WATTS_IDLE;
}

enum metric { UTIL, ENGINE, USED, FREE, POWER, METRICS };

/* As exporters of that kind say it; of an own run what is its own. */
static double
sample(enum metric m, const struct tenancy_unit *u, const struct state *state,
       const struct tenancy_run *own, int64_t s)
{
	bool busy = own != NULL ? is_busy(own, s) : state->is_busy;
	double used_mib =
	    1024 * (own != NULL ? own->memory_gib : state->memory_gib);

	switch (m) {
	case UTIL:
		return busy ? PERCENT_BUSY : 0;
	case ENGINE:
		return busy ? PERCENT_BUSY / 100.0 : 0;
	case USED:
		return used_mib;
	case FREE:
		return MIB_OF_CARD * u->share - 1024 * state->memory_gib;
	default:
		return watts_of(u, state);
	}
}

static void
write_sample(FILE *out, enum metric m, const struct tenancy_unit *u,
	     const struct state *state, const struct tenancy_run *run,
	     int64_t s)
{
	static const char *const names[METRICS] = {
	    "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
	    "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE",
	    "DCGM_FI_DEV_POWER_USAGE"};
	bool is_own = u->style == TENANCY_SHARED && (m == UTIL || m == USED);

	fputs(names[m], out);
	write_labels(out, u, run, s);
	fprintf(out, " %.17g %" PRId64 "\n",
		sample(m, u, state, is_own ? run : NULL, s), s + OFFSET_S);
}

/* A series of the GPU, of who has it, or of both. */
static void
write_moment(FILE *out, enum metric m, const struct tenancy_unit *u,
	     const struct state *state, int64_t s)
{
	bool is_beside = u->style == TENANCY_SHARED && (m == UTIL || m == USED);

	if (m == (u->instance >= 0 ? UTIL : ENGINE))
		return;
	if (state->count == 0 || is_beside)
		write_sample(out, m, u, state, NULL, s);
	for (size_t i = 0; i < state->count; i++)
		write_sample(out, m, u, state, state->runs[i], s);
}

static void
write_unit(FILE *out, enum metric m, size_t unit)
{
	const struct tenancy_run **runs =
	    calloc(tenancy_run_count, sizeof(*runs));
	size_t count = 0;

	harness_require(runs != NULL, "no memory");
	for (size_t i = 0; i < tenancy_run_count; i++)
		if (tenancy_runs[i].unit == unit)
			runs[count++] = &tenancy_runs[i];
	for (int64_t s = begin_s; s < tenancy_end_s + HOUR_S;
	     s += TENANCY_SCRAPE_S) {
		struct state state = state_of(runs, count, s);

		write_moment(out, m, &tenancy_units[unit], &state, s);
	}
	free(runs);
}

/* The targets' own labels: of those on one node it is once. */
static void
write_up(FILE *out)
{
	for (size_t i = 0; i < tenancy_unit_count; i++) {
		const struct tenancy_unit *u = &tenancy_units[i];

		if (i > 0 && strcmp(u[-1].node, u->node) == 0)
			continue;
		for (int64_t s = begin_s; s < tenancy_end_s + HOUR_S;
		     s += TENANCY_SCRAPE_S)
			fprintf(out,
				"up{instance=\"%s:9400\",job=\"dcgm\",pod="
				"\"dcgm-%s\",namespace=\"monitoring\"} 1 "
				"%" PRId64 "\n",
				u->node,
				u->style == TENANCY_RENAMED ? "own"
				: s < restarted_s	    ? "before"
							    : "after",
				s + OFFSET_S);
	}
}

static void
write_samples(FILE *out, const void *context)
{
	(void)context;
	for (int m = UTIL; m < METRICS; m++)
		for (size_t i = 0; i < tenancy_unit_count; i++)
			write_unit(out, (enum metric)m, i);
	write_up(out);
}

void
tenancy_start(struct source *prometheus)
{
	const struct backfill b = {.name = "tenancy",
				   .write = write_samples,
				   .there = "count(DCGM_FI_DEV_GPU_UTIL)"};

	make_log();
	backfill_start_prometheus(prometheus, &b);
}

/* --- sums ----------------------------------------------------------------- */

/* Those who have the run's unit at that time, with it. */
static struct state
state_beside(const struct tenancy_run *run, int64_t s)
{
	struct state state = {.count = 0};

	for (size_t i = 0; i < tenancy_run_count; i++) {
		const struct tenancy_run *other = &tenancy_runs[i];

		if (other->unit != run->unit || !is_there(other, s))
			continue;
		state.is_busy |= is_busy(other, s);
		state.memory_gib += other->memory_gib;
		state.runs[state.count++ % 2] = other;
	}
	return state;
}

static void
add_moment(struct tenancy_sums *sums, const struct tenancy_run *run, int64_t s)
{
	const struct tenancy_unit *u = &tenancy_units[run->unit];
	struct state state = state_beside(run, s);
	bool is_apart = u->style == TENANCY_SHARED;
	double hours = (double)TENANCY_SCRAPE_S / HOUR_S;
	double held = hours * u->share / (double)state.count;

	sums->hours += held;
	if (is_apart ? is_busy(run, s) : state.is_busy)
		sums->busy_hours += held;
	else
		sums->idle_hours += held;
	sums->gib_hours +=
	    hours * (is_apart ? run->memory_gib
			      : state.memory_gib / (double)state.count);
	sums->kwh += watts_of(u, &state) * held / 1000;
}

struct tenancy_sums
tenancy_sum(int (*counts)(const struct tenancy_run *run, const void *context),
	    const void *context, int64_t start_s, int64_t end_s)
{
	struct tenancy_sums sums = {.runs = 0};

	for (size_t i = 0; i < tenancy_run_count; i++) {
		const struct tenancy_run *run = &tenancy_runs[i];
		int64_t from_s = run->from_s > start_s ? run->from_s : start_s;
		int64_t to_s = run->to_s < end_s ? run->to_s : end_s;

		if (from_s >= to_s || !counts(run, context))
			continue;
		sums.runs++;
		for (int64_t s = from_s; s < to_s; s += TENANCY_SCRAPE_S)
			add_moment(&sums, run, s);
	}
	return sums;
}
