/*
 * Histories of a past whose values are known functions of time: every point is
 * what those make it, and the same whoever stores it.
 */
#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support/fcgi_client.h"
#include "support/harness.h"
#include "support/past.h"
#include "support/responder.h"
#include "support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

enum store {
	PROMETHEUS,
	VICTORIA,
	SPECIAL_PROMETHEUS,
	SPECIAL_VICTORIA,
	STORES,
	/* Of the first, by a responder that holds few points at once. */
	SLICED = STORES,
	RESPONDERS
};

static struct source sources[STORES];
static struct responder responders[RESPONDERS];

static bool
is_special(enum store store)
{
	return store == SPECIAL_PROMETHEUS || store == SPECIAL_VICTORIA;
}

/* --- what is true --------------------------------------------------------- */

enum of_step { SAMPLE, AVG, MIN, MAX, INCREASE };

static const char *const aggregates[] = {"sample", "avg", "min", "max"};

/* The last sample that is not behind that time, nor older than the gap. */
static double
sample_at(size_t card, enum field field, int64_t s)
{
	for (int64_t at = past_scrape(s); at > s - PAST_GAP_S;
	     at -= PAST_SCRAPE_S)
		if (!isnan(past_value(card, field, at)))
			return past_value(card, field, at);
	return NAN;
}

/* Of all samples of the step before that time. */
static double
step_at(size_t card, enum field field, enum of_step how, int64_t s,
	int64_t step_s)
{
	double sum = 0, min = NAN, max = NAN;
	size_t count = 0;

	for (int64_t at = past_scrape(s); at > s - step_s;
	     at -= PAST_SCRAPE_S) {
		double value = past_value(card, field, at);

		if (isnan(value))
			continue;
		sum += value;
		min = fmin(min, value);
		max = fmax(max, value);
		count++;
	}
	if (count == 0)
		return NAN;
	return how == AVG ? sum / (double)count : how == MIN ? min : max;
}

static double
increase_at(size_t card, int64_t s, int64_t step_s)
{
	double before = sample_at(card, FIELD_ENERGY, s - step_s);
	double now = sample_at(card, FIELD_ENERGY, s);

	return now < before ? now : now - before;
}

static double
truth(size_t card, enum field field, enum of_step how, int64_t s,
      int64_t step_s)
{
	double value;

	if (how == INCREASE)
		return increase_at(card, s, step_s);
	if (how == SAMPLE || (how == AVG && step_s <= PAST_GAP_S))
		return sample_at(card, field, s);
	value = step_at(card, field, how, s, step_s);
	return isnan(value) && step_s <= PAST_GAP_S ? sample_at(card, field, s)
						    : value;
}

/* As it is told. */
static double
told(enum field field, double value)
{
	return value * unit_table[field_table[field].unit].factor;
}

/* --- what is answered ------------------------------------------------------
 */

static struct json_object *
fetch(enum store store, const char *query, unsigned status)
{
	char path[400];

	snprintf(path, sizeof(path), "/api/v1/gpu/history?%s", query);
	return fcgi_client_fetch_json(responders[store].socket, path, status);
}

static struct json_object *
member(struct json_object *o, const char *key)
{
	return json_object_object_get(o, key);
}

static const char *
text_of(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key);

	return value != NULL ? json_object_get_string(value) : "";
}

/* The number, NaN for null. */
static double
number_at(struct json_object *list, size_t i)
{
	struct json_object *value = json_object_array_get_idx(list, i);

	return value != NULL ? json_object_get_double(value) : NAN;
}

static int64_t
time_at(struct json_object *data, size_t i)
{
	return json_object_get_int64(json_object_array_get_idx(
	    json_object_array_get_idx(member(data, "columns"), 0), i));
}

static struct json_object *
column_of(struct json_object *data, size_t series)
{
	return json_object_array_get_idx(member(data, "columns"), series + 1);
}

/* Rounding, and of a mean what the order of its sum makes. */
static bool
is_equal(enum field field, double value, double expected)
{
	static const double halves[] = {0.5001, 0.05001, 0.005001, 0.0005001};
	unsigned decimals = unit_table[field_table[field].unit].decimals;

	return isnan(expected)
		   ? isnan(value)
		   : fabs(value - told(field, expected)) <= halves[decimals];
}

/* --- series of GPUs --------------------------------------------------------
 */

