/* The demo's fleet: values that belong together, and a past that goes on. */
#include "simulator/fleet_demo.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/fleet_text.h"
#include "support/suite.h"

enum {
	NODES = 3,
	GPUS = 2,
	/* In Unix time. */
	START_S = 1800000000,
	HOUR_S = 3600,
	DAY_S = 24 * HOUR_S,
	MIDNIGHT_S = START_S / DAY_S * DAY_S,
	LINE_BYTES = 512,
};

static const struct fleet_demo demo = {.start_s = START_S};

static double
is(enum fleet_metric metric, unsigned node, unsigned gpu, double time_s)
{
	return fleet_demo_value(&demo, metric, node, gpu, time_s);
}

static double
limit_watts(unsigned node)
{
	return fleet_model(node)->power_limit_watts;
}

static void
for_each_card(void (*check)(unsigned node, unsigned gpu))
{
	for (unsigned node = 1; node <= NODES; node++)
		for (unsigned gpu = 0; gpu < GPUS; gpu++)
			check(node, gpu);
}

static bool
is_lost_at(unsigned node, unsigned gpu, double time_s)
{
	return isnan(is(FLEET_UTILIZATION, node, gpu, time_s));
}

static void
check_values(unsigned node, unsigned gpu, double time_s)
{
	double busy = is(FLEET_UTILIZATION, node, gpu, time_s);
	double used = is(FLEET_MEMORY_USED, node, gpu, time_s);
	double total = is(FLEET_MEMORY_TOTAL, node, gpu, time_s);
	double power = is(FLEET_POWER_DRAW, node, gpu, time_s);
	double clock = is(FLEET_SM_CLOCK, node, gpu, time_s);

	CU_ASSERT_TRUE(busy >= 0 && busy <= 100);
	CU_ASSERT_TRUE(used >= 0 && used <= total);
	CU_ASSERT_TRUE(used > 0 || busy <= 1);
	CU_ASSERT_EQUAL(used + is(FLEET_MEMORY_FREE, node, gpu, time_s), total);
	CU_ASSERT_EQUAL(is(FLEET_POWER_LIMIT, node, gpu, time_s),
			limit_watts(node));
	CU_ASSERT_DOUBLE_EQUAL(power,
			       limit_watts(node) * (0.1 + 0.85 * busy / 100),
			       limit_watts(node) * 0.85 * 0.00501);
	CU_ASSERT_TRUE(is(FLEET_MEMORY_ACTIVITY, node, gpu, time_s) <= busy);
	CU_ASSERT_TRUE(clock >= 210 &&
		       clock <= fleet_model(node)->sm_clock_mhz);
	CU_ASSERT_TRUE(busy == 0 || is(FLEET_MEMORY_CLOCK, node, gpu, time_s) ==
					fleet_model(node)->memory_clock_mhz);
}

static void
check_week_of_values(unsigned node, unsigned gpu)
{
	for (double time_s = START_S - FLEET_DEMO_PAST_MAX_S;
	     time_s < START_S + DAY_S; time_s += 47)
		if (!is_lost_at(node, gpu, time_s))
			check_values(node, gpu, time_s);
}

static void
has_values_that_belong_together(void)
{
	for_each_card(check_week_of_values);
}

static double
mean_utilization(unsigned node, unsigned gpu, double from_s, double to_s)
{
	double sum = 0;
	int count = 0;

	for (double time_s = from_s; time_s < to_s; time_s += 60, count++)
		sum += is(FLEET_UTILIZATION, node, gpu, time_s);
	return sum / count;
}

static void
serves_most_by_day(void)
{
	double day = mean_utilization(1, 0, MIDNIGHT_S + 12 * HOUR_S,
				      MIDNIGHT_S + 16 * HOUR_S);
	double night =
	    mean_utilization(1, 0, MIDNIGHT_S, MIDNIGHT_S + 4 * HOUR_S);

	CU_ASSERT_TRUE(day > 55);
	CU_ASSERT_TRUE(night < 25);
	CU_ASSERT_TRUE(night > 2);
}

/* That began within a day: an idle card holds no memory. */
static unsigned
count_jobs(unsigned node, unsigned gpu)
{
	bool is_busy = true;
	unsigned jobs = 0;

	for (double time_s = START_S - DAY_S; time_s < START_S; time_s += 10) {
		if (is_lost_at(node, gpu, time_s))
			continue;
		if (!is_busy && is(FLEET_MEMORY_USED, node, gpu, time_s) > 0)
			jobs++;
		is_busy = is(FLEET_MEMORY_USED, node, gpu, time_s) > 0;
	}
	return jobs;
}

static void
has_jobs_that_begin_and_end(void)
{
	static const struct {
		unsigned node, gpu;
	} with_jobs[] = {{1, 1}, {2, 1}, {3, 0}};
	unsigned jobs;

	for (size_t i = 0; i < sizeof(with_jobs) / sizeof(*with_jobs); i++) {
		jobs = count_jobs(with_jobs[i].node, with_jobs[i].gpu);
		CU_ASSERT_TRUE(jobs >= 2);
		CU_ASSERT_TRUE(jobs <= 8);
	}
	CU_ASSERT_EQUAL(count_jobs(1, 0), 0);
	CU_ASSERT_EQUAL(count_jobs(3, 1), 0);
}

/* From a third of a day before the start to as long after it. */
static void
check_energy(unsigned node, unsigned gpu)
{
	double from_s = START_S - DAY_S / 3, to_s = START_S + DAY_S / 3;
	double joules = 0, last = is(FLEET_ENERGY, node, gpu, from_s), now;
	double begun = last;

	for (double time_s = from_s; time_s < to_s; time_s++) {
		joules += is(FLEET_POWER_DRAW, node, gpu, time_s + 0.5);
		now = is(FLEET_ENERGY, node, gpu, time_s + 1);
		CU_ASSERT_TRUE(now > last);
		CU_ASSERT_TRUE(now - last <= 1000 * limit_watts(node));
		last = now;
	}
	CU_ASSERT_DOUBLE_EQUAL((last - begun) / 1000, joules, joules * 1e-5);
	CU_ASSERT_TRUE(
	    is(FLEET_ENERGY, node, gpu, START_S - FLEET_DEMO_PAST_MAX_S) > 0);
	CU_ASSERT_EQUAL(
	    is(FLEET_ENERGY, node, gpu, START_S - 2 * FLEET_DEMO_PAST_MAX_S),
	    0);
}

static void
counts_the_energy_of_its_power(void)
{
	for_each_card(check_energy);
}

/* A jump would be a hundredth of the whole, or more, in one second. */
static void
check_smoothness(unsigned node, unsigned gpu)
{
	double total = is(FLEET_MEMORY_TOTAL, node, gpu, START_S);

	for (double time_s = START_S - DAY_S / 2; time_s < START_S + HOUR_S;
	     time_s++) {
		if (is_lost_at(node, gpu, time_s) ||
		    is_lost_at(node, gpu, time_s + 1))
			continue;
		CU_ASSERT_TRUE(
		    fabs(is(FLEET_POWER_DRAW, node, gpu, time_s + 1) -
			 is(FLEET_POWER_DRAW, node, gpu, time_s)) <
		    limit_watts(node) * 0.011);
		CU_ASSERT_TRUE(
		    fabs(is(FLEET_TEMPERATURE, node, gpu, time_s + 1) -
			 is(FLEET_TEMPERATURE, node, gpu, time_s)) <= 1);
		CU_ASSERT_TRUE(
		    fabs(is(FLEET_MEMORY_USED, node, gpu, time_s + 1) -
			 is(FLEET_MEMORY_USED, node, gpu, time_s)) <
		    total * 0.0112);
	}
}

static void
does_not_jump(void)
{
	for_each_card(check_smoothness);
}

static double
hottest(unsigned node, unsigned gpu)
{
	double most = 0;

	for (double time_s = START_S - DAY_S; time_s < START_S; time_s += 30)
		most = fmax(most, is(FLEET_TEMPERATURE, node, gpu, time_s));
	return most;
}

static bool
is_idle(unsigned node, unsigned gpu)
{
	return node == FLEET_DEMO_HELD_NODE && gpu == FLEET_DEMO_HELD_GPU;
}

static void
check_heat(unsigned node, unsigned gpu)
{
	bool is_hot = node == FLEET_DEMO_HOT_NODE && gpu == FLEET_DEMO_HOT_GPU;
	double heat = hottest(node, gpu);

	if (is_idle(node, gpu)) {
		CU_ASSERT_TRUE(heat < 50);
		return;
	}

	CU_ASSERT_TRUE(heat > (is_hot ? 83 : 50));
	CU_ASSERT_TRUE(heat < (is_hot ? 100 : 80));
}

static void
has_a_hot_card(void)
{
	for_each_card(check_heat);
}

/* Nothing works on a card that nobody holds. */
static void
check_holder(unsigned node, unsigned gpu)
{
	unsigned held = 0, times = 0;
	struct fleet_pod pod;

	for (double time_s = START_S - DAY_S; time_s < START_S;
	     time_s += 60, times++) {
		if (fleet_demo_pod(&pod, &demo, node, gpu, time_s)) {
			CU_ASSERT_TRUE(pod.since_s <= time_s);
			held++;
		} else if (!is_lost_at(node, gpu, time_s)) {
			CU_ASSERT_EQUAL(
			    is(FLEET_MEMORY_USED, node, gpu, time_s), 0);
		}
	}
	CU_ASSERT_TRUE(held > times / 2);
	if (is_idle(node, gpu))
		CU_ASSERT_EQUAL(
		    mean_utilization(node, gpu, START_S - DAY_S, START_S), 0);
	if (is_idle(node, gpu) || count_jobs(node, gpu) == 0)
		CU_ASSERT_EQUAL(held, times);
}