static size_t
card_of(struct json_object *series)
{
	struct json_object *instance = member(series, "mig_instance_id");
	int number = instance != NULL ? json_object_get_int(instance) : -1;
	size_t i = 0;

	while (i < PAST_CARDS &&
	       (strcmp(past_cards[i].uuid, text_of(series, "uuid")) != 0 ||
		past_cards[i].instance != number))
		i++;
	CU_ASSERT_NOT_EQUAL_FATAL(i, PAST_CARDS);
	return i;
}

/*
 * With steps of less than a minute VictoriaMetrics repeats what was before in
 * the last 30 s (-search.latencyOffset, -search.maxStepForPointsAdjustment).
 */
static bool
is_settled(enum store store, int64_t s, int64_t step_s)
{
	enum { OFFSET_S = 30, MINUTE_S = 60 };

	return (store != VICTORIA && store != SPECIAL_VICTORIA) ||
	       step_s >= MINUTE_S ||
	       (double)s < clock_wall_s() - OFFSET_S - (double)(2 * step_s);
}

/* How many points are not null. */
static size_t
expect_gpu(enum store store, struct json_object *data, size_t series,
	   enum field field, enum of_step how)
{
	struct json_object *points = column_of(data, series);
	size_t card =
	    card_of(json_object_array_get_idx(member(data, "series"), series));
	int64_t step_s = json_object_get_int64(member(data, "step_s"));
	size_t known = 0, wrong = 0;

	for (size_t i = 0; i < json_object_array_length(points); i++) {
		double expected =
		    truth(card, field, how, time_at(data, i), step_s);
		double value = number_at(points, i);

		known += !isnan(value);
		if (is_equal(field, value, expected) ||
		    !is_settled(store, time_at(data, i), step_s))
			continue;
		if (wrong++ < 3)
			printf("# %s of card %zu at %" PRId64 ": %g, not %g\n",
			       field_table[field].key, card, time_at(data, i),
			       value, told(field, expected));
	}
	CU_ASSERT_EQUAL(wrong, 0);
	return known;
}

static void
expect_gpus(enum store store, const char *range, enum field field,
	    enum of_step how, const char *filter, size_t count)
{
	struct json_object *envelope, *data;
	char query[300];
	size_t known = 0;

	snprintf(query, sizeof(query), "by=gpu&field=%s&%s%s%s%s",
		 field_table[field].key, range, filter,
		 how == INCREASE ? "" : "&aggregate=",
		 how == INCREASE ? "" : aggregates[how]);
	envelope = fetch(store, query, 200);
	data = member(envelope, "data");
	if (json_object_array_length(member(data, "series")) != count)
		printf("# %s: %zu series\n", query,
		       json_object_array_length(member(data, "series")));
	CU_ASSERT_EQUAL(json_object_array_length(member(data, "series")),
			count);
	for (size_t i = 0; i < json_object_array_length(member(data, "series"));
	     i++)
		known += expect_gpu(store, data, i, field, how);
	CU_ASSERT_TRUE(known > 0);
	json_object_put(envelope);
}

/* Those that there are at the end. */
static size_t
present_count(enum store store)
{
	size_t count = 0;

	for (size_t i = 0; i < PAST_CARDS; i++)
		count += !past_cards[i].is_gone &&
			 (is_special(store) || !past_cards[i].is_special);
	return count;
}

static const char *const day = "range=24h", *const hour = "range=1h";
static const char *const half = "range=12h&step=10m";

static void
each_gpu(void)
{
	static const enum field fields[] = {
	    FIELD_UTILIZATION, FIELD_MEMORY_USED, FIELD_MEMORY_UTILIZATION,
	    FIELD_TEMPERATURE, FIELD_POWER_DRAW,  FIELD_MEMORY_TOTAL};

	for (int store = PROMETHEUS; store <= VICTORIA; store++) {
		size_t count = present_count((enum store)store);

		for (size_t i = 0; i < LENGTH(fields); i++) {
			expect_gpus((enum store)store, day, fields[i], AVG, "",
				    count);
			expect_gpus((enum store)store, half, fields[i], SAMPLE,
				    "", count);
		}
		expect_gpus((enum store)store, hour, FIELD_UTILIZATION, SAMPLE,
			    "", count);
		expect_gpus((enum store)store, hour, FIELD_POWER_DRAW, MAX, "",
			    count);
		expect_gpus((enum store)store, day, FIELD_UTILIZATION, MIN, "",
			    count);
		expect_gpus((enum store)store, day, FIELD_POWER_DRAW, MAX, "",
			    count);
		expect_gpus((enum store)store, day, FIELD_ENERGY, INCREASE, "",
			    count);
	}
}

/* Who is gone is told of where it is named. */
static void
gone_cards(void)
{
	for (int store = PROMETHEUS; store <= VICTORIA; store++) {
		expect_gpus((enum store)store, day, FIELD_UTILIZATION, AVG,
			    "&node_name=node-1", 4);
		expect_gpus((enum store)store, day, FIELD_UTILIZATION, AVG,
			    "&uuid=GPU-00000002-AAAA", 1);
		expect_gpus((enum store)store, day, FIELD_UTILIZATION, AVG,
			    "&uuid=00000000-aaaa,00000003-aaaa", 2);
		expect_gpus((enum store)store, day, FIELD_TEMPERATURE, SAMPLE,
			    "&node_name=node-1&gpu_index=2", 2);
		expect_gpus((enum store)store, day, FIELD_TEMPERATURE, SAMPLE,
			    "&node_name=node-*&limit=2&offset=3", 1);
	}
}

static void
split_cards_and_two_exporters(void)
{
	for (int store = SPECIAL_PROMETHEUS; store <= SPECIAL_VICTORIA;
	     store++) {
		size_t count = present_count((enum store)store);

		expect_gpus((enum store)store, day, FIELD_UTILIZATION, AVG, "",
			    count);
		expect_gpus((enum store)store, half, FIELD_MEMORY_UTILIZATION,
			    SAMPLE, "", count);
		expect_gpus((enum store)store, day, FIELD_UTILIZATION, SAMPLE,
			    "&node_name=node-3", 3);
		expect_gpus((enum store)store, half, FIELD_MEMORY_USED, AVG,
			    "&node_name=node-3", 3);
	}
}

/* --- series of groups ------------------------------------------------------
 */

/* A group's members at that point, by an independent rule for each kind. */
static double
group_truth(const char *node, bool has_special, enum field field,
	    enum of_step how, int64_t s, int64_t step_s)
{
	double sum = 0, max = NAN, total = 0;
	size_t count = 0;

	for (size_t i = 0; i < PAST_CARDS; i++) {
		double value;

		if ((past_cards[i].is_special && !has_special) ||
		    (node != NULL && strcmp(past_cards[i].node, node) != 0))
			continue;
		value = field == FIELD_MEMORY_UTILIZATION
			    ? truth(i, FIELD_MEMORY_USED, how, s, step_s)
			    : truth(i, field, how, s, step_s);
		if (isnan(value))
			continue;
		sum += value;
		max = fmax(max, value);
		total += truth(i, FIELD_MEMORY_TOTAL, how, s, step_s);
		count++;
	}
	if (count == 0)
		return NAN;
	switch (field) {
	case FIELD_MEMORY_UTILIZATION:
		return sum / total * 100;
	case FIELD_TEMPERATURE:
		return max;
	case FIELD_UTILIZATION:
		return sum / (double)count;
	default:
		return sum;
	}
}

static void
expect_groups(enum store store, const char *by, const char *range,
	      enum field field, enum of_step how, size_t count)
{
	struct json_object *envelope, *data, *series;
	char query[300];
	size_t wrong = 0;