static void
has_pods_that_hold_cards(void)
{
	for_each_card(check_holder);
}

static void
check_presence(unsigned node, unsigned gpu)
{
	double lost_s = 0;

	for (double time_s = START_S - 2 * DAY_S; time_s < START_S + 2 * DAY_S;
	     time_s += 15)
		lost_s += is_lost_at(node, gpu, time_s) ? 15 : 0;
	CU_ASSERT_EQUAL(lost_s, node == FLEET_DEMO_LOST_NODE &&
					gpu == FLEET_DEMO_LOST_GPU
				    ? HOUR_S
				    : 0);
}

static void
loses_a_card_for_an_hour(void)
{
	double lost_s = START_S - FLEET_DEMO_LOST_BEGIN_S;

	for_each_card(check_presence);
	for (unsigned metric = 0; metric < FLEET_DEMO_METRIC__MAX; metric++) {
		CU_ASSERT_TRUE(
		    isnan(is((enum fleet_metric)metric, FLEET_DEMO_LOST_NODE,
			     FLEET_DEMO_LOST_GPU, lost_s)));
		CU_ASSERT_FALSE(
		    isnan(is((enum fleet_metric)metric, FLEET_DEMO_LOST_NODE,
			     FLEET_DEMO_LOST_GPU, lost_s - 1)));
		CU_ASSERT_FALSE(
		    isnan(is((enum fleet_metric)metric, FLEET_DEMO_LOST_NODE,
			     FLEET_DEMO_LOST_GPU, lost_s + HOUR_S)));
	}
}

/* As it stands in a scrape: without what the scrape adds, and the time. */
static unsigned
as_scraped(char line[LINE_BYTES])
{
	static const char added[] = ",job=\"exporter\",instance=\"host:1\"";
	char *labels = strstr(line, added), *last = strrchr(line, ' ');
	unsigned time_s = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(labels);
	CU_ASSERT_PTR_NOT_NULL_FATAL(last);
	CU_ASSERT_EQUAL_FATAL(sscanf(last, " %u", &time_s), 1);
	strcpy(last, "\n");
	memmove(labels, labels + strlen(added),
		strlen(labels + strlen(added)) + 1);
	return time_s;
}

static bool
is_scraped(const struct fleet_text *text, char line[LINE_BYTES])
{
	unsigned time_s = as_scraped(line);
	size_t length;
	char *scraped = fleet_text_write(text, time_s, &length);
	bool found;

	CU_ASSERT_PTR_NOT_NULL_FATAL(scraped);
	found = time_s <= START_S && strstr(scraped, line) != NULL;
	free(scraped);
	return found;
}

/* How many of the samples were scraped as well; reads the text to its end. */
static unsigned
count_scraped(const struct fleet_text *text, FILE *past)
{
	char line[LINE_BYTES];
	unsigned count = 0;

	/* `up` is not the exporter's, but Prometheus' own. */
	while (fgets(line, sizeof(line), past) != NULL &&
	       strcmp(line, "# EOF\n") != 0)
		if (strncmp(line, "up{", 3) != 0 && is_scraped(text, line))
			count++;
	CU_ASSERT_STRING_EQUAL(line, "# EOF\n");
	return count;
}

static void
writes_the_past_as_it_was_scraped(void)
{
	const struct fleet_plan plan = {.nodes = NODES,
					.gpus = GPUS,
					.processes = 2,
					.dialect = FLEET_DIALECT_DCGM,
					.demo = &demo,
					.has_pods = true};
	const struct fleet_past past = {
	    .from_s = START_S - FLEET_DEMO_LOST_END_S - 60,
	    .to_s = START_S - FLEET_DEMO_LOST_END_S + 30,
	    .step_s = 30,
	    .job = "exporter",
	    .instance = "host:1"};
	struct fleet_text *text = fleet_text_new(&plan);
	FILE *file = tmpfile();

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_TRUE(fleet_text_write_past(text, &past, file));
	rewind(file);
	/* Ten metrics of six cards, four times; one is lost at two of them. */
	CU_ASSERT_EQUAL(count_scraped(text, file), 10 * (6 * 4 - 2));
	fclose(file);
	fleet_text_free(text);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"values belong together, and stay within their limits",
	     has_values_that_belong_together},
	    {"a card that serves follows the day", serves_most_by_day},
	    {"jobs begin and end", has_jobs_that_begin_and_end},
	    {"energy is the integral of the power, and never goes back",
	     counts_the_energy_of_its_power},
	    {"nothing jumps, at the start neither", does_not_jump},
	    {"one card is hot", has_a_hot_card},
	    {"pods hold cards, one of them for nothing",
	     has_pods_that_hold_cards},
	    {"one card is lost, for an hour", loses_a_card_for_an_hour},
	    {"the past is what was scraped", writes_the_past_as_it_was_scraped},
	    {NULL, NULL}};

	return suite_run("fleet_demo", tests);
}