	snprintf(query, sizeof(query), "by=%s&field=%s&%s%s%s", by,
		 field_table[field].key, range,
		 how == INCREASE ? "" : "&aggregate=",
		 how == INCREASE ? "" : aggregates[how]);
	envelope = fetch(store, query, 200);
	data = member(envelope, "data");
	series = member(data, "series");
	CU_ASSERT_EQUAL(json_object_array_length(series), count);
	for (size_t k = 0; k < json_object_array_length(series); k++) {
		struct json_object *points = column_of(data, k);
		struct json_object *one = json_object_array_get_idx(series, k);
		const char *node =
		    strcmp(by, "node") == 0 ? text_of(one, "node_name") : NULL;

		for (size_t i = 0; i < json_object_array_length(points); i++) {
			double expected = group_truth(
			    node, is_special(store), field, how,
			    time_at(data, i),
			    json_object_get_int64(member(data, "step_s")));

			if (is_equal(field, number_at(points, i), expected))
				continue;
			if (wrong++ < 3)
				printf("# %s at %" PRId64 ": %g, not %g\n",
				       query, time_at(data, i),
				       number_at(points, i),
				       told(field, expected));
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	json_object_put(envelope);
}

/* But where members come and go at once: within the gap both count. */
static void
groups(void)
{
	static const enum field fields[] = {
	    FIELD_UTILIZATION, FIELD_MEMORY_USED, FIELD_MEMORY_UTILIZATION,
	    FIELD_TEMPERATURE, FIELD_POWER_DRAW};

	for (int store = PROMETHEUS; store <= VICTORIA; store++)
		for (size_t i = 0; i < LENGTH(fields); i++) {
			expect_groups((enum store)store, "node", day, fields[i],
				      SAMPLE, 2);
			expect_groups((enum store)store, "cluster", day,
				      fields[i], SAMPLE, 1);
			expect_groups((enum store)store, "all", half, fields[i],
				      SAMPLE, 1);
			expect_groups((enum store)store, "model", half,
				      fields[i], SAMPLE, 1);
		}
	for (int store = PROMETHEUS; store <= VICTORIA; store++) {
		expect_groups((enum store)store, "node", day, FIELD_UTILIZATION,
			      AVG, 2);
		expect_groups((enum store)store, "node", half, FIELD_ENERGY,
			      INCREASE, 2);
		expect_groups((enum store)store, "all", day, FIELD_ENERGY,
			      INCREASE, 1);
	}
}

/* Put together of parts of the time, so that all GPUs' points are never held at
 * once. */
static void
groups_in_slices(void)
{
	expect_groups(SLICED, "node", day, FIELD_UTILIZATION, SAMPLE, 2);
	expect_groups(SLICED, "node", day, FIELD_UTILIZATION, AVG, 2);
	expect_groups(SLICED, "model", day, FIELD_MEMORY_UTILIZATION, SAMPLE,
		      1);
	expect_groups(SLICED, "node", half, FIELD_ENERGY, INCREASE, 2);
	expect_groups(SLICED, "all", day, FIELD_ENERGY, INCREASE, 1);
}

/* --- the same whoever stores it --------------------------------------------
 */

static void
both_stores_agree(void)
{
	static const char *const queries[] = {
	    "by=gpu&range=24h",
	    "by=gpu&range=23h&points=100&field=memory_free",
	    "by=node&range=20h&field=power_draw",
	    "by=cluster&range=24h&points=2000",
	    "by=gpu&range=24h&node_name=node-1",
	    "by=gpu&range=6h&format=csv"};

	for (size_t i = 0; i < LENGTH(queries); i++)
		for (int first = PROMETHEUS; first <= SPECIAL_PROMETHEUS;
		     first += SPECIAL_PROMETHEUS) {
			char path[300];
			char *one, *other;

			/* Both within one step, or the next try. */
			snprintf(path, sizeof(path), "/api/v1/gpu/history?%s",
				 queries[i]);
			one = fcgi_client_fetch(responders[first].socket, path);
			other = fcgi_client_fetch(responders[first + 1].socket,
						  path);
			CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(one, "\r\n\r\n"));
			CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(other, "\r\n\r\n"));
			SUITE_EQUAL(strstr(one, "\r\n\r\n"),
				    strstr(other, "\r\n\r\n"));
			free(one);
			free(other);
		}
}

static void
refuses_what_cannot_be(void)
{
	static const char *const queries[] = {
	    "range=99d",       "by=gpu&points=9",
	    "step=1&range=1d", "gpu_index=0",
	    "field=xid",       "by=gpu&field=memory_utilization&aggregate=max"};
	static const unsigned status[] = {400, 200, 400, 400, 400, 400};

	for (size_t i = 0; i < LENGTH(queries); i++)
		json_object_put(fetch(PROMETHEUS, queries[i], status[i]));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"each GPU: gaps, restarts, pods, counters that begin anew",
	     each_gpu},
	    {"GPUs that are gone", gone_cards},
	    {"GPUs that are split and joined, and two exporters",
	     split_cards_and_two_exporters},
	    {"groups", groups},
	    {"groups in slices of the time", groups_in_slices},
	    {"Prometheus and VictoriaMetrics give the same answers",
	     both_stores_agree},
	    {"what cannot be is refused", refuses_what_cannot_be},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	static const char *const sliced[] = {"HISTORY_MAX_POINTS=1000", NULL};

	harness_start();
	past_start(&sources[PROMETHEUS], &sources[VICTORIA], false);
	past_start(&sources[SPECIAL_PROMETHEUS], &sources[SPECIAL_VICTORIA],
		   true);
	for (int i = 0; i < STORES; i++)
		responder_start(&responders[i], sources[i].url, NULL);
	responder_start(&responders[SLICED], sources[PROMETHEUS].url, sliced);
	return suite_run("history", tests);
}
